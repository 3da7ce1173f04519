"""How is money computed without losing a digit?

Amounts are `Decimal` from the request to the table and back. Products and sums use a context wide enough
to be exact for every amount that the API accepts (18 digits either side of the point), and trap otherwise.
"""

from collections.abc import Iterable
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
ROUNDING = Context(
    prec=120, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow, DivisionByZero]
)
RATIO_DIGITS = 18
RATIO = Context(
    prec=RATIO_DIGITS,
    rounding=ROUND_HALF_UP,
    traps=[InvalidOperation, Overflow, DivisionByZero],
)
FINEST = Decimal("1E-18")
CENTI = Decimal("0.01")
ZERO = Decimal(0)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """The exact product."""
    return EXACT.multiply(left, right)


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """The exact difference."""
    return EXACT.subtract(left, right)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 of nothing."""
    result = ZERO
    for amount in amounts:
        result = EXACT.add(result, amount)
    return result


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """`part` / `whole` with 18 significant digits, halves away from zero.

    Raises:
        DivisionByZero: `whole` is 0.
    """
    return RATIO.divide(part, whole)


def converted(amount: Decimal, *, rate: Decimal) -> Decimal:
    """`amount` x `rate`, an exchange rate: exact up to 18 places, rounded there, halves away from zero.

    So many places has the finest amount that the API accepts. Where nothing is converted, nothing is rounded.
    """
    exact = EXACT.multiply(amount, rate)
    if exact == 0:
        return ZERO
    rounded = exact.quantize(FINEST, rounding=ROUND_HALF_UP, context=ROUNDING)
    return exact if exact == rounded else rounded


def trimmed(amount: Decimal) -> Decimal:
    """The same amount without zeros at the end of its decimals.

    >>> str(Plain(trimmed(Decimal("8.500")))), str(Plain(trimmed(Decimal("100"))))
    ('8.5', '100')
    """
    return amount.normalize(ROUNDING)


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    """`part` of `whole` in percent, 2 decimals, halves away from zero; 0 where `whole` is 0."""
    if whole == 0:
        return Decimal("0.00")
    ratio = ROUNDING.divide(ROUNDING.multiply(part, Decimal(100)), whole)
    rounded = ratio.quantize(CENTI, rounding=ROUND_HALF_UP, context=ROUNDING)
    return rounded or rounded.copy_abs()  # nobody wants to read -0.00


class Plain(Decimal):
    """An amount that is written without an exponent: 100, not 1E+2. JSON output uses it."""

    def __str__(self) -> str:
        return format(self, "f")
