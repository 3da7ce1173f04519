"""How does somebody on the waitlist prove that the address is theirs?"""

import logging
from datetime import datetime

from app.core import dynamo, tokens
from app.providers.job_queue.interface import JobQueue
from app.waitlist import rules
from app.waitlist.models import Entry, ReferralCode
from app.waitlist.service.referring import CREDIT_REFERRAL

log = logging.getLogger(__name__)

ATTEMPTS = 8


def confirm(*, token: str, jobs: JobQueue, now: datetime) -> int:
    """Confirm the address that a token was mailed to, and return its position; again changes nothing.

    Whoever referred it is moved up by a task: their row may be wanted by many at once, and this one is not.

    Raises:
        tokens.InvalidToken: it was mailed to nobody on the list.
        dynamo.Busy: the row changed again and again.
    """
    code, secret = rules.read_token(token)
    email = ReferralCode.holder(code) if rules.is_code(code) else None
    for attempt in range(ATTEMPTS):
        entry = Entry.of(email) if email else None
        if entry is None or not rules.is_same(entry.secret_hash, rules.secret_hash(secret)):
            raise tokens.InvalidToken("This link is not one that we sent to somebody who waits.")
        if entry.confirmed_at is not None:
            return int(entry.position)
        try:
            dynamo.commit(entry.confirmation(now=now))
        except dynamo.ConditionFailed:
            dynamo.pause_after(attempt)
            continue
        if entry.referred_by is not None:
            jobs.enqueue(CREDIT_REFERRAL, {"referral_code": code})
        log.info("waitlist.confirmed", extra={"referred": entry.referred_by is not None})
        return int(entry.position)
    raise dynamo.Busy
