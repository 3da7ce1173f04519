"""After any sequence of changes through the service, is every asset just what its stored transactions come to?

The real service on the local AWS. What it refuses, it must refuse rightly; what it takes must be there.
"""

from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import ids, money
from app.portfolio import service
from app.portfolio.models import Asset
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots
from app.portfolio.rules.entries import Entry
from tests.portfolio.ledger import START, add_many, assert_adds_up, change, new_row, remove, write

pytestmark = pytest.mark.usefixtures("aws")

AMOUNTS = st.decimals("0.01", "1000", places=8)
HOURS = st.integers(0, 200)
ROWS = st.fixed_dictionaries(
    {
        "type_name": st.sampled_from(ledger.TYPES),
        "symbol": st.sampled_from(["BTC", "ETH"]),
        "quantity": AMOUNTS,
        "price": AMOUNTS,
        "hour": HOURS,
    }
)
PLACES = st.integers(0, 30)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), ROWS),
        st.tuples(st.just("add_many"), st.lists(ROWS, min_size=1, max_size=6)),
        st.tuples(st.just("change"), st.tuples(PLACES, AMOUNTS, HOURS)),
        st.tuples(st.just("remove"), PLACES),
    ),
    min_size=1,
    max_size=14,
)


def facts(row: dict[str, Any]) -> tuple[str, Decimal, Decimal, dict[str, Any]]:
    type_name, quantity, price = row["type_name"], row["quantity"], row["price"]
    if type_name in ledger.CASH_ONLY:
        quantity = Decimal(1)
    if type_name in {ledger.SPLIT, ledger.TRANSFER_OUT}:
        price = Decimal(0)
    when = START.astimezone(UTC) + timedelta(hours=row["hour"])
    return type_name, quantity, price, {"symbol": row["symbol"], "executed_at": when}


class Told:
    """What somebody told the ledger, and what they may expect of it."""

    def __init__(self) -> None:
        self.user_id = ids.new_id()
        self.entries: dict[str, Entry] = {}

    def take(self, step: str, what: Any) -> None:
        before = dict(self.entries)
        try:
            getattr(self, step)(what)
        except (service.Oversold, service.HoldingTooLarge):
            assert self.stored() == before
        assert_adds_up(self.user_id)
        assert self.stored() == self.entries

    def stored(self) -> dict[str, Entry]:
        return {row.transaction_id: row for row in service.entries_of(user_id=self.user_id)}

    def add(self, row: dict[str, Any]) -> None:
        type_name, quantity, price, rest = facts(row)
        written = write(type_name, quantity, price, user_id=self.user_id, **rest)
        self.entries[written.transaction_id] = written.entry()

    def add_many(self, rows: list[dict[str, Any]]) -> None:
        import_id = ids.new_id()
        for symbol in ("BTC", "ETH"):
            some = []
            for row in rows:
                if row["symbol"] == symbol:
                    type_name, quantity, price, rest = facts(row)
                    some.append(
                        new_row(type_name, quantity, price, fingerprint=ids.new_id(), **rest)
                    )
            outcomes = add_many(some, user_id=self.user_id, import_id=import_id)
            stored = self.stored()
            for outcome in outcomes:
                if outcome.transaction_id is not None:
                    self.entries[outcome.transaction_id] = stored[outcome.transaction_id]

    def change(self, what: tuple[int, Decimal, int]) -> None:
        place, amount, hour = what
        entry = self.at(place)
        if entry is not None:
            changed = change(
                entry.transaction_id,
                user_id=self.user_id,
                quantity=amount,
                executed_at=START + timedelta(hours=hour),
            )
            self.entries[entry.transaction_id] = changed.entry()

    def remove(self, place: int) -> None:
        entry = self.at(place)
        if entry is not None:
            remove(entry.transaction_id, user_id=self.user_id)
            del self.entries[entry.transaction_id]

    def at(self, place: int) -> Entry | None:
        entries = list(self.entries.values())
        return entries[place % len(entries)] if entries else None


def assert_conserved(told: Told) -> None:
    """What came in is what is held and what went out, in units and in money, to the last digit."""
    entries = list(told.entries.values())
    book = lots.follow(entries, method=lots.FIFO)
    for asset in Asset.owned_by(told.user_id):
        own = [entry for entry in entries if entry.asset_id == asset.asset_id]
        came_in = money.total(
            money.multiply(entry.quantity, entry.price)
            for entry in own
            if entry.type in ledger.COMING_IN
        )
        sold = [part for part in book.disposals if part.asset_id == asset.asset_id]
        moved = [part.cost for part in book.transfers if part.asset_id == asset.asset_id]
        gone = [*(part.cost for part in sold), *moved]
        if asset.quantity:
            assert money.total([asset.cost, *gone]) == came_in
        received = money.total(
            money.multiply(entry.quantity, entry.price)
            for entry in own
            if entry.type == ledger.SELL
        )
        assert money.total(part.proceeds for part in sold) == received
        if not any(entry.type == ledger.SPLIT for entry in own):
            units = {
                kind: money.total(entry.quantity for entry in own if entry.type in kind)
                for kind in (ledger.COMING_IN, ledger.GOING_OUT)
            }
            assert asset.quantity == units[ledger.COMING_IN] - units[ledger.GOING_OUT]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_assets_are_what_their_transactions_come_to_and_nothing_is_lost(
    steps: list[tuple[str, Any]],
) -> None:
    told = Told()
    for step, what in steps:
        told.take(step, what)
    assert_conserved(told)
