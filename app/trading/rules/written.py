"""How is an amount of money written at /api/v1 and on its feeds, whose document shows text?"""

from decimal import Decimal
from typing import Final

_CENTS: Final = 2


def amount_text(value: Decimal) -> str:
    """Every digit of an amount, and at least two behind the point.

    >>> [amount_text(Decimal(text)) for text in ("12.5", "0", "-1E+3", "0.12345")]
    ['12.50', '0.00', '-1000.00', '0.12345']
    """
    whole, _, fraction = format(value, "f").partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(_CENTS, '0')}"


def digits_text(value: Decimal) -> str:
    """Every digit of a number that is no money, such as a size, without zeros at its end.

    >>> [digits_text(Decimal(text)) for text in ("1.50", "100", "1E+2", "0.0")]
    ['1.5', '100', '100', '0']
    """
    digits = format(value, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
