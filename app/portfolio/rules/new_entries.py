"""What is a row that is not in the ledger yet, and which amounts does it need?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.core import money
from app.portfolio.rules import entries

SMALLEST_SPLIT: Final = Decimal("0.000001")
LARGEST_SPLIT: Final = Decimal(1_000_000)

_COST_NOTHING: Final = (entries.SPLIT, entries.TRANSFER_OUT)


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """A row for the ledger, as a user or a file tells it. What its fields mean stands in `entries.Entry`.

    Attributes:
        asset_type, symbol: None for interest and fees that belong to no asset.
        external_id: what its source calls it; a second row of the same name is the same row.
        fingerprint: what tells a file's row from others where its source has no name for it. Two equal rows of one
            file are two transactions, so the importer ends it with a number (#1, #2).
    """

    type: str
    asset_type: str | None
    symbol: str | None
    quantity: Decimal
    price: Decimal
    fee: Decimal
    currency: str
    executed_at: datetime
    external_id: str | None = None
    fingerprint: str | None = None


def completed(*, type_name: str, given: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    """The quantity, price and fee of a row, with what may be left out filled in; None where something is missing.

    Cash is told as one amount, so its quantity is 1. What splits or is transferred away has no price. A fee may be
    told as such, instead of as a price.
    """
    quantity, price, fee = (given.get(name) for name in ("quantity", "price", "fee"))
    if quantity is None and type_name in entries.CASH_ONLY:
        quantity = Decimal(1)
    if price is None and type_name in _COST_NOTHING:
        price = money.ZERO
    if type_name == entries.FEE and not price and fee:
        price, fee = fee, money.ZERO
    return {"quantity": quantity, "price": price, "fee": money.ZERO if fee is None else fee}


def problems(
    *, type_name: str, quantity: Decimal | None, price: Decimal | None, fee: Decimal
) -> dict[str, str]:
    """What is wrong with a completed row's amounts, a sentence for each field."""
    found: dict[str, str] = {}
    if quantity is None:
        found["quantity"] = f"A {type_name} needs the number of units."
        if type_name == entries.SPLIT:
            found["quantity"] = "A split needs the units that each unit becomes, such as 4."
    elif quantity <= 0:
        found["quantity"] = "Must be more than 0."
    elif type_name == entries.SPLIT and not SMALLEST_SPLIT <= quantity <= LARGEST_SPLIT:
        found["quantity"] = (
            f"Each unit can become {SMALLEST_SPLIT:f} to {LARGEST_SPLIT} units in a split."
        )
    if price is None:
        found["price"] = f"A {type_name} needs a price; 0 where it cost or brought nothing."
    elif price < 0:
        found["price"] = "Must be at least 0."
    elif price and type_name in _COST_NOTHING:
        found["price"] = f"A {type_name} has no price: leave it out."
    if fee < 0:
        found["fee"] = "Must be at least 0."
    elif fee and type_name == entries.SPLIT:
        found["fee"] = "A split has no fee: add the fee as a transaction of its own."
    return found
