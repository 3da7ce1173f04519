"""Whom does an event count for, into which partition does it go, and what do days, weeks and steps add up to?

Days are UTC, weeks begin on Monday. A person is a user ("u:<id>"), an anonymous visitor ("a:<id>") or what is left of
a user who was erased ("x:<digest>"). A visitor whose id came together with a user's is that user, ever since and
before; of several users, the one of the earliest such event.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

OLDEST = timedelta(days=90)
AHEAD = timedelta(minutes=5)
"""How far from now the time of an event may lie. What is ahead of us counts as now."""
EVENTS_KEPT_FOR = timedelta(days=400)
IDS_KEPT_FOR = timedelta(days=100)
"""How long an id counts once: longer than an event may be late."""
ARRIVALS_KEPT_FOR = timedelta(days=35)
"""How long the roll-up may be missing before events that came meanwhile stay out of the sums."""
SETTLED_AFTER = timedelta(minutes=2)
"""What came so long ago is stored by now: no request lasts longer, and clocks differ by less."""

LARGEST_EVENT_BYTES: Final = 32 * 1024
LARGEST_BUNDLE_BYTES: Final = 300 * 1024
MOST_EVENTS: Final = 100
MOST_DAYS: Final = 365
MOST_DAYS_OF_HOURS: Final = 31
"""So many days are summed by the hour, too."""
DEEPEST: Final = 16
"""How deep the data of an event may be nested: it is stored within lists, and what is read back has a limit, too."""
SHARDS: Final = 4
"""Into how many partitions the events of a type, and the arrivals, are spread."""

EVENT_TYPE_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,63}$"
USER, VISITOR, ERASED = "u:", "a:", "x:"


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """That somebody did something; `person` is None where nobody knows who."""

    person: str | None
    at: str


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Those who first did something in one week.

    Attributes:
        week: its Monday.
        users: how many they are.
        returned: how many of them came back in that week, the next one, and so on until now.
    """

    week: date
    users: int
    returned: list[int]


def moment(at: datetime) -> str:
    """A moment as text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def day_of(at: str) -> str:
    """The day of such a moment."""
    return at[:10]


def hour_of(at: str) -> str:
    """The hour of such a moment: 2026-11-20T13."""
    return at[:13]


def by_day(hours: Mapping[str, int]) -> Counter[str]:
    """What hours add up to, by day."""
    days: Counter[str] = Counter()
    for hour, count in hours.items():
        days[day_of(hour)] += count
    return days


def hours_replaced(
    known: Mapping[str, int], *, changed: Collection[str], counted: Mapping[str, int], since: str
) -> dict[str, int]:
    """Hours with those of changed days as they were counted anew, and without those of days before one."""
    kept = {hour: count for hour, count in known.items() if day_of(hour) not in changed}
    return {hour: count for hour, count in sorted({**kept, **counted}.items()) if hour >= since}


def shard_of(key: str) -> int:
    """The partition of a key."""
    return zlib.crc32(key.encode()) % SHARDS


def person(*, user_id: str | None, anonymous_id: str | None) -> str | None:
    """Whom an event counts for; None where it tells of nobody."""
    if user_id is not None:
        return USER + user_id
    return VISITOR + anonymous_id if anonymous_id is not None else None


def erased(user_id: str) -> str:
    """What a user's events count for once the user is erased: the same each time, and nobody."""
    return ERASED + hashlib.sha256(f"erased user {user_id}".encode()).hexdigest()[:32]


def depth(value: object) -> int:
    """How deep lists and objects are nested in each other; 0 for a plain value."""
    if isinstance(value, Mapping):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def window(*, today: date, days: int) -> list[str]:
    """So many days up to today, the earliest first."""
    return [(today - timedelta(days=back)).isoformat() for back in reversed(range(days))]


def hours_window(*, now: datetime, days: int) -> list[str]:
    """The hours of so many days up to the one it is, the earliest first."""
    last = hour_of(moment(now))
    shown = window(today=now.astimezone(UTC).date(), days=days)
    hours = [f"{day}T{hour:02}" for day in shown for hour in range(24)]
    return [hour for hour in hours if hour <= last]


def merged(
    people: Iterable[tuple[str, Mapping[str, int]]], *, links: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Each person once with their days, a linked visitor's among the user's. Only linked people are held in memory."""
    involved = set(links) | set(links.values())
    held: dict[str, Counter[str]] = {}
    for who, days in people:
        if who in involved:
            held.setdefault(links.get(who, who), Counter()).update(days)
        else:
            yield who, days
    yield from held.items()


def daily(
    *,
    counts: Mapping[str, int],
    people: Iterable[tuple[str, Mapping[str, int]]],
    links: Mapping[str, str],
    since: str,
) -> dict[str, list[int]]:
    """Of each day: its events, how many people they are of, and how many of those were never seen after it.

    The third makes uniques of any number of days that end today a sum: each person has one last day.
    """
    users: Counter[str] = Counter()
    last_seen: Counter[str] = Counter()
    for _, days in merged(people, links=links):
        users.update(days.keys())
        if days:
            last_seen[max(days)] += 1
    known = sorted(day for day in {*counts, *users} if day >= since)
    return {day: [counts.get(day, 0), users[day], last_seen[day]] for day in known}


def reached(steps: Sequence[Iterable[Occurrence]], *, links: Mapping[str, str]) -> list[int]:
    """How many people did the first step, how many of them the second at or after that, and so on."""
    at: dict[str, str] | None = None
    found = []
    for step in steps:
        later: dict[str, str] = {}
        for one in step:
            if one.person is None:
                continue
            who = links.get(one.person, one.person)
            if at is not None and (who not in at or one.at < at[who]):
                continue
            if who not in later or one.at < later[who]:
                later[who] = one.at
        at = later
        found.append(len(at))
    return found


def week_of(day: str) -> date:
    """The Monday of a day's week."""
    found = date.fromisoformat(day)
    return found - timedelta(days=found.weekday())


def cohorts(
    *,
    began: Iterable[tuple[str, Mapping[str, int]]],
    returned: Iterable[tuple[str, Mapping[str, int]]],
    links: Mapping[str, str],
    today: date,
    weeks: int,
) -> list[Cohort]:
    """Who first did one thing, by week, and in which weeks since then they did another; the last so many weeks."""
    this_week = week_of(today.isoformat())
    earliest = this_week - timedelta(weeks=weeks - 1)
    first = {who: week_of(min(days)) for who, days in merged(began, links=links) if days}
    sizes = Counter(week for week in first.values() if earliest <= week <= this_week)
    seen: Counter[tuple[date, int]] = Counter()
    for who, days in merged(returned, links=links):
        week = first.get(who)
        if week is not None and earliest <= week:
            seen.update({(week, (week_of(day) - week).days // 7) for day in days})
    made = []
    for back in reversed(range(weeks)):
        week = this_week - timedelta(weeks=back)
        returns = [seen[week, number] for number in range(back + 1)]
        made.append(Cohort(week=week, users=sizes[week], returned=returns))
    return made
