"""To how many digits are figures shown to people?

Rules compute with all digits; only what leaves the API is rounded, so that no figure is made from rounded ones.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

# Ratios and roots have no last digit. 34 is what IEEE 754's decimal128 keeps.
WORKING: Final = Context(prec=34)

_ROUNDING: Final = Context(prec=120, rounding=ROUND_HALF_UP)
_PERCENT: Final = Decimal("0.01")
_RATIO: Final = Decimal("0.0001")
_AMOUNT: Final = Decimal("0.00000001")


def percent(value: Decimal | None) -> Decimal | None:
    """A percentage with 2 decimals, halves away from zero; None stays None."""
    return _rounded(value, _PERCENT)


def ratio(value: Decimal | None) -> Decimal | None:
    """A ratio, such as Sharpe's, with 4 decimals, halves away from zero; None stays None."""
    return _rounded(value, _RATIO)


def amount(value: Decimal | None) -> Decimal | None:
    """An average of amounts with 8 decimals at most, halves away from zero; None stays None."""
    rounded = _rounded(value, _AMOUNT)
    return None if rounded is None else Decimal(format(rounded.normalize(_ROUNDING), "f"))


def dollars(value: Decimal) -> str:
    """An amount as a person reads it at a glance: $10,500.00 or -$3.50, halves away from zero."""
    cents = _rounded(value, _PERCENT) or Decimal("0.00")
    return f"{'-' if cents < 0 else ''}${cents.copy_abs():,f}"


def _rounded(value: Decimal | None, step: Decimal) -> Decimal | None:
    if value is None:
        return None
    rounded = value.quantize(step, context=_ROUNDING)
    return rounded or rounded.copy_abs()  # nobody wants to read -0.00
