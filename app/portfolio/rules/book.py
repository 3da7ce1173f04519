"""What does a ledger come to: what is held, what was sold and gained, taken elsewhere, received and paid?"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """Units that came in together and have not all gone out.

    Attributes:
        quantity: the units left, as splits made them.
        cost: of those, with their part of the purchase's fee.
        transaction_id: the entry they came in with.
    """

    asset_id: str | None
    acquired_at: datetime
    quantity: Decimal
    cost: Decimal
    transaction_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Disposal:
    """Units of one lot that one sale sold.

    Attributes:
        proceeds: what they brought, their part of the sale's fee taken off.
        gain: proceeds - cost.
        holding_days: from the day of acquisition to the day of sale, in UTC.
        long_term: whether they were held for more than a year (rules.holding_period).
        transaction_id: the sale's entry.
        purchase_id: the entry that the units came in with.
    """

    asset_id: str | None
    asset_type: str | None
    symbol: str | None
    currency: str
    acquired_at: datetime
    sold_at: datetime
    quantity: Decimal
    proceeds: Decimal
    cost: Decimal
    gain: Decimal
    holding_days: int
    long_term: bool
    transaction_id: str
    purchase_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Transferred:
    """Units of one lot that were taken elsewhere, with what they had cost: nothing is gained by that."""

    asset_id: str | None
    asset_type: str | None
    symbol: str | None
    currency: str
    acquired_at: datetime
    transferred_at: datetime
    quantity: Decimal
    cost: Decimal
    transaction_id: str
    purchase_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Income:
    """A dividend or interest; `amount` is what was received, `fee` taken off."""

    asset_id: str | None
    asset_type: str | None
    symbol: str | None
    currency: str
    type: str
    received_at: datetime
    amount: Decimal
    transaction_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fee:
    """A fee that is neither in a purchase's cost nor taken off a sale or an income: the account's, or a transfer's."""

    asset_id: str | None
    asset_type: str | None
    symbol: str | None
    currency: str
    paid_at: datetime
    amount: Decimal
    transaction_id: str


@dataclass(frozen=True, kw_only=True)
class Book:
    """What a ledger comes to: lots by asset and time of acquisition, the rest in the order of the ledger."""

    open_lots: list[Lot] = field(default_factory=list)
    disposals: list[Disposal] = field(default_factory=list)
    transfers: list[Transferred] = field(default_factory=list)
    income: list[Income] = field(default_factory=list)
    fees: list[Fee] = field(default_factory=list)
