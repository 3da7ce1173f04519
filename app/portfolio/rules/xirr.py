"""At which yearly rate do dated payments come to nothing?

The money-weighted return of an investment is its internal rate of return: the rate r at which the present values of
all payments add up to zero,

    sum of amount_i / (1 + r) ^ (days_i / 365) = 0

where amounts are seen from the investor: negative what is paid in, positive what is paid out or still there.

Source: CFA Institute, "Global Investment Performance Standards for Firms", 2020, "Money-Weighted Return"; a year has
365 days, as in the function XIRR of spreadsheets (OASIS, "OpenFormula 1.2", section 6.12.51).

With d = (1 + r) ^ (-1 / 365) that is a polynomial in d, whose powers are whole days. So nothing but multiplications
are needed until the root is known, and none of them can overflow.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from itertools import chain, pairwise
from typing import Final

from app.core import money
from app.core.shown import WORKING

# Beyond a billion percent a year the figure says nothing: a few days of luck, compounded.
LARGEST_PERCENT: Final = Decimal(10**9)

# Amounts with the days to the payment after each, the last payment first.
_Steps = Sequence[tuple[Decimal, int]]

_DAYS_A_YEAR: Final = 365
_PRECISE: Final = Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)
_CLOSE_ENOUGH: Final = Decimal("1e-36")
_MOST_STEPS: Final = 1_000

# Where roots are looked for: the natural logarithm of 1 + r, outwards from a rate of 0. Fine steps first, because
# payments whose signs change more than once may have several roots; then each twice the one before. The lowest is
# what is left of a fortune of 18 digits when the smallest amount there is remains after a day.
_FINE_STEP: Final = Decimal("0.1")
_FINE_STEPS: Final = 40
_HIGHEST: Final = Decimal("16.2")
_LOWEST: Final = Decimal(-40_000)


def yearly_rate(payments: Iterable[tuple[date, Decimal]]) -> Decimal | None:
    """The rate in percent a year; of several that solve the equation, one of those nearest to 0.

    None where none does: where all payments fall on one day, where nothing was paid in or nothing came out (a total
    loss), or where the rate is beyond a billion percent.

    Args:
        payments: day and amount, in any order; those of one day are added up.
    """
    days = _netted(payments)
    if not any(amount > 0 for _, amount in days) or not any(amount < 0 for _, amount in days):
        return None
    steps = _gaps(days)
    bracket = _bracket(steps)
    if bracket is None:
        return None
    discount = _root(steps, *bracket)
    growth = _PRECISE.power(discount, Decimal(-_DAYS_A_YEAR))
    percent = WORKING.multiply(_PRECISE.subtract(growth, Decimal(1)), Decimal(100))
    return percent if percent <= LARGEST_PERCENT else None


def _netted(payments: Iterable[tuple[date, Decimal]]) -> list[tuple[int, Decimal]]:
    """What each day comes to, with the days since the first; days that come to nothing are left out."""
    sums: dict[date, Decimal] = {}
    for day, amount in payments:
        sums[day] = money.EXACT.add(sums.get(day, money.ZERO), amount)
    left = sorted((day, amount) for day, amount in sums.items() if amount)
    return [((day - left[0][0]).days, amount) for day, amount in left]


def _gaps(days: Sequence[tuple[int, Decimal]]) -> _Steps:
    """The amounts from the last to the first, each with the days from it to the one after it."""
    last = (days[-1][1], 0)
    earlier = [(amount, later - day) for (day, amount), (later, _) in pairwise(days)]
    return [last, *reversed(earlier)]


def _bracket(steps: _Steps) -> tuple[Decimal, Decimal] | None:
    """Two daily discounts between which the present value changes its sign, as near to 1 as there are any."""
    at_zero = _present_value(steps, Decimal(1))
    if at_zero == 0:
        return Decimal(1), Decimal(1)
    before = {side: (Decimal(1), at_zero) for side in (1, -1)}
    for step in _exponents():
        for side in (1, -1):
            exponent = step * side
            if not _LOWEST <= exponent <= _HIGHEST:
                continue
            discount = _PRECISE.exp(_PRECISE.divide(-exponent, Decimal(_DAYS_A_YEAR)))
            value = _present_value(steps, discount)
            last_discount, last_value = before[side]
            if value == 0 or (value > 0) != (last_value > 0):
                return min(last_discount, discount), max(last_discount, discount)
            before[side] = (discount, value)
    return None


def _exponents() -> Iterable[Decimal]:
    fine = [_FINE_STEP * count for count in range(1, _FINE_STEPS + 1)]
    beyond = [_HIGHEST] + [fine[-1] * 2**doublings for doublings in range(1, 14)]
    return chain(fine, sorted([*beyond, -_LOWEST]))


def _root(steps: _Steps, low: Decimal, high: Decimal) -> Decimal:
    """The discount between the two at which the present value is 0.

    Newton's steps where they stay inside and at least halve the value, bisection elsewhere. Source: W. H. Press and
    others, "Numerical Recipes", 3rd edition, 2007, section 9.4, `rtsafe`.
    """
    rises = _present_value(steps, high) >= 0
    at = _PRECISE.divide(_PRECISE.add(low, high), Decimal(2))
    last_size = None
    for _ in range(_MOST_STEPS):
        value = _present_value(steps, at)
        if value == 0 or _PRECISE.subtract(high, low) <= _PRECISE.multiply(at, _CLOSE_ENOUGH):
            return at
        low, high = (low, at) if (value > 0) == rises else (at, high)
        slope = _slope(steps, at)
        newton = _PRECISE.subtract(at, _PRECISE.divide(value, slope)) if slope else low
        halves = last_size is None or abs(value) * 2 <= last_size
        last_size = abs(value)
        if low < newton < high and halves:
            if abs(_PRECISE.subtract(newton, at)) <= _PRECISE.multiply(at, _CLOSE_ENOUGH):
                return newton
            at = newton
        else:
            at = _PRECISE.divide(_PRECISE.add(low, high), Decimal(2))
    return at


def _present_value(steps: _Steps, discount: Decimal) -> Decimal:
    """The sum of amount x discount ^ days, by Horner's rule over the gaps between days."""
    powers = {gap: _PRECISE.power(discount, Decimal(gap)) for gap in {gap for _, gap in steps}}
    value = money.ZERO
    for amount, gap in steps:
        value = _PRECISE.fma(value, powers[gap], amount)
    return value


def _slope(steps: _Steps, discount: Decimal) -> Decimal:
    """How fast that sum grows with the discount, by the same rule."""
    powers = {}
    for gap in {gap for _, gap in steps}:
        lower = _PRECISE.power(discount, Decimal(max(gap - 1, 0)))
        powers[gap] = (_PRECISE.multiply(lower, discount), _PRECISE.multiply(lower, Decimal(gap)))
    value, slope = money.ZERO, money.ZERO
    for amount, gap in steps:
        power, rise = powers[gap]
        slope = _PRECISE.fma(slope, power, _PRECISE.multiply(value, rise))
        value = _PRECISE.fma(value, power, amount)
    return slope
