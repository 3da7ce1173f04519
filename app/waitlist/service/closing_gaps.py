"""How do positions stay true where somebody has left, or died while joining? Those behind an empty place move up.

Everybody keeps their order. A number without a place may still be taken by a request that is under way, so nobody
behind it moves before that is out of the question.
"""

import logging
from collections import deque
from collections.abc import Iterator
from datetime import datetime

from app.core import dynamo
from app.waitlist import rules
from app.waitlist.models import Entry, NumbersGiven, Place

log = logging.getLogger(__name__)

MOST_MOVED = 500
A_READ = 100


def close_gaps(*, now: datetime) -> bool:
    """Move up who stands behind empty places, 500 people at most; whether nothing is left to do.

    Running it again, or twice at once, is harmless.

    Raises:
        dynamo.Busy: somebody moved at the same moment; what was done is done, and it is to be run again.
    """
    given = NumbersGiven.current()
    empty: deque[int] = deque()
    unknown: list[int] = []
    moved = 0
    for number, place in _places(int(given.last)):
        if place is None:
            unknown.append(number)
            continue
        if unknown and not rules.is_abandoned(next_taken_at=place.taken_at, now=now):
            return _told(moved, is_done=True)  # as far as can be said now
        empty.extend(unknown)
        unknown.clear()
        if place.email and empty:
            if moved == MOST_MOVED:
                return _told(moved, is_done=False)
            _move(place, to=empty.popleft())
            moved += 1
            empty.append(number)
        elif not place.email:
            empty.append(number)
    if empty and not unknown:
        _give_back(given, last=empty[0] - 1)
    return _told(moved, is_done=True)


def _places(last: int) -> Iterator[tuple[int, Place | None]]:
    for start in range(rules.FIRST, last + 1, A_READ):
        found = Place.between(start, min(start + A_READ - 1, last))
        yield from enumerate(found, start=start)


def _move(place: Place, *, to: int) -> None:
    entry, (target,) = Entry.of(str(place.email)), Place.between(to, to)
    if entry is None or entry.position != place.number or (target is not None and target.email):
        raise dynamo.Busy
    arrival = (
        Place.taken(to, email=entry.email, now=place.taken_at)
        if target is None
        else target.handed_over(to=entry.email)
    )
    try:
        dynamo.commit(
            entry.change(credited=False, referred=False, to=to),
            arrival,
            place.handed_over(to=None),
        )
    except dynamo.ConditionFailed:
        raise dynamo.Busy from None


def _give_back(given: NumbersGiven, *, last: int) -> None:
    """Let the next who join have the empty places at the end."""
    try:
        dynamo.commit(given.taken_back_to(last))
    except dynamo.ConditionFailed:
        log.info("waitlist.joined_meanwhile")


def _told(moved: int, *, is_done: bool) -> bool:
    log.info("waitlist.gaps_closed", extra={"moved": moved, "is_done": is_done})
    return is_done
