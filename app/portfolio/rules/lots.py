"""Which purchase does each unit that was sold come from, what did it cost, and what was gained?

A ledger says only that 60 units were sold. Which of the units held those were is a choice, the method:

- fifo: the first acquired. The rule of the US where nothing else was identified (IRS Publication 550, "Identification
  of stock or bonds sold"; Treas. Reg. 1.1012-1(c)(1)).
- lifo: the last acquired.
- hifo: those whose unit cost most, of equal ones the first acquired.
- average: the first acquired, but each unit costs what the units held cost on average (IRS Publication 550, "Average
  basis"; by Treas. Reg. 1.1012-1(e)(7)(ii) units sold are those first acquired, so holding periods are fifo's).

All follows from the entries; nothing is stored. Sums are conserved to the last digit: a share of an amount is rounded
towards 0 at 18 decimal places, and what is left stays with the rest.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import holding_period
from app.portfolio.rules.book import Book, Disposal, Fee, Income, Lot, Transferred
from app.portfolio.rules.entries import Entry

__all__ = [
    "AVERAGE",
    "FIFO",
    "FINEST",
    "HIFO",
    "LIFO",
    "METHODS",
    "Book",
    "Disposal",
    "Fee",
    "Income",
    "Lot",
    "Oversold",
    "Transferred",
    "follow",
    "split_ratio",
]

FIFO: Final = "fifo"
LIFO: Final = "lifo"
HIFO: Final = "hifo"
AVERAGE: Final = "average"
METHODS: Final = (FIFO, LIFO, HIFO, AVERAGE)

FINEST: Final = Decimal("1e-18")

# A ratio with at least so many decimals may be a fraction that no decimal can write, such as 1/3.
_LONG_RATIO: Final = 6
_LARGEST_DENOMINATOR: Final = 1000


class Oversold(Exception):
    """More units were to go out than were held at that moment.

    Attributes:
        entry: the sale or transfer that can't be.
        held: the units of its asset that were held just before it.
    """

    def __init__(self, *, entry: Entry, held: Decimal) -> None:
        super().__init__(f"{entry.quantity} {entry.symbol} to go out, {held} held")
        self.entry = entry
        self.held = held


def follow(entries: Iterable[Entry], *, method: str) -> Book:
    """Follow a ledger, of one asset or of many, from its first entry to its last.

    Args:
        entries: in any order; they are put into `entries.ordered`.
        method: one of METHODS.

    Raises:
        Oversold: at some moment more of an asset goes out than is held.
    """
    book = Book()
    pools: dict[str | None, _Pool] = {}
    for entry in ledger.ordered(entries):
        pool = pools.get(entry.asset_id)
        if pool is None:
            pool = pools[entry.asset_id] = _Pool(asset_id=entry.asset_id, method=method)
        _enter(entry, pool=pool, book=book)
    for pool in pools.values():
        book.open_lots.extend(pool.lots())
    return book


def split_ratio(quantity: Decimal) -> Fraction:
    """How many units each unit becomes, for the `quantity` of a split's entry.

    One for three can't be written as a decimal: 0.333333 or more digits mean exactly 1/3, so that 300 units become
    100 and not 99.9999. A ratio of fewer than 6 decimals means what it says.
    """
    places = -int(quantity.as_tuple().exponent)
    written = Fraction(quantity)
    if places < _LONG_RATIO:
        return written
    simple = written.limit_denominator(_LARGEST_DENOMINATOR)
    return simple if abs(simple - written) <= Fraction(1, 10**places) else written


def _enter(entry: Entry, *, pool: "_Pool", book: Book) -> None:
    """What one entry does to its asset's pool and to the book."""
    if entry.type in ledger.COMING_IN:
        pool.put(entry)
    elif entry.type in ledger.GOING_OUT and entry.quantity > pool.held:
        raise Oversold(entry=entry, held=pool.held)
    elif entry.type == ledger.SELL:
        book.disposals.extend(_disposals(entry, pool.take(entry.quantity)))
    elif entry.type == ledger.TRANSFER_OUT:
        book.transfers.extend(_transferred(entry, part) for part in pool.take(entry.quantity))
    elif entry.type == ledger.SPLIT:
        pool.split(split_ratio(entry.quantity))
    elif entry.type in {ledger.DIVIDEND, ledger.INTEREST}:
        book.income.append(_income(entry))
    fee = _fee(entry)
    if fee:
        book.fees.append(
            Fee(
                asset_id=entry.asset_id,
                asset_type=entry.asset_type,
                symbol=entry.symbol,
                currency=entry.currency,
                paid_at=entry.executed_at,
                amount=fee,
                transaction_id=entry.transaction_id,
            )
        )


class _Pool:
    """The open lots of one asset, those next to go first. Quantities and costs are as they are after each entry."""

    def __init__(self, *, asset_id: str | None, method: str) -> None:
        self._asset_id = asset_id
        self._method = method
        # A heap by whose turn it is. The second part of the key is the lot's number, so lots are never compared.
        self._queue: list[tuple[Decimal, int, Lot]] = []
        self._arrived = 0
        self.held = money.ZERO
        self.cost = money.ZERO

    def put(self, entry: Entry) -> None:
        """Add what came in. A purchase costs its fee too; what a transfer's cost belongs to no unit."""
        cost = money.multiply(entry.quantity, entry.price)
        if entry.type == ledger.BUY:
            cost = money.EXACT.add(cost, entry.fee)
        self._arrived += 1
        self._queue_up(
            self._arrived,
            Lot(
                asset_id=self._asset_id,
                acquired_at=entry.executed_at,
                quantity=entry.quantity,
                cost=cost,
                transaction_id=entry.transaction_id,
            ),
        )
        self.held = money.EXACT.add(self.held, entry.quantity)
        self.cost = money.EXACT.add(self.cost, cost)

    def take(self, quantity: Decimal) -> list[Lot]:
        """Remove `quantity` units, at most those held: the parts of lots that they are."""
        parts: list[Lot] = []
        wanted = quantity
        while wanted > 0:
            parts.append(self._next(wanted))
            wanted = money.subtract(wanted, parts[-1].quantity)
        if self._method == AVERAGE:
            parts = _costing(_part(self.cost, quantity, self.held), parts)
        self.held = money.subtract(self.held, quantity)
        self.cost = money.subtract(self.cost, money.total(part.cost for part in parts))
        return parts

    def split(self, ratio: Fraction) -> None:
        """Make `ratio` units of each unit. The sum is rounded at 18 places, and each lot has its part of just that.

        What is held never becomes nothing: 0.000000000000000001 is the least that is left. A lot of which no unit is
        left to see leaves its cost to the one before it, the first ones to the one after them.
        """
        arrived = sorted((abs(number), lot) for _, number, lot in self._queue)
        self._queue = []
        whole = max(FINEST, _times(self.held, ratio)) if arrived else money.ZERO
        through = before = spare = money.ZERO
        kept: list[tuple[int, Lot]] = []
        for number, lot in arrived:
            through = money.EXACT.add(through, lot.quantity)
            upto = whole if through == self.held else _times(through, ratio)
            quantity, before = money.subtract(upto, before), upto
            cost = money.EXACT.add(lot.cost, spare)
            spare = money.ZERO if quantity or kept else cost
            if quantity:
                kept.append((number, replace(lot, quantity=quantity, cost=cost)))
            elif kept:
                kept[-1] = (kept[-1][0], _adding(cost, kept[-1][1]))
        self.held = whole
        for number, lot in kept:
            self._queue_up(number, lot)

    def lots(self) -> list[Lot]:
        """The open lots in the order in which they came in."""
        lots = [lot for _, _, lot in sorted(self._queue, key=lambda queued: abs(queued[1]))]
        return _costing(self.cost, lots) if self._method == AVERAGE and lots else lots

    def _next(self, wanted: Decimal) -> Lot:
        """The lot whose turn it is, or the part of it that is wanted."""
        turn, number, lot = self._queue[0]
        if lot.quantity <= wanted:
            return heapq.heappop(self._queue)[2]
        part = replace(lot, quantity=wanted, cost=_part(lot.cost, wanted, lot.quantity))
        rest = replace(
            lot,
            quantity=money.subtract(lot.quantity, wanted),
            cost=money.subtract(lot.cost, part.cost),
        )
        self._queue[0] = (turn, number, rest)
        return part

    def _queue_up(self, number: int, lot: Lot) -> None:
        turn = money.ZERO
        if self._method == HIFO:
            # Not by a minus sign, which would round.
            turn = money.ROUNDING.divide(lot.cost, lot.quantity).copy_negate()
        heapq.heappush(self._queue, (turn, -number if self._method == LIFO else number, lot))


def _disposals(sale: Entry, parts: Sequence[Lot]) -> Iterable[Disposal]:
    proceeds = money.subtract(money.multiply(sale.quantity, sale.price), sale.fee)
    shares = _shares(proceeds, [part.quantity for part in parts])
    for part, brought in zip(parts, shares, strict=True):
        acquired_on, sold_on = holding_period.day_of(part.acquired_at), sale.day
        yield Disposal(
            asset_id=sale.asset_id,
            asset_type=sale.asset_type,
            symbol=sale.symbol,
            currency=sale.currency,
            acquired_at=part.acquired_at,
            sold_at=sale.executed_at,
            quantity=part.quantity,
            proceeds=brought,
            cost=part.cost,
            gain=money.subtract(brought, part.cost),
            holding_days=(sold_on - acquired_on).days,
            long_term=holding_period.is_long_term(acquired_on=acquired_on, sold_on=sold_on),
            transaction_id=sale.transaction_id,
            purchase_id=part.transaction_id,
        )


def _transferred(entry: Entry, part: Lot) -> Transferred:
    return Transferred(
        asset_id=entry.asset_id,
        asset_type=entry.asset_type,
        symbol=entry.symbol,
        currency=entry.currency,
        acquired_at=part.acquired_at,
        transferred_at=entry.executed_at,
        quantity=part.quantity,
        cost=part.cost,
        transaction_id=entry.transaction_id,
        purchase_id=part.transaction_id,
    )


def _income(entry: Entry) -> Income:
    return Income(
        asset_id=entry.asset_id,
        asset_type=entry.asset_type,
        symbol=entry.symbol,
        currency=entry.currency,
        type=entry.type,
        received_at=entry.executed_at,
        amount=money.subtract(entry.price, entry.fee),
        transaction_id=entry.transaction_id,
    )


def _fee(entry: Entry) -> Decimal:
    """What the entry cost that is neither in a cost nor taken off what was brought."""
    if entry.type == ledger.FEE:
        return money.EXACT.add(entry.price, entry.fee)
    is_counted_elsewhere = entry.type in {
        ledger.BUY,
        ledger.SELL,
        ledger.DIVIDEND,
        ledger.INTEREST,
    }
    return money.ZERO if is_counted_elsewhere else entry.fee


def _times(quantity: Decimal, ratio: Fraction) -> Decimal:
    product = money.ROUNDING.multiply(quantity, Decimal(ratio.numerator))
    exact = money.ROUNDING.divide(product, Decimal(ratio.denominator))
    return exact.quantize(FINEST, rounding=ROUND_HALF_UP, context=money.ROUNDING)


def _part(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """What `part` of `whole` has of the amount: all of it for the whole, else rounded towards 0 at 18 places."""
    if part == whole:
        return amount
    exact = money.ROUNDING.divide(money.ROUNDING.multiply(amount, part), whole)
    return exact.quantize(FINEST, rounding=ROUND_DOWN, context=money.ROUNDING)


def _shares(amount: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """The amount shared out by the size of the parts; the shares' sum is the amount to the last digit."""
    whole = money.total(parts)
    shares: list[Decimal] = []
    through = given = money.ZERO
    for part in parts:
        through = money.EXACT.add(through, part)
        upto = _part(amount, through, whole)
        shares.append(money.subtract(upto, given))
        given = upto
    return shares


def _costing(cost: Decimal, lots: Sequence[Lot]) -> list[Lot]:
    """The lots with `cost` shared out among them, so that each unit costs the same."""
    shares = _shares(cost, [lot.quantity for lot in lots])
    return [replace(lot, cost=share) for lot, share in zip(lots, shares, strict=True)]


def _adding(cost: Decimal, lot: Lot) -> Lot:
    return replace(lot, cost=money.EXACT.add(lot.cost, cost))
