"""What would a sum of money have become in given shares of some symbols, rebalanced now and then?

Units are bought at the first common day's closes and sold or bought at those of the day on which a rebalance falls;
every purchase and every sale costs a fee in proportion. Nothing else moves them: closes are adjusted for splits, and
dividends are left out. Amounts are decimals of 50 digits, so that what is shown never depends on rounding.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import Final

from app.core import returns
from app.core.downsampling import Point, downsample
from app.core.shown import amount, percent, ratio
from app.portfolio.rules.runs import MONTHLY, NONE, QUARTERLY, YEARLY
from app.portfolio.rules.shared_days import SharedDays

SHOWN_POINTS: Final = 500
_DIGITS: Final = Context(prec=50)
_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)

_PERIOD: Final[Mapping[str, Callable[[date], object]]] = {
    NONE: lambda _: None,
    MONTHLY: lambda day: (day.year, day.month),
    QUARTERLY: lambda day: (day.year, (day.month - 1) // 3),
    YEARLY: lambda day: day.year,
}
"""What is another from one rebalance to the next."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """What the money was worth at the close of each day.

    Attributes:
        points: the days, oldest first; the first after the purchase and its fee.
        fees: paid in all.
        rebalanced: how often, the purchase not counted.
    """

    points: Sequence[tuple[date, Decimal]]
    fees: Decimal
    rebalanced: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A course as it is told: amounts with 8 decimals at most, percentages with 2, the ratio with 4.

    Attributes:
        total_return, cagr: in percent of the money at first, the fee of the purchase among what it cost.
        max_drawdown: the deepest fall from a peak, in percent of it.
        series: 500 points at most, chosen so that the curve keeps its shape.
    """

    final_value: Decimal
    total_return: Decimal
    cagr: Decimal | None
    volatility: Decimal | None
    sharpe: Decimal | None
    max_drawdown: Decimal | None
    fees_paid: Decimal
    rebalanced: int
    series: Sequence[tuple[date, Decimal]]


def follow(
    prices: SharedDays,
    *,
    shares: Mapping[str, Decimal],
    rebalance: str,
    initial: Decimal,
    fee_percent: Decimal,
) -> Course:
    """The course of `initial` in these shares (which add up to 1), bought on the first day.

    With `rebalance`, the shares are restored at the close of the first day of each month, quarter or year.
    """
    fee, period = _DIGITS.divide(fee_percent, _HUNDRED), _PERIOD[rebalance]
    held = dict.fromkeys(shares, Decimal(0))
    units: dict[str, Decimal] = {}
    points: list[tuple[date, Decimal]] = []
    paid, times = Decimal(0), 0
    for number, day in enumerate(prices.days):
        closes = {label: prices.closes[label][number] for label in shares}
        is_first = number == 0
        if not is_first:
            held = {label: _DIGITS.multiply(units[label], closes[label]) for label in shares}
        value = initial if is_first else _total(held.values())
        if is_first or period(day) != period(prices.days[number - 1]):
            left = after_fees(value, held=held, shares=shares, fee=fee)
            paid = _DIGITS.add(paid, _DIGITS.subtract(value, left))
            units = {
                label: _DIGITS.divide(_DIGITS.multiply(left, share), closes[label])
                for label, share in shares.items()
            }
            value, times = left, times + 1
        points.append((day, value))
    return Course(points=points, fees=paid, rebalanced=times - 1)


def after_fees(
    value: Decimal, *, held: Mapping[str, Decimal], shares: Mapping[str, Decimal], fee: Decimal
) -> Decimal:
    """What is left of `value` once the shares are restored and the fee on all that was traded is paid from it.

    The v with v + fee x sum over i of |v x share(i) - held(i)| = value. The left side grows with v and is linear
    between the values held(i) / share(i), at which a symbol is neither bought nor sold: below its own, a symbol is
    sold. So the symbols go from sold to bought in that order until v lies where it was taken to lie.

    Source: A. Blum and A. Kalai, "Universal Portfolios With and Without Transaction Costs", Machine Learning 35 (3),
    1999, section 4: a rebalance pays its commission out of what it rebalances.

    Args:
        held: what is held of each symbol before, an amount; nothing at the purchase.
        fee: as a fraction, less than 1.
    """
    turns = {label: _DIGITS.divide(held[label], share) for label, share in shares.items()}
    order = sorted(shares, key=lambda label: turns[label])
    for count in range(len(order)):
        left = _left(value, fee, held=held, shares=shares, bought=set(order[:count]))
        if left <= turns[order[count]]:
            return left
    return _left(value, fee, held=held, shares=shares, bought=set(order))


def figures(course: Course, *, initial: Decimal, days_a_year: int) -> Figures:
    """What is told of a course. Formulas and their sources: app/core/returns.py."""
    values = [value for _, value in course.points]
    steps = returns.period_returns(values)
    curve: list[Point] = [(_midnight(day), value) for day, value in course.points]
    final = values[-1]
    gain = _DIGITS.subtract(_DIGITS.divide(final, initial), _ONE)
    days = (course.points[-1][0] - course.points[0][0]).days
    return Figures(
        final_value=_told(final),
        total_return=percent(_DIGITS.multiply(gain, _HUNDRED)) or Decimal("0.00"),
        cagr=percent(returns.cagr(start_value=initial, end_value=final, days=days)),
        volatility=percent(returns.volatility(steps, periods_per_year=days_a_year)),
        sharpe=ratio(returns.sharpe(steps, periods_per_year=days_a_year)),
        max_drawdown=percent(returns.max_drawdown(curve).percent),
        fees_paid=_told(course.fees),
        rebalanced=course.rebalanced,
        series=[
            (moment.date(), _told(value)) for moment, value in downsample(curve, to=SHOWN_POINTS)
        ],
    )


def _left(
    value: Decimal,
    fee: Decimal,
    *,
    held: Mapping[str, Decimal],
    shares: Mapping[str, Decimal],
    bought: set[str],
) -> Decimal:
    """What is left where it is known which symbols are bought; the others are sold."""
    signed_held = _total(held[one] if one in bought else held[one].copy_negate() for one in shares)
    signed_shares = _total(
        shares[one] if one in bought else shares[one].copy_negate() for one in shares
    )
    above = _DIGITS.add(value, _DIGITS.multiply(fee, signed_held))
    return _DIGITS.divide(above, _DIGITS.add(_ONE, _DIGITS.multiply(fee, signed_shares)))


def _total(amounts: Iterable[Decimal]) -> Decimal:
    result = Decimal(0)
    for each in amounts:
        result = _DIGITS.add(result, each)
    return result


def _told(value: Decimal) -> Decimal:
    return amount(value) or Decimal(0)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
