"""Ledgers and prices for the tests of performance: written by hand, or made at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import strategies as st

from app.portfolio.rules import entries as ledger
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.valued_days import LastKnown, Pair, PriceLine, Rates

START = date(2026, 1, 1)
_numbers = count(1)


def day(number: int) -> date:
    """A day so many days after 1 January 2026."""
    return START + timedelta(days=number)


def entry(
    type_name: str,
    on: int,
    quantity: str | Decimal = "1",
    price: str | Decimal = "0",
    *,
    fee: str | Decimal = "0",
    symbol: str | None = "ACME",
    asset_type: str = "stock",
    currency: str = "USD",
    hour: int = 12,
    asset: str | None = None,
) -> Entry:
    """A row of the ledger; each symbol is an asset of its own."""
    return Entry(
        transaction_id=f"t{next(_numbers):06d}",
        asset_id=asset or symbol,
        type=type_name,
        asset_type=asset_type if symbol else None,
        symbol=symbol,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        currency=currency,
        executed_at=datetime.combine(day(on), time(hour), UTC),
    )


def line(
    closes: Mapping[int, str | Decimal] | Sequence[str | Decimal],
    *,
    currency: str = "USD",
    is_adjusted: bool = True,
) -> PriceLine:
    """The closes of days by their numbers."""
    numbered = closes if isinstance(closes, Mapping) else dict(enumerate(closes))
    known = {day(number): Decimal(close) for number, close in numbered.items()}
    return PriceLine(
        currency=currency, closes=LastKnown(known), is_known=bool(known), is_adjusted=is_adjusted
    )


def dollars(currency: str, _: date) -> Decimal | None:
    """The rates of a report in USD that knows no other currency."""
    return Decimal(1) if currency == "USD" else None


def rates(**known: Mapping[int, str]) -> Rates:
    """The rates of a report in USD: EUR={0: "1.10"}."""
    tables = {
        currency: LastKnown({day(number): Decimal(rate) for number, rate in table.items()})
        for currency, table in known.items()
    }
    return lambda currency, on: Decimal(1) if currency == "USD" else tables[currency].at(on)


@dataclass(frozen=True)
class Made:
    """A ledger at random, with the prices of its days."""

    entries: list[Entry]
    lines: dict[Pair, PriceLine]
    last: int


_amounts = st.decimals(min_value="0.01", max_value="1000", places=2)
_units = st.decimals(min_value="0.001", max_value="100", places=3)
_small = st.decimals(min_value="0", max_value="5", places=2)


@st.composite
def ledgers(
    draw: st.DrawFn,
    *,
    days: int = 40,
    types: Sequence[str] = ledger.TYPES,
    symbols: Sequence[str] = ("ACME", "BETA"),
) -> Made:
    """A ledger that never sells what is not held, on days 1 to `days`."""
    made: list[Entry] = []
    held = dict.fromkeys(symbols, Decimal(0))
    moments = sorted(draw(st.lists(st.integers(1, days), min_size=1, max_size=14)))
    for on in moments:
        symbol = draw(st.sampled_from(symbols))
        kind = draw(st.sampled_from(types))
        one = _one(draw, kind, on, symbol, held)
        if one is not None:
            made.append(one)
    first = entry(ledger.BUY, 1, "10", "20", symbol=symbols[0], hour=0)
    lines = {
        ("stock", symbol): line([draw(_amounts) for _ in range(days + 1)]) for symbol in symbols
    }
    return Made([first, *made], lines, days)


def _one(
    draw: st.DrawFn, kind: str, on: int, symbol: str, held: dict[str, Decimal]
) -> Entry | None:
    hour = 12
    if kind in ledger.COMING_IN:
        units = draw(_units)
        held[symbol] += units
        return entry(kind, on, units, draw(_amounts), fee=draw(_small), symbol=symbol, hour=hour)
    if kind in ledger.GOING_OUT:
        share = Decimal(draw(st.sampled_from(["0.1", "0.5", "1"])))
        units = (held[symbol] * share).quantize(Decimal("1e-18"))
        if not units:
            return None
        held[symbol] -= units
        return entry(kind, on, units, draw(_amounts), fee=draw(_small), symbol=symbol, hour=hour)
    if kind == ledger.SPLIT:
        ratio = Decimal(draw(st.sampled_from(["2", "3", "0.5"])))
        held[symbol] *= ratio
        return entry(kind, on, ratio, symbol=symbol, hour=hour)
    return entry(kind, on, "1", draw(_small), fee=draw(_small), symbol=symbol, hour=hour)
