"""Which moments and days does a caller mean, and of which whole months do they consist?"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.trading.rules import days

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A plus sign that nobody encoded arrives as a space.
_LOST_PLUS = re.compile(r"(.{11,}) ([0-9]{2}:?[0-9]{2})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """A range of days, cut where months begin.

    Attributes:
        months: the first and the last of its whole months, such as 2026-02; None without any.
        edges: the first and the last day of what is left, each within one month.
    """

    months: tuple[str, str] | None
    edges: Sequence[tuple[date, date]]


def moment(text: str, *, ends: bool = False) -> datetime:
    """The moment that an ISO 8601 text names, in UTC where it names no offset.

    A date alone is its first moment in UTC, or its last one where the text ends a range.

    Raises:
        ValueError: the text is none, or names a moment that no trade can have.
    """
    if _DATE.fullmatch(text):
        clock = time.max if ends else time.min
        found = datetime.combine(date.fromisoformat(text), clock, tzinfo=UTC)
    else:
        lost = _LOST_PLUS.fullmatch(text)
        found = datetime.fromisoformat(f"{lost[1]}+{lost[2]}" if lost else text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not EARLIEST <= found <= LATEST:
        message = "it is not between the years 1970 and 9998"
        raise ValueError(message)
    return found.astimezone(UTC)


def day(text: str) -> date:
    """The trading day that a text names, or that the moment which it names is in.

    Raises:
        ValueError: the text is neither.
    """
    if _DATE.fullmatch(text):
        return days.trading_day(moment(text) + timedelta(hours=12))
    return days.trading_day(moment(text))


def whole_days(start: datetime | None, end: datetime | None) -> tuple[date | None, date | None]:
    """The first and the last trading day that are wholly within a range of moments, both ends included."""
    first = last = None
    if start is not None:
        first = days.trading_day(start)
        if days.day_bounds(first)[0] < start:
            first += timedelta(days=1)
    if end is not None:
        last = days.trading_day(end)
        if days.day_bounds(last)[1] > end + timedelta(microseconds=1):
            last -= timedelta(days=1)
    return first, last


def pieces(first: date, last: date) -> Pieces:
    """Cut a range of days into whole months and at most two rests."""
    inner_first = first if first.day == 1 else _month_end(first) + timedelta(days=1)
    inner_last = last if last == _month_end(last) else last.replace(day=1) - timedelta(days=1)
    if inner_first > inner_last:
        middle = _month_end(first)
        if last <= middle:
            return Pieces(months=None, edges=[(first, last)])
        return Pieces(months=None, edges=[(first, middle), (last.replace(day=1), last)])
    edges = []
    if first < inner_first:
        edges.append((first, inner_first - timedelta(days=1)))
    if inner_last < last:
        edges.append((inner_last + timedelta(days=1), last))
    return Pieces(months=(days.month(inner_first), days.month(inner_last)), edges=edges)


def _month_end(day_of_it: date) -> date:
    return day_of_it.replace(day=monthrange(day_of_it.year, day_of_it.month)[1])
