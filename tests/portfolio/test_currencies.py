"""Are assets in many currencies summed up in the user's own, at rates that are known, and not where they aren't?"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import dynamo, money
from app.portfolio import rules, service
from app.portfolio.models import Asset, PortfolioRow
from app.portfolio.service import past, preferences, upkeep
from app.prices import service as prices
from app.prices.models import TrackedSymbol
from tests.local.standin_clients import served
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs
from tests.providers.price_sources import made

STALE_AFTER = 900
AMOUNTS = st.decimals(
    min_value=Decimal(0), max_value=Decimal("999999999999999999.999999999999999999"), places=18
)
RATES = st.decimals(min_value=Decimal("1E-9"), max_value=Decimal("1E+9"), places=9)


class TestRules:
    RATE = rules.Rate(amount=Decimal("1.25"), quoted_at=NOON, stale=False)

    def valuation(self, **facts: Any) -> rules.Valuation:
        given: dict[str, Any] = {
            "quantity": Decimal(2),
            "cost": Decimal(80),
            "currency": "EUR",
            "price": rules.Price(amount=Decimal(50), currency="EUR", quoted_at=NOON, stale=False),
        }
        return rules.value_holding(**(given | facts))

    def test_a_price_in_another_currency_is_as_old_and_stale_as_the_worse_of_two(self) -> None:
        before = NOON - timedelta(hours=1)
        price = rules.Price(amount=Decimal(50), currency="EUR", quoted_at=NOON, stale=False)
        rate = rules.Rate(amount=Decimal("1.25"), quoted_at=before, stale=True)

        assert rules.price_in("USD", price=price, rate=rate) == rules.Price(
            amount=Decimal("62.50"), currency="USD", quoted_at=before, stale=True
        )

    def test_a_price_stays_as_it_is_without_a_rate_or_in_its_own_currency(self) -> None:
        price = rules.Price(amount=Decimal(50), currency="EUR", quoted_at=NOON, stale=False)
        none = rules.Rate(amount=None, quoted_at=None, stale=True)

        assert rules.price_in("USD", price=price, rate=none) == price
        assert rules.price_in("EUR", price=price, rate=self.RATE) == price

    def test_a_valuation_keeps_its_percentage_and_its_sums(self) -> None:
        converted = rules.valuation_in("USD", valuation=self.valuation(), rate=self.RATE)

        assert (converted.currency, converted.value, converted.cost) == ("USD", 125, 100)
        assert (converted.price, converted.gain_loss) == (Decimal("62.5"), 25)
        assert converted.gain_loss_percentage == Decimal("25.00")

    def test_a_valuation_without_a_rate_is_counted_by_no_total(self) -> None:
        none = rules.Rate(amount=None, quoted_at=None, stale=True)
        same = rules.valuation_in("USD", valuation=self.valuation(), rate=none)

        assert same == self.valuation()
        assert rules.why_uncounted(same, currency="USD") == rules.NO_EXCHANGE_RATE

    def test_a_valuation_without_a_price_still_lacks_that(self) -> None:
        valuation = self.valuation(price=None)
        same = rules.valuation_in("USD", valuation=valuation, rate=self.RATE)

        assert rules.why_uncounted(same, currency="USD") == rules.NO_PRICE

    @given(amount=AMOUNTS, quantity=AMOUNTS, cost=AMOUNTS, one=RATES, other=RATES)
    def test_a_valuation_there_and_back_is_itself_within_the_rounding(
        self, amount: Decimal, quantity: Decimal, cost: Decimal, one: Decimal, other: Decimal
    ) -> None:
        price = rules.Price(amount=amount, currency="EUR", quoted_at=NOON, stale=False)
        valuation = self.valuation(price=price, quantity=quantity, cost=cost)
        there, back = (
            rules.Rate(amount=money.ratio(*pair), quoted_at=NOON, stale=False)
            for pair in ((one, other), (other, one))
        )

        converted = rules.valuation_in("USD", valuation=valuation, rate=there)
        again = rules.valuation_in("EUR", valuation=converted, rate=back)

        assert back.amount is not None
        for was, became in ((valuation.value, again.value), (cost, again.cost)):
            assert was is not None
            assert became is not None
            of_the_rates = Fraction(was) * Fraction("1.01E-17")
            of_the_amounts = (Fraction(back.amount) + 1) * Fraction("5.01E-19")
            assert abs(Fraction(became) - Fraction(was)) <= of_the_rates + of_the_amounts


@pytest.fixture
def add(aws: object, market: ToldMarket) -> Callable[..., service.ValuedAsset]:
    """Add an asset for ann: 0.5 BTC at 40000 USD, unless told otherwise."""
    assert aws is not None

    def added(**facts: Any) -> service.ValuedAsset:
        given: dict[str, Any] = {
            "user_id": "ann",
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
            jobs=WorkingJobs(market, lambda: NOON),
            sleep=lambda _: None,
            wait_seconds=3,
            stale_after_seconds=STALE_AFTER,
            **given,
        )

    return added


@pytest.fixture
def prefer(aws: object, market: ToldMarket) -> Callable[[str], None]:
    """Choose ann's base currency."""
    assert aws is not None

    def preferred(currency: str) -> None:
        preferences.change_preferences(
            user_id="ann",
            changes={"base_currency": currency},
            jobs=WorkingJobs(market, lambda: NOON),
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=3,
        )

    return preferred


def summary(now: datetime = NOON) -> service.Summary:
    return service.summarise(user_id="ann", now=now, stale_after_seconds=STALE_AFTER)


def crypto() -> service.Portfolio:
    return service.value_assets(
        user_id="ann", asset_type="crypto", now=NOON, stale_after_seconds=STALE_AFTER
    )


@pytest.mark.usefixtures("aws")
class TestAnAsset:
    def test_is_worth_what_its_price_comes_to_in_its_own_currency(
        self, add: Any, quoted: Any
    ) -> None:
        quoted("currency", "EUR", "1.25")
        asset = add(currency="EUR", purchase_price=Decimal(30000))

        assert (asset.currency, asset.current_price) == ("EUR", Decimal(40000))
        assert (asset.current_value, asset.gain_loss) == (Decimal(20000), Decimal(5000))
        assert asset.gain_loss_percentage == Decimal("33.33")
        assert (asset.price_as_of, asset.stale) == (NOON, False)

    def test_is_stale_with_the_rate(self, add: Any, quoted: Any) -> None:
        quoted("currency", "EUR", "1.25", at=NOON - timedelta(hours=1))
        asset = add(currency="EUR")

        assert (asset.stale, asset.price_as_of) == (True, NOON - timedelta(hours=1))

    def test_needs_no_rate_where_its_price_is_in_its_own_currency(
        self, add: Any, quoted: Any
    ) -> None:
        quoted("stock", "SAP.DE", "200", currency="EUR")
        asset = add(asset_type="stock", symbol="SAP.DE", currency="EUR")

        assert (asset.current_price, asset.stale) == (Decimal(200), False)

    def test_of_a_third_currencys_price_is_worth_what_both_rates_make_of_it(
        self, add: Any, quoted: Any
    ) -> None:
        quoted("currency", "HKD", "0.125")
        quoted("currency", "EUR", "1.25")
        quoted("stock", "0700.HK", "400", currency="HKD")

        assert add(asset_type="stock", symbol="0700.HK", currency="EUR").current_price == 40
        assert add(asset_type="stock", symbol="0700.HK", currency="USD").current_price == 50

    def test_keeps_the_rate_of_its_currency_fresh(self, add: Any, market: ToldMarket) -> None:
        market.tell("currency", "EUR", "1.25")
        add(currency="EUR")
        add()

        assert TrackedSymbol.symbols_of("currency", now=NOON) == ["EUR"]


@pytest.mark.usefixtures("aws")
class TestTotals:
    def test_are_in_usd_until_the_user_chooses(self, add: Any) -> None:
        add()
        assert (summary().currency, crypto().currency) == ("USD", "USD")

    def test_are_in_the_base_currency_and_assets_in_their_own(
        self, add: Any, prefer: Any, quoted: Any
    ) -> None:
        quoted("currency", "EUR", "1.25")
        quoted("stock", "SAP.DE", "200", currency="EUR")
        prefer("EUR")
        add()
        add(asset_type="stock", symbol="SAP.DE", currency="EUR", purchase_price=Decimal(100))

        found = summary()

        assert found.currency == "EUR"
        assert (found.crypto_value, found.stock_value) == (Decimal(20000), Decimal(100))
        assert (found.totals.value, found.totals.invested) == (Decimal(20100), Decimal(16050))
        assert found.totals.gain_loss == Decimal(4050)
        assert (found.totals.stale, found.totals.as_of, found.unpriced) == (False, NOON, [])
        (bitcoin,) = crypto().assets
        assert (bitcoin.currency, bitcoin.current_value) == ("USD", Decimal(25000))
        assert crypto().totals.value == Decimal(20000)

    def test_come_back_when_the_user_chooses_usd_again(
        self, add: Any, prefer: Any, quoted: Any
    ) -> None:
        quoted("currency", "EUR", "1.0834")
        add()
        before = summary()
        prefer("EUR")
        assert summary().totals.value != before.totals.value
        prefer("USD")
        assert summary() == before

    def test_are_stale_with_the_rate(self, add: Any, prefer: Any, quoted: Any) -> None:
        hour = timedelta(hours=1)
        quoted("currency", "EUR", "1.25")
        prefer("EUR")
        add()
        quoted("crypto", "BTC", "50000", at=NOON + hour)

        found = summary(NOON + hour)

        assert (found.totals.stale, found.totals.as_of) == (True, NOON)

    def test_leave_out_what_has_no_rate_and_name_it(
        self, add: Any, prefer: Any, quoted: Any, market: ToldMarket
    ) -> None:
        quoted("crypto", "BTC", "50000")
        market.down = True  # so that nobody can say whether there is a rate
        prefer("EUR")
        asset = add()

        found = summary()

        assert (found.currency, found.totals.value, found.totals.invested) == ("EUR", 0, 0)
        assert found.unpriced == [
            service.Unpriced(asset_id=asset.asset_id, symbol="BTC", reason="no_exchange_rate")
        ]

    @pytest.mark.parametrize("currency", ["USD", "EUR"])
    def test_cost_one_query_and_one_batched_read_of_a_hundred_symbols(
        self, add: Any, prefer: Any, quoted: Any, currency: str
    ) -> None:
        quoted("currency", "EUR", "1.25")
        prefer(currency)
        hold([("USD", f"COIN{number}") for number in range(90)] + [("EUR", "BTC")])

        for ask in (summary, crypto):
            with dynamo.counting() as cost:
                ask()
            assert cost.operations == ["Query", "BatchGetItem"]

    def test_cost_one_read_more_for_a_price_in_a_currency_that_nobody_named(
        self, add: Any, quoted: Any
    ) -> None:
        quoted("currency", "HKD", "0.125")
        quoted("stock", "0700.HK", "400", currency="HKD")
        add(asset_type="stock", symbol="0700.HK", currency="USD")

        with dynamo.counting() as cost:
            assert summary().totals.value == Decimal(25)
        assert cost.operations == ["Query", "BatchGetItem", "BatchGetItem"]


@pytest.mark.usefixtures("aws")
class TestTrackHoldings:
    def test_keeps_rates_of_assets_and_of_base_currencies_fresh(
        self, add: Any, prefer: Any, market: ToldMarket
    ) -> None:
        market.tell("currency", "GBP", "1.5")
        market.tell("currency", "EUR", "1.25")
        add(currency="GBP")
        prefer("EUR")
        later = NOON + timedelta(days=40)
        assert TrackedSymbol.symbols_of("currency", now=later) == []

        upkeep.track_holdings(now=later)

        assert TrackedSymbol.symbols_of("currency", now=later) == ["EUR", "GBP"]
        assert TrackedSymbol.symbols_of("crypto", now=later) == ["BTC"]


class TestRequests:
    """What the answers cost with authentication."""

    @pytest.mark.parametrize("currency", ["USD", "EUR"])
    @pytest.mark.parametrize("path", ["summary", "crypto", "stocks"])
    def test_of_a_hundred_symbols_and_rates_are_three(
        self, client: Any, sign_up: Any, clock: Any, quoted: Any, currency: str, path: str
    ) -> None:
        clock.set(NOON)
        ann = sign_up(email="ann@example.com")
        for code in ("EUR", "GBP"):
            quoted("currency", code, "1.25")
        if currency == "EUR":
            body = {"base_currency": "EUR"}
            client.put("/portfolio/preferences", json=body, headers=ann.headers)
        held = [(("USD", "EUR", "GBP")[number % 3], f"COIN{number}") for number in range(98)]
        hold(held, user_id=ann.user_id)

        answer = client.get(f"/portfolio/{path}", headers=ann.headers)

        assert answer.json["currency"] == currency
        requests = {"summary": 3, "crypto": 3, "stocks": 2}[path]
        assert f'desc="{requests} requests' in answer.headers["Server-Timing"]


def hold(held: list[tuple[str, str]], *, user_id: str = "ann") -> None:
    """Give a unit of each (currency, symbol), straight into the table."""
    with PortfolioRow.batch_write() as batch:
        for number, (currency, symbol) in enumerate(held):
            batch.save(
                Asset.bought(
                    user_id=user_id,
                    asset_id=f"asset-{number:04d}",
                    asset_type="crypto",
                    symbol=symbol,
                    name=None,
                    currency=currency,
                    quantity=Decimal(1),
                    purchase_price=Decimal("0.3"),
                    purchase_date=date(2024, 1, 15),
                    now=NOON,
                )
            )


@pytest.mark.usefixtures("aws")
class TestWithTheRealClient:
    """Yahoo's and CoinGecko's own wire formats, answered by the laptop's stand-ins."""

    def test_rates_come_and_value_what_is_held_now_and_before(self) -> None:
        with served(lambda: NOON) as url:
            jobs = WorkingJobs(made(url), lambda: NOON)
            patience: dict[str, Any] = {"jobs": jobs, "sleep": lambda _: None, "wait_seconds": 3}
            preferences.change_preferences(
                user_id="ann", changes={"base_currency": "JPY"}, now=NOON, **patience
            )
            service.add_asset(
                user_id="ann",
                asset_type="crypto",
                symbol="BTC",
                quantity=Decimal("0.5"),
                purchase_price=Decimal(30000),
                purchase_date=date(2026, 1, 5),
                name=None,
                currency="EUR",
                now=NOON,
                stale_after_seconds=STALE_AFTER,
                **patience,
            )
            sunday = date(2026, 3, 1)
            before = past.summarise_past(
                user_id="ann", day=sunday, now=NOON, stale_after_seconds=STALE_AFTER, **patience
            )
        bitcoin, euro, yen = (
            prices.latest_quotes(wanted=[pair], now=NOON, stale_after_seconds=STALE_AFTER)[pair]
            for pair in (("crypto", "BTC"), ("currency", "EUR"), ("currency", "JPY"))
        )

        found = summary()

        assert (found.currency, found.unpriced, found.totals.stale) == ("JPY", [], False)
        assert bitcoin.price is not None
        assert yen.price is not None
        # By way of EUR, whose rate cancels out but for the rounding.
        expected = bitcoin.price / yen.price / 2
        assert found.totals.value == pytest.approx(expected, rel=Decimal("1E-15"))
        (asset,) = before.assets
        assert euro.price is not None
        assert (before.currency, before.pending, before.unpriced) == ("JPY", [], [])
        assert (asset.price_date, asset.exchange_rate_date) == (sunday, date(2026, 2, 27))
        assert asset.exchange_rate == pytest.approx(euro.price / yen.price, rel=Decimal("0.05"))
