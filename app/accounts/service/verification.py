"""How does an account prove that its email is its holder's?"""

from datetime import datetime

from app.accounts.models import User
from app.accounts.models.codes import OneTimeToken
from app.accounts.rules import codes
from app.accounts.service import letters
from app.accounts.service.profile import get_account
from app.config import Settings
from app.core import dynamo, errors, throttle, tokens
from app.providers.job_queue.interface import JobQueue

RESENDING = throttle.Limit(name="resend-verification", count=1, window_seconds=60)


class NoEmail(errors.Conflict):
    """An account that signs in by phone alone."""

    code = "no_email"
    message = "This account has no email address to verify."


def verify_email(*, token: str, now: datetime) -> None:
    """Mark the email verified that a token was sent to; again with the same token changes nothing.

    Raises:
        tokens.InvalidToken: not such a token, expired, used, or sent to an email that is no longer the account's.
    """
    while True:  # each round again follows a change that somebody else made
        row = OneTimeToken.of(token, purpose=codes.VERIFY_EMAIL, now=now)
        user = User.of(row.user_id) if row else None
        if row is None or user is None or row.bound_to != codes.mark(user.email_canonical):
            raise _refusal()
        if user.email_verified:
            return
        if row.used_at is not None:
            raise _refusal()
        try:
            dynamo.commit(row.use(now), user.email_confirmed(now=now))
        except dynamo.ConditionFailed:
            continue
        return


def resend_verification(*, user_id: str, settings: Settings, jobs: JobQueue, now: datetime) -> bool:
    """Mail another link, once a minute at most; earlier ones stay good. False where the email is verified.

    Raises:
        NoEmail: the account has none.
        throttle.TooManyAttempts: less than a minute ago.
    """
    user = get_account(user_id=user_id)
    if user.email is None:
        raise NoEmail
    if user.email_verified:
        return False
    throttle.use(RESENDING, subject=user_id, now=now)
    letter = letters.to_verify(user=user, settings=settings, now=now)
    dynamo.commit(*letter.writes)
    letters.post(letters=[letter], jobs=jobs)
    return True


def _refusal() -> tokens.InvalidToken:
    return tokens.InvalidToken("This link has expired or is not valid. Ask for a new one.")
