"""Does the ledger take what happened, in whatever order it is told, and refuse what can't have?"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core import errors
from app.portfolio import service
from app.portfolio.models import Asset, Profile
from app.portfolio.service import transactions
from app.prices import service as prices
from app.prices.models import TrackedSymbol
from tests.portfolio.ledger import (
    LATER,
    add_asset,
    amounts,
    assert_adds_up,
    at,
    change,
    held,
    remove,
    the_asset,
    write,
    write_if_new,
)
from tests.portfolio.market import NOON

pytestmark = pytest.mark.usefixtures("aws")


class TestPosition:
    def test_is_made_by_its_first_transaction_and_moved_by_the_next(self) -> None:
        write("buy", 10, 100, fee=Decimal(5))
        write("buy", 10, 200, executed_at=at(10))
        write("sell", 15, 300, executed_at=at(20))
        asset = the_asset()
        assert (asset.quantity, asset.cost, asset.purchase_price) == amounts(5, 1000, 200)
        assert asset.purchase_date == date(2024, 1, 11)
        assert asset.opening_id is None
        assert_adds_up()

    def test_is_one_for_each_symbol_type_and_currency(self) -> None:
        write("buy", 1, 10)
        write("buy", 1, 10, currency="USD")
        write("buy", 1, 10, currency="EUR")
        write("buy", 1, 10, symbol="ETH")
        write("buy", 1, 10, asset_type="stock", symbol="AAPL")
        write("buy", 1, 10, user_id="bob")
        assert sorted(asset.quantity for asset in Asset.owned_by("ann")) == [1, 1, 1, 2]

    def test_is_no_asset_that_was_added_by_hand(self) -> None:
        own = add_asset()
        write("buy", 1, 10)
        assert len(list(Asset.owned_by("ann"))) == 2
        assert held(own.asset_id) == 2

    def test_is_kept_priced_while_something_is_held(self) -> None:
        write("dividend", 1, 10)
        assert TrackedSymbol.symbols_of("crypto", now=NOON) == []
        write("buy", 1, 10)
        assert TrackedSymbol.symbols_of("crypto", now=NOON) == ["BTC"]

    def test_is_of_no_symbol_that_the_market_does_not_know(self) -> None:
        with pytest.raises(prices.UnknownSymbol):
            write("buy", 1, 10, symbol="NOSUCH")
        assert service.entries_of(user_id="ann") == []
        assert Profile.of("ann") is None

    def test_is_left_out_once_closed_but_still_shown_by_its_id(self, quoted: Any) -> None:
        quoted("crypto", "BTC", "500")
        write("buy", 1, 10)
        write("sell", 1, 20, executed_at=at(1))
        asset_id = the_asset().asset_id
        assert service.list_assets(
            user_id="ann", limit=50, cursor=None, now=NOON, stale_after_seconds=900
        ) == ([], None)
        found = service.get_asset(
            user_id="ann", asset_id=asset_id, now=NOON, stale_after_seconds=900
        )
        assert found.quantity == found.current_value == 0

    def test_is_gone_with_its_last_transaction(self) -> None:
        only = write("buy", 1, 10)
        remove(only.transaction_id)
        assert list(Asset.owned_by("ann")) == []
        assert_adds_up()
        assert write("buy", 1, 10).asset_id == only.asset_id
        assert_adds_up()


class TestNamedAsset:
    def test_is_what_a_transaction_moves(self) -> None:
        own = add_asset()
        sold = write(
            "sell", 1, 500, asset_id=own.asset_id, asset_type=None, symbol=None, executed_at=at(30)
        )
        assert (sold.asset_type, sold.symbol, sold.currency) == ("crypto", "BTC", "USD")
        assert held(own.asset_id) == 1
        assert_adds_up()

    @pytest.mark.parametrize(
        "other", [{"symbol": "ETH"}, {"asset_type": "stock"}, {"currency": "EUR"}]
    )
    def test_must_be_what_the_transaction_says(self, other: dict[str, Any]) -> None:
        own = add_asset()
        with pytest.raises(transactions.AssetMismatch) as refused:
            write("buy", 1, 10, asset_id=own.asset_id, **other)
        assert refused.value.details["symbol"] == "BTC"

    def test_must_be_the_users(self) -> None:
        own = add_asset()
        with pytest.raises(service.UnknownAsset):
            write("buy", 1, 10, asset_id=own.asset_id, user_id="bob")


class TestOversold:
    def test_names_what_was_held_and_who_else_holds_some(self) -> None:
        own = add_asset()
        write("buy", 1, 10)
        with pytest.raises(service.Oversold) as refused:
            write("sell", "1.5", 20, executed_at=at(1))
        assert "Short positions are not supported" in refused.value.text
        details = refused.value.details
        assert (details["symbol"], details["held"], details["wanted"]) == ("BTC", "1", "1.5")
        assert details["at"] == "2024-01-02T00:00:00+00:00"
        assert details["others"] == [{"asset_id": own.asset_id, "held": "2"}]
        assert_adds_up()

    @pytest.mark.parametrize("type_name", ["sell", "transfer_out"])
    def test_is_refused_at_the_moment_it_happened(self, type_name: str) -> None:
        write("buy", 5, 10, executed_at=at(10))
        with pytest.raises(service.Oversold):
            write(type_name, 1, executed_at=at(9))
        write(type_name, 1, executed_at=at(11))
        assert the_asset().quantity == 4

    def test_is_refused_where_a_later_sale_needs_the_units(self) -> None:
        write("buy", 5, 10)
        later = write("sell", 4, 20, executed_at=at(20))
        with pytest.raises(service.Oversold) as refused:
            write("sell", 2, 20, executed_at=at(10))
        assert refused.value.details["transaction_id"] == later.transaction_id
        assert the_asset().quantity == 1

    def test_is_refused_for_what_was_never_held(self) -> None:
        with pytest.raises(service.Oversold):
            write("sell", 1, 20)
        assert list(Asset.owned_by("ann")) == []

    def test_may_be_bought_and_sold_at_one_moment(self) -> None:
        write("buy", 5, 10)
        write("sell", 5, 20)
        assert the_asset().quantity == 0


class TestChange:
    def test_computes_everything_after_it_anew(self) -> None:
        first = write("buy", 10, 100)
        write("buy", 10, 200, executed_at=at(10))
        write("sell", 5, 300, executed_at=at(20))
        changed = change(first.transaction_id, price=Decimal(50), fee=Decimal(10))
        assert (changed.price, changed.created_at, changed.updated_at) == (Decimal(50), NOON, LATER)
        assert the_asset().cost == 255 + 2000
        change(first.transaction_id, executed_at=at(15))
        assert the_asset().cost == 1000 + 510
        assert the_asset().purchase_date == date(2024, 1, 11)
        assert_adds_up()

    def test_refuses_what_makes_a_later_sale_too_much(self) -> None:
        first = write("buy", 10, 100)
        write("sell", 8, 300, executed_at=at(20))
        for changes in ({"quantity": Decimal(7)}, {"executed_at": at(21)}):
            with pytest.raises(service.Oversold):
                change(first.transaction_id, **changes)
        assert (
            transactions.get_transaction(
                user_id="ann", transaction_id=first.transaction_id
            ).updated_at
            == NOON
        )
        assert_adds_up()

    def test_refuses_amounts_that_its_type_has_not(self) -> None:
        write("buy", 1, 10)
        split = write("split", 4, executed_at=at(1))
        with pytest.raises(errors.Unprocessable) as refused:
            change(split.transaction_id, price=Decimal(1))
        assert list(refused.value.details["json"]) == ["price"]

    def test_writes_nothing_where_nothing_is_named(self) -> None:
        first = write("buy", 10, 100)
        assert change(first.transaction_id).updated_at == NOON

    def test_refuses_the_future(self) -> None:
        first = write("buy", 10, 100)
        with pytest.raises(transactions.ExecutedInTheFuture):
            change(first.transaction_id, executed_at=NOON + timedelta(days=2))

    def test_refuses_another_users(self) -> None:
        first = write("buy", 10, 100)
        with pytest.raises(transactions.UnknownTransaction):
            change(first.transaction_id, user_id="bob", quantity=Decimal(1))


class TestRemove:
    def test_is_as_if_it_had_never_been(self) -> None:
        write("buy", 10, 100)
        second = write("buy", 10, 200, executed_at=at(10))
        remove(second.transaction_id)
        assert (the_asset().quantity, the_asset().cost) == amounts(10, 1000)
        with pytest.raises(transactions.UnknownTransaction):
            remove(second.transaction_id)
        assert_adds_up()

    def test_refuses_the_purchase_of_what_was_sold(self) -> None:
        first = write("buy", 10, 100)
        write("sell", 1, 100, executed_at=at(1))
        with pytest.raises(service.Oversold):
            remove(first.transaction_id)
        assert_adds_up()

    def test_refuses_another_users(self) -> None:
        first = write("buy", 10, 100)
        with pytest.raises(transactions.UnknownTransaction):
            remove(first.transaction_id, user_id="bob")


class TestExternalId:
    def test_counts_once(self) -> None:
        first, is_new = write_if_new("buy", 1, 10, external_id="x1")
        again, is_new_again = write_if_new("buy", 1, 10, external_id="x1", now=LATER)
        assert (is_new, is_new_again) == (True, False)
        assert (again.transaction_id, again.updated_at) == (first.transaction_id, NOON)
        assert the_asset().quantity == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"price": Decimal(11)},
            {"executed_at": at(1)},
            {"symbol": "ETH"},
            {"currency": "EUR"},
            {"fee": Decimal(1)},
        ],
    )
    def test_is_no_other_transactions(self, other: dict[str, Any]) -> None:
        first = write("buy", 1, 10, external_id="x1")
        again: dict[str, Any] = {"price": 10, "external_id": "x1"} | other
        with pytest.raises(transactions.TransactionConflict) as refused:
            write("buy", 1, **again)
        assert refused.value.details["transaction_id"] == first.transaction_id
        assert_adds_up()

    def test_is_each_users_own_and_free_again_after_a_removal(self) -> None:
        first = write("buy", 1, 10, external_id="x1")
        write("buy", 2, 10, external_id="x1", user_id="bob")
        remove(first.transaction_id)
        assert write_if_new("buy", 3, 10, external_id="x1")[1]
        assert the_asset().quantity == 3


class TestWithoutAsset:
    def test_moves_nothing_but_is_counted(self) -> None:
        paid = write("fee", 1, 9, asset_type=None, symbol=None)
        write("interest", 1, 3, asset_type=None, symbol=None, currency="EUR")
        assert paid.asset_id is None
        assert list(Asset.owned_by("ann")) == []
        assert_adds_up()
        change(paid.transaction_id, price=Decimal(8), executed_at=at(4))
        (entry,) = (each for each in service.entries_of(user_id="ann") if each.type == "fee")
        assert (entry.price, entry.executed_at) == (8, at(4))
        remove(paid.transaction_id)
        assert_adds_up()
        assert len(service.entries_of(user_id="ann")) == 1


class TestCash:
    def test_is_told_of_each_unit_or_in_one_sum(self) -> None:
        write("buy", 10, 100)
        write("dividend", 10, "0.25", executed_at=at(1))
        write("dividend", 1, "2.5", executed_at=at(2))
        received = [
            (entry.quantity, entry.price)
            for entry in service.entries_of(user_id="ann")
            if entry.type == "dividend"
        ]
        assert received == [amounts(1, "2.5")] * 2
        assert the_asset().quantity == 10


class TestSplit:
    def test_makes_units_of_units(self) -> None:
        write("buy", 10, 100)
        write("split", 4, executed_at=at(5))
        assert (the_asset().quantity, the_asset().purchase_price) == amounts(40, 25)
        with pytest.raises(service.Oversold):
            write("sell", 11, 30, executed_at=at(4))
        write("sell", 40, 30, executed_at=at(6))
        assert the_asset().quantity == 0

    def test_is_refused_where_numbers_grow_too_long(self) -> None:
        write("buy", 10**17, 100)
        with pytest.raises(service.HoldingTooLarge):
            write("split", 100, executed_at=at(5))
        assert the_asset().quantity == 10**17
