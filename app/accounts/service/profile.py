"""What does an account say about its holder, and what may they change?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accounts import rules
from app.accounts.models import UniqueKey, User
from app.accounts.service.creation import InvalidUsername, UserExists
from app.accounts.service.preferences import merged
from app.core import dynamo, errors

CHANGE_ATTEMPTS = 5


class UnknownAccount(errors.NotFound):
    """There is no such account."""

    code = "user_not_found"
    message = "There is no account with this id."


class PlanChangeRequiresCheckout(errors.Forbidden):
    """A plan is bought, not set."""

    code = "plan_change_requires_checkout"
    message = "A plan changes by checkout: POST /stripe/create-checkout-session."


def get_account(*, user_id: str) -> User:
    """One account.

    Raises:
        UnknownAccount.
    """
    user = User.of(user_id)
    if user is None:
        raise UnknownAccount
    return user


def change_profile(
    *,
    user_id: str,
    changes: Mapping[str, Any],
    now: datetime,
) -> User:
    """Change first_name, last_name, username or preferences; what is not named stays.

    Preferences are merged: a name given as null is removed.

    Raises:
        PlanChangeRequiresCheckout: `changes` names a plan.
        InvalidUsername: it is not one.
        UserExists: the username is taken.
        PreferencesTooLarge: merged, they are longer than is kept.
    """
    if "plan" in changes:
        raise PlanChangeRequiresCheckout
    if "username" in changes and not rules.is_username(changes["username"]):
        raise InvalidUsername
    for _ in range(CHANGE_ATTEMPTS):
        user = get_account(user_id=user_id)
        try:
            return _changed(user, changes, now)
        except dynamo.ConditionFailed as conflict:
            if 0 not in conflict.failed:
                raise UserExists("This username is taken. Choose another.") from None
    raise dynamo.Busy


def _changed(user: User, changes: Mapping[str, Any], now: datetime) -> User:
    names = [name for name in ("first_name", "last_name", "username") if name in changes]
    wanted = {name: changes[name] for name in names}
    if "preferences" in changes:
        wanted["preferences"] = merged(kept=user.preferences, given=changes["preferences"])
    actions = [
        getattr(User, name).set(value) if value is not None else getattr(User, name).remove()
        for name, value in wanted.items()
    ]
    writes = [user.change(actions, now=now), *_renamed(user, wanted)]
    dynamo.commit(*writes)
    for name, value in wanted.items():
        setattr(user, name, value)
    user.updated_at = now
    return user


def _renamed(user: User, wanted: Mapping[str, Any]) -> list[dynamo.Write]:
    """Move the lock on the username; a change of case alone keeps it."""
    if "username" not in wanted:
        return []
    before, after = user.username, wanted["username"]
    if before and UniqueKey.key_of("username", before) == UniqueKey.key_of("username", after):
        return []
    writes = [UniqueKey.claim(kind="username", value=after, user_id=user.user_id)]
    if before:
        writes.append(UniqueKey.release(kind="username", value=before, user_id=user.user_id))
    return writes
