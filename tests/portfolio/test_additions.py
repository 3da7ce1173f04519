"""Are many rows written down at once just as they would be one by one, and those that can't be named?"""

from decimal import Decimal

import pytest

from app.core import dynamo
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.service import additions, ledger
from app.prices.models import TrackedSymbol
from tests.portfolio.ledger import (
    LATER,
    add_many,
    assert_adds_up,
    at,
    change,
    new_row,
    the_asset,
    write,
)
from tests.portfolio.market import NOON

pytestmark = pytest.mark.usefixtures("aws")


def results(outcomes: list[additions.Outcome]) -> list[str]:
    return [outcome.result for outcome in outcomes]


class TestAddMany:
    def test_is_what_writing_one_by_one_comes_to(self) -> None:
        rows = [
            new_row("sell", 1, 30, executed_at=at(500), fingerprint="last"),
            *(
                new_row(
                    "buy",
                    1,
                    number,
                    fee=Decimal(1),
                    executed_at=at(number),
                    fingerprint=f"b{number}",
                )
                for number in range(200)
            ),
            new_row("split", 2, executed_at=at(100), fingerprint="split"),
            new_row("dividend", 1, 9, executed_at=at(101), fingerprint="dividend"),
        ]
        outcomes = add_many(rows)
        assert results(outcomes) == ["imported"] * 203
        asset = the_asset()
        # The split counts before what came in at the same moment.
        assert asset.quantity == 100 * 2 + 100 - 1
        assert asset.transaction_count == 203
        first = Transaction.of("ann", str(outcomes[0].transaction_id))
        assert first is not None
        assert (first.type, first.import_id) == ("sell", "i1")
        assert_adds_up()

    def test_takes_in_a_second_time_nothing(self) -> None:
        rows = [
            new_row("buy", 1, 10, executed_at=at(day), fingerprint=f"f{day}") for day in range(3)
        ]
        first = add_many(rows)
        again = add_many(rows, import_id="i2")
        assert results(again) == ["duplicate"] * 3
        assert [o.transaction_id for o in again] == [o.transaction_id for o in first]
        assert [o.reason for o in again] == [None] * 3
        assert_adds_up()

    def test_keeps_what_the_user_corrected(self) -> None:
        (first,) = add_many([new_row("buy", 1, 10, external_id="x")])
        change(str(first.transaction_id), price=Decimal(11))
        (again,) = add_many([new_row("buy", 1, 10, external_id="x")], import_id="i2")
        assert (again.result, again.reason) == ("duplicate", additions.DIFFERS)
        assert the_asset().cost == 11

    def test_finishes_what_an_earlier_try_began(self) -> None:
        rows = [
            new_row("buy", 1, 10, executed_at=at(day), fingerprint=f"f{day}") for day in range(5)
        ]
        add_many(rows[:2])
        assert results(add_many(rows)) == ["imported"] * 5
        assert the_asset().quantity == 5
        assert_adds_up()

    def test_takes_one_name_once(self) -> None:
        outcomes = add_many([new_row("buy", 1, 10, external_id="x")] * 2)
        assert results(outcomes) == ["imported", "duplicate"]
        assert outcomes[0].transaction_id == outcomes[1].transaction_id
        assert_adds_up()

    def test_knows_a_name_that_stands_with_another_asset(self) -> None:
        stored = write("buy", 1, 10, symbol="ETH", external_id="x")
        outcomes = add_many(
            [new_row("buy", 1, 10, external_id="x"), new_row("buy", 2, 10, external_id="y")]
        )
        assert results(outcomes) == ["duplicate", "imported"]
        assert outcomes[0].transaction_id == stored.transaction_id
        assert outcomes[0].reason == additions.DIFFERS
        assert_adds_up()

    def test_refuses_what_is_oversold_and_keeps_the_rest(self) -> None:
        write("sell", 1, 20, executed_at=at(90), asset_id=write("buy", 5, 10).asset_id)
        rows = [
            new_row("sell", 3, 20, executed_at=at(1), fingerprint="fits"),
            new_row("sell", 3, 20, executed_at=at(2), fingerprint="too much"),
            new_row("buy", 1, 20, executed_at=at(3), fingerprint="more"),
            new_row("sell", 2, 20, executed_at=at(4), fingerprint="of more"),
        ]
        outcomes = add_many(rows)
        assert results(outcomes) == ["imported", "refused", "imported", "imported"]
        assert outcomes[1].reason == additions.OVERSOLD
        assert outcomes[1].transaction_id is None
        assert the_asset().quantity == 0
        assert_adds_up()

    def test_brings_in_first_what_stored_sales_need(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(additions, "ROWS_TOGETHER", 1)
        write("buy", 5, 10)
        write("sell", 5, 20, executed_at=at(90))
        rows = [
            new_row("sell", 3, 20, executed_at=at(1), fingerprint="sold"),
            new_row("buy", 3, 10, executed_at=at(2), fingerprint="bought"),
            new_row("split", "0.5", executed_at=at(95), fingerprint="reverse"),
            new_row("split", 2, executed_at=at(94), fingerprint="split"),
        ]
        assert results(add_many(rows)) == ["imported"] * 4
        assert_adds_up()

    def test_refuses_the_future(self) -> None:
        rows = [new_row("buy", 1, 10, executed_at=NOON.replace(year=2027), fingerprint="f")]
        (outcome,) = add_many(rows)
        assert (outcome.result, outcome.reason) == ("refused", additions.IN_THE_FUTURE)
        assert list(Asset.owned_by("ann")) == []

    def test_refuses_numbers_that_grow_too_long(self) -> None:
        rows = [
            new_row("buy", 10**17, 10, fingerprint="a"),
            new_row("split", 1000, executed_at=at(1), fingerprint="b"),
        ]
        assert results(add_many(rows)) == ["refused"] * 2
        assert list(Asset.owned_by("ann")) == []

    def test_refuses_what_does_not_fit_any_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(additions, "MOST_TRANSACTIONS", 2)
        rows = [
            new_row("buy", 1, 10, executed_at=at(day), fingerprint=f"f{day}") for day in range(3)
        ]
        outcomes = add_many(rows)
        assert results(outcomes) == ["imported", "imported", "refused"]
        assert outcomes[2].reason == ledger.TooManyTransactions.message
        assert_adds_up()

    def test_refuses_more_splits_than_an_asset_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "MOST_SPLITS", 2)
        write("buy", 1, 10)
        write("split", 2, executed_at=at(1))

        found = add_many(
            [
                new_row("split", 3, executed_at=at(2), fingerprint="second"),
                new_row("split", 5, executed_at=at(3), fingerprint="third"),
                new_row("buy", 1, 10, executed_at=at(4), fingerprint="b"),
            ]
        )

        assert results(found) == ["imported", "refused", "imported"]
        assert found[1].reason == ledger.TooManySplits.message
        with pytest.raises(ledger.TooManySplits):
            write("split", 5, executed_at=at(5))
        assert the_asset().quantity == 1 * 2 * 3 + 1
        assert_adds_up()

    def test_writes_down_what_belongs_to_no_asset(self) -> None:
        rows = [
            new_row("fee", 1, 2, asset_type=None, symbol=None, fingerprint=f"f{number}")
            for number in range(120)
        ]
        assert results(add_many(rows)) == ["imported"] * 120
        assert results(add_many(rows, import_id="i2")) == ["duplicate"] * 120
        assert_adds_up()

    def test_keeps_what_is_held_priced(self) -> None:
        add_many([new_row("buy", 1, 10, fingerprint="f")])
        assert TrackedSymbol.symbols_of("crypto", now=NOON) == ["BTC"]

    def test_takes_rows_of_one_asset_at_a_time(self) -> None:
        with pytest.raises(ValueError, match="several assets"):
            add_many([new_row("buy", 1, 10), new_row("buy", 1, 10, symbol="ETH")])
        assert add_many([]) == []

    def test_reads_the_asset_once_however_many_rows_there_are(self) -> None:
        write("buy", 1, 10)
        rows = [
            new_row("buy", 1, 10, executed_at=at(number), fingerprint=f"f{number}")
            for number in range(400)
        ]
        with dynamo.counting() as cost:
            add_many(rows)
        assert cost.operations.count("Query") == 1
        assert cost.operations.count("TransactWriteItems") == 5

    def test_takes_snapshots_back_once(self) -> None:
        write("buy", 1, 10)
        profile = Profile.of("ann")
        assert profile is not None
        dynamo.commit(dynamo.update(profile, [Profile.snapshots_until.set(at(300).date())]))
        rows = [
            new_row("buy", 1, 10, executed_at=at(number), fingerprint=f"f{number}")
            for number in range(10, 210)
        ]
        with dynamo.counting() as cost:
            add_many(rows, now=LATER)
        assert cost.operations.count("TransactWriteItems") == 3
        after = Profile.of("ann")
        assert after is not None
        assert after.snapshots_until == at(9).date()
