"""Which emails tell somebody of what became of their plan?"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.accounts.service import Payer
from app.billing.rules import plans, standing, steps
from app.billing.rules.standing import Standing
from app.emails import service as emails
from app.emails.service import Outgoing


def written(
    *,
    news: Sequence[str],
    payer: Payer,
    after: Standing | None,
    held_before: str,
    grace: timedelta,
    key: str,
    now: datetime,
) -> list[Outgoing]:
    """One email for each piece of news, to be committed with the change it tells of; none without an address.

    Args:
        key: names this change and no other.
    """
    if payer.email is None:
        return []
    return [
        emails.outgoing(
            template=kind,
            to=payer.email,
            context={"name": payer.name, **_context(kind, after, held_before, grace)},
            idempotency_key=f"billing#{key}#{kind}",
            user_id=payer.user_id,
            now=now,
        )
        for kind in news
    ]


def _context(
    kind: str, after: Standing | None, held_before: str, grace: timedelta
) -> Mapping[str, Any]:
    if kind == steps.PLAN_ENDED or after is None:
        free = dict(plans.PLANS[plans.FREE].limits)
        return {"plan": plans.PLANS[held_before].title, "free": free}
    sold = plans.PLANS[after.plan]
    match kind:
        case steps.PLAN_CHANGED:
            return {
                "plan": sold.title,
                **_price(sold),
                "api_calls": sold.limits[plans.API_CALLS],
                "renews_at": after.period_ends_at,
                "trial_ends_at": after.trial_ends_at if after.status == standing.TRIALING else None,
            }
        case steps.TRIAL_ENDS:
            return {"plan": sold.title, **_price(sold), "trial_ends_at": after.trial_ends_at}
        case steps.PLAN_ENDS:
            return {"plan": sold.title, "ends_at": after.ends_at}
    return {
        "plan": sold.title,
        "kept_until": standing.grace_ends_at(standing=after, grace=grace),
    }


def _price(sold: plans.Plan) -> Mapping[str, str]:
    return {"price": f"{sold.monthly_price} {plans.CURRENCY}"}
