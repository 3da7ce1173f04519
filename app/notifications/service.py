"""Who may have which email sent to whom?"""

from dataclasses import dataclass
from datetime import datetime

from app.accounts import service as accounts
from app.core import dynamo, errors, ids, throttle
from app.emails import service as emails
from app.providers.job_queue.interface import JobQueue

DAY_SECONDS = 24 * 3600
NOTIFICATIONS = throttle.Limit(name="notification-emails", count=20, window_seconds=DAY_SECONDS)
WELCOMES = throttle.Limit(name="welcome-emails", count=20, window_seconds=DAY_SECONDS)


class NotYourAccount(errors.Forbidden):
    """Only admins have emails sent to others."""

    code = "not_your_account"
    message = "You can have emails sent to yourself only. Leave user_id out."


class NoEmailAddress(errors.Conflict):
    """The account signs in by phone and has no address."""

    code = "no_email_address"
    message = "This account has no email address."


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks."""

    user_id: str
    is_admin: bool


def send_welcome(*, caller: Caller, user_id: str | None, jobs: JobQueue, now: datetime) -> str:
    """Welcome an account by email, the caller's own where no other is named.

    Returns:
        The id of the email.

    Raises:
        NotYourAccount, NoEmailAddress, accounts.UnknownAccount.
        throttle.TooManyAttempts: after 20 in a day.
    """
    user, address = _recipient(caller, user_id)
    throttle.use(WELCOMES, subject=caller.user_id, now=now)
    email = emails.outgoing(
        template="welcome",
        to=address,
        context={"name": user.first_name or user.username},
        idempotency_key=f"asked#{ids.new_id()}",
        user_id=user.user_id,
        now=now,
    )
    return _posted(email, jobs)


def send_notification(
    *,
    caller: Caller,
    user_id: str | None,
    subject: str,
    message: str,
    type: str,  # noqa: A002 - the field's documented name
    jobs: JobQueue,
    now: datetime,
) -> str:
    """Send plain text to an account, the caller's own where no other is named.

    Returns:
        The id of the email. It is not sent to those who unsubscribed from notifications.

    Raises:
        NotYourAccount, NoEmailAddress, accounts.UnknownAccount.
        throttle.TooManyAttempts: after 20 in a day.
    """
    user, address = _recipient(caller, user_id)
    throttle.use(NOTIFICATIONS, subject=caller.user_id, now=now)
    email = emails.outgoing(
        template="notification",
        to=address,
        context={"subject": subject, "message": message, "type": type},
        idempotency_key=f"asked#{ids.new_id()}",
        user_id=user.user_id,
        now=now,
    )
    return _posted(email, jobs)


def _recipient(caller: Caller, user_id: str | None) -> tuple[accounts.User, str]:
    wanted = user_id or caller.user_id
    if wanted != caller.user_id and not caller.is_admin:
        raise NotYourAccount
    user = accounts.get_account(user_id=wanted)
    if not user.email:
        raise NoEmailAddress
    return user, user.email


def _posted(email: emails.Outgoing, jobs: JobQueue) -> str:
    dynamo.commit(email.write)
    emails.send(email=email, jobs=jobs)
    return email.email_id
