"""How does an account end? At once for its holder, and for what is stored of it in a task that may be interrupted.

One transaction empties the user row, voids every token, gives email, username and phone back and keeps the count of
admins; it also leaves a row that says what is still to be erased. The task goes through every domain, each of
which erases what is there and does nothing where nothing is, so that it can stop anywhere and run again.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from app.accounts import rules
from app.accounts.authentication import InactiveAccount
from app.accounts.models import AccountTotal, Erasure, UniqueKey, User
from app.accounts.service.administration import LastAdmin
from app.accounts.service.password_change import check_current_password
from app.accounts.service.profile import get_account
from app.accounts.service.signing_in import Device
from app.config import Settings
from app.core import dynamo
from app.emails import service as emails
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

ERASE = "accounts.erase"
ATTEMPTS = 12
LATE_WRITES_SECONDS = 20 * 60
"""No request or task that began before the closing still writes after so long: then all is swept once more."""
OVERDUE_AFTER = timedelta(minutes=30)


class NotClosed(Exception):
    """The account is in use: nothing of it may be erased."""


class Eraser(Protocol):
    """A domain's `erase_owned_by`."""

    def __call__(self, *, user_id: str) -> None:
        """Remove what the domain holds of a user; running it again is harmless."""


def close_account(
    *,
    user_id: str,
    password: str | None,
    device: Device,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> None:
    """Close an account for good. Its tokens and keys are refused from the next request on.

    Raises:
        PasswordRequired, WrongPassword: in this order, where the account has a password.
        LastAdmin: the installation would be left without an active admin.
        InactiveAccount: it was closed or disabled at the same moment.
    """
    for _ in range(ATTEMPTS):
        user = get_account(user_id=user_id)
        if user.status != rules.ACTIVE:
            raise InactiveAccount
        check_current_password(user=user, password=password, settings=settings)
        farewell = _farewell(user, device, now)
        try:
            _commit(user, farewell, now)
        except dynamo.ConditionFailed:  # it was changed since it was read: look again
            continue
        if farewell is not None:
            emails.send(email=farewell, jobs=jobs)
        jobs.enqueue(ERASE, {"user_id": user_id})
        jobs.enqueue(ERASE, {"user_id": user_id}, delay_seconds=LATE_WRITES_SECONDS)
        return
    raise dynamo.Busy


def erase_closed_account(*, user_id: str, erasers: Iterable[Eraser]) -> None:
    """Erase what every domain holds of a closed account, then note that it is done.

    Whatever stops it, it can run again from the start.

    Args:
        erasers: one for each domain; each removes what is there and is content where nothing is.

    Raises:
        NotClosed: nothing was touched.
    """
    user = User.of(user_id)
    if user is not None and user.status != rules.DELETED:
        raise NotClosed
    for erase in erasers:
        erase(user_id=user_id)
    if user is not None:
        dynamo.commit(User.forgotten_by_vendors(user_id))
    dynamo.commit(Erasure.done(user_id=user_id))
    log.info("accounts.erased", extra={"user_id": user_id})


def resume_erasures(*, jobs: JobQueue, now: datetime) -> int:
    """Ask again for every erasure that should have been over by now, and return how many those are."""
    overdue = [row for row in Erasure.unfinished() if row.requested_at <= now - OVERDUE_AFTER]
    for row in overdue:
        jobs.enqueue(ERASE, {"user_id": row.user_id})
    return len(overdue)


def _commit(user: User, farewell: emails.Outgoing | None, now: datetime) -> None:
    is_active_admin = user.role == rules.ADMIN
    names = {"email": user.email, "username": user.username, "phone": user.phone}
    writes = [
        user.anonymised(now=now),
        *([AccountTotal.admins_changed(by=-1)] if is_active_admin else []),
        Erasure.wanted(
            user_id=user.user_id,
            email=user.email_canonical if user.email_verified else None,
            now=now,
        ),
        *(
            UniqueKey.release(kind=kind, value=name, user_id=user.user_id)
            for kind, name in names.items()
            if name
        ),
        *([farewell.write] if farewell else []),
    ]
    try:
        dynamo.commit(*writes)
    except dynamo.ConditionFailed as conflict:
        if is_active_admin and 1 in conflict.failed and 0 not in conflict.failed:
            raise LastAdmin from None
        raise


def _farewell(user: User, device: Device, now: datetime) -> emails.Outgoing | None:
    """The email that tells of it. It belongs to nobody, or the erasure would remove it before it is sent."""
    if user.email is None:
        return None
    return emails.outgoing(
        template="security_alert",
        to=user.email,
        context={
            "name": user.first_name or user.username,
            "what": "Your account was closed",
            "at": now,
            "ip": device.ip,
        },
        idempotency_key=f"account_closed#{user.user_id}",
        user_id=None,
        now=now,
    )
