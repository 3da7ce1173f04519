"""Are the sums of a month of events exact, and what does it cost to track and to ask?

100,000 events over 30 days, sent in random order and one in ten twice, with a roll-up now and then. What is answered
is compared with what a computation that shares no code with the product makes of the same events.
"""

import os
import random
import sys
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from bench import world

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TYPES = ("signup", "view", "upgrade")
COUNT = 100_000
SEED = 2_026
DAYS = 30
A_CALL = 50
WEEKS = 6
SHARE_TWICE = 0.1
ROLL_UPS = 3
PATIENCE_SECONDS = 300
"""The local AWS looks at every row of a partition for each page of it; DynamoDB does not."""


class Clock(Protocol):
    """A time that can be set."""

    def now(self) -> datetime:
        """The time it is."""

    def advance(self, seconds: float = 0, **parts: float) -> None:
        """Let time pass."""


class _SetClock:
    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float = 0, **parts: float) -> None:
        self._now += timedelta(seconds=seconds, **parts)


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event as it is sent."""

    event_id: str
    event_type: str
    user_id: str | None
    anonymous_id: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a run showed.

    Attributes:
        differences: answers that are not as the independent computation has them.
        requests_per_50_events: to DynamoDB, of events that were sent once.
        retried: calls that held an event sent before, which take one request more.
    """

    differences: list[str]
    events: int
    sent: int
    calls: int
    retried: int
    requests_per_50_events: float
    requests_of_overview: int
    tracking_seconds: float
    rolling_up_seconds: float


def made(*, count: int, seed: int) -> list[Told]:
    """Events of users, of visitors, of visitors who turn out to be users, and of nobody."""
    chance = random.Random(seed)  # noqa: S311 - made data, the same in each run
    people = max(10, count // 80)
    events = []
    for number in range(count):
        who = chance.randrange(people)
        kind = chance.random()
        user_id = f"user{who}" if kind < 0.6 else None
        visitor = f"visitor{chance.randrange(people)}" if kind > 0.55 else None  # a few with both
        at = NOON - timedelta(seconds=chance.randrange(DAYS * 86_400 - 43_200))
        events.append(
            Told(
                event_id=f"event{number}",
                event_type=chance.choices(TYPES, weights=(2, 7, 1))[0],
                user_id=user_id,
                anonymous_id=visitor if kind < 0.97 else None,
                at=at,
            )
        )
    return events


def in_calls(events: Sequence[Told]) -> Iterator[list[Told]]:
    """Calls of up to 50, each of one user or of visitors, as the events come."""
    waiting: dict[str | None, list[Told]] = defaultdict(list)
    for event in events:
        call = waiting[event.user_id]
        call.append(event)
        if len(call) == A_CALL:
            yield waiting.pop(event.user_id)
    yield from waiting.values()


def tell(events: Sequence[Told], *, now: datetime) -> Any:
    """One call."""
    from app.analytics import service

    sent = [
        service.NewEvent(
            event_type=event.event_type,
            event_id=event.event_id,
            anonymous_id=event.anonymous_id,
            timestamp=event.at,
        )
        for event in events
    ]
    return service.track_events(events=sent, user_id=events[0].user_id, now=now)


def run(*, count: int, seed: int, clock: Clock) -> Found:
    """Send so many events, roll up, and compare."""
    from app.analytics import service
    from app.core import dynamo

    events = made(count=count, seed=seed)
    chance = random.Random(seed + 1)  # noqa: S311
    sent = [*events, *chance.sample(events, int(count * SHARE_TWICE))]
    chance.shuffle(sent)
    calls = list(in_calls(sent))
    roll_up_at = {len(calls) * part // ROLL_UPS for part in range(1, ROLL_UPS)}
    fresh_requests = fresh_events = retried = 0
    tracking = rolling = 0.0
    for number, call in enumerate(calls):
        begun = time.perf_counter()
        with dynamo.counting() as cost:
            done = tell(call, now=clock.now())
        tracking += time.perf_counter() - begun
        if done.duplicates:
            retried += 1
        elif len(call) == A_CALL:
            fresh_requests += cost.requests
            fresh_events += len(call)
        if number in roll_up_at:
            rolling += _rolled_up(clock)
    rolling += _rolled_up(clock)
    with dynamo.counting() as cost:
        service.show_all(event_type="view", days=365, now=clock.now())
    return Found(
        differences=differences(events, now=clock.now(), days=DAYS),
        events=len(events),
        sent=len(sent),
        calls=len(calls),
        retried=retried,
        requests_per_50_events=fresh_requests * 50 / max(1, fresh_events),
        requests_of_overview=cost.requests + 1,  # and one authenticates
        tracking_seconds=tracking,
        rolling_up_seconds=rolling,
    )


def _rolled_up(clock: Clock) -> float:
    from app.analytics import service

    clock.advance(minutes=3)
    begun = time.perf_counter()
    service.roll_up(now=clock.now())
    return time.perf_counter() - begun


def differences(events: Sequence[Told], *, now: datetime, days: int) -> list[str]:
    """Where the product's answers are others than ours."""
    from app.analytics import rules, service
    from app.analytics.models import Rollup

    found = []

    def compare(what: str, theirs: Any, ours: Any) -> None:
        if theirs != ours:
            found.append(f"{what}: {theirs} instead of {ours}")

    people = whom(events)
    for kind in TYPES:
        shown = service.show_all(event_type=kind, days=days, now=now)
        stats = {str(day.date): day.count for day in shown.daily_stats if day.count}
        compare(f"counts of {kind}", stats, counts(events, kind))
        compare(f"total of {kind}", shown.total_events, sum(stats.values()))
        for window in (1, 7, days):
            asked = service.show_all(event_type=kind, days=window, now=now)
            first = (now - timedelta(days=window - 1)).date()
            compare(
                f"people of {kind}, {window} days",
                asked.unique_users,
                len(who_did(events, kind, people, first)),
            )
        for window in (1, rules.MOST_DAYS_OF_HOURS):
            hours = service.show_hours_of_all(event_type=kind, days=window, now=now)
            by_hour = {stat.hour: stat.count for stat in hours.hourly_stats if stat.count}
            first = (now - timedelta(days=window - 1)).date()
            compare(f"hours of {kind}, {window} days", by_hour, counts_by_hour(events, kind, first))
        by_day = {day: sums[1] for day, sums in Rollup.of(kind).daily.items()}
        compare(f"people of {kind} by day", by_day, uniques_by_day(events, kind, people))
    steps = service.show_funnel(steps=TYPES, days=days, now=now)
    compare("funnel", [step.users for step in steps], funnel(events, people))
    first_count = steps[0].users
    shares = [
        (Decimal(100 * step.users) / first_count).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if first_count
        else Decimal("0.00")
        for step in steps
    ]
    compare("shares", [step.percentage for step in steps], shares)
    cohorts = service.show_retention(event_type="signup", returning="view", weeks=WEEKS, now=now)
    compare(
        "retention",
        [(cohort.week, cohort.users, cohort.returned) for cohort in cohorts],
        retention(events, people, now.date()),
    )
    return found


def whom(events: Sequence[Told]) -> dict[str, str | None]:
    """Whom each event counts for, by its id."""
    known: dict[str, tuple[datetime, str]] = {}
    for event in sorted(events, key=lambda one: (one.at, one.user_id or "")):
        if event.user_id and event.anonymous_id:
            known.setdefault(event.anonymous_id, (event.at, event.user_id))
    found: dict[str, str | None] = {}
    for event in events:
        if event.user_id:
            found[event.event_id] = "user " + event.user_id
        elif event.anonymous_id in known:
            found[event.event_id] = "user " + known[event.anonymous_id][1]
        else:
            found[event.event_id] = event.anonymous_id and "visitor " + event.anonymous_id
    return found


def counts(events: Sequence[Told], kind: str) -> dict[str, int]:
    """Events by day."""
    return dict(Counter(str(event.at.date()) for event in events if event.event_type == kind))


def counts_by_hour(events: Sequence[Told], kind: str, first: date) -> dict[datetime, int]:
    """Events by hour since a day."""
    began: Counter[datetime] = Counter()
    for event in events:
        if event.event_type == kind and event.at.date() >= first:
            began[event.at.replace(minute=0, second=0, microsecond=0)] += 1
    return dict(began)


def who_did(
    events: Sequence[Told], kind: str, people: dict[str, str | None], first: date
) -> set[str | None]:
    """Who did it since a day."""
    did = {people[e.event_id] for e in events if e.event_type == kind and e.at.date() >= first}
    return did - {None}


def uniques_by_day(
    events: Sequence[Told], kind: str, people: dict[str, str | None]
) -> dict[str, int]:
    """People by day."""
    did: dict[str, set[str | None]] = defaultdict(set)
    for event in events:
        if event.event_type == kind:
            did[str(event.at.date())].add(people[event.event_id])
    return {day: len(some - {None}) for day, some in did.items()}


def funnel(events: Sequence[Told], people: dict[str, str | None]) -> list[int]:
    """How many did the types in order, each at or after the one before."""
    times: dict[str, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for event in sorted(events, key=lambda one: one.at):
        who = people[event.event_id]
        if who is not None:
            times[who][event.event_type].append(event.at)
    reached = [0] * len(TYPES)
    for own in times.values():
        at = datetime.min.replace(tzinfo=UTC)
        for step, kind in enumerate(TYPES):
            place = bisect_left(own[kind], at)
            if place == len(own[kind]):
                break
            at = own[kind][place]
            reached[step] += 1
    return reached


def retention(
    events: Sequence[Told], people: dict[str, str | None], today: date
) -> list[tuple[date, int, list[int]]]:
    """By the Monday of the first signup: how many, and how many viewed in each week since."""
    began: dict[str, date] = {}
    viewed: dict[str, set[date]] = defaultdict(set)
    for event in events:
        who, monday = people[event.event_id], event.at.date()
        while monday.weekday():
            monday -= timedelta(days=1)
        if who is not None and event.event_type == "signup":
            began[who] = min(monday, began.get(who, monday))
        if who is not None and event.event_type == "view":
            viewed[who].add(monday)
    this_week = today - timedelta(days=today.weekday())
    found = []
    for back in range(WEEKS - 1, -1, -1):
        week = this_week - timedelta(weeks=back)
        own = [who for who, monday in began.items() if monday == week]
        weeks = [week + timedelta(weeks=number) for number in range(back + 1)]
        found.append((week, len(own), [sum(day in viewed[who] for who in own) for day in weeks]))
    return found


def main() -> None:
    """Run it with 100,000 events, or as many as are named, and print what it showed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    from app.config import Settings
    from app.core import dynamo
    from app.core.dynamo import connection
    from app.factory import create_app

    connection.READ_TIMEOUT_SECONDS = PATIENCE_SECONDS
    with world.local_aws() as url:
        environment = world.environment(url)
        os.environ.update(environment)
        create_app(Settings.from_env(environment))
        dynamo.create_tables()
        found = run(count=count, seed=SEED, clock=_SetClock())
    print(
        f"\nAnalytics: {found.events:,} events over {DAYS} days, {found.sent:,} sent in {found.calls:,} calls"
    )
    print(
        f"{'answers that differ from an independent computation':<60} {len(found.differences):>9}"
    )
    for difference in found.differences:
        print(f"  {difference}"[:400])
    print(
        f"{'requests to DynamoDB for 50 events sent once':<60} {found.requests_per_50_events:>9.2f}"
    )
    print(f"{'calls that held an event sent before: one request more':<60} {found.retried:>9,}")
    print(
        f"{'requests of GET /analytics?days=365, one authenticates':<60} {found.requests_of_overview:>9}"
    )
    print(f"{'seconds of tracking, with the local AWS':<60} {found.tracking_seconds:>9.1f}")
    print(f"{'seconds of rolling up, with the local AWS':<60} {found.rolling_up_seconds:>9.1f}")


if __name__ == "__main__":
    main()
