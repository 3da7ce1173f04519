"""How does a confirmed referral move who brought it up by one place, exactly once?

One transaction takes the debt off the referred person's row, counts the referral and exchanges two neighbours. Each of
its writes requires what was read, so two that touch one person or place can't both go through; the second reads again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import dynamo
from app.providers.job_queue.interface import JobQueue
from app.waitlist import rules
from app.waitlist.models import OWED, Entry, Place, ReferralCode

log = logging.getLogger(__name__)

CREDIT_REFERRAL = "waitlist.credit_referral"
ATTEMPTS = 8
MOST_OWED = 500


@dataclass(frozen=True, kw_only=True)
class _Referral:
    """The two whom a referral is about, as they were read: who came, and who brought them."""

    referred: Entry
    referrer: Entry


def credit_referral(*, referral_code: str, now: datetime) -> bool:
    """Move up whoever brought the person with this code; whether this call did it.

    Does nothing where it was done, where the person is not confirmed, or where either has left.

    Raises:
        dynamo.Busy: others changed the same places all the while, or the place ahead is being taken; nothing was
            changed, and it is to be tried again.
    """
    for attempt in range(ATTEMPTS):
        referral = _owed(referral_code)
        if referral is None:
            return False
        try:
            dynamo.commit(*_credit(referral, now))
        except dynamo.ConditionFailed:
            dynamo.pause_after(attempt)
            continue
        log.info("waitlist.moved_up")
        return True
    raise dynamo.Busy


def credit_owed(*, jobs: JobQueue) -> int:
    """Ask again for every referral whose task was lost or given up on, and return how many those are."""
    emails = list(Entry.owed(limit=MOST_OWED))
    for start in range(0, len(emails), 100):
        for entry in Entry.with_addresses(emails[start : start + 100]).values():
            jobs.enqueue(CREDIT_REFERRAL, {"referral_code": entry.code})
    return len(emails)


def _owed(code: str) -> _Referral | None:
    email = ReferralCode.holder(code)
    referred = Entry.of(email) if email else None
    if referred is None or referred.credit != OWED:
        return None
    holder = ReferralCode.holder(str(referred.referred_by))
    referrer = Entry.of(holder) if holder else None
    if referrer is None or referrer.position is None:
        _forget_debt(referred)
        return None
    return _Referral(referred=referred, referrer=referrer)


def _forget_debt(referred: Entry) -> None:
    """Nobody is left to be moved up."""
    try:
        dynamo.commit(referred.change(credited=True, referred=False, to=None))
    except dynamo.ConditionFailed:
        log.info("waitlist.debt_was_settled")  # or they moved; then it is asked for again


def _credit(referral: _Referral, now: datetime) -> Sequence[dynamo.Write]:
    """What the referral changes: two people and no place where the referrer is first, else two places besides."""
    referred, referrer = referral.referred, referral.referrer
    move = rules.move_up(int(referrer.position))
    if move is None:
        return [
            referred.change(credited=True, referred=False, to=None),
            referrer.change(credited=False, referred=True, to=None),
        ]
    ahead, own = Place.between(move.target, move.origin)
    if own is None or own.email != referrer.email:
        raise dynamo.ConditionFailed(frozenset())  # read while it moved
    moved = [referrer.change(credited=False, referred=True, to=move.target)]
    if ahead is None:
        moved += _taken_up(own, referrer, move, now)
        passed = None
    else:
        moved += [ahead.handed_over(to=referrer.email), own.handed_over(to=ahead.email)]
        passed = ahead.email
    if passed == referred.email:  # they had come to stand right ahead of who brought them
        return [*moved, referred.change(credited=True, referred=False, to=move.origin)]
    return [
        *moved,
        referred.change(credited=True, referred=False, to=None),
        *_moved_down(passed, move),
    ]


def _taken_up(
    own: Place, referrer: Entry, move: rules.Move, now: datetime
) -> Sequence[dynamo.Write]:
    """Take the place ahead, which nobody ever took, once it is sure that nobody will."""
    if not rules.is_abandoned(next_taken_at=own.taken_at, now=now):
        raise dynamo.Busy
    return [
        Place.taken(move.target, email=referrer.email, now=own.taken_at),
        own.handed_over(to=None),
    ]


def _moved_down(email: str | None, move: rules.Move) -> Sequence[dynamo.Write]:
    """Whoever stood ahead takes the place that was left; none where nobody stood there."""
    if email is None:
        return []
    passed = Entry.of(email)
    if passed is None or passed.position != move.target:
        raise dynamo.ConditionFailed(frozenset())  # read while it moved
    return [passed.change(credited=False, referred=False, to=move.origin)]
