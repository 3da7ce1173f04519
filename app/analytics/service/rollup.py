"""How do events become sums that no late event, repetition or rerun can make wrong?

What arrived since the last run tells which days of which types changed. Each such day is counted anew, by the hour,
from all its events and replaces what was known of it; then the sums of the type are made anew from everybody's days.
One run is at work at a time: every write of a run requires that it still is. A run that dies leaves nothing behind but
work that the next one does again.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from app.analytics import rules
from app.analytics.models import Arrival, EventBundle, Link, PersonDays, Rollup, RollUpRun
from app.core import dynamo, ids

log = logging.getLogger(__name__)

LONGEST_RUN = timedelta(minutes=16)
"""Longer than a task may last: then the worker that began it is dead."""
ROWS_A_TRANSACTION = 90
FROM_THE_FIRST = "0"


@dataclass
class _Counted:
    """What the changed days of one type hold.

    Attributes:
        days: which they are.
        hours: events by hour.
        people: of each person, events by hour.
        links: the earliest that a visitor's id came together with a user's: (since, person) by visitor.
    """

    days: frozenset[str] = frozenset()
    hours: Counter[str] = field(default_factory=Counter)
    people: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    links: dict[str, tuple[str, str]] = field(default_factory=dict)


def roll_up(*, now: datetime) -> int:
    """Sum every day that changed since the last run; how many days of types those are.

    What arrived in the last two minutes is left to the next run. While another run is at work, nothing is done.
    """
    run_id = ids.new_id()
    try:
        dynamo.commit(RollUpRun.beginning(run_id=run_id, lapses_at=now + LONGEST_RUN, now=now))
    except dynamo.ConditionFailed:
        return 0
    cutoff = rules.moment(now - rules.SETTLED_AFTER)
    done = False
    try:
        days = _carried_out(run_id, cutoff, today=now.astimezone(UTC).date())
        done = True
    finally:
        _end(run_id, cutoff if done else None)
    return days


def _carried_out(run_id: str, cutoff: str, *, today: date) -> int:
    run = RollUpRun.of_now()
    changed = _changed(start=run.done_until or FROM_THE_FIRST, end=cutoff)
    made = {}
    for event_type, days in sorted(changed.items()):
        counted = _counted(event_type, days, cutoff)
        _store_links(counted.links, run_id)
        _store_people(event_type, counted, cutoff, run_id, today=today)
        made[event_type] = counted
    relinked = RollUpRun.of_now().relinked or set()
    if changed or relinked:
        links = Link.everyone()
        for event_type in sorted({*changed, *relinked}):
            _sum(event_type, made.get(event_type, _Counted()), links, cutoff, run_id, today=today)
    return sum(len(days) for days in changed.values())


def _end(run_id: str, done_until: str | None) -> None:
    try:
        dynamo.commit(RollUpRun.ending(run_id=run_id, done_until=done_until))
    except dynamo.ConditionFailed:  # it lapsed, and another run does it all
        log.warning("analytics.roll_up_lapsed")


def _changed(*, start: str, end: str) -> dict[str, set[str]]:
    """The days that changed, by type."""
    changed: dict[str, set[str]] = {}
    for arrival in Arrival.between(start=start, end=end):
        for event_type, day, *_ in arrival.gains:
            changed.setdefault(event_type, set()).add(day)
    return changed


def _counted(event_type: str, days: Iterable[str], cutoff: str) -> _Counted:
    counted = _Counted(days=frozenset(days))
    for first, last in _spans(days):
        for bundle in EventBundle.between(
            event_type=event_type, first=first, last=last, consistent=True
        ):
            if bundle.arrived_at < cutoff:
                _add(counted, bundle)
    return counted


def _add(counted: _Counted, bundle: EventBundle) -> None:
    for event in bundle.events:
        _, at, anonymous_id, _ = event
        hour, person = rules.hour_of(at), bundle.person_of(event)
        counted.hours[hour] += 1
        if person is not None:
            counted.people[person][hour] += 1
        if bundle.user_id is not None and anonymous_id is not None:
            visitor = rules.VISITOR + anonymous_id
            found = (at, str(person))
            counted.links[visitor] = min(found, counted.links.get(visitor, found))


def _spans(days: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Days that follow each other, together: one query for a run of them."""
    span: list[date] = []
    for day in sorted(date.fromisoformat(each) for each in days):
        if span and day - span[-1] > timedelta(days=1):
            yield span[0].isoformat(), span[-1].isoformat()
            span = []
        span.append(day)
    if span:
        yield span[0].isoformat(), span[-1].isoformat()


def _groups(names: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    for start in range(0, len(ordered), ROWS_A_TRANSACTION):
        yield ordered[start : start + ROWS_A_TRANSACTION]


def _store_links(found: Mapping[str, tuple[str, str]], run_id: str) -> None:
    """Store links that are new or earlier than what was known, and note whose types are to be summed again for it."""
    for visitors in _groups(found):
        known = Link.among(visitors)
        links: list[Link] = []
        types: set[str] = set()
        for visitor in visitors:
            at, person = found[visitor]
            link = Link.made(visitor=visitor, person=person, since=f"{at}#{person}")
            if visitor not in known or link.since < known[visitor].since:
                links.append(link)
                types |= PersonDays.types_of(visitor)
        if links:
            guard = (
                RollUpRun.relinking(run_id=run_id, types=types)
                if types
                else RollUpRun.still(run_id)
            )
            dynamo.commit(guard, *(link.replacement() for link in links))


def _store_people(
    event_type: str, counted: _Counted, cutoff: str, run_id: str, *, today: date
) -> None:
    """Replace what is known of everybody's changed days; rows that stay the same are not written."""
    since = _first_of_hours(today)
    for some in _groups(counted.people):
        known = {row.person: row for row in PersonDays.among(event_type=event_type, people=some)}
        rows = []
        for person in some:
            before = known.get(person) or PersonDays(days={}, hours={})
            found = counted.people[person]
            days = {day: n for day, n in before.days.items() if day not in counted.days}
            days.update(rules.by_day(found))
            hours = rules.hours_replaced(
                before.hours or {}, changed=counted.days, counted=found, since=since
            )
            if (days, hours) != (before.days, before.hours):
                rows.append(
                    PersonDays.made(
                        event_type=event_type, person=person, days=days, hours=hours, cutoff=cutoff
                    )
                )
        if rows:
            dynamo.commit(RollUpRun.still(run_id), *(row.replacement() for row in rows))


def _first_of_hours(today: date) -> str:
    """The first day whose hours are kept."""
    return (today - timedelta(days=rules.MOST_DAYS_OF_HOURS)).isoformat()


def _sum(
    event_type: str,
    counted: _Counted,
    links: Mapping[str, str],
    cutoff: str,
    run_id: str,
    *,
    today: date,
) -> None:
    rollup = Rollup.of(event_type)
    known = {day: sums[0] for day, sums in rollup.daily.items() if day not in counted.days}
    rollup.daily = rules.daily(
        counts={**known, **rules.by_day(counted.hours)},
        people=((row.person, row.days) for row in PersonDays.of_type(event_type)),
        links=links,
        since=(today - rules.EVENTS_KEPT_FOR).isoformat(),
    )
    rollup.hourly = rules.hours_replaced(
        rollup.hourly or {},
        changed=counted.days,
        counted=counted.hours,
        since=_first_of_hours(today),
    )
    rollup.cutoff = cutoff
    dynamo.commit(RollUpRun.still(run_id), rollup.replacement())
