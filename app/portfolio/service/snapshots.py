"""How are the values of past days stored, so that long reports need not follow every price again?

Every day, what is missing up to yesterday is valued as a report would value it, and stored together with the profile's
word on how far the stored days hold. A day on which something had no price, or not all prices yet, is not stored: a
report would value it differently later.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.core import dynamo, errors
from app.portfolio.models import Profile
from app.portfolio.models.snapshots import DAYS_TOGETHER, Snapshot, owners_without, profile_now
from app.portfolio.rules import valued_days
from app.portfolio.rules.valued_days import Day
from app.portfolio.service import ledger
from app.portfolio.service.valuing_days import currency_of, value_days
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

SNAPSHOT_PORTFOLIO: Final = "portfolio.snapshot_portfolio"
# A ledger may begin a hundred years ago. The next run goes on where this one ends.
MOST_DAYS_A_RUN: Final = 1_000


class PricesPending(errors.ServiceUnavailable):
    """Closes that a snapshot needs are being loaded."""

    code = "prices_pending"
    message = "The closes of past days are being loaded. Try again in a minute."


def snapshot_values(*, jobs: JobQueue, now: datetime) -> int:
    """Have every portfolio whose snapshots end before yesterday looked at, each by a task; how many there are."""
    count = 0
    for user_id in owners_without(_yesterday(now)):
        jobs.enqueue(SNAPSHOT_PORTFOLIO, {"user_id": user_id})
        count += 1
    return count


def snapshot_portfolio(
    *, user_id: str, jobs: JobQueue, now: datetime, sleep: Callable[[float], None]
) -> int:
    """Store the values of the days up to yesterday that are not stored; how many were.

    Run again it finds nothing to do. A ledger that changes meanwhile stops it: the next run starts from there.

    Raises:
        PricesPending: a worker was asked for closes that are not loaded.
    """
    yesterday = _yesterday(now)
    # Before the ledger: a change that comes in between is then one that the profile of now knows nothing of.
    profile = profile_now(user_id)
    entries = [entry for entry in ledger.entries_of(user_id=user_id) if entry.day <= yesterday]
    if not entries or profile is None:
        return 0
    stored = _stored_until(profile, before=min(entry.day for entry in entries))
    end = min(yesterday, stored + timedelta(days=MOST_DAYS_A_RUN))
    if stored >= end:
        return 0
    valued = value_days(
        entries=entries,
        stored=[],
        start=stored,
        end=end,
        currency=currency_of(profile=profile),
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=0,
    )
    if valued.prices.pending:
        raise PricesPending
    if valued.left_out:
        log.info("portfolio.not_all_priced", extra={"count": len(valued.left_out)})
        return 0
    return _store(profile, valued.days[1:])


def _store(profile: Profile, days: Sequence[Day]) -> int:
    """Store days that follow each other, many in one transaction; how many were before somebody came in between."""
    count = 0
    while some := days[count : count + DAYS_TOGETHER]:
        try:
            dynamo.commit(*Snapshot.kept(profile=profile, days=some))
        except dynamo.ConditionFailed:
            log.info("portfolio.changed_meanwhile")
            break
        count += len(some)
        profile.snapshots_until = some[-1].day
    return count


def _stored_until(profile: Profile, *, before: date) -> date:
    """The last day that is stored, or else the one before the ledger begins, when nothing was held."""
    nothing_yet = valued_days.day_before(before)
    return (
        nothing_yet
        if profile.snapshots_until is None
        else max(profile.snapshots_until, nothing_yet)
    )


def _yesterday(now: datetime) -> date:
    return valued_days.day_before(now.astimezone(UTC).date())
