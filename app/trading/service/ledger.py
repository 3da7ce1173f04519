"""Which trades were made, newest first, and how many in all?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core import dynamo, errors
from app.trading.models import Tally, Trade
from app.trading.models.tallies import TOTAL
from app.trading.rules import days, ranges
from app.trading.service import sums, when

DEEPEST = 10_000
MOST_SKIPPED_AT_ONCE = 4_000
"""Trades have about 220 bytes, and a request reads a megabyte."""

_MICROSECOND = timedelta(microseconds=1)


class TooDeep(errors.BadRequest):
    """A page that so many trades come before is not counted off."""

    code = "page_too_deep"
    message = (
        f"page x page_size may be at most {DEEPEST}. Go on with cursor=, which next_cursor of each page gives, "
        "or narrow the range with start= and end=."
    )


@dataclass(frozen=True, kw_only=True)
class LedgerPage:
    """Some of the trades, how many there are, and where the next ones start (None at the end)."""

    items: list[Trade]
    page: int
    page_size: int
    total: int
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    symbol: str | None
    side: str | None
    start: datetime | None
    end: datetime | None


def list_trades(
    *,
    page: int,
    page_size: int,
    cursor: str | None,
    symbol: str | None,
    side: str | None,
    start: str | None,
    end: str | None,
) -> LedgerPage:
    """A page of the trades that match, newest first, with their total from the counters.

    With a cursor, the trades that follow those of the page that gave it; `page` is then not looked at.

    Raises:
        TooDeep, when.InvalidDatetime, when.InvalidRange, dynamo.InvalidCursor.
    """
    if cursor is None and page * page_size > DEEPEST:
        raise TooDeep(details={"page": page, "page_size": page_size, "most": DEEPEST})
    first, last = when.moments(start=start, end=end)
    wanted = _Wanted(symbol=symbol, side=side, start=first, end=last)
    total = _total(wanted)
    skipped = 0 if cursor else (page - 1) * page_size
    found = _from(wanted, skipped=skipped, total=total, limit=page_size, cursor=cursor)
    return LedgerPage(
        items=found.items,
        page=page,
        page_size=page_size,
        total=total,
        next_cursor=found.next_cursor,
    )


def _from(
    wanted: _Wanted, *, skipped: int, total: int, limit: int, cursor: str | None
) -> dynamo.Page[Trade]:
    """The trades behind `skipped` others; what lies behind the total is not looked for."""
    if skipped >= total and skipped:
        return dynamo.Page(items=[], next_cursor=None)
    while skipped:
        passed = _page(wanted, limit=min(skipped, MOST_SKIPPED_AT_ONCE), cursor=cursor)
        skipped -= len(passed.items)
        cursor = passed.next_cursor
        if cursor is None:
            return dynamo.Page(items=[], next_cursor=None)
    return _page(wanted, limit=limit, cursor=cursor)


def _page(wanted: _Wanted, *, limit: int, cursor: str | None) -> dynamo.Page[Trade]:
    return Trade.newest_first(
        symbol=wanted.symbol,
        side=wanted.side,
        start=wanted.start,
        end=wanted.end,
        limit=limit,
        cursor=cursor,
    )


def _total(wanted: _Wanted) -> int:
    """Whole days from the counters; the parts of days at the ends of the range are counted."""
    if wanted.start is None and wanted.end is None:
        return _ever(wanted)
    first, last = ranges.whole_days(wanted.start, wanted.end)
    first, last = first or ranges.EARLIEST.date(), last or ranges.LATEST.date()
    if first > last:
        return _counted(wanted, wanted.start, wanted.end)
    opens, closes = days.day_bounds(first)[0], days.day_bounds(last)[1]
    total = _of_days(wanted, first, last)
    if wanted.start is not None and wanted.start < opens:
        total += _counted(wanted, wanted.start, opens - _MICROSECOND)
    if wanted.end is not None and wanted.end >= closes:
        total += _counted(wanted, closes, wanted.end)
    return total


def _ever(wanted: _Wanted) -> int:
    if wanted.symbol is None and wanted.side is None:
        return int(Tally.of(TOTAL).trade_count)
    return sum(
        row.totals.trade_count
        for row in Tally.by_symbol_ever(wanted.symbol)
        if wanted.side in (None, row.side)
    )


def _of_days(wanted: _Wanted, first: date, last: date) -> int:
    if wanted.symbol is None and wanted.side is None:
        return sum(int(row.trade_count) for row in Tally.of_days(first, last))
    return sum(
        row.totals.trade_count
        for row in sums.by_symbol(first=first, last=last)
        if wanted.symbol in (None, row.symbol) and wanted.side in (None, row.side)
    )


def _counted(wanted: _Wanted, start: datetime | None, end: datetime | None) -> int:
    return Trade.count_between(
        symbol=wanted.symbol,
        side=wanted.side,
        start=start or ranges.EARLIEST,
        end=end or ranges.LATEST,
    )
