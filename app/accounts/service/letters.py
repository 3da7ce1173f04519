"""Which emails does an account send to its holder, and which one-time token does each hold?

A letter is committed in the transaction of what it tells about, and posted after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.models import User
from app.accounts.models.codes import OneTimeToken
from app.accounts.rules import codes
from app.config import Settings
from app.core import dynamo, ids
from app.emails import service as emails
from app.emails.service import Outgoing
from app.providers.job_queue.interface import JobQueue

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An email, and the writes that go into the transaction of what it tells about."""

    email: Outgoing
    writes: tuple[dynamo.Write, ...]


def post(*, letters: Iterable[Letter], jobs: JobQueue) -> None:
    """Send letters whose writes are committed."""
    for letter in letters:
        emails.send(email=letter.email, jobs=jobs)


def to_verify(*, user: User, settings: Settings, now: datetime) -> Letter:
    """The link that proves that an account's email is its holder's; it dies when the email changes."""
    return _with_token(
        user=user,
        purpose=codes.VERIFY_EMAIL,
        bound_to=codes.mark(user.email_canonical),
        link=f"{settings.app_url}/verify-email",
        idempotency_key=None,
        now=now,
    )


def to_reset(*, user: User, request_id: str, settings: Settings, now: datetime) -> Letter:
    """The link that lets an account choose a new password, once for a request; it dies when the password changes."""
    return _with_token(
        user=user,
        purpose=codes.RESET_PASSWORD,
        bound_to=codes.mark(user.password_hash),
        link=f"{settings.app_url}/reset-password",
        idempotency_key=f"reset_password#{request_id}",
        now=now,
    )


def welcome(*, user: User, now: datetime) -> Letter:
    """A greeting to somebody who signed up."""
    return _plain("welcome", user, {"name": _name(user)}, key=f"welcome#{user.user_id}", now=now)


def password_was_changed(*, user: User, key: str, ip: str | None, now: datetime) -> Letter:
    """Word of a new password, so that whoever did not choose it notices.

    Args:
        key: names this change and no other.
        ip: where it was asked for.
    """
    context = {"name": _name(user), "what": "password_changed", "at": now, "ip": ip}
    return _plain("security_alert", user, context, key=f"password_changed#{key}", now=now)


def new_signup(*, user: User, to: str, now: datetime) -> Letter:
    """Word to whoever approves accounts that one is waiting."""
    email = emails.outgoing(
        template="new_signup",
        to=to,
        context={"username": user.username, "email": user.email, "user_id": user.user_id},
        idempotency_key=f"new_signup#{user.user_id}",
        user_id=None,
        now=now,
    )
    return Letter(email=email, writes=(email.write,))


def _with_token(
    *,
    user: User,
    purpose: str,
    bound_to: str,
    link: str,
    idempotency_key: str | None,
    now: datetime,
) -> Letter:
    token = ids.new_secret()
    stored = OneTimeToken.creation(
        token=token, purpose=purpose, user_id=user.user_id, bound_to=bound_to, now=now
    )
    context = {
        "name": _name(user),
        "link": f"{link}?token={token}",
        "token": token,
        "hours": codes.TOKEN_LASTS[purpose] // HOUR,
    }
    key = idempotency_key or f"{purpose}#{codes.token_hash(token)}"
    letter = _plain(purpose, user, context, key=key, now=now)
    return Letter(email=letter.email, writes=(stored, *letter.writes))


def _plain(
    template: str, user: User, context: dict[str, object], *, key: str, now: datetime
) -> Letter:
    email = emails.outgoing(
        template=template,
        to=str(user.email),
        context=context,
        idempotency_key=key,
        user_id=user.user_id,
        now=now,
    )
    return Letter(email=email, writes=(email.write,))


def _name(user: User) -> str:
    return str(user.first_name or user.username or user.email)
