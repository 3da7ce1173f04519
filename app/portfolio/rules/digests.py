"""Which week is a digest of, and what moved most in it?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.core import money

MOST_MOVERS: Final = 5
MOST_ALERTS_TOLD: Final = 10


@dataclass(frozen=True, kw_only=True)
class Mover:
    """What one unit of a symbol cost at the beginning of the week, and costs at its end.

    Attributes:
        currency: of both prices.
    """

    symbol: str
    before: Decimal
    price: Decimal
    currency: str

    @property
    def change(self) -> Decimal:
        """In percent of the price before, 2 decimals."""
        return money.percentage(money.subtract(self.price, self.before), self.before)


def week_of(moment: datetime) -> str:
    """The week in which a digest is due, as ISO 8601 counts them.

    >>> from datetime import UTC
    >>> week_of(datetime(2027, 1, 1, tzinfo=UTC))
    '2026-W53'
    """
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def top_movers(movers: Iterable[Mover]) -> list[Mover]:
    """The five that changed most, up or down; those that stand still are none."""
    moved = [mover for mover in movers if mover.before > 0 and mover.change != 0]
    return sorted(moved, key=lambda mover: (-abs(mover.change), mover.symbol))[:MOST_MOVERS]


def day_told(day: date) -> str:
    """A day as a sentence holds it.

    >>> day_told(date(2026, 11, 2))
    '2 November 2026'
    """
    return f"{day.day} {day:%B %Y}"
