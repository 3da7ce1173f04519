"""How does the planner write a value of a result: so that one can read it, and see whether it was rounded?"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

LONGEST_VALUE: Final = 80
MISSING: Final = "(missing)"
_HUNDREDTH: Final = Decimal("0.01")
_SIGNIFICANT: Final = 4


class Writer:
    """Writes values, and remembers whether it rounded any."""

    def __init__(self) -> None:
        self.rounded = False

    def write(self, value: Any) -> str:
        """A value of a result, on one line.

        >>> Writer().write(1234567), Writer().write(Decimal("12.3456")), Writer().write(Decimal("0.00012345"))
        ('1,234,567', '12.35', '0.0001235')
        """
        if value is None:
            return MISSING
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return f"{value:,}"
        if isinstance(value, Decimal):
            return self._decimal(value)
        plain = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
        return plain if len(plain) <= LONGEST_VALUE else f"{plain[:LONGEST_VALUE]}…"

    def _decimal(self, value: Decimal) -> str:
        if not value.is_finite():
            return str(value)
        step = _HUNDREDTH
        if 0 < abs(value) < 1:
            step = Decimal(1).scaleb(min(value.adjusted() - _SIGNIFICANT + 1, -2))
        if value.adjusted() > 24:  # noqa: PLR2004 - beyond what a decimal rounds by hundredths
            return f"{value:,f}"
        near = value.quantize(step, rounding=ROUND_HALF_UP)
        self.rounded = self.rounded or near != value
        text = f"{near:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


def plain_name(name: str) -> str:
    """A column's name on one line, as a person reads it."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_VALUE]
