"""How are prices, amounts and changes written in a sentence that a person reads at a glance?"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.core import money

_CENT: Final = Decimal("0.01")
_SMALL_DIGITS: Final = 6


def amount(value: Decimal, currency: str) -> str:
    """An amount with its currency: two decimals, or up to six digits where it is less than one.

    >>> amount(Decimal("101234.5"), "USD"), amount(Decimal("0.0000123456789"), "USD")
    ('101,234.50 USD', '0.0000123457 USD')
    """
    return f"{_rounded(value):,f} {currency}"


def exact(value: Decimal, currency: str) -> str:
    """An amount with all its digits and no idle zeros, as somebody set it.

    >>> exact(Decimal("100000.50"), "USD"), exact(Decimal(1200), "USD")
    ('100,000.5 USD', '1,200 USD')
    """
    return f"{plain(value, separator=',')} {currency}"


def plain(value: Decimal, *, separator: str = "") -> str:
    """A number with all its digits and no idle zeros.

    >>> plain(Decimal("5.00")), plain(Decimal("1E+3"))
    ('5', '1000')
    """
    return f"{value.normalize(money.ROUNDING):{separator}f}"


def percentage(value: Decimal) -> str:
    """A percentage with its sign and two decimals.

    >>> percentage(Decimal("3.1")), percentage(Decimal("-0.2")), percentage(Decimal(0))
    ('+3.10 %', '-0.20 %', '0.00 %')
    """
    rounded = value.quantize(_CENT, rounding=ROUND_HALF_UP, context=money.ROUNDING)
    return f"{rounded:+.2f} %" if rounded else "0.00 %"


def _rounded(value: Decimal) -> Decimal:
    if value == 0 or abs(value) >= 1:
        return value.quantize(_CENT, rounding=ROUND_HALF_UP, context=money.ROUNDING)
    finest = Decimal(1).scaleb(value.adjusted() - _SMALL_DIGITS + 1)
    rounded = value.quantize(finest, rounding=ROUND_HALF_UP, context=money.ROUNDING).normalize()
    shown = min(_CENT.as_tuple().exponent, rounded.as_tuple().exponent)
    return rounded.quantize(Decimal(1).scaleb(int(shown)), context=money.ROUNDING)
