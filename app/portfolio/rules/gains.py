"""What did a user gain, receive and pay in a year, in the currencies it happened in and in the user's own?

Every amount is converted at the rate of its own day: what a sale brought at that of the sale, what the units had cost
at that of their purchase (the IRS, "Foreign currency and currency exchange rates": the spot rate when the item is
received or paid). With average cost, the average is that of the purchases as each was converted on its day. What has
no rate is not counted, but named.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import holding_period, lots
from app.portfolio.rules.book import Book, Disposal, Fee, Income
from app.portfolio.rules.entries import Entry

SHORT: Final = "short"
LONG: Final = "long"
TERMS: Final = (SHORT, LONG)

RateOn = Callable[[str, date], Decimal | None]
"""What one unit of a currency cost in the base currency on a day; None where that is not known."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What sales brought, what the units had cost, and the difference."""

    proceeds: Decimal
    cost: Decimal
    gain: Decimal


@dataclass(frozen=True, kw_only=True)
class Sale:
    """Units of one purchase that one sale sold; `base` is in the base currency, None where a rate is missing."""

    disposal: Disposal
    base: Result | None

    @property
    def at(self) -> datetime:
        """When they were sold."""
        return self.disposal.sold_at

    @property
    def subject(self) -> Disposal:
        """What the row tells of."""
        return self.disposal

    @property
    def term(self) -> str:
        """How long they were held, one of TERMS."""
        return LONG if self.disposal.long_term else SHORT


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A dividend or interest; `base` is its amount in the base currency, None where the rate is missing."""

    income: Income
    base: Decimal | None

    @property
    def at(self) -> datetime:
        """When it was received."""
        return self.income.received_at

    @property
    def subject(self) -> Income:
        """What the row tells of."""
        return self.income


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A fee that no cost and no proceeds hold; `base` as in Receipt."""

    fee: Fee
    base: Decimal | None

    @property
    def at(self) -> datetime:
        """When it was paid."""
        return self.fee.paid_at

    @property
    def subject(self) -> Fee:
        """What the row tells of."""
        return self.fee


Row = Sale | Receipt | Payment


def in_year(book: Book, *, year: int) -> Book:
    """What of a book happened in a year, cut in UTC; without open lots and transfers."""
    return Book(
        disposals=[one for one in book.disposals if one.sold_at.astimezone(UTC).year == year],
        income=[one for one in book.income if one.received_at.astimezone(UTC).year == year],
        fees=[one for one in book.fees if one.paid_at.astimezone(UTC).year == year],
    )


def until_end_of(year: int, *, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that a year's report follows from: what comes later changes nothing in it."""
    return [entry for entry in entries if entry.day.year <= year]


def days_needing_rates(
    *, entries: Sequence[Entry], happened: Book, base: str
) -> dict[str, tuple[date, date]]:
    """For each currency but the base, the first and last day whose rate may be needed for what happened."""
    subjects: list[Disposal | Income | Fee] = [
        *happened.disposals,
        *happened.income,
        *happened.fees,
    ]
    named = {one.currency for one in subjects} - {base}
    days: dict[str, tuple[date, date]] = {}
    for entry in entries:
        if entry.currency in named:
            first, last = days.get(entry.currency, (entry.day, entry.day))
            days[entry.currency] = (min(first, entry.day), max(last, entry.day))
    return days


def rows_of(
    *, entries: Sequence[Entry], happened: Book, method: str, base: str, rate_on: RateOn
) -> list[Row]:
    """Every row of the report in the order of time.

    Args:
        entries: those that `happened` follows from by `method`.
    """

    def in_base(amount: Decimal, currency: str, moment: datetime) -> Decimal | None:
        if currency == base:
            return amount
        rate = rate_on(currency, holding_period.day_of(moment))
        return None if rate is None else money.converted(amount, rate=rate)

    costs = _base_costs(
        entries=entries, disposals=happened.disposals, method=method, base=base, rate_on=rate_on
    )
    rows: list[Row] = [
        Sale(
            disposal=one,
            base=_result(
                in_base(one.proceeds, one.currency, one.sold_at),
                costs.get((one.transaction_id, one.purchase_id)),
            ),
        )
        for one in happened.disposals
    ]
    rows += [
        Receipt(income=one, base=in_base(one.amount, one.currency, one.received_at))
        for one in happened.income
    ]
    rows += [
        Payment(fee=one, base=in_base(one.amount, one.currency, one.paid_at))
        for one in happened.fees
    ]
    return sorted(rows, key=lambda row: row.at)


def _result(proceeds: Decimal | None, cost: Decimal | None) -> Result | None:
    if proceeds is None or cost is None:
        return None
    return Result(proceeds=proceeds, cost=cost, gain=money.subtract(proceeds, cost))


def _base_costs(
    *,
    entries: Sequence[Entry],
    disposals: Iterable[Disposal],
    method: str,
    base: str,
    rate_on: RateOn,
) -> Mapping[tuple[str, str], Decimal]:
    """What the units of each disposal, by (sale, purchase), had cost in the base currency, where that is known."""
    found: dict[tuple[str, str], Decimal] = {}
    averaged: set[str | None] = set()
    for one in disposals:
        if one.currency == base:
            found[one.transaction_id, one.purchase_id] = one.cost
        elif method == lots.AVERAGE:
            averaged.add(one.asset_id)
        elif rate := rate_on(one.currency, holding_period.day_of(one.acquired_at)):
            found[one.transaction_id, one.purchase_id] = money.converted(one.cost, rate=rate)
    for asset_id in averaged:
        own = [entry for entry in entries if entry.asset_id == asset_id]
        found |= _averaged(own, rate_on=rate_on)
    return found


def _averaged(entries: Sequence[Entry], *, rate_on: RateOn) -> dict[tuple[str, str], Decimal]:
    """The average costs of one asset's disposals from purchases in the base currency; none where a rate is missing.

    The same units are sold as in its own currency, because prices don't decide which.
    """
    converted: list[Entry] = []
    for entry in entries:
        if entry.type in ledger.COMING_IN:
            rate = rate_on(entry.currency, entry.day)
            if rate is None:
                return {}
            cost = money.multiply(entry.quantity, entry.price)
            if entry.type == ledger.BUY:
                cost = money.total([cost, entry.fee])
            in_base = money.converted(cost, rate=rate)
            converted.append(replace(entry, type=ledger.BUY, price=money.ZERO, fee=in_base))
        else:
            converted.append(entry)
    book = lots.follow(converted, method=lots.AVERAGE)
    return {(one.transaction_id, one.purchase_id): one.cost for one in book.disposals}
