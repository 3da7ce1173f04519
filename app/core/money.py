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
