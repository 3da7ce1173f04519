"""How does an event come in, and count once, in one request for fifty?

One transaction stores up to a hundred rows: an id each of the events that have one of the sender's, the events
themselves in bundles of one type and day, and a row that says which days changed. An id that acted already cancels it,
and says so: the rest is sent again without that event.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.analytics import rules
from app.analytics.models import Arrival, EventBundle, TakenId
from app.core import dynamo, errors, ids, json

MOST_WRITES = 100


class InvalidEventTime(errors.Unprocessable):
    """Too old, or ahead of the clock."""

    code = "invalid_event_time"
    message = "The timestamp of an event is at most 90 days old and 5 minutes ahead; details says which is not."


class EventTooLarge(errors.TooLarge):
    """One event has more than 32 kB."""

    code = "event_too_large"
    message = "An event has at most 32 kB as JSON; details says which has more, and how many."


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event as it is sent.

    Attributes:
        event_id: counts once; None where the sender will not repeat it.
        timestamp: when it happened; None where the sender left it out, which counts as the moment it arrived.
    """

    event_type: str
    event_data: Mapping[str, Any] = field(default_factory=dict)
    event_id: str | None = None
    anonymous_id: str | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """How many events were counted, and how many had been before."""

    tracked: int
    duplicates: int


@dataclass(frozen=True, kw_only=True)
class _Accepted:
    event_type: str
    event_id: str
    claims_id: bool
    at: str
    anonymous_id: str | None
    data: Mapping[str, Any]
    size: int

    @property
    def group(self) -> tuple[str, str]:
        return self.event_type, rules.day_of(self.at)


def track_events(*, events: Sequence[NewEvent], user_id: str | None, now: datetime) -> Tracked:
    """Count events, each id once; those of a user where one is signed in.

    Raises:
        InvalidEventTime, EventTooLarge: nothing was counted.
        dynamo.Busy: others send the same ids at the same moment; some may be counted. Send all again.
    """
    accepted: dict[str, _Accepted] = {}
    for place, event in enumerate(events):
        found = _accepted(event, place=place, now=now)
        accepted.setdefault(found.event_id, found)
    tracked = sum(_commit(chunk, user_id, now) for chunk in _chunks(list(accepted.values())))
    return Tracked(tracked=tracked, duplicates=len(events) - tracked)


def happened(
    *,
    event_type: str,
    user_id: str,
    event_data: Mapping[str, Any] | None = None,
    now: datetime,
) -> list[dynamo.Write]:
    """One of the product's own events, as two writes to be committed with what it tells of: so it counts exactly once.

    No request is needed for it, and neither of the writes has a condition.

    Args:
        event_data: plain facts, never a token, address or other personal thing.
    """
    event = _accepted(
        NewEvent(event_type=event_type, event_data=event_data or {}), place=0, now=now
    )
    gains = _gains([[event]], user_id)
    return [_row([event], user_id, now).creation(), Arrival.logged(gains=gains, now=now)]


def _accepted(event: NewEvent, *, place: int, now: datetime) -> _Accepted:
    at = (event.timestamp or now).astimezone(UTC)
    if not now - rules.OLDEST <= at <= now + rules.AHEAD:
        details = {"index": place, "timestamp": at.isoformat(), "now": now.isoformat()}
        raise InvalidEventTime(details=details)
    claims_id = event.event_id is not None
    made = _Accepted(
        event_type=event.event_type,
        event_id=event.event_id or ids.new_id(),
        claims_id=claims_id,
        at=rules.moment(min(at, now)),
        anonymous_id=event.anonymous_id,
        data=event.event_data,
        size=len(json.dumps(event.event_data)) + len(event.event_type) + len(event.event_id or ""),
    )
    if made.size > rules.LARGEST_EVENT_BYTES:
        details = {"index": place, "bytes": made.size, "most": rules.LARGEST_EVENT_BYTES}
        raise EventTooLarge(details=details)
    return made


def _chunks(events: Sequence[_Accepted]) -> Iterator[list[_Accepted]]:
    """As many as a transaction holds, those of one type and day together: at least 49."""
    chunk: list[_Accepted] = []
    for event in sorted(events, key=lambda one: one.group):
        if (
            len(_bundled([*chunk, event])) + sum(one.claims_id for one in [*chunk, event])
            >= MOST_WRITES
        ):
            yield chunk
            chunk = []
        chunk.append(event)
    if chunk:
        yield chunk


def _bundled(events: Sequence[_Accepted]) -> list[list[_Accepted]]:
    """Those of one type and day together, as long as they fit a row."""
    bundles: list[list[_Accepted]] = []
    filled = 0
    for event in events:
        fits = filled + event.size <= rules.LARGEST_BUNDLE_BYTES
        if bundles and fits and bundles[-1][0].group == event.group:
            bundles[-1].append(event)
            filled += event.size
        else:
            bundles.append([event])
            filled = event.size
    return bundles


def _commit(events: list[_Accepted], user_id: str | None, now: datetime) -> int:
    """Store those whose ids did not act yet; how many they are."""
    left = events
    while left:
        claiming = [event for event in left if event.claims_id]
        writes = [TakenId.claim(event_id=event.event_id, now=now) for event in claiming]
        bundles = _bundled(left)
        writes += [_row(bundle, user_id, now).creation() for bundle in bundles]
        writes.append(Arrival.logged(gains=_gains(bundles, user_id), now=now))
        try:
            dynamo.commit(*writes)
        except dynamo.ConditionFailed as error:
            taken = {claiming[place].event_id for place in error.failed}
            left = [event for event in left if event.event_id not in taken]
        else:
            return len(left)
    return 0


def _row(bundle: Sequence[_Accepted], user_id: str | None, now: datetime) -> EventBundle:
    events = [[one.event_id, one.at, one.anonymous_id, one.data] for one in bundle]
    return EventBundle.made(
        event_type=bundle[0].event_type, user_id=user_id, events=events, now=now
    )


def _gains(bundles: Sequence[Sequence[_Accepted]], user_id: str | None) -> list[list[Any]]:
    gains = []
    for bundle in bundles:
        people = {rules.person(user_id=user_id, anonymous_id=one.anonymous_id) for one in bundle}
        named = sorted(who for who in people if who is not None)
        hours = Counter(rules.hour_of(one.at) for one in bundle)
        gains.append([*bundle[0].group, len(bundle), named, hours])
    return gains
