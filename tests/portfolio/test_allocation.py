"""Is it told honestly how a portfolio is spread, and warned of what much depends on?"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import dynamo
from app.portfolio.models import Asset, Profile
from app.portfolio.rules import allocation
from app.portfolio.service import allocation as service
from tests.portfolio.market import NOON

STALE_AFTER = 900


def position(symbol: str, value: str | int, **facts: Any) -> allocation.Position:
    return allocation.Position(
        **{
            "asset_id": symbol.lower(),
            "asset_type": "stock",
            "symbol": symbol,
            "name": None,
            "currency": "USD",
            "value": Decimal(value),
            **facts,
        }
    )


def codes(*positions: allocation.Position, base_currency: str = "USD") -> list[str]:
    found = allocation.shares(positions, base_currency=base_currency)
    return [warning.code for warning in found.warnings]


class TestPercentages:
    def test_are_100_together(self) -> None:
        assert allocation.percentages([Decimal(1)] * 3) == [
            Decimal("33.34"),
            Decimal("33.33"),
            Decimal("33.33"),
        ]

    def test_give_what_is_missing_to_those_that_lost_most(self) -> None:
        # 16.6666..., 33.3333..., 50: rounded down 99.99 in all, and the first lost most.
        assert allocation.percentages([Decimal(1), Decimal(2), Decimal(3)]) == [
            Decimal("16.67"),
            Decimal("33.33"),
            Decimal("50.00"),
        ]

    def test_of_nothing_are_0(self) -> None:
        assert allocation.percentages([]) == []
        assert allocation.percentages([Decimal(0), Decimal(0)]) == [0, 0]

    @given(st.lists(st.decimals(min_value=0, max_value=10**18, places=18), min_size=1, max_size=40))
    def test_never_lie_by_a_hundredth_or_more(self, values: list[Decimal]) -> None:
        found = allocation.percentages(values)

        whole = sum(values)
        assert sum(found) == (100 if whole else 0)
        assert all(each >= 0 for each in found)
        for value, percentage in zip(values, found, strict=True):
            exact = value / whole * 100 if whole else Decimal(0)
            assert abs(percentage - exact) < Decimal("0.010000001")


class TestShares:
    def test_stand_by_asset_type_and_currency_the_largest_first(self) -> None:
        found = allocation.shares(
            [
                position("SAP.DE", 10, currency="EUR"),
                position("ACME", 20),
                position("BTC", 30, asset_type="crypto"),
                position("ACME", 40, asset_id="second"),
            ],
            base_currency="USD",
        )

        assert [(each.asset_id, each.percentage) for each in found.by_asset] == [
            ("second", 40),
            ("btc", 30),
            ("acme", 20),
            ("sap.de", 10),
        ]
        assert [(each.asset_type, each.value, each.percentage) for each in found.by_type] == [
            ("stock", 70, 70),
            ("crypto", 30, 30),
        ]
        assert [(each.currency, each.value, each.percentage) for each in found.by_currency] == [
            ("USD", 90, 90),
            ("EUR", 10, 10),
        ]


class TestWarnings:
    def test_name_a_symbol_that_is_over_a_quarter(self) -> None:
        even = [position(name, 25) for name in ("A", "B", "C", "D")]
        assert codes(*even) == []

        found = allocation.shares([*even, position("A", 1, asset_id="second")], base_currency="USD")

        (warning,) = found.warnings
        assert (warning.code, warning.percentage) == ("symbol_concentration", Decimal("25.74"))
        assert warning.message.startswith("A is 25.74 % of what you hold.")

    def test_take_a_stock_and_a_coin_of_one_name_for_two(self) -> None:
        assert (
            codes(
                position("A", 20),
                position("A", 20, asset_type="crypto", asset_id="coin"),
                *(position(name, 20) for name in "BCD"),
            )
            == []
        )

    def test_tell_of_crypto_over_a_half(self) -> None:
        coins = [position(name, 20, asset_type="crypto") for name in ("BTC", "ETH", "SOL")]
        stocks = [position(name, 20) for name in ("A", "B")]
        assert codes(*coins, *stocks) == ["crypto_concentration"]
        assert codes(*coins, *stocks, position("C", 20)) == []

    def test_tell_of_foreign_currencies_over_a_half(self) -> None:
        abroad = [position(name, 20, currency="EUR") for name in "ABC"]
        home = [position(name, 20) for name in "DE"]
        assert codes(*abroad, *home) == ["foreign_currency_concentration"]
        assert codes(*abroad, *home, base_currency="EUR") == []

    def test_are_none_of_nothing(self) -> None:
        assert codes() == []
        assert codes(position("A", 0)) == []


def hold(symbol: str, *, asset_type: str = "stock", currency: str = "USD", **facts: Any) -> None:
    asset = Asset.bought(
        **{
            "user_id": "ann",
            "asset_id": symbol.lower(),
            "asset_type": asset_type,
            "symbol": symbol,
            "name": None,
            "currency": currency,
            "quantity": Decimal(1),
            "purchase_price": Decimal(10),
            "purchase_date": NOON.date(),
            "now": NOON,
            **facts,
        }
    )
    dynamo.commit(asset.added())


class TestAllocationOf:
    def told(self) -> service.Allocation:
        return service.allocation_of(user_id="ann", now=NOON, stale_after_seconds=STALE_AFTER)

    def test_is_nothing_of_nothing(self, aws: object) -> None:
        assert aws is not None
        found = self.told()

        assert (found.totals.value, found.shares.by_asset, found.unpriced) == (0, [], [])

    def test_counts_in_the_base_currency_and_names_what_it_can_not(self, quoted: Any) -> None:
        quoted("stock", "AAPL", "200")
        quoted("crypto", "BTC", "60", currency="USD")
        quoted("currency", "EUR", "1.25")
        hold("AAPL")
        hold("BTC", asset_type="crypto", currency="EUR", quantity=Decimal(5))
        hold("NONE")
        hold("GONE", quantity=Decimal(0))
        dynamo.commit(Profile.opened(user_id="ann", base_currency="EUR", now=NOON))

        found = self.told()

        assert (found.currency, found.totals.value) == ("EUR", 400)
        assert [(each.symbol, each.value, each.percentage) for each in found.shares.by_asset] == [
            ("BTC", 240, 60),
            ("AAPL", 160, 40),
        ]
        assert [(each.symbol, each.reason) for each in found.unpriced] == [("NONE", "no_price")]
        assert [warning.code for warning in found.shares.warnings] == [
            "symbol_concentration",
            "symbol_concentration",
            "crypto_concentration",
        ]


class TestRoute:
    @pytest.fixture
    def ann(self, clock: Any, sign_up: Any, told_market: Any) -> Any:
        clock.set(NOON)
        assert not told_market.down
        return sign_up(email="ann@example.com")

    def test_needs_a_token(self, client: Any) -> None:
        assert client.get("/portfolio/allocation").status_code == 401

    def test_shows_the_documented_shape(self, client: Any, ann: Any) -> None:
        client.post(
            "/portfolio/assets",
            json={
                "asset_type": "crypto",
                "symbol": "BTC",
                "quantity": 2,
                "purchase_price": 40000,
                "purchase_date": "2024-01-15",
            },
            headers=ann.headers,
        )

        told = client.get("/portfolio/allocation", headers=ann.headers).json

        assert (told["total_value"], told["currency"]) == (100000, "USD")
        (share,) = told["by_asset"]
        assert (share["symbol"], share["value"], share["percentage"]) == ("BTC", 100000, 100)
        assert told["by_type"] == [{"asset_type": "crypto", "value": 100000, "percentage": 100}]
        assert told["by_currency"] == [{"currency": "USD", "value": 100000, "percentage": 100}]
        assert {warning["code"] for warning in told["warnings"]} == {
            "symbol_concentration",
            "crypto_concentration",
        }
        assert (told["unpriced"], told["stale"]) == ([], False)
