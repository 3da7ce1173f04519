"""What is a row of the ledger, and in which order do rows count?

A ledger is a set of entries. Everything else (what is held, what it cost, what was gained) follows from them in the
order that `ordered` gives, so it never matters in which order they were written down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

BUY: Final = "buy"
SELL: Final = "sell"
DIVIDEND: Final = "dividend"
INTEREST: Final = "interest"
FEE: Final = "fee"
SPLIT: Final = "split"
TRANSFER_IN: Final = "transfer_in"
TRANSFER_OUT: Final = "transfer_out"
TYPES: Final = (BUY, SELL, DIVIDEND, INTEREST, FEE, SPLIT, TRANSFER_IN, TRANSFER_OUT)

COMING_IN: Final = (BUY, TRANSFER_IN)
GOING_OUT: Final = (SELL, TRANSFER_OUT)
CASH_ONLY: Final = (DIVIDEND, INTEREST, FEE)
"""What moves money and no units."""

# Files often tell only the day: of what happened at one moment, a split counts first, and what comes in before what
# goes out, so that a purchase and a sale of one day are no sale of what isn't held.
_AT_ONE_MOMENT: Final = {SPLIT: 0, TRANSFER_IN: 1, BUY: 1, TRANSFER_OUT: 3, SELL: 3}
_BETWEEN: Final = 2


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the ledger.

    Attributes:
        asset_id: whose units move; None for interest and fees that belong to no asset.
        type: one of TYPES.
        asset_type, symbol: None together with asset_id.
        quantity: buy, sell, transfers: the units, more than 0. split: how many units each unit becomes (4 for four
            for one, 0.1 for one for ten). dividend, interest, fee: always 1.
        price: buy, sell: of one unit. transfer_in: what one unit had cost its owner. transfer_out, split: 0.
            dividend, interest: the amount received before `fee`. fee: the amount paid.
        fee: paid besides, 0 or more. It adds to what a purchase cost and takes from what a sale or an income brought.
        currency: ISO 4217, of price and fee.
        executed_at: when it happened, UTC.
    """

    transaction_id: str
    asset_id: str | None
    type: str
    asset_type: str | None
    symbol: str | None
    quantity: Decimal
    price: Decimal
    fee: Decimal
    currency: str
    executed_at: datetime

    @property
    def day(self) -> date:
        """The day in UTC on which it happened."""
        return self.executed_at.astimezone(UTC).date()


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """The entries in the order in which they count: by time, then splits, what comes in, cash, what goes out."""
    return sorted(
        entries,
        key=lambda entry: (
            entry.executed_at,
            _AT_ONE_MOMENT.get(entry.type, _BETWEEN),
            entry.transaction_id,
        ),
    )
