"""How far do people get, do they come back, and which values are the most frequent?

Funnels and properties read the events themselves, retention everybody's days as of the last roll-up. The sums tell
beforehand how much that is, and more than one request can read is refused.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.analytics import rules
from app.analytics.models import EventBundle, Link, PersonDays, Rollup
from app.core import errors, money

MOST_EXAMINED = 250_000
LONGEST_VALUE = 200


class TooManyEvents(errors.Unprocessable):
    """More than one request can read."""

    code = "too_many_events"
    message = "This would read more than 250,000 events. Ask for fewer days; details says how many there are."


class TooManyPeople(errors.Unprocessable):
    """More than one request can read."""

    code = "too_many_people"
    message = "This event has more people than one request can read (250,000). Ask for a rarer one."


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a funnel.

    Attributes:
        percentage: of the first step's users, 2 decimals half-up; 0 where there are none.
    """

    event_type: str
    users: int
    percentage: Decimal


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value of a property, and how many events have it."""

    value: Any
    count: int


@dataclass(frozen=True, kw_only=True)
class Values:
    """The most frequent values of a property; `missing` counts the events without it."""

    event_type: str
    property: str
    days: int
    total_events: int
    missing: int
    values: Sequence[Value]


def show_funnel(*, steps: Sequence[str], days: int, now: datetime) -> list[Step]:
    """How many people did the first step in so many days, and of them the second at or after that, and so on.

    Raises:
        TooManyEvents.
    """
    first, last = _ends(days, now)
    _check_size(steps, first)
    links = Link.everyone()
    users = rules.reached(
        [_occurrences(event_type, first, last) for event_type in steps], links=links
    )
    return [
        Step(
            event_type=event_type,
            users=count,
            percentage=money.percentage(Decimal(count), Decimal(users[0])),
        )
        for event_type, count in zip(steps, users, strict=True)
    ]


def show_retention(
    *, event_type: str, returning: str | None, weeks: int, now: datetime
) -> list[rules.Cohort]:
    """Who had a first event of a type, by week, and in which weeks since then an event of another (or the same).

    Raises:
        TooManyPeople.
    """
    return rules.cohorts(
        began=_people(event_type),
        returned=_people(returning or event_type),
        links=Link.everyone(),
        today=now.astimezone(UTC).date(),
        weeks=weeks,
    )


def show_properties(
    *, event_type: str, property_name: str, days: int, limit: int, now: datetime
) -> Values:
    """The most frequent values of one name in the data of a type's events; equally frequent ones in order.

    Texts count by their first 200 characters; lists and objects as their kind.

    Raises:
        TooManyEvents.
    """
    first, last = _ends(days, now)
    _check_size([event_type], first)
    counts: Counter[tuple[str, Any]] = Counter()
    total = 0
    for bundle in EventBundle.between(event_type=event_type, first=first, last=last):
        for event in bundle.events:
            total += 1
            if property_name in event[3]:
                counts[_comparable(event[3][property_name])] += 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0][0], str(pair[0][1])))
    return Values(
        event_type=event_type,
        property=property_name,
        days=days,
        total_events=total,
        missing=total - sum(counts.values()),
        values=[Value(value=value, count=count) for (_, value), count in ranked[:limit]],
    )


def _ends(days: int, now: datetime) -> tuple[str, str]:
    shown = rules.window(today=now.astimezone(UTC).date(), days=days)
    return shown[0], shown[-1]


def _check_size(event_types: Sequence[str], first: str) -> None:
    found = sum(
        sums[0]
        for event_type in event_types
        for day, sums in Rollup.of(event_type).daily.items()
        if day >= first
    )
    if found > MOST_EXAMINED:
        raise TooManyEvents(details={"events": found, "most": MOST_EXAMINED})


def _occurrences(event_type: str, first: str, last: str) -> Iterator[rules.Occurrence]:
    for bundle in EventBundle.between(event_type=event_type, first=first, last=last):
        for event in bundle.events:
            yield rules.Occurrence(person=bundle.person_of(event), at=event[1])


def _people(event_type: str) -> Iterator[tuple[str, dict[str, int]]]:
    for number, row in enumerate(PersonDays.of_type(event_type), start=1):
        if number > MOST_EXAMINED:
            raise TooManyPeople
        yield row.person, row.days


def _comparable(value: Any) -> tuple[str, Any]:
    """What equal values have in common: true is not 1, though Python says so."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, (int, Decimal)):
        return "number", value
    if isinstance(value, str):
        return "text", value[:LONGEST_VALUE]
    if value is None:
        return "null", None
    return "kind", "[list]" if isinstance(value, list) else "[object]"
