"""How well does the bot trade?

Everything comes from sums that were kept as the trades and snapshots came in: of days, of months by symbol, and of
the equity of days. So a year takes a handful of reads, whatever was traded in it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from app.core import money
from app.trading.models import EquitySpan, Tally
from app.trading.rules import days, returns, shown, trades
from app.trading.rules.curve import Drawdown, max_drawdown
from app.trading.rules.trades import Totals
from app.trading.service import settlement, sums, when

PERIODS_A_YEAR = 365
"""Snapshots are taken every day, weekends too."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What some trades came to; `name` is the symbol, week (2026-W47) or month (2026-11), None for all."""

    name: str | None
    totals: Totals
    win_rate: Decimal | None
    profit_factor: Decimal | None
    expectancy: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Every figure; what can't be told is None."""

    figures: Figures
    average_duration_seconds: Decimal | None
    max_drawdown: Drawdown
    sharpe: Decimal | None
    sortino: Decimal | None
    calmar: Decimal | None
    cagr: Decimal | None
    by_symbol: list[Figures]
    by_week: list[Figures]
    by_month: list[Figures]


@dataclass(frozen=True, kw_only=True)
class _OfEquity:
    drawdown: Drawdown
    sharpe: Decimal | None
    sortino: Decimal | None
    calmar: Decimal | None
    cagr: Decimal | None


def get_stats(*, start: str | None, end: str | None, now: datetime) -> Stats:
    """The figures of the trading days from that of `start` to that of `end`; of all time without them.

    Raises:
        when.InvalidDatetime, when.InvalidRange.
    """
    first, last = when.trading_days(start=start, end=end)
    tallies = [row for row in Tally.of_days(first, last) if row.trade_count or row.closed_count]
    equity = _of_equity(list(EquitySpan.days(first, last)))
    symbols = ((row.symbol, row.totals) for row in sums.by_symbol(first=first, last=last))
    return Stats(
        figures=_figures(None, _added(row.totals for row in tallies)),
        average_duration_seconds=_duration(tallies, first=first, last=last, now=now),
        max_drawdown=equity.drawdown,
        sharpe=equity.sharpe,
        sortino=equity.sortino,
        calmar=equity.calmar,
        cagr=equity.cagr,
        by_symbol=_grouped(symbols),
        by_week=_by(tallies, days.week),
        by_month=_by(tallies, days.month),
    )


def _by(tallies: Sequence[Tally], period: Callable[[date], str]) -> list[Figures]:
    return _grouped((period(row.day), row.totals) for row in tallies if row.trade_count)


def _grouped(parts: Iterable[tuple[str, Totals]]) -> list[Figures]:
    found: defaultdict[str, Totals] = defaultdict(Totals)
    for name, totals in parts:
        found[name] = found[name].plus(totals)
    return [_figures(name, found[name]) for name in sorted(found)]


def _added(parts: Iterable[Totals]) -> Totals:
    found = Totals()
    for totals in parts:
        found = found.plus(totals)
    return found


def _figures(name: str | None, totals: Totals) -> Figures:
    return Figures(
        name=name,
        totals=totals,
        win_rate=trades.win_rate(win_count=totals.win_count, trade_count=totals.trade_count),
        profit_factor=shown.ratio(trades.profit_factor(totals)),
        expectancy=shown.amount(trades.expectancy(totals)),
    )


def _duration(
    tallies: Sequence[Tally], *, first: date | None, last: date | None, now: datetime
) -> Decimal | None:
    """For how long round trips were open on average, in seconds, 2 decimals half-up; those closed in the range."""
    stored = settlement.NOTHING
    for row in tallies:
        count, seconds = row.closed
        stored = stored.plus(settlement.Closed(count=count, seconds=seconds))
    latest = last or days.trading_day(now + when.AHEAD)
    closed = stored.plus(settlement.unsettled(first=first, last=latest))
    if closed.count == 0:
        return None
    return shown.percent(money.ROUNDING.divide(closed.seconds, Decimal(closed.count)))


def _of_equity(rows: Sequence[EquitySpan]) -> _OfEquity:
    """From the points that each day keeps: the fall is exact, and returns are of day ends."""
    spans = [row.span.points for row in rows]
    fall = max_drawdown([point for points in spans for point in points])
    ends = [points[-1] for points in spans]
    steps = returns.period_returns([value for _, value in ends])
    growth = None
    if ends:
        (start_at, start_value), (end_at, end_value) = spans[0][0], ends[-1]
        growth = returns.cagr(
            start_value=start_value, end_value=end_value, days=_days(end_at, start_at)
        )
    calmar = returns.calmar(cagr=growth, max_drawdown_percent=fall.percent)
    return _OfEquity(
        drawdown=replace(fall, percent=shown.percent(fall.percent)),
        sharpe=shown.ratio(returns.sharpe(steps, periods_per_year=PERIODS_A_YEAR)),
        sortino=shown.ratio(returns.sortino(steps, periods_per_year=PERIODS_A_YEAR)),
        calmar=shown.ratio(calmar),
        cagr=shown.percent(growth),
    )


def _days(end: datetime, start: datetime) -> Decimal:
    return money.ROUNDING.divide(Decimal(int((end - start).total_seconds())), Decimal(24 * 60 * 60))
