"""What has been gained since the start?"""

from decimal import Decimal
from typing import NamedTuple

from app.core import money


class Profit(NamedTuple):
    """A gain or a loss.

    Attributes:
        amount: the exact difference.
        percent: of the baseline, 2 decimals half-up; None where the baseline is not above zero.
    """

    amount: Decimal
    percent: Decimal | None


def profit(*, baseline: Decimal, balance: Decimal) -> Profit:
    """Balance less baseline, and that in percent of the baseline: 10,000 to 10,500 is 5.00 %."""
    amount = money.subtract(balance, baseline)
    return Profit(amount, money.percentage(amount, baseline) if baseline > 0 else None)
