"""Does the portfolio do what its owner expects, at the cost that was promised?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.portfolio import service
from app.portfolio.models import Asset, PortfolioRow, Profile
from app.portfolio.service import upkeep
from app.prices import service as prices
from app.prices.models import TrackedSymbol
from tests.portfolio.ledger import write
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

STALE_AFTER = 900

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def add(market: ToldMarket) -> Callable[..., service.ValuedAsset]:
    """Add an asset for a user."""

    def added(user_id: str = "ann", **facts: Any) -> service.ValuedAsset:
        given: dict[str, Any] = {
            "asset_type": "crypto",
            "symbol": "BTC",
            "quantity": Decimal("0.5"),
            "purchase_price": Decimal(40000),
            "purchase_date": date(2024, 1, 15),
            "name": None,
            "currency": "USD",
            "now": NOON,
        } | facts
        return service.add_asset(
            user_id=user_id,
            jobs=WorkingJobs(market, lambda: NOON),
            sleep=lambda _: None,
            wait_seconds=3,
            stale_after_seconds=STALE_AFTER,
            **given,
        )

    return added


def crypto(user_id: str = "ann", now: datetime = NOON) -> service.Portfolio:
    return service.value_assets(
        user_id=user_id, asset_type="crypto", now=now, stale_after_seconds=STALE_AFTER
    )


def summary(user_id: str = "ann", now: datetime = NOON) -> service.Summary:
    return service.summarise(user_id=user_id, now=now, stale_after_seconds=STALE_AFTER)


def shown(asset_id: str, user_id: str = "ann", now: datetime = NOON) -> service.ValuedAsset:
    return service.get_asset(
        user_id=user_id, asset_id=asset_id, now=now, stale_after_seconds=STALE_AFTER
    )


def changed(asset_id: str, user_id: str = "ann", **changes: Any) -> service.ValuedAsset:
    return service.change_asset(
        user_id=user_id,
        asset_id=asset_id,
        changes=changes,
        now=NOON + timedelta(hours=1),
        stale_after_seconds=STALE_AFTER,
    )


def hold(count: int, *, symbols: int) -> None:
    """Give ann `count` crypto assets of `symbols` different symbols, straight into the table."""
    with PortfolioRow.batch_write() as batch:
        for number in range(count):
            batch.save(
                Asset.bought(
                    user_id="ann",
                    asset_id=f"asset-{number:04d}",
                    asset_type="crypto",
                    symbol=f"COIN{number % symbols}",
                    name="x" * 255,
                    currency="USD",
                    quantity=Decimal("1.000000000000000001"),
                    purchase_price=Decimal("0.3"),
                    purchase_date=date(2024, 1, 15),
                    now=NOON,
                )
            )


class TestAddAsset:
    def test_values_it_at_once_when_the_price_is_known(self, add: Any, quoted: Any) -> None:
        quoted("crypto", "BTC", "50000.25")
        asset = add()
        assert asset.current_price == Decimal("50000.25")
        assert asset.current_value == Decimal("25000.125")
        assert asset.gain_loss == Decimal("5000.125")
        assert asset.gain_loss_percentage == Decimal("25.00")
        assert (asset.price_as_of, asset.stale) == (NOON, False)
        assert (asset.created_at, asset.updated_at) == (NOON, NOON)

    def test_is_shown_again_just_as_it_was_answered(self, add: Any) -> None:
        asset = add(quantity=Decimal("1.50"), purchase_price=Decimal("1E+3"))
        assert shown(asset.asset_id) == asset

    def test_refuses_a_symbol_that_the_market_does_not_know(self, add: Any) -> None:
        with pytest.raises(prices.UnknownSymbol):
            add(symbol="NOSUCH")
        assert list(PortfolioRow.belonging_to("ann")) == []

    def test_keeps_its_symbol_fresh_from_now_on(self, add: Any, market: ToldMarket) -> None:
        asset = add()
        later = NOON + timedelta(days=20)
        market.tell("crypto", "BTC", "60000", at=later)
        prices.refresh_quotes(market=market, now=later)
        assert shown(asset.asset_id, now=later).current_price == Decimal(60000)

    def test_accepts_without_a_price_when_the_market_cannot_be_asked(
        self, add: Any, market: ToldMarket
    ) -> None:
        market.down = True
        asset = add()
        assert (asset.current_price, asset.current_value, asset.stale) == (None, None, True)

    def test_refuses_a_purchase_to_come(self, add: Any) -> None:
        with pytest.raises(service.PurchaseInTheFuture):
            add(purchase_date=date(2026, 3, 4))
        assert add(purchase_date=date(2026, 3, 3)).purchase_date == date(2026, 3, 3)

    def test_makes_an_asset_of_its_own_each_time(self, add: Any) -> None:
        assert add().asset_id != add().asset_id
        assert len(crypto().assets) == 2

    def test_opens_the_profile_with_the_first(self, add: Any) -> None:
        assert Profile.of("ann") is None
        add()
        opened = Profile.of("ann")
        add(now=NOON + timedelta(days=1))
        again = Profile.of("ann")
        assert opened is not None
        assert again is not None
        assert (opened.base_currency, opened.created_at) == ("USD", NOON)
        assert again.created_at == NOON

    def test_opens_one_profile_for_many_at_once(self, add: Any) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: add(), range(8)))
        rows = list(PortfolioRow.belonging_to("ann"))
        assert len([row for row in rows if row.sk == "PROFILE"]) == 1
        assert len([row for row in rows if row.sk != "PROFILE"]) == 8


class TestGetAsset:
    def test_refuses_an_unknown_id(self) -> None:
        with pytest.raises(service.UnknownAsset):
            shown("nothing")

    def test_refuses_another_users(self, add: Any) -> None:
        with pytest.raises(service.UnknownAsset):
            shown(add("ann").asset_id, user_id="bob")

    def test_has_no_price_from_another_currency(self, add: Any, quoted: Any) -> None:
        quoted("stock", "0700.HK", "400", currency="HKD")
        asset = shown(add(asset_type="stock", symbol="0700.HK", currency="USD").asset_id)
        assert (asset.current_price, asset.gain_loss, asset.stale) == (None, None, True)

    def test_values_in_its_own_currency(self, add: Any, quoted: Any) -> None:
        quoted("stock", "0700.HK", "400", currency="HKD")
        asset = shown(add(asset_type="stock", symbol="0700.HK", currency="HKD").asset_id)
        assert (asset.current_value, asset.stale) == (Decimal(200), False)


class TestListAssets:
    def test_pages_through_all(self, add: Any) -> None:
        ids = sorted(add().asset_id for _ in range(5))
        seen: list[str] = []
        cursor = None
        while True:
            assets, cursor = service.list_assets(
                user_id="ann", limit=2, cursor=cursor, now=NOON, stale_after_seconds=STALE_AFTER
            )
            seen += [asset.asset_id for asset in assets]
            if cursor is None:
                break
        assert seen == ids


class TestChangeAsset:
    def test_changes_what_is_named(self, add: Any) -> None:
        asset = changed(add().asset_id, quantity=Decimal(3))
        assert (asset.quantity, asset.purchase_price) == (Decimal(3), Decimal(40000))
        assert asset.updated_at == NOON + timedelta(hours=1)
        assert shown(asset.asset_id, now=asset.updated_at) == asset

    def test_leaves_it_alone_when_nothing_is_named(self, add: Any) -> None:
        asset = add()
        assert changed(asset.asset_id).updated_at == asset.updated_at

    def test_refuses_a_purchase_to_come(self, add: Any) -> None:
        with pytest.raises(service.PurchaseInTheFuture):
            changed(add().asset_id, purchase_date=date(2030, 1, 1))

    @pytest.mark.parametrize("changes", [{}, {"quantity": Decimal(1)}])
    def test_refuses_another_users(self, add: Any, changes: dict[str, Any]) -> None:
        with pytest.raises(service.UnknownAsset):
            changed(add("ann").asset_id, user_id="bob", **changes)


class TestRemoveAsset:
    def test_lets_one_of_two_succeed(self, add: Any) -> None:
        asset_id = add().asset_id

        def remove(_: int) -> str:
            try:
                service.remove_asset(user_id="ann", asset_id=asset_id, now=NOON)
            except service.UnknownAsset:
                return "gone already"
            return "removed"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(remove, range(2))) == ["gone already", "removed"]

    def test_refuses_another_users(self, add: Any) -> None:
        asset_id = add("ann").asset_id
        with pytest.raises(service.UnknownAsset):
            service.remove_asset(user_id="bob", asset_id=asset_id, now=NOON)
        assert shown(asset_id).asset_id == asset_id


class TestValueAssets:
    def test_is_empty_for_somebody_new(self) -> None:
        portfolio = crypto("nobody")
        assert (portfolio.assets, portfolio.unpriced) == ([], [])
        assert (portfolio.totals.value, portfolio.totals.as_of) == (Decimal(0), None)

    def test_holds_one_type_oldest_first(self, add: Any) -> None:
        second = add(symbol="ETH", now=NOON + timedelta(seconds=1)).asset_id
        first = add(symbol="BTC").asset_id
        add(asset_type="stock", symbol="AAPL")
        add("bob")
        assert [asset.asset_id for asset in crypto().assets] == [first, second]

    def test_totals_what_is_priced_and_names_the_rest(
        self, add: Any, quoted: Any, market: ToldMarket
    ) -> None:
        quoted("crypto", "BTC", "50000")
        quoted("crypto", "ETH", "3000")
        market.down = True
        add(symbol="BTC", quantity=Decimal("0.5"), purchase_price=Decimal(40000))
        unheard = add(symbol="NEWCOIN", purchase_price=Decimal(10), now=NOON + timedelta(seconds=1))
        euros = add(symbol="ETH", currency="EUR", now=NOON + timedelta(seconds=2))
        portfolio = crypto()
        assert portfolio.totals.value == Decimal(25000)
        assert portfolio.totals.invested == Decimal(20000)
        assert portfolio.totals.gain_loss == Decimal(5000)
        assert portfolio.totals.gain_loss_percentage == Decimal("25.00")
        assert portfolio.unpriced == [
            service.Unpriced(asset_id=unheard.asset_id, symbol="NEWCOIN", reason="no_price"),
            service.Unpriced(asset_id=euros.asset_id, symbol="ETH", reason="no_exchange_rate"),
        ]

    def test_tells_how_old_its_prices_are(self, add: Any, quoted: Any) -> None:
        quoted("crypto", "ETH", "3000", at=NOON - timedelta(hours=1))
        quoted("crypto", "BTC", "50000")
        add(symbol="BTC")
        assert crypto().totals.stale is False
        add(symbol="ETH")
        assert crypto().totals.stale is True
        assert crypto().totals.as_of == NOON - timedelta(hours=1)

    @pytest.mark.parametrize(
        ("assets", "symbols", "most_requests"),
        [(10, 10, 2), (100, 100, 2), (1000, 3, 2), (1000, 100, 2), (1000, 1000, 11)],
    )
    def test_costs_one_query_and_a_read_for_every_hundred_symbols(
        self, assets: int, symbols: int, most_requests: int
    ) -> None:
        hold(assets, symbols=symbols)
        for ask in (crypto, summary):
            with dynamo.counting() as cost:
                ask()
            assert cost.requests <= most_requests
            assert cost.operations[0] == "Query"
            assert set(cost.operations[1:]) == {"BatchGetItem"}

    def test_sums_a_thousand_exactly(self, quoted: Any) -> None:
        quoted("crypto", "COIN0", "0.1")
        hold(1000, symbols=1)
        totals = crypto().totals
        assert totals.value == Decimal("100.0000000000000001")
        assert totals.invested == Decimal("300.0000000000000003")
        assert totals.gain_loss_percentage == Decimal("-66.67")


class TestSummarise:
    def test_counts_every_asset_and_sums_those_that_are_priced(
        self, add: Any, quoted: Any, market: ToldMarket
    ) -> None:
        quoted("crypto", "BTC", "50000")
        quoted("stock", "AAPL", "200.5")
        market.down = True
        add(symbol="BTC")
        add(symbol="NEWCOIN")
        add(
            asset_type="stock",
            symbol="AAPL",
            quantity=Decimal(2),
            purchase_price=Decimal(100),
        )
        found = summary()
        assert (found.crypto_count, found.stock_count, found.total_assets) == (2, 1, 3)
        assert (found.crypto_value, found.stock_value) == (Decimal(25000), Decimal(401))
        assert found.totals.value == Decimal(25401)
        assert found.totals.invested == Decimal(20200)
        assert [each.symbol for each in found.unpriced] == ["NEWCOIN"]


class TestExportOwnedBy:
    def test_tells_all_that_the_user_wrote(self, add: Any) -> None:
        asset = add(name="Savings")
        add("bob")
        found = upkeep.export_owned_by(user_id="ann")
        assert found["profile"][0]["base_currency"] == "USD"
        assert found["assets"] == [
            {
                "asset_id": asset.asset_id,
                "asset_type": "crypto",
                "symbol": "BTC",
                "name": "Savings",
                "currency": "USD",
                "quantity": Decimal("0.5"),
                "purchase_price": Decimal(40000),
                "purchase_date": date(2024, 1, 15),
                "created_at": NOON,
                "updated_at": NOON,
            }
        ]
        (opening,) = found["transactions"]
        assert opening | {"transaction_id": "t"} == {
            "transaction_id": "t",
            "asset_id": asset.asset_id,
            "type": "buy",
            "asset_type": "crypto",
            "symbol": "BTC",
            "quantity": Decimal("0.5"),
            "price": Decimal(40000),
            "fee": Decimal(0),
            "currency": "USD",
            "executed_at": datetime(2024, 1, 15, tzinfo=UTC),
            "external_id": None,
            "import_id": None,
            "created_at": NOON,
            "updated_at": NOON,
        }

    def test_is_empty_for_somebody_new(self) -> None:
        found = upkeep.export_owned_by(user_id="nobody")
        assert found.keys() >= {"profile", "assets", "transactions"}
        assert not any(found.values())


class TestEraseOwnedBy:
    def test_leaves_nothing_of_the_user_and_all_of_others(self, add: Any) -> None:
        hold(250, symbols=3)
        add("ann")
        add("bob")
        upkeep.erase_owned_by(user_id="ann")
        assert list(PortfolioRow.belonging_to("ann")) == []
        assert service.entries_of(user_id="ann") == []
        assert len(list(PortfolioRow.belonging_to("bob"))) == 2
        assert len(service.entries_of(user_id="bob")) == 1

    def test_can_be_run_again(self, add: Any) -> None:
        add("ann")
        upkeep.erase_owned_by(user_id="ann")
        upkeep.erase_owned_by(user_id="ann")
        assert list(PortfolioRow.belonging_to("ann")) == []


class TestTrackHoldings:
    def test_keeps_each_held_symbol_on_the_refresh_list(
        self, add: Callable[..., service.ValuedAsset]
    ) -> None:
        add("ann")
        add("bob")
        add("bob", asset_type="stock", symbol="AAPL")
        write("buy", 1, 10, user_id="carl", symbol="ETH", executed_at=NOON)
        write("sell", 1, 10, user_id="carl", symbol="ETH", executed_at=NOON)

        assert upkeep.track_holdings(now=NOON + timedelta(days=29)) == 3  # two, and dollars
        after_the_first_month = NOON + timedelta(days=40)
        assert TrackedSymbol.symbols_of("crypto", now=after_the_first_month) == ["BTC"]
        assert TrackedSymbol.symbols_of("stock", now=after_the_first_month) == ["AAPL"]
