"""Who may sign up where that takes an invitation (`SIGNUP_MODE=waitlist`), and how does an admin invite somebody?"""

import logging
from collections.abc import Sequence
from datetime import datetime

from app.accounts import rules
from app.accounts.models import UniqueKey, User
from app.accounts.models.invitations import Invitation
from app.accounts.service.creation import InvalidEmail
from app.audit import service as audit
from app.config import Settings
from app.core import dynamo, errors, ids
from app.emails import service as emails
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

ATTEMPTS = 12
INVITED, ALREADY_INVITED, HAS_ACCOUNT = "invited", "already_invited", "has_account"


def canonical_email(*, email: str) -> str:
    """How an address is compared: of two that differ in case only, one can have an account or a place in a list.

    Raises:
        InvalidEmail.
    """
    if not rules.is_email(email.strip()):
        raise InvalidEmail(details={"email": email})
    return rules.canonical(email)


def invite(
    *,
    admin_id: str,
    email: str,
    besides: Sequence[dynamo.Write],
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> str:
    """Let an address sign up, mail it so, and put that on record, in one transaction with the caller's own writes.

    An address that was invited before, or that has an account, is left alone, and so is what the caller wanted
    besides.

    Args:
        email: canonical.
        besides: at most 90.

    Returns:
        `INVITED`, `ALREADY_INVITED` or `HAS_ACCOUNT`.

    Raises:
        errors.Forbidden: who asks is no active admin any more.
        dynamo.ConditionFailed: `failed` holds positions in `besides`; nothing was changed.
        dynamo.Busy: other admins were first all the while.
    """
    for attempt in range(ATTEMPTS):
        if UniqueKey.holder(kind="email", value=email) is not None:
            return HAS_ACCOUNT
        if Invitation.of(email) is not None:
            return ALREADY_INVITED
        invitation_id = ids.new_id()
        letter = _letter(email, invitation_id, settings, now)
        writes = [
            *besides,
            User.is_active_admin(admin_id),
            Invitation.creation(email=email, invitation_id=invitation_id, now=now),
            letter.write,
            *_on_record(admin_id, invitation_id, now),
        ]
        try:
            dynamo.commit(*writes)
        except dynamo.ConditionFailed as conflict:
            _raise_unless_another_was_first(conflict, besides)
            dynamo.pause_after(attempt)
            continue
        emails.send(email=letter, jobs=jobs)
        log.info("accounts.invited", extra={"invitation_id": invitation_id})
        return INVITED
    raise dynamo.Busy


def _letter(email: str, invitation_id: str, settings: Settings, now: datetime) -> emails.Outgoing:
    return emails.outgoing(
        template="waitlist_invited",
        to=email,
        context={"email": email, "link": f"{settings.app_url}/signup"},
        idempotency_key=f"invited#{invitation_id}",
        user_id=None,
        now=now,
    )


def _on_record(
    admin_id: str, invitation_id: str, now: datetime
) -> tuple[dynamo.Write, dynamo.Write]:
    return audit.entry(
        admin_id=admin_id,
        action="invite",
        target_user_id=None,
        metadata={"invitation_id": invitation_id},
        now=now,
    )


def _raise_unless_another_was_first(
    conflict: dynamo.ConditionFailed, besides: Sequence[dynamo.Write]
) -> None:
    theirs = frozenset(place for place in conflict.failed if place < len(besides))
    if theirs:
        raise dynamo.ConditionFailed(theirs) from conflict
    if len(besides) in conflict.failed:
        raise errors.Forbidden from None
