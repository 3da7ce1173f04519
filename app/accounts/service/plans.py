"""How does billing change the plan of an account, and what does it learn about its holder?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.accounts import rules
from app.accounts.models import User
from app.core import dynamo


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Whoever pays for an account's plan.

    Attributes:
        email: None for somebody without one.
        is_closed: the account was closed: nothing may be charged any more.
    """

    user_id: str
    email: str | None
    name: str | None
    plan: str
    is_closed: bool


def find_payer(*, user_id: str) -> Payer | None:
    """Who pays, as of now; None where there is no such account."""
    user = User.of(user_id)
    if user is None:
        return None
    return Payer(
        user_id=user.user_id,
        email=user.email,
        name=user.first_name or user.username,
        plan=user.plan,
        is_closed=user.status == rules.DELETED,
    )


def plans_of(*, user_ids: Iterable[str]) -> dict[str, str]:
    """The plans of accounts, by user; a closed one has the free plan."""
    return {user.user_id: user.plan for user in dynamo.get_many(User, user_ids)}


def plan_moved(*, user_id: str, plan: str, now: datetime) -> dynamo.Write:
    """Give an account another plan; the condition fails where it was closed."""
    return User.plan_moved(user_id, plan=plan, now=now)


def customer_linked(*, user_id: str, stripe_customer_id: str, now: datetime) -> dynamo.Write:
    """Remember what Stripe calls the holder; the condition fails where it was closed, or has another name there."""
    return User.customer_linked(user_id, stripe_customer_id=stripe_customer_id, now=now)
