"""What was a portfolio worth at the end of each day, and what went into it and out of it that day?

No account of cash is kept, so a purchase is money that comes in and a sale money that goes out:

- came in: what purchases cost with their fees, and units transferred in at what they were worth that day;
- went out: what sales brought after their fees, and units transferred out at what they were worth that day;
- income: dividends and interest after their fees, which are paid out and not held;
- fees: of the account, and of transfers.

A day without a close has the last one before it. Before its first close, a holding is worth what was last paid for a
unit of it: what a source tells of the past may begin later than the holding. What was never priced is left out as a
whole, and named.

Closes of stocks are adjusted for splits: the source divides all closes before a split, once it has happened. So units
of a past day are multiplied by all later splits before they meet such a close. Source: CRSP, "Data Descriptions
Guide", "Cumulative Factor to Adjust Prices".
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from app.core import money
from app.core.shown import WORKING
from app.portfolio.rules import entries as ledger
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.lots import FINEST, split_ratio
from app.portfolio.rules.valuation import NO_EXCHANGE_RATE, NO_PRICE

Pair = tuple[str, str]
"""Asset type and symbol."""

Rates = Callable[[str, date], Decimal | None]
"""What one unit of a currency was worth in the currency of the report on a day; None where that is not known."""

_ONE_DAY: Final = timedelta(days=1)
# Entries that are paid in cash, and what they count as.
_PAID_AS: Final = {
    ledger.BUY: "came_in",
    ledger.SELL: "went_out",
    ledger.DIVIDEND: "income",
    ledger.INTEREST: "income",
    ledger.FEE: "fees",
}


class LastKnown:
    """Amounts of some days, read as the last one up to a day."""

    def __init__(self, amounts: Mapping[date, Decimal]) -> None:
        self._days = sorted(amounts)
        self._amounts = [amounts[day] for day in self._days]

    def at(self, day: date) -> Decimal | None:
        """The amount of that day, or of the last one before that has any; None where none has."""
        place = bisect_right(self._days, day)
        return self._amounts[place - 1] if place else None


@dataclass(frozen=True, kw_only=True)
class PriceLine:
    """What one unit of a symbol cost.

    Attributes:
        currency: ISO 4217, of the closes.
        closes: by day; the price of today counts as its close until there is one.
        is_known: whether the market has any price of it, on whatever day.
        is_adjusted: whether closes before a split are divided by it.
    """

    currency: str
    closes: LastKnown
    is_known: bool
    is_adjusted: bool


@dataclass(frozen=True, kw_only=True)
class Day:
    """The end of a day, and what happened on it, in the currency of the report; 18 decimals, halves away from zero."""

    day: date
    value: Decimal
    came_in: Decimal = money.ZERO
    went_out: Decimal = money.ZERO
    income: Decimal = money.ZERO
    fees: Decimal = money.ZERO

    @property
    def paid_out(self) -> Decimal:
        """What the owner received that day, less what the owner paid."""
        return money.subtract(
            money.EXACT.add(self.went_out, self.income), money.EXACT.add(self.came_in, self.fees)
        )


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What could not be valued, and why: valuation.NO_PRICE or NO_EXCHANGE_RATE. Without asset: the account's cash."""

    asset_id: str | None
    symbol: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ValuedDays:
    """Each day from the first to the last, and what none of them counts."""

    days: list[Day]
    left_out: list[LeftOut]


class _CanNotValueError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class _Sums:
    value: Decimal = money.ZERO
    came_in: Decimal = money.ZERO
    went_out: Decimal = money.ZERO
    income: Decimal = money.ZERO
    fees: Decimal = money.ZERO

    def add(self, other: "_Sums") -> None:
        for name in ("value", "came_in", "went_out", "income", "fees"):
            setattr(self, name, money.ROUNDING.add(getattr(self, name), getattr(other, name)))


@dataclass(frozen=True)
class _Step:
    """An entry, the units held after it, and by how much later splits multiply each of them."""

    entry: Entry
    held: Decimal
    later_splits: Fraction


@dataclass(frozen=True)
class _Pool:
    """One asset's steps, or the account's, with its prices."""

    steps: list[_Step]
    line: PriceLine | None
    rates: Rates
    sums: dict[date, _Sums] = field(default_factory=lambda: defaultdict(_Sums))


def valued_days(
    entries: Iterable[Entry],
    *,
    lines: Mapping[Pair, PriceLine],
    rates: Rates,
    start: date,
    end: date,
) -> ValuedDays:
    """Every day from `start` to `end`, both included; what happened on `start` itself is not told.

    Args:
        entries: the whole ledger, in any order.
        lines: of the symbols that `held_between` names, at least.
    """
    days = [start + _ONE_DAY * count for count in range((end - start).days + 1)]
    totals = {day: _Sums() for day in days}
    left_out = []
    for asset_id, of_asset in _by_asset(entries).items():
        if not _matters(of_asset, start=start, end=end):
            continue
        pair = _pair(of_asset)
        pool = _Pool(_steps(of_asset), lines.get(pair) if pair else None, rates)
        try:
            _value(pool, days)
        except _CanNotValueError as trouble:
            symbol = pair[1] if pair else None
            left_out.append(LeftOut(asset_id=asset_id, symbol=symbol, reason=trouble.reason))
            continue
        for day, sums in pool.sums.items():
            totals[day].add(sums)
    return ValuedDays(days=[_told(day, sums) for day, sums in totals.items()], left_out=left_out)


def day_after(day: date) -> date:
    """The next day."""
    return day + _ONE_DAY


def day_before(day: date) -> date:
    """The day before."""
    return day - _ONE_DAY


def held_between(entries: Iterable[Entry], *, start: date, end: date) -> set[Pair]:
    """The symbols whose prices `valued_days` needs."""
    pools = _by_asset(entries).values()
    matter = (pool for pool in pools if _matters(pool, start=start, end=end))
    return {pair for pool in matter if (pair := _pair(pool))}


def in_currency(entries: Iterable[Entry], *, rates: Rates) -> tuple[list[Entry], set[str | None]]:
    """The entries with their amounts in the currency of the report, each by the rate of its own day.

    So what a lot cost counts as of its purchase, and what a sale brought as of the sale. The entries of assets for
    which a rate is missing are left out as a whole; the second part names those assets.
    """
    found: dict[str | None, list[Entry]] = {}
    unknown: set[str | None] = set()
    for asset_id, of_asset in _by_asset(entries).items():
        converted = [_converted(entry, rates) for entry in of_asset]
        if None in converted:
            unknown.add(asset_id)
        else:
            found[asset_id] = [entry for entry in converted if entry]
    return [entry for pool in found.values() for entry in pool], unknown


def _converted(entry: Entry, rates: Rates) -> Entry | None:
    if not entry.price and not entry.fee:
        return entry
    rate = rates(entry.currency, entry.day)
    if rate is None:
        return None
    if rate == 1:
        return entry
    # Entries are many, and `dataclasses.replace` is slow on them.
    return Entry(
        transaction_id=entry.transaction_id,
        asset_id=entry.asset_id,
        type=entry.type,
        asset_type=entry.asset_type,
        symbol=entry.symbol,
        quantity=entry.quantity,
        price=money.multiply(entry.price, rate),
        fee=money.multiply(entry.fee, rate),
        currency=entry.currency,
        executed_at=entry.executed_at,
    )


def _by_asset(entries: Iterable[Entry]) -> dict[str | None, list[Entry]]:
    found: dict[str | None, list[Entry]] = {}
    for entry in ledger.ordered(entries):
        found.setdefault(entry.asset_id, []).append(entry)
    return found


def _pair(of_asset: Sequence[Entry]) -> Pair | None:
    first = of_asset[0]
    if first.asset_id is None or first.asset_type is None or first.symbol is None:
        return None
    return first.asset_type, first.symbol


def _matters(of_asset: Sequence[Entry], *, start: date, end: date) -> bool:
    """Whether anything was held at the end of `start`, or happened after it and by `end`."""
    if any(start < entry.day <= end for entry in of_asset):
        return True
    before = [step for step in _steps(of_asset) if step.entry.day <= start]
    return bool(before) and before[-1].held > 0


def _steps(of_asset: Sequence[Entry]) -> list[_Step]:
    """The entries in their order, each with what is held after it and the splits to come."""
    held, after = money.ZERO, []
    for entry in of_asset:
        if entry.type in ledger.COMING_IN:
            held = money.EXACT.add(held, entry.quantity)
        elif entry.type in ledger.GOING_OUT:
            held = money.subtract(held, entry.quantity)
        elif entry.type == ledger.SPLIT:
            held = _times(held, split_ratio(entry.quantity)).quantize(
                FINEST, ROUND_HALF_UP, money.ROUNDING
            )
        after.append(held)
    steps, later = [], Fraction(1)
    for entry, held_after in zip(reversed(of_asset), reversed(after), strict=True):
        steps.append(_Step(entry, held_after, later))
        if entry.type == ledger.SPLIT:
            later *= split_ratio(entry.quantity)
    return steps[::-1]


def _value(pool: _Pool, days: Sequence[date]) -> None:
    """Put into the pool's sums what it was worth on each of the days, and what happened on all but the first."""
    at, paid = 0, None
    for number, day in enumerate(days):
        while at < len(pool.steps) and pool.steps[at].entry.day <= day:
            step = pool.steps[at]
            if step.entry.type in {*ledger.COMING_IN, ledger.SELL} and step.entry.price:
                paid = step
            if number and step.entry.day == day:
                pool.sums[day].add(_moved(pool, step, paid=paid))
            at += 1
        if at and pool.steps[at - 1].held:
            last = pool.steps[at - 1]
            worth = _worth(pool, last.held, later_splits=last.later_splits, day=day, paid=paid)
            pool.sums[day].value = worth


def _moved(pool: _Pool, step: _Step, *, paid: _Step | None) -> _Sums:
    """What an entry adds to the sums of its day."""
    entry = step.entry
    name = _PAID_AS.get(entry.type)
    if name is not None:
        fee = entry.fee if entry.type in {ledger.BUY, ledger.FEE} else -entry.fee
        cash = money.EXACT.fma(entry.quantity, entry.price, fee)
        return _Sums(**{name: _in_report(pool, entry, cash)})
    fees = _in_report(pool, entry, entry.fee)
    if entry.type == ledger.SPLIT:
        return _Sums(fees=fees)
    worth = _worth(pool, entry.quantity, later_splits=step.later_splits, day=entry.day, paid=paid)
    if entry.type == ledger.TRANSFER_IN:
        return _Sums(came_in=worth, fees=fees)
    return _Sums(went_out=worth, fees=fees)


def _in_report(pool: _Pool, entry: Entry, amount: Decimal) -> Decimal:
    """An amount of an entry in the currency of the report."""
    if not amount:
        return amount
    return money.ROUNDING.multiply(amount, _rate(pool, entry.currency, entry.day))


def _worth(
    pool: _Pool, units: Decimal, *, later_splits: Fraction, day: date, paid: _Step | None
) -> Decimal:
    """What units were worth on a day: by its close, or by what was last paid where no close is that old."""
    line = pool.line
    if line is None or not line.is_known:
        raise _CanNotValueError(NO_PRICE)
    close = line.closes.at(day)
    if close is not None:
        splits = later_splits if line.is_adjusted else Fraction(1)
        amount = money.ROUNDING.multiply(_times(units, splits), close)
        return money.ROUNDING.multiply(amount, _rate(pool, line.currency, day))
    if paid is None:
        return money.ZERO
    paid_units = _times(units, later_splits / paid.later_splits)
    amount = money.ROUNDING.multiply(paid_units, paid.entry.price)
    return money.ROUNDING.multiply(amount, _rate(pool, paid.entry.currency, day))


def _rate(pool: _Pool, currency: str, day: date) -> Decimal:
    rate = pool.rates(currency, day)
    if rate is None:
        raise _CanNotValueError(NO_EXCHANGE_RATE)
    return rate


def _times(units: Decimal, ratio: Fraction) -> Decimal:
    """The product, exact where the ratio is a whole number, else with 34 digits."""
    product = money.ROUNDING.multiply(units, Decimal(ratio.numerator))
    if ratio.denominator == 1:
        return product
    return WORKING.divide(product, Decimal(ratio.denominator))


def _told(day: date, sums: _Sums) -> Day:
    return Day(
        day=day,
        value=_rounded(sums.value),
        came_in=_rounded(sums.came_in),
        went_out=_rounded(sums.went_out),
        income=_rounded(sums.income),
        fees=_rounded(sums.fees),
    )


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(FINEST, ROUND_HALF_UP, money.ROUNDING)
