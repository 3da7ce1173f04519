"""How much does everybody use, by day, plan and feature?

A day's totals are summed again from what is stored and replaced whole, so that it makes no difference how often, or
by how many at once, that is done. Monthly features are summed from the ledger of reservations, each under the plan
it was made on; API calls from the day's counters, each under the plan of its latest call. Nothing is scanned: both
have an index by day.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.billing import service as billing
from app.core import dynamo, errors
from app.usage import rules
from app.usage.models import DailyUsage, Reservation, Usage
from app.usage.service.counting import give_back_lapsed
from app.usage.service.notices import tell_if_due


class InvalidUsageRange(errors.Unprocessable):
    """The end comes before the start, or they lie too far apart."""

    code = "invalid_usage_range"
    message = (
        f"start must not be after end, and both lie within {rules.MOST_DAYS} days of each other."
    )


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many units of a feature were used on one day by everybody on one plan."""

    date: date
    plan: str
    feature: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The totals of some days, and when the latest of them was summed (None where none was)."""

    start: date
    end: date
    usage: list[Total]
    rolled_up_at: datetime | None


def roll_up(*, now: datetime) -> int:
    """Give back what lapsed, and sum every day that may have changed; how many days those are.

    These are today and yesterday, whose reservations may still be given back, and those since the last roll-up, up
    to 35. What an account used is part of a day's totals until it is erased; earlier days keep it.
    """
    give_back_lapsed(now=now)
    today = now.astimezone(UTC).date()
    latest = DailyUsage.latest_day(until=today) or date.min
    start = max(min(latest, today - timedelta(days=1)), today - rules.CAUGHT_UP)
    days = list(rules.days_between(start, today))
    for day in days:
        totals = _totals(day, now)
        # A run that began later has summed it meanwhile; its totals are the newer ones.
        _store(DailyUsage.replacement(day=day, totals=totals, now=now))
    return len(days)


def list_totals(*, start: date | None, end: date | None, now: datetime) -> Totals:
    """The totals from one day to another, both included; the last 30 days unless told. One query a year.

    Raises:
        InvalidUsageRange.
    """
    last = end or now.astimezone(UTC).date()
    first = start or last - timedelta(days=min(rules.SHOWN_DAYS - 1, (last - date.min).days))
    if not 0 <= (last - first).days < rules.MOST_DAYS:
        raise InvalidUsageRange(details={"start": first.isoformat(), "end": last.isoformat()})
    rows = DailyUsage.between(start=first, end=last)
    return Totals(
        start=first,
        end=last,
        usage=[total for row in rows for total in _told(row)],
        rolled_up_at=rows[-1].rolled_up_at if rows else None,
    )


def _told(row: DailyUsage) -> Iterator[Total]:
    for plan in billing.PLANS:
        for feature in rules.FEATURES:
            count = row.totals.get(plan, {}).get(feature, 0)
            if count:
                yield Total(
                    date=date.fromisoformat(row.day), plan=plan, feature=feature, count=int(count)
                )


def _totals(day: date, now: datetime) -> dict[str, dict[str, int]]:
    totals: dict[str, Counter[str]] = {}
    for shard in rules.shards(day=day.isoformat()):
        for reservation in Reservation.of_day(shard):
            if reservation.state != rules.GIVEN_BACK:
                by_feature = totals.setdefault(reservation.plan, Counter())
                by_feature[reservation.feature] += int(reservation.units)
        for calls in Usage.calls_of(shard):
            by_feature = totals.setdefault(str(calls.plan), Counter())
            by_feature[rules.API_CALLS] += int(calls.used)
            if calls.window == rules.day(now):  # a process may have died before it told them
                tell_if_due(counter=calls, plan=str(calls.plan), now=now)
    return {plan: dict(by_feature) for plan, by_feature in totals.items()}


def _store(replacement: dynamo.Write) -> None:
    try:
        dynamo.commit(replacement)
    except dynamo.ConditionFailed:
        return
