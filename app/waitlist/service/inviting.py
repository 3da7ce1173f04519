"""How do admins let people in from the waitlist?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.accounts import service as accounts
from app.config import Settings
from app.core import dynamo
from app.providers.job_queue.interface import JobQueue
from app.waitlist import rules
from app.waitlist.models import Entry

ATTEMPTS = 8


@dataclass(frozen=True, kw_only=True)
class InviteResult:
    """What became of an address, in a word of accounts.invite, and its position where it is on the list."""

    email: str
    result: str
    position: int | None


def invite(
    *, admin_id: str, emails: Sequence[str], settings: Settings, jobs: JobQueue, now: datetime
) -> list[InviteResult]:
    """Invite addresses, whether they are on the list or not; each by itself, so that what is done is done.

    An address that comes twice, in whatever spelling, is invited once. Again changes nothing and mails nobody.

    Raises:
        accounts.InvalidEmail: nobody was invited.
        errors.Forbidden: who asks is no active admin any more.
        dynamo.Busy: some may be invited by now; ask again.
    """
    canonical = [accounts.canonical_email(email=email) for email in emails]
    return [_invited(admin_id, email, settings, jobs, now) for email in dynamo.distinct(canonical)]


def _invited(
    admin_id: str, email: str, settings: Settings, jobs: JobQueue, now: datetime
) -> InviteResult:
    for attempt in range(ATTEMPTS):
        entry = Entry.of(email)
        if entry is not None and entry.position is None:
            entry = None  # still joining, or interrupted at it
        marking = [entry.invitation(now=now)] if entry and entry.status != rules.INVITED else []
        try:
            result = accounts.invite(
                admin_id=admin_id,
                email=email,
                besides=marking,
                settings=settings,
                jobs=jobs,
                now=now,
            )
            if result == accounts.ALREADY_INVITED and marking:  # invited before it joined
                dynamo.commit(*marking)
        except dynamo.ConditionFailed:  # it left meanwhile
            dynamo.pause_after(attempt)
            continue
        position = int(entry.position or 0) if entry else None
        return InviteResult(email=email, result=result, position=position)
    raise dynamo.Busy
