"""How good are the returns for the risk taken?

Ratios are computed on decimals with 34 digits, and rounded only where they are shown (see `shown`). Where a
formula divides by zero there is no figure: None, never 0 and never infinity. The risk-free rate is taken as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from itertools import pairwise
from typing import Final

from app.core import money
from app.core.downsampling import Point
from app.core.money import ZERO
from app.core.shown import WORKING

# Sums of many squares keep more digits than the ratio that is made of them.
_SUMS: Final = Context(prec=60)

_DAYS_A_YEAR: Final = Decimal(365)
# Compounding a few days over a year turns luck into absurd figures; a month is the least that is extrapolated.
SHORTEST_DAYS: Final = 30
# Above a billion percent a year the figure says nothing, and a thousand digits would be sent.
_LARGEST_CAGR: Final = Decimal(10**9)
_FEWEST_RETURNS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Drawdown:
    """The worst fall of a curve from a peak.

    Attributes:
        amount: what was lost between peak and trough; 0 where the curve never fell.
        percent: that in percent of the peak, with all digits; None where no peak was above zero.
        start: when the peak was; None where the curve never fell.
        end: when the trough was; None where the curve never fell.
    """

    amount: Decimal
    percent: Decimal | None
    start: datetime | None
    end: datetime | None


def period_returns(values: Sequence[Decimal]) -> list[Decimal]:
    """The simple return of each step, V(t) / V(t-1) - 1, as a fraction.

    A step that starts from zero or less has no return and is left out.
    """
    return [
        WORKING.subtract(WORKING.divide(after, before), Decimal(1))
        for before, after in pairwise(values)
        if before > 0
    ]


def sharpe(returns: Sequence[Decimal], *, periods_per_year: int) -> Decimal | None:
    """Mean over standard deviation (n - 1) of the returns, times the root of the periods in a year.

    None with fewer than two returns, or where all are equal.

    Source: W. F. Sharpe, "The Sharpe Ratio", The Journal of Portfolio Management 21 (1), 1994, equations 4 to 6.
    """
    deviation = _deviation(returns)
    return None if not deviation else _annual(_mean(returns), deviation, periods_per_year)


def volatility(returns: Sequence[Decimal], *, periods_per_year: int) -> Decimal | None:
    """The standard deviation (n - 1) of the returns, times the root of the periods in a year, in percent.

    None with fewer than two returns; 0 where all are equal.

    Source: J. C. Hull, "Options, Futures, and Other Derivatives", 11th edition, 2021, section 15.4.
    """
    deviation = _deviation(returns)
    if deviation is None:
        return None
    annual = _SUMS.multiply(deviation, _SUMS.sqrt(Decimal(periods_per_year)))
    return WORKING.multiply(annual, Decimal(100))


def sortino(returns: Sequence[Decimal], *, periods_per_year: int) -> Decimal | None:
    """Mean of the returns over their downside deviation from zero, times the root of the periods in a year.

    The downside deviation is the root of the mean, over all n returns, of min(r, 0) squared. None with fewer than
    two returns, or where none is below zero.

    Source: F. A. Sortino and L. N. Price, "Performance Measurement in a Downside Risk Framework", The Journal of
    Investing 3 (3), 1994.
    """
    if len(returns) < _FEWEST_RETURNS or min(returns) >= 0:
        return None
    squares = [_square(min(each, ZERO)) for each in returns]
    return _annual(_mean(returns), _SUMS.sqrt(_mean(squares)), periods_per_year)


def cagr(*, start_value: Decimal, end_value: Decimal, days: int | Decimal) -> Decimal | None:
    """The compound annual growth rate in percent: ((end / start) ^ (365 / days) - 1) x 100.

    None for under 30 days, which nobody should extrapolate to a year; where the start is not above zero or the end
    is below it; and where the figure is beyond a billion percent.

    Source: CFA Institute, "Global Investment Performance Standards", 2020, glossary, "Annualize"; a year has 365
    days, as in XIRR.
    """
    if days < SHORTEST_DAYS or start_value <= 0 or end_value < 0:
        return None
    growth = _SUMS.power(
        _SUMS.divide(end_value, start_value), _SUMS.divide(_DAYS_A_YEAR, Decimal(days))
    )
    percent = WORKING.multiply(_SUMS.subtract(growth, Decimal(1)), Decimal(100))
    return percent if percent <= _LARGEST_CAGR else None


def calmar(*, cagr: Decimal | None, max_drawdown_percent: Decimal | None) -> Decimal | None:
    """The annual growth over the worst fall of the same time, both in percent.

    None without either, or where the curve never fell.

    Source: T. W. Young, "Calmar Ratio: A Smoother Tool", Futures 20 (1), 1991; here over the whole range instead
    of the last 36 months.
    """
    if cagr is None or not max_drawdown_percent:
        return None
    return WORKING.divide(cagr, max_drawdown_percent)


def max_drawdown(points: Sequence[Point]) -> Drawdown:
    """The worst fall from a peak to a later point, measured in percent of the peak.

    MDD = max over t of (max over s <= t of V(s) - V(t)) / max over s <= t of V(s). Of equal falls the first one
    counts. A percentage of a peak of zero or less means nothing: where no peak was above zero, the largest fall
    in amount is told without a percentage.

    Source: M. Magdon-Ismail and A. Atiya, "Maximum Drawdown", Risk Magazine 17 (10), 2004.
    """
    peak = worst_peak = trough = None
    for point in points:
        if peak is None or point[1] > peak[1]:
            peak = point
        if worst_peak is None or trough is None or _is_worse((peak, point), (worst_peak, trough)):
            worst_peak, trough = peak, point
    if worst_peak is None or trough is None or peak is None:
        return Drawdown(amount=money.ZERO, percent=None, start=None, end=None)
    amount = money.subtract(worst_peak[1], trough[1])
    if amount == 0:
        percent = money.ZERO if peak[1] > 0 else None
        return Drawdown(amount=money.ZERO, percent=percent, start=None, end=None)
    percent = None
    if worst_peak[1] > 0:
        percent = WORKING.divide(money.multiply(amount, Decimal(100)), worst_peak[1])
    return Drawdown(amount=amount, percent=percent, start=worst_peak[0], end=trough[0])


def _deviation(returns: Sequence[Decimal]) -> Decimal | None:
    """Their standard deviation (n - 1); None with fewer than two, and exactly 0 where all are equal."""
    if len(returns) < _FEWEST_RETURNS:
        return None
    if min(returns) == max(returns):
        return ZERO
    mean = _mean(returns)
    squares = [_square(_SUMS.subtract(each, mean)) for each in returns]
    return _SUMS.sqrt(_SUMS.divide(_sum(squares), Decimal(len(returns) - 1)))


def _annual(mean: Decimal, deviation: Decimal, periods_per_year: int) -> Decimal:
    ratio = _SUMS.divide(mean, deviation)
    return WORKING.multiply(ratio, _SUMS.sqrt(Decimal(periods_per_year)))


def _mean(values: Sequence[Decimal]) -> Decimal:
    return _SUMS.divide(_sum(values), Decimal(len(values)))


def _sum(values: Sequence[Decimal]) -> Decimal:
    result = ZERO
    for value in values:
        result = _SUMS.add(result, value)
    return result


def _square(value: Decimal) -> Decimal:
    return _SUMS.multiply(value, value)


def _is_worse(fall: tuple[Point, Point], than: tuple[Point, Point]) -> bool:
    (_, peak), (_, trough) = fall
    (_, other_peak), (_, other_trough) = than
    lost, other_lost = money.subtract(peak, trough), money.subtract(other_peak, other_trough)
    if peak > 0 and other_peak > 0:  # lost / peak > other_lost / other_peak, without a division
        return money.multiply(lost, other_peak) > money.multiply(other_lost, peak)
    if peak > 0:
        return lost > 0 or other_lost == 0
    return lost > other_lost
