"""How well did a portfolio do over some days, and a benchmark beside it?

The time-weighted return tells how well the holdings did, however much money was put in and when. Each day has a
return of its own, and those are linked:

    r = (V1 + out - V0 - in) / (V0 + in)        TWR = product of (1 + r) - 1

where V0 and V1 are the values at the ends of the day before and of the day, `in` is what came in and the fees, and
`out` what went out and the income. So money that comes in works from the beginning of its day on, and money that goes
out until the end of its day. As `in` is in both places and `out` is never below 0, no day loses more than all.

Source: CFA Institute, "Global Investment Performance Standards for Firms", 2020, provisions 2.A.23 to 2.A.27; with
daily values it is the Modified Dietz method (P. O. Dietz, "Pension Funds: Measuring Investment Performance", 1966)
with a weight of 1 for what comes in and of 0 for what goes out.

The money-weighted return tells how well the owner did with the money (see `xirr`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Final

from app.core import money, returns
from app.core.shown import WORKING
from app.portfolio.rules import lots, xirr
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.valued_days import Day, PriceLine, Rates

PERIODS_A_YEAR: Final = 365
"""Every day has a return, weekends too: crypto is traded then, and stocks stand still."""

_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What some days come to, with all digits. Percentages are None where there is no figure.

    Attributes:
        net_deposits: what came in less what went out; without income and fees.
        gain: what the holdings brought: end_value - start_value - net_deposits + income - fees.
        cumulative_returns: in percent, of each day since the first, which is 0.
        time_weighted_return: the last of those; None where nothing was ever held.
    """

    start_value: Decimal
    end_value: Decimal
    net_deposits: Decimal
    income: Decimal
    fees: Decimal
    gain: Decimal
    cumulative_returns: list[Decimal]
    time_weighted_return: Decimal | None
    money_weighted_return: Decimal | None
    max_drawdown: Decimal | None
    volatility: Decimal | None
    sharpe: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A benchmark over the same days.

    Attributes:
        cumulative_returns: in percent since the first day with a price; None before it.
        worth: what the portfolio would be worth, had all that went in and out of it gone in and out of this instead
            (A. Long and C. Nickels, "A Private Investment Benchmark", 1996); None before the first price.
    """

    cumulative_returns: list[Decimal | None]
    worth: list[Decimal | None]
    total_return: Decimal | None
    max_drawdown: Decimal | None
    volatility: Decimal | None
    sharpe: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What sales gained over the cost of what they sold, and what the units cost that are still held."""

    realised: Decimal
    open_cost: Decimal


def figures(days: Sequence[Day]) -> Figures:
    """The figures of days that follow each other; the first one tells only where they begin."""
    steps = [daily_return(before=before.value, day=day) for before, day in pairwise(days)]
    known = [step for step in steps if step is not None]
    index = _linked(steps)
    came_in, went_out, income, fees = (
        money.total(getattr(day, name) for day in days[1:])
        for name in ("came_in", "went_out", "income", "fees")
    )
    net_deposits = money.subtract(came_in, went_out)
    grown = money.subtract(days[-1].value, days[0].value)
    cumulative = [_percent(each) for each in index]
    return Figures(
        start_value=days[0].value,
        end_value=days[-1].value,
        net_deposits=net_deposits,
        income=income,
        fees=fees,
        gain=money.total([grown, -net_deposits, income, -fees]),
        cumulative_returns=cumulative,
        time_weighted_return=cumulative[-1] if known else None,
        money_weighted_return=xirr.yearly_rate(payments(days)),
        max_drawdown=_fall(days, index) if known else None,
        volatility=returns.volatility(known, periods_per_year=PERIODS_A_YEAR),
        sharpe=returns.sharpe(known, periods_per_year=PERIODS_A_YEAR),
    )


def daily_return(*, before: Decimal, day: Day) -> Decimal | None:
    """The return of a day as a fraction; None where no money was at work, so that nothing could be earned with it.

    A sale or an income whose fees are more than it brought is money that the owner put in.

    Args:
        before: the value at the end of the day before.
    """
    went_out = money.EXACT.add(day.went_out, day.income)
    came_in = money.EXACT.add(day.came_in, day.fees)
    if went_out < 0:
        came_in, went_out = money.subtract(came_in, went_out), money.ZERO
    at_work = money.EXACT.add(before, came_in)
    if at_work <= 0:
        return None
    left = money.EXACT.add(day.value, went_out)
    return WORKING.subtract(WORKING.divide(left, at_work), _ONE)


def payments(days: Sequence[Day]) -> list[tuple[date, Decimal]]:
    """What the owner paid (below 0) and received: the value at the first day, each day's net, the value at the last."""
    first, last = days[0], days[-1]
    return [
        (first.day, -first.value),
        *((day.day, day.paid_out) for day in days[1:]),
        (last.day, last.value),
    ]


def beside(days: Sequence[Day], *, line: PriceLine, rates: Rates) -> Beside:
    """How a benchmark did over the same days, in the same currency."""
    prices = [_price(line, rates, each.day) for each in days]
    first = next((number for number, price in enumerate(prices) if price), None)
    nothing: list[Decimal | None] = [None] * len(days)
    if first is None:
        return Beside(
            cumulative_returns=nothing,
            worth=nothing,
            total_return=None,
            max_drawdown=None,
            volatility=None,
            sharpe=None,
        )
    known = [price for price in prices[first:] if price is not None]
    steps = returns.period_returns(known)
    index = _linked(steps)
    cumulative = [_percent(each) for each in index]
    return Beside(
        cumulative_returns=[*nothing[:first], *cumulative],
        worth=[*nothing[:first], *_instead(days[first:], steps)],
        total_return=cumulative[-1],
        max_drawdown=_fall(days[first:], index),
        volatility=returns.volatility(steps, periods_per_year=PERIODS_A_YEAR),
        sharpe=returns.sharpe(steps, periods_per_year=PERIODS_A_YEAR),
    )


def gains(
    entries: Iterable[Entry],
    *,
    method: str,
    start: date,
    end: date,
    uncounted: Collection[str | None],
) -> Gains:
    """What lots say of the days after `start` and up to `end`.

    Args:
        entries: in the currency of the report (valued_days.in_currency).
        method: one of lots.METHODS.
        uncounted: assets whose open lots are not counted, because nobody knows what they are worth.
    """
    book = lots.follow((entry for entry in entries if entry.day <= end), method=method)
    return Gains(
        realised=money.total(each.gain for each in book.disposals if _day(each.sold_at) > start),
        open_cost=money.total(lot.cost for lot in book.open_lots if lot.asset_id not in uncounted),
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _linked(steps: Iterable[Decimal | None]) -> list[Decimal]:
    """1, and after each step what it has grown to; a step without a return changes nothing."""
    index = [_ONE]
    for step in steps:
        index.append(index[-1] if step is None else WORKING.fma(index[-1], step, index[-1]))
    return index


def _percent(index: Decimal) -> Decimal:
    return WORKING.multiply(WORKING.subtract(index, _ONE), _HUNDRED)


def _fall(days: Sequence[Day], index: Sequence[Decimal]) -> Decimal | None:
    """The worst fall of the returns, so that money taken out is none, in percent."""
    points = [
        (datetime.combine(day.day, time(), UTC), each)
        for day, each in zip(days, index, strict=True)
    ]
    return returns.max_drawdown(points).percent


def _price(line: PriceLine, rates: Rates, day: date) -> Decimal | None:
    close, rate = line.closes.at(day), rates(line.currency, day)
    return None if close is None or rate is None else money.ROUNDING.multiply(close, rate)


def _instead(days: Sequence[Day], steps: Sequence[Decimal]) -> list[Decimal]:
    """The first day's value and every later flow at the benchmark's returns, flows as in `daily_return`."""
    values = [days[0].value]
    for day, step in zip(days[1:], steps, strict=True):
        came_in = money.EXACT.add(day.came_in, day.fees)
        went_out = money.EXACT.add(day.went_out, day.income)
        at_work = WORKING.add(values[-1], came_in)
        values.append(WORKING.subtract(WORKING.fma(at_work, step, at_work), went_out))
    return values
