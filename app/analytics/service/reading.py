"""How often did something happen, how many people did it, and what were the latest events?

Sums come from the roll-up; what arrived since is added from the log of arrivals, so that an event counts as soon as it
was accepted. Whatever the number of days or hours, that takes at most 15 requests, authentication among them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app.analytics import rules
from app.analytics.models import Arrival, EventBundle, Link, PersonDays, Rollup
from app.core import dynamo

MOST_ARRIVALS = 1_000
"""Of each partition; the rest counts from the next roll-up on."""
MOST_NEW_PEOPLE = 200
"""Whom a request looks up; the rest counts from the next roll-up on."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened."""

    event_id: str
    event_type: str
    timestamp: datetime
    user_id: str | None
    anonymous_id: str | None
    event_data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Day:
    """How many events a day had."""

    date: date
    count: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """An event type over some days that end today."""

    event_type: str
    days: int
    total_events: int
    unique_users: int
    daily_stats: Sequence[Day]
    events: Sequence[Event]


@dataclass(frozen=True, kw_only=True)
class Hour:
    """How many events an hour had."""

    hour: datetime
    count: int


@dataclass(frozen=True, kw_only=True)
class Hours:
    """An event type by the hour, over some days that end now."""

    event_type: str
    days: int
    total_events: int
    hourly_stats: Sequence[Hour]


@dataclass(frozen=True, kw_only=True)
class _Gain:
    """What arrived since the last roll-up, of one type: events by day and by hour, and people by day."""

    counts: Counter[str]
    hours: Counter[str]
    people: Mapping[str, set[str]]


def show_all(*, event_type: str, days: int, now: datetime) -> Overview:
    """Everybody's events of a type: 14 requests at most."""
    shown = rules.window(today=now.astimezone(UTC).date(), days=days)
    rollup = Rollup.of(event_type)
    gain = _gained(event_type, since=rollup.cutoff, person=None)
    counts = {day: rollup.daily.get(day, [0])[0] + gain.counts[day] for day in shown}
    seen = sum(sums[2] for day, sums in rollup.daily.items() if day >= shown[0])
    recent = {who for day in shown for who in gain.people.get(day, ())}
    pages = [
        EventBundle.latest(
            event_type=event_type, shard=shard, first=shown[0], limit=rules.MOST_EVENTS
        )
        for shard in range(rules.SHARDS)
    ]
    return _overview(
        event_type=event_type,
        counts=counts,
        unique_users=seen + _unseen(event_type, recent, first=shown[0]),
        events=_newest(pages, first=shown[0]),
    )


def show_own(*, user_id: str, event_type: str, days: int, now: datetime) -> Overview:
    """A user's own events of a type: 6 requests at most."""
    shown = rules.window(today=now.astimezone(UTC).date(), days=days)
    own, gain = _own(event_type, who=rules.USER + user_id)
    known = own.days if own is not None else {}
    counts = {day: known.get(day, 0) + gain.counts[day] for day in shown}
    page = EventBundle.latest_of(
        user_id=user_id, event_type=event_type, first=shown[0], limit=rules.MOST_EVENTS
    )
    return _overview(
        event_type=event_type,
        counts=counts,
        unique_users=1 if any(counts.values()) else 0,
        events=_newest([page], first=shown[0]),
    )


def show_hours_of_all(*, event_type: str, days: int, now: datetime) -> Hours:
    """Everybody's events of a type by the hour: 5 requests."""
    rollup = Rollup.of(event_type)
    gain = _gained(event_type, since=rollup.cutoff, person=None)
    return _hours(event_type, rollup.hourly, gain, days=days, now=now)


def show_hours_of_own(*, user_id: str, event_type: str, days: int, now: datetime) -> Hours:
    """A user's own events of a type by the hour: 5 requests."""
    own, gain = _own(event_type, who=rules.USER + user_id)
    return _hours(event_type, own.hours if own is not None else None, gain, days=days, now=now)


def _own(event_type: str, *, who: str) -> tuple[PersonDays | None, _Gain]:
    """What the sums hold of somebody, and what they don't hold yet."""
    rollup, own = dynamo.get_together(
        (Rollup, event_type, None),
        (PersonDays, *PersonDays.key_of(event_type=event_type, person=who)),
    )
    cutoffs = [row.cutoff for row in (rollup, own) if row is not None]
    return own, _gained(event_type, since=max(cutoffs, default=""), person=who)


def _hours(
    event_type: str, summed: Mapping[str, int] | None, gain: _Gain, *, days: int, now: datetime
) -> Hours:
    known = summed or {}
    counts = {
        hour: known.get(hour, 0) + gain.hours[hour]
        for hour in rules.hours_window(now=now, days=days)
    }
    return Hours(
        event_type=event_type,
        days=days,
        total_events=sum(counts.values()),
        hourly_stats=[
            Hour(hour=datetime.fromisoformat(f"{hour}:00:00+00:00"), count=count)
            for hour, count in counts.items()
        ],
    )


def _overview(
    *,
    event_type: str,
    counts: Mapping[str, int],
    unique_users: int,
    events: Sequence[Event],
) -> Overview:
    return Overview(
        event_type=event_type,
        days=len(counts),
        total_events=sum(counts.values()),
        unique_users=unique_users,
        daily_stats=[Day(date=date.fromisoformat(day), count=counts[day]) for day in counts],
        events=events,
    )


def _gained(event_type: str, *, since: str, person: str | None) -> _Gain:
    """What arrived since a moment: everybody's, or one person's alone."""
    counts: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    people: dict[str, set[str]] = {}
    for shard in range(rules.SHARDS):
        for arrival in Arrival.since(shard=shard, start=since or "0", limit=MOST_ARRIVALS):
            for kind, day, count, named, *by_hour in arrival.gains:
                if kind == event_type and (person is None or person in named):
                    counts[day] += count
                    hours.update(*by_hour)
                    people.setdefault(day, set()).update(named)
    return _Gain(counts=counts, hours=hours, people=people)


def _unseen(event_type: str, people: Iterable[str], *, first: str) -> int:
    """How many of these people the sums don't hold since a day: two requests for links and two for days at most."""
    asked = sorted(people)[:MOST_NEW_PEOPLE]
    links = Link.among([who for who in asked if who.startswith(rules.VISITOR)])
    found = {links[who].person if who in links else who for who in asked}
    rows = PersonDays.among(event_type=event_type, people=found)
    return len(found - {row.person for row in rows if max(row.days) >= first})


def _newest(pages: Sequence[Any], *, first: str) -> list[Event]:
    """The newest hundred. A page that was cut off says nothing of what is older than its last bundle."""
    complete_since = max(
        [first, *(page.items[-1].timestamp.partition("#")[0] for page in pages if page.next_cursor)]
    )
    found = [
        _event(bundle, event)
        for page in pages
        for bundle in page.items
        for event in bundle.events
        if event[1] >= complete_since
    ]
    found.sort(key=lambda event: (event.timestamp, event.event_id), reverse=True)
    return found[: rules.MOST_EVENTS]


def _event(bundle: EventBundle, event: Sequence[Any]) -> Event:
    event_id, at, anonymous_id, data = event
    return Event(
        event_id=event_id,
        event_type=bundle.kind,
        timestamp=datetime.fromisoformat(at),
        user_id=bundle.user_id,
        anonymous_id=anonymous_id,
        event_data=data,
    )
