"""How are units counted so that no limit is overrun, and given back when what they were for fails?

A reservation is one transaction: its row, whose id acts once, and the counter, which refuses to pass its limit. So
of any number of simultaneous requests exactly as many pass as there are units, and a crash leaves both or neither.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from app.billing import service as billing
from app.core import dynamo, ids
from app.emails import service as emails
from app.providers.job_queue.interface import JobQueue
from app.usage import rules
from app.usage.models import Reservation, Usage
from app.usage.service.limits import UsageLimitExceeded, check_countable, refusal
from app.usage.service.notices import tell_if_due

__all__ = ["Counted", "Reservation", "commit", "count_use", "give_back", "reserve"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a use left: `limit` and `remaining` are -1 where the plan has no limit."""

    feature: str
    new_count: int
    limit: int
    remaining: int


def reserve(
    *,
    user_id: str,
    feature: str,
    plan: str,
    reservation_id: str,
    jobs: JobQueue,
    now: datetime,
    count: int = 1,
    writes: Sequence[dynamo.Write] = (),
) -> Reservation:
    """Count units for work that begins; `commit` keeps them, `give_back` returns them, and so do 12 hours.

    One request to DynamoDB, and another where the plan has a limit, to see whether its holder is to be told.

    Args:
        plan: the one that the user holds now (`auth.principal().plan`).
        reservation_id: names the work. Repeated, it counts nothing and returns the reservation as it stands: its
            `state` is RESERVED while the work is to be done, COMMITTED once it was, GIVEN_BACK once it failed or
            took longer than 12 hours. A new try of work that was given back needs another id.
        jobs: sends the email, where the units reach 80 or 100 % of the limit.
        writes: what the work begins with; it is stored if, and only if, the units are counted by this call.

    Raises:
        UsageLimitExceeded: the plan does not include so many more; nothing was counted.
        UnknownFeature, CountedAutomatically, dynamo.Busy: nothing was counted either.
        dynamo.ConditionFailed: a condition of `writes`, at the positions told, did not hold; nothing was counted.
    """
    row = _opened(
        user_id=user_id,
        feature=feature,
        plan=plan,
        reservation_id=reservation_id,
        units=count,
        state=rules.RESERVED,
        now=now,
    )
    reservation, _ = _counted(row, jobs=jobs, now=now, writes=writes)
    return reservation


def count_use(
    *, user_id: str, feature: str, plan: str, increment: int, jobs: JobQueue, now: datetime
) -> Counted:
    """Count units that are used already.

    Raises:
        UsageLimitExceeded: the plan does not include so many more; nothing was counted.
        UnknownFeature, CountedAutomatically, dynamo.Busy: nothing was counted either.
    """
    row = _opened(
        user_id=user_id,
        feature=feature,
        plan=plan,
        reservation_id=ids.new_id(),
        units=increment,
        state=rules.COMMITTED,
        now=now,
    )
    reservation, seen = _counted(row, jobs=jobs, now=now)
    counter = seen or reservation.counter.stored()
    limit = billing.limit_of(plan=plan, feature=feature)
    stands = rules.standing(count=int(counter.used), limit=limit)
    return Counted(
        feature=feature, new_count=stands.count, limit=limit, remaining=stands.remaining or 0
    )


def commit(*, user_id: str, reservation_id: str) -> bool:
    """Keep reserved units: the work is done. Repeating it is harmless.

    Returns:
        Whether they are kept; False where they were given back before, or the account was erased.
    """
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(
            Reservation.finishing(
                user_id=user_id, reservation_id=reservation_id, state=rules.COMMITTED
            )
        )
        return True
    row = Reservation.of(user_id=user_id, reservation_id=reservation_id)
    return row is not None and row.state == rules.COMMITTED


def give_back(*, user_id: str, reservation_id: str) -> bool:
    """Return reserved units to the window that they were counted in: the work failed. Repeating it is harmless.

    Returns:
        Whether they are given back; False where they were kept before, or the account was erased.
    """
    row = Reservation.of(user_id=user_id, reservation_id=reservation_id)
    if row is None or row.state != rules.RESERVED:
        return row is not None and row.state == rules.GIVEN_BACK
    finishing = Reservation.finishing(
        user_id=user_id, reservation_id=reservation_id, state=rules.GIVEN_BACK
    )
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(finishing, row.counter.lowered(by=int(row.units)))
        return True
    row = Reservation.of(user_id=user_id, reservation_id=reservation_id)
    return row is not None and row.state == rules.GIVEN_BACK


def give_back_lapsed(*, now: datetime) -> int:
    """Return the units of work that nobody finished in 12 hours; how many reservations that were."""
    lapsed = [
        given
        for user_id, reservation_id in Reservation.lapsed(now=now)
        if (given := give_back(user_id=user_id, reservation_id=reservation_id))
    ]
    return len(lapsed)


def _opened(
    *,
    user_id: str,
    feature: str,
    plan: str,
    reservation_id: str,
    units: int,
    state: str,
    now: datetime,
) -> Reservation:
    """A reservation that may be counted; not stored yet."""
    check_countable(feature=feature)
    if units < 1:
        raise ValueError("a use counts one unit at least")
    return Reservation.made(
        user_id=user_id,
        reservation_id=reservation_id,
        feature=feature,
        plan=plan,
        units=units,
        state=state,
        now=now,
    )


def _counted(
    row: Reservation, *, jobs: JobQueue, now: datetime, writes: Sequence[dynamo.Write] = ()
) -> tuple[Reservation, Usage | None]:
    """The reservation of this id as it stands, and the counter where it was read."""
    limit = billing.limit_of(plan=row.plan, feature=row.feature)
    units = int(row.units)
    try:
        dynamo.commit(row.creation(), row.counter.raised(by=units, limit=limit), *writes)
    except dynamo.ConditionFailed as error:
        if not error.failed & {0, 1}:  # the caller's alone
            raise dynamo.ConditionFailed(frozenset(at - 2 for at in error.failed)) from None
        earlier = Reservation.of(user_id=row.user_id, reservation_id=row.reservation_id)
        if earlier is not None:
            return earlier, None
        used = int(_read_and_tell(row, jobs, now).used)
        sentence, details = refusal(
            feature=row.feature, plan=row.plan, used=used, requested=units, now=now
        )
        raise UsageLimitExceeded(sentence, details=details) from None
    if limit == rules.UNLIMITED:
        return row, None
    return row, _read_and_tell(row, jobs, now)


def _read_and_tell(row: Reservation, jobs: JobQueue, now: datetime) -> Usage:
    counter = row.counter.stored()
    email = tell_if_due(counter=counter, plan=row.plan, now=now)
    if email is not None:
        emails.send(email=email, jobs=jobs)
    return counter
