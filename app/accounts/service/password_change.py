"""How does somebody who is signed in prove that they know the password, and choose another?

An account that came by phone has no password and may be given one. That would let a borrowed phone or a stolen
access token in for good, so it takes a sign-in of the last fifteen minutes, which a code just proved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.authentication import TokenRevoked
from app.accounts.models import SignIn, User
from app.accounts.service import letters
from app.accounts.service.password_policy import check_password
from app.accounts.service.profile import get_account
from app.accounts.service.signing_in import Device, SignedIn, started
from app.config import Settings
from app.core import dynamo, errors, passwords
from app.providers.job_queue.interface import JobQueue

FRESH = timedelta(minutes=15)


class PasswordRequired(errors.Unprocessable):
    """The account has a password, and it was not sent."""

    code = "password_required"
    message = "Send the account's current password."


class WrongPassword(errors.Forbidden):
    """It is not the account's password."""

    code = "wrong_password"
    message = "The current password is not right."


class RecentSignInRequired(errors.Forbidden):
    """A first password needs a sign-in that was just made."""

    code = "recent_sign_in_required"
    message = (
        "Sign in again first: an account gets its first password within 15 minutes of a sign-in."
    )


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks: the caller's account, the sign-in that they use, and where from."""

    user_id: str
    sign_in_id: str
    device: Device


def check_current_password(*, user: User, password: str | None, settings: Settings) -> None:
    """Require the account's password, where it has one.

    Raises:
        PasswordRequired, WrongPassword.
    """
    if user.password_hash is None:
        return
    if password is None:
        raise PasswordRequired
    if not passwords.matches(password, user.password_hash, rounds=settings.password_hash_rounds):
        raise WrongPassword


def change_password(
    *,
    asking: Asking,
    current_password: str | None,
    new_password: str,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> SignedIn:
    """Give the account another password: every token and sign-in ends, and a new sign-in begins.

    API keys stay: what a key may do never included the password, and programs run on them.

    Raises:
        PasswordRequired, WrongPassword, RecentSignInRequired, WeakPassword.
        TokenRevoked: another change came first, and voided the caller's token.
    """
    user = get_account(user_id=asking.user_id)
    check_current_password(user=user, password=current_password, settings=settings)
    if user.password_hash is None:
        _require_fresh(asking, now)
    check_password(password=new_password, strong=False, settings=settings)
    hashed = passwords.hashed(new_password, rounds=settings.password_hash_rounds)
    change = user.password_changed(password_hash=hashed, now=now)
    user.token_version += 1
    signed_in, row = started(user=user, device=asking.device, settings=settings, now=now)
    alerts = _alerts(user, asking.device, now)
    try:
        dynamo.commit(
            change, row.creation(), *(write for alert in alerts for write in alert.writes)
        )
    except dynamo.ConditionFailed:
        raise TokenRevoked from None
    user.password_hash, user.updated_at = hashed, now
    letters.post(letters=alerts, jobs=jobs)
    return signed_in


def _require_fresh(asking: Asking, now: datetime) -> None:
    row = SignIn.of(user_id=asking.user_id, sign_in_id=asking.sign_in_id)
    if row is None or row.created_at < now - FRESH:
        raise RecentSignInRequired


def _alerts(user: User, device: Device, now: datetime) -> list[letters.Letter]:
    if user.email is None:
        return []
    key = f"{user.user_id}#{int(user.token_version)}"
    return [letters.password_was_changed(user=user, key=key, ip=device.ip, now=now)]
