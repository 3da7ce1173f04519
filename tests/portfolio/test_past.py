"""Is a past day valued by what was held and known then?"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.core import dynamo
from app.portfolio import rules, service
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import past
from app.portfolio.service import past as past_service
from app.portfolio.service import preferences, transactions
from app.prices import service as prices
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

STALE_AFTER = 900
TODAY = NOON.date()  # Monday, 2 March 2026
FRIDAY, SATURDAY, SUNDAY = (TODAY - timedelta(days=back) for back in (3, 2, 1))
JANUARY = date(2026, 1, 5)


def entry(type_name: str, day: date, quantity: str, price: str = "0", **facts: Any) -> ledger.Entry:
    given: dict[str, Any] = {
        "transaction_id": f"{day}{type_name}{quantity}",
        "asset_id": "apple",
        "asset_type": "stock",
        "symbol": "AAPL",
        "fee": Decimal(0),
        "currency": "USD",
    } | facts
    return ledger.Entry(
        type=type_name,
        quantity=Decimal(quantity),
        price=Decimal(price),
        executed_at=datetime.combine(day, time(15), UTC),
        **given,
    )


def held(day: date, *entries: ledger.Entry) -> list[past.PastHolding]:
    return past.held_on(day, entries=entries, today=TODAY)


class TestHeldOn:
    def test_is_what_came_in_and_did_not_go_out_by_then(self) -> None:
        told = (
            entry("buy", JANUARY, "10", "100"),
            entry("sell", FRIDAY, "4", "150"),
            entry("buy", SUNDAY, "1", "200"),
        )
        (friday,), (sunday,) = held(FRIDAY, *told), held(SUNDAY, *told)

        assert (friday.quantity, friday.cost) == (Decimal(6), Decimal(600))
        assert (sunday.quantity, sunday.cost) == (Decimal(7), Decimal(800))
        assert (friday.asset_id, friday.symbol, friday.currency) == ("apple", "AAPL", "USD")
        assert held(JANUARY - timedelta(days=1), *told) == []

    def test_leaves_out_what_was_sold_out_and_what_moves_no_units(self) -> None:
        told = (
            entry("fee", JANUARY, "1", "5", asset_id=None, asset_type=None, symbol=None),
            entry("dividend", JANUARY, "1", "5", asset_id="other"),
            entry("buy", JANUARY, "10", "100"),
            entry("transfer_out", FRIDAY, "10"),
        )
        assert held(FRIDAY, *told) == []
        assert len(held(JANUARY, *told)) == 1

    def test_counts_units_of_that_day_and_knows_the_splits_since(self) -> None:
        told = (
            entry("buy", JANUARY, "10", "100"),
            entry("split", FRIDAY, "4"),
            entry("split", SUNDAY, "0.333333333333333333"),
            entry("split", TODAY + timedelta(days=1), "2"),
        )
        (january,), (friday,), (sunday,) = (held(day, *told) for day in (JANUARY, FRIDAY, SUNDAY))

        assert (january.quantity, january.later_splits) == (Decimal(10), Fraction(4, 3))
        assert (friday.quantity, friday.later_splits) == (Decimal(40), Fraction(1, 3))
        assert (sunday.quantity, sunday.later_splits) == (Decimal("13.333333333333333333"), 1)


class TestPriceThen:
    def price(self, amount: str | None) -> rules.Price:
        return rules.Price(
            amount=None if amount is None else Decimal(amount),
            currency="USD",
            quoted_at=None,
            stale=False,
        )

    def then(self, amount: str | None, ratio: Fraction, asset_type: str = "stock") -> Any:
        holding = past.PastHolding(
            asset_id="a",
            asset_type=asset_type,
            symbol="S",
            currency="USD",
            quantity=Decimal(1),
            cost=Decimal(1),
            later_splits=ratio,
        )
        return past.price_then(self.price(amount), holding=holding).amount

    def test_is_the_close_in_units_of_that_day(self) -> None:
        assert self.then("25.5", Fraction(4)) == Decimal(102)
        assert self.then("300", Fraction(1, 10)) == Decimal(30)
        assert self.then("1", Fraction(1, 3)) == Decimal("0.333333333333333333")
        assert self.then("7.0", Fraction(1)) == Decimal(7)
        assert self.then(None, Fraction(4)) is None

    def test_is_told_by_cryptos_closes_as_it_was(self) -> None:
        assert self.then("25.5", Fraction(4), "crypto") == Decimal("25.5")


@pytest.fixture
def jobs(market: ToldMarket) -> WorkingJobs:
    return WorkingJobs(market, lambda: NOON)


def transact(jobs: WorkingJobs, type_name: str, day: date, quantity: str, **facts: Any) -> None:
    row: dict[str, Any] = {
        "type": type_name,
        "asset_id": None,
        "asset_type": "stock",
        "symbol": "AAPL",
        "quantity": Decimal(quantity),
        "price": Decimal(100),
        "fee": Decimal(0),
        "currency": "USD",
        "executed_at": datetime.combine(day, time(15), UTC),
        "external_id": None,
    } | facts
    transactions.add_transaction(
        user_id="ann", row=row, jobs=jobs, now=NOON, sleep=lambda _: None, wait_seconds=3
    )


def summary(jobs: WorkingJobs, day: date) -> past_service.PastSummary:
    return past_service.summarise_past(
        user_id="ann",
        day=day,
        jobs=jobs,
        now=NOON,
        sleep=lambda _: None,
        wait_seconds=3,
        stale_after_seconds=STALE_AFTER,
    )


@pytest.mark.usefixtures("aws")
class TestSummarisePast:
    def test_values_what_was_held_at_the_close_of_that_day_or_the_last_before(
        self, jobs: WorkingJobs, market: ToldMarket
    ) -> None:
        market.closes["stock", "AAPL"] = {FRIDAY: "190.5", JANUARY: "150"}
        market.closes["crypto", "BTC"] = {SATURDAY: "60000", FRIDAY: "61000"}
        transact(jobs, "buy", JANUARY, "10")
        transact(jobs, "sell", FRIDAY, "4")
        transact(jobs, "buy", FRIDAY, "0.5", asset_type="crypto", symbol="BTC")

        found = summary(jobs, SATURDAY)

        bitcoin, apple = sorted(found.assets, key=lambda each: each.asset_type)
        assert (apple.symbol, apple.quantity, apple.currency) == ("AAPL", Decimal(6), "USD")
        assert (apple.price, apple.price_date, apple.value) == (Decimal("190.5"), FRIDAY, 1143)
        assert (apple.exchange_rate, apple.exchange_rate_date) == (1, None)
        assert (bitcoin.price, bitcoin.price_date, bitcoin.value) == (60000, SATURDAY, 30000)
        assert (found.crypto_count, found.stock_count, found.total_assets) == (1, 1, 2)
        assert (found.crypto_value, found.stock_value) == (30000, 1143)
        assert (found.totals.value, found.totals.invested) == (31143, 650)
        assert found.totals.as_of == datetime.combine(FRIDAY, time(), UTC)
        assert (found.totals.stale, found.unpriced, found.pending) == (False, [], [])

    def test_tells_the_price_of_units_as_they_were_before_a_split(
        self, jobs: WorkingJobs, market: ToldMarket
    ) -> None:
        # The source tells all closes in units of after the split: 400 was told as 100.
        market.closes["stock", "AAPL"] = {JANUARY: "100", FRIDAY: "110", SUNDAY: "110"}
        transact(jobs, "buy", JANUARY, "10", price=Decimal(390))
        transact(jobs, "split", FRIDAY, "4", price=Decimal(0))

        before, after = summary(jobs, JANUARY), summary(jobs, SUNDAY)

        assert (before.assets[0].quantity, before.assets[0].price) == (10, 400)
        assert (after.assets[0].quantity, after.assets[0].price) == (40, 110)
        assert (before.totals.value, after.totals.value) == (4000, 4400)
        assert before.totals.invested == after.totals.invested == 3900

    def test_converts_at_the_rate_of_that_day(self, jobs: WorkingJobs, market: ToldMarket) -> None:
        for code, rate in (("EUR", "1.25"), ("HKD", "0.125")):
            market.tell("currency", code, rate)
        market.tell("stock", "0700.HK", "400", currency="HKD")
        market.closes["stock", "0700.HK"] = {FRIDAY: "300"}
        market.closes["currency", "EUR"] = {FRIDAY: "1.2"}
        market.closes["currency", "HKD"] = {FRIDAY: "0.12"}
        preferences.change_preferences(
            user_id="ann",
            changes={"base_currency": "EUR"},
            jobs=jobs,
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=3,
        )
        transact(jobs, "buy", FRIDAY, "10", symbol="0700.HK", price=Decimal(24))

        found = summary(jobs, SUNDAY)

        (tencent,) = found.assets
        assert (tencent.currency, tencent.price, tencent.value) == ("USD", 36, 360)
        assert (tencent.exchange_rate, tencent.exchange_rate_date) == (
            Decimal("0.833333333333333333"),
            FRIDAY,
        )
        assert (found.currency, found.totals.value) == ("EUR", Decimal("299.99999999999999988"))
        assert found.totals.invested == Decimal("199.99999999999999992")

    def test_names_what_has_no_price_and_what_is_stale(
        self, jobs: WorkingJobs, market: ToldMarket
    ) -> None:
        market.closes["stock", "AAPL"] = {FRIDAY - timedelta(days=8): "190"}
        transact(jobs, "buy", JANUARY, "10")
        transact(jobs, "buy", JANUARY, "1", asset_type="crypto", symbol="BTC")

        found = summary(jobs, FRIDAY)

        assert [(each.symbol, each.reason) for each in found.unpriced] == [("BTC", "no_price")]
        assert (found.totals.value, found.totals.stale) == (1900, True)
        (bitcoin,) = (each for each in found.assets if each.symbol == "BTC")
        assert (bitcoin.price, bitcoin.price_date, bitcoin.value) == (None, None, None)

    def test_tells_what_is_being_loaded(self, jobs: WorkingJobs, market: ToldMarket) -> None:
        transact(jobs, "buy", JANUARY, "10")
        market.down = True
        prices.refresh_symbols(asset_type="stock", symbols=["MSFT"], market=market, now=NOON)

        found = summary(jobs, FRIDAY)

        assert (found.pending, found.total_assets) == (["AAPL"], 1)
        assert [each.reason for each in found.unpriced] == ["no_price"]

    def test_of_today_is_at_the_latest_quotes(self, jobs: WorkingJobs) -> None:
        transact(jobs, "buy", TODAY, "10")

        found = summary(jobs, TODAY)

        assert (found.assets[0].price, found.assets[0].price_date) == (Decimal(200), TODAY)
        now = service.summarise(user_id="ann", now=NOON, stale_after_seconds=STALE_AFTER)
        assert found.totals == now.totals
        assert jobs.given.count("prices.load_history") == 0

    def test_is_empty_before_the_first_purchase_and_for_somebody_new(
        self, jobs: WorkingJobs
    ) -> None:
        assert (summary(jobs, FRIDAY).assets, summary(jobs, FRIDAY).totals.value) == ([], 0)
        transact(jobs, "buy", FRIDAY, "10")
        assert summary(jobs, JANUARY).total_assets == 0

    def test_refuses_a_day_to_come(self, jobs: WorkingJobs) -> None:
        with pytest.raises(past_service.AsOfInTheFuture):
            summary(jobs, TODAY + timedelta(days=1))

    def test_costs_the_ledger_the_profile_and_two_batched_reads(
        self, jobs: WorkingJobs, market: ToldMarket
    ) -> None:
        market.closes["stock", "AAPL"] = {FRIDAY: "190.5"}
        for day in range(1, 20):
            transact(jobs, "buy", JANUARY + timedelta(days=day), "1")
        summary(jobs, FRIDAY)

        with dynamo.counting() as cost:
            summary(jobs, FRIDAY)

        assert sorted(cost.operations) == ["BatchGetItem", "BatchGetItem", "GetItem", "Query"]


class TestRoute:
    @pytest.fixture
    def ann(self, clock: Any, sign_up: Any, told_market: ToldMarket) -> Any:
        clock.set(NOON)
        told_market.closes["stock", "AAPL"] = {FRIDAY: "190.5"}
        return sign_up(email="ann@example.com")

    def ask(self, client: Any, who: Any, day: str) -> Any:
        return client.get(f"/portfolio/summary?as_of={day}", headers=who.headers)

    def test_names_each_price_and_its_day(self, client: Any, ann: Any) -> None:
        asset = {
            "asset_type": "stock",
            "symbol": "AAPL",
            "quantity": 2,
            "purchase_price": 100,
            "purchase_date": "2026-01-05",
        }
        added = client.post("/portfolio/assets", json=asset, headers=ann.headers)
        assert added.status_code == 201

        answer = self.ask(client, ann, SUNDAY.isoformat())

        assert answer.status_code == 200
        assert answer.json == {
            "currency": "USD",
            "crypto_count": 0,
            "stock_count": 1,
            "total_assets": 1,
            "crypto_value": 0,
            "stock_value": 381,
            "total_value": 381,
            "total_invested": 200,
            "total_gain_loss": 181,
            "total_gain_loss_percentage": Decimal("90.5"),
            "as_of": f"{FRIDAY}T00:00:00+00:00",
            "stale": False,
            "unpriced": [],
            "pending": [],
            "assets": [
                {
                    "asset_id": added.json["asset_id"],
                    "asset_type": "stock",
                    "symbol": "AAPL",
                    "currency": "USD",
                    "quantity": 2,
                    "price": Decimal("190.5"),
                    "price_date": FRIDAY.isoformat(),
                    "value": 381,
                    "exchange_rate": 1,
                    "exchange_rate_date": None,
                }
            ],
        }

    def test_refuses_a_day_to_come(self, client: Any, ann: Any) -> None:
        answer = self.ask(client, ann, "2026-03-03")
        assert (answer.status_code, answer.json["error_code"]) == (422, "AS_OF_IN_FUTURE")

    @pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20260101", ""])
    def test_refuses_what_is_no_day(self, client: Any, ann: Any, day: str) -> None:
        answer = self.ask(client, ann, day)
        assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_ERROR")
