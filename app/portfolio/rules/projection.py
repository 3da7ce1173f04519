"""What does an asset's ledger come to: how much is held, and what did just that cost?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots
from app.portfolio.rules.entries import Entry

FINEST: Final = Decimal("1e-18")
LARGEST: Final = Decimal(10) ** 18
"""As many digits as any amount of the API has."""


_MOVING_LOTS: Final = (*ledger.GOING_OUT, ledger.SPLIT)


class Unwieldy(Exception):
    """The units held, or the price of one, would have more digits than the API's amounts."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """What is held, first in, first out.

    Attributes:
        quantity: 0 where nothing is.
        cost: of the units held, to the last digit.
        purchase_price: cost / quantity, rounded half up at 18 decimals; 0 where nothing is held.
        purchase_date: the day (UTC) on which the oldest units held came in; of the first entry where nothing is held.
    """

    quantity: Decimal
    cost: Decimal
    purchase_price: Decimal
    purchase_date: date


def project(entries: Iterable[Entry]) -> Projection:
    """What the entries of one asset, at least one, come to.

    Raises:
        lots.Oversold: at some moment more goes out than is held.
        Unwieldy: numbers grew too long.
    """
    in_order = ledger.ordered(entries)
    return _Left().after(in_order).projected(first_day=in_order[0].day)


class Course:
    """An asset's ledger to which rows are added in the order of time.

    What came before the last row added is kept as the lots that it left, so that adding many rows, some at a time,
    does not follow the whole ledger each time.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._left = _Left()
        self._ahead = ledger.ordered(entries)
        self._first_day = self._ahead[0].day if self._ahead else None

    def add(self, entries: Sequence[Entry]) -> Projection:
        """What the ledger comes to with these rows, at least one, none of them before those added earlier.

        Raises:
            lots.Oversold, Unwieldy: as `project`; the course is of no use then.
        """
        merged = ledger.ordered([*self._ahead, *entries])
        added = {entry.transaction_id for entry in entries}
        passed = max(at for at, entry in enumerate(merged, 1) if entry.transaction_id in added)
        if self._first_day is None or merged[0].day < self._first_day:
            self._first_day = merged[0].day
        self._left = self._left.after(merged[:passed])
        self._ahead = merged[passed:]
        return self._left.after(self._ahead).projected(first_day=self._first_day)


@dataclass(frozen=True, kw_only=True)
class _Left:
    """The lots that a part of a ledger leaves, in the order in which they came in, and their sums."""

    held: list[lots.Lot] = field(default_factory=list)
    quantity: Decimal = money.ZERO
    cost: Decimal = money.ZERO

    def after(self, entries: Sequence[Entry]) -> "_Left":
        """What is left after some more of the ledger.

        Raises:
            lots.Oversold, Unwieldy.
        """
        if any(entry.type in _MOVING_LOTS for entry in entries):
            held = open_lots([*map(_as_entry, self.held), *entries])
            return _Left(
                held=held,
                quantity=money.total(lot.quantity for lot in held),
                cost=money.total(lot.cost for lot in held),
            )
        # Nothing happens to the lots that are there already, so they need not be followed.
        more = open_lots(entries)
        return _Left(
            held=[*self.held, *more],
            quantity=money.total([self.quantity, *(lot.quantity for lot in more)]),
            cost=money.total([self.cost, *(lot.cost for lot in more)]),
        )

    def projected(self, *, first_day: date) -> Projection:
        """What it comes to.

        Args:
            first_day: of the whole ledger.

        Raises:
            Unwieldy.
        """
        quantity, cost = self.quantity, self.cost
        if not quantity:
            return Projection(
                quantity=money.ZERO,
                cost=money.ZERO,
                purchase_price=money.ZERO,
                purchase_date=first_day,
            )
        price = money.ROUNDING.divide(cost, quantity)
        if quantity >= LARGEST or price >= LARGEST:
            raise Unwieldy
        return Projection(
            quantity=_plain(quantity),
            cost=_plain(cost),
            purchase_price=_plain(
                price.quantize(FINEST, rounding=ROUND_HALF_UP, context=money.ROUNDING)
            ),
            purchase_date=self.held[0].acquired_at.astimezone(UTC).date(),
        )


def open_lots(entries: Sequence[Entry]) -> list[lots.Lot]:
    """What the entries of one asset leave, first in, first out.

    Raises:
        lots.Oversold, Unwieldy: as `project`.
    """
    try:
        return lots.follow(entries, method=lots.FIFO).open_lots
    except ArithmeticError:  # what `money` says of numbers longer than it computes with
        raise Unwieldy from None


def _as_entry(lot: lots.Lot) -> Entry:
    """An open lot as a purchase that leaves just this lot: its whole cost is in the fee, so no digit is lost."""
    return Entry(
        transaction_id=lot.transaction_id,
        asset_id=lot.asset_id,
        type=ledger.BUY,
        asset_type=None,
        symbol=None,
        quantity=lot.quantity,
        price=money.ZERO,
        fee=lot.cost,
        currency="",
        executed_at=lot.acquired_at,
    )


def _plain(amount: Decimal) -> Decimal:
    """The amount without zeros at its end: 1.5 and not 1.500."""
    return amount.normalize(money.ROUNDING)
