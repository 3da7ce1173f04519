"""Ledgers for the tests of lots and gains: one written entry after another, and random ones that oversell nothing."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import strategies as st

from app.core import dynamo, money
from app.portfolio.models import Transaction
from app.portfolio.rules import entries as ledger
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.lots import FINEST, split_ratio
from app.portfolio.rules.new_entries import NewEntry

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_GIVEN_BY_THE_LEDGER = frozenset({"transaction_id", "asset_id"})


def entry(
    type: str,  # noqa: A002 - the field's name
    quantity: str | Decimal | int = 1,
    price: str | Decimal | int = 0,
    *,
    at: datetime | str | int = 0,
    fee: str | Decimal | int = 0,
    id: str | None = None,  # noqa: A002 - the field's name
    asset_id: str | None = "a1",
    symbol: str | None = "ACME",
    asset_type: str | None = "stock",
    currency: str = "USD",
) -> Entry:
    """One entry; `at` is a moment, a day in ISO 8601, or a number of days after 1 January 2020."""
    if isinstance(at, int):
        at = BEGIN + timedelta(days=at)
    elif isinstance(at, str):
        at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Entry(
        transaction_id=id or f"{at.isoformat()} {type}",
        asset_id=asset_id,
        type=type,
        asset_type=asset_type,
        symbol=symbol,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        currency=currency,
        executed_at=at,
    )


def of_no_asset(type: str, amount: str | int, *, at: str, **fields: Any) -> Entry:  # noqa: A002 - the field's name
    """Interest or a fee of the account's."""
    return entry(type, 1, amount, at=at, asset_id=None, symbol=None, asset_type=None, **fields)


def stored(user_id: str, entries: Iterable[Entry]) -> None:
    """Put entries into a user's ledger as they are, without assets."""
    for each in entries:
        row = NewEntry(
            **{
                name: value
                for name, value in vars(each).items()
                if name not in _GIVEN_BY_THE_LEDGER
            },
            external_id=each.transaction_id,
        )
        written = Transaction.written_down(
            user_id=user_id, asset_id=each.asset_id, row=row, now=each.executed_at
        )
        dynamo.commit(written.added())


def amounts(*, places: int, most: int) -> Any:
    """Amounts from 0 on with so many decimals."""
    return st.integers(0, most * 10**places).map(lambda units: Decimal(units).scaleb(-places))


@st.composite
def ledgers(
    draw: st.DrawFn, *, places: int = 18, ratios: tuple[str, ...] = ("2", "0.1", "0.333333333")
) -> list[Entry]:
    """A ledger of one asset, 40 days between entries, whose sales and transfers are of what is held."""
    written: list[Entry] = []
    held = money.ZERO
    finest = Decimal(1).scaleb(-places)
    for number in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from(ledger.TYPES))
        if kind in ledger.GOING_OUT and not held:
            continue
        quantity, price = Decimal(1), draw(amounts(places=places, most=500))
        with localcontext(money.ROUNDING):
            if kind in ledger.GOING_OUT:
                part = (held * draw(st.integers(1, 10)) / 10).quantize(finest)
                quantity = min(held, max(finest, part))
                held -= quantity
            elif kind in ledger.COMING_IN:
                quantity = max(finest, draw(amounts(places=places, most=50)))
                held += quantity
            elif kind == ledger.SPLIT:
                quantity = Decimal(draw(st.sampled_from(ratios)))
                ratio = split_ratio(quantity)
                exact = held * ratio.numerator / ratio.denominator
                held = max(FINEST, exact.quantize(FINEST)) if held else held
        if kind in {ledger.SPLIT, ledger.TRANSFER_OUT}:
            price = money.ZERO
        fee = draw(amounts(places=min(places, 2), most=20))
        written.append(entry(kind, quantity, price, at=number * 40, fee=fee, id=f"{number:03}"))
    return written
