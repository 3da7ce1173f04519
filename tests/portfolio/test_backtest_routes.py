"""Does a backtest come to its result through the API, for one unit, and tell why where it can't?"""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.portfolio.service import backtesting, runs
from tests.portfolio.trying import (
    DAYS,
    FIRST,
    HALVES,
    PERIOD,
    backtest,
    done,
    market,
    optimise,
    owner,
    used,
    worker,
)

__all__ = ["backtest", "market", "optimise", "owner", "used", "worker"]


class TestBacktest:
    def test_loads_prices_that_are_missing_and_then_comes_to_its_result(
        self, client, owner, worker, backtest, used, market
    ):
        first = backtest()
        assert (first.status_code, first.json["status"]) == (202, "pending")
        assert first.json["series"] is None
        shown = done(worker, client, owner, first)

        assert sorted(market.asked) == [("stock", "AAA"), ("stock", "BBB")]

        assert (shown["status"], shown["error"], shown["error_code"]) == ("completed", None, None)
        assert (shown["first_day"], shown["last_day"]) == (PERIOD["start"], PERIOD["end"])
        # 5,000 each at 100 and 50: 50 units and 100, at 159 - 12 and 50 + 59 * 7 % 11 in the end.
        assert shown["final_value"] == 50 * (159 - 12) + 100 * (50 + 59 * 7 % 11)
        assert len(shown["series"]) == 60
        assert shown["series"][0] == {"date": PERIOD["start"], "value": 10000}
        assert (shown["currency"], shown["weights"]) == ("USD", {"AAA": 0.5, "BBB": 0.5})
        assert used("backtests") == 1

        again = backtest()
        assert again.status_code == 200
        assert again.json["final_value"] == shown["final_value"]
        assert used("backtests") == 2

    def test_is_done_once_however_often_it_is_asked_for(
        self, client, owner, worker, backtest, used, clock
    ):
        backtest()
        worker.do_later()
        run = backtest().json
        for _ in range(2):
            backtesting.run_backtest(
                user_id=owner.user_id, run_id=run["id"], jobs=worker, now=clock.now()
            )

        shown = client.get(f"/portfolio/backtests/{run['id']}", headers=owner.headers).json
        assert shown == run
        assert used("backtests") == 2

    def test_is_left_to_the_worker_that_is_at_it(self, client, owner, worker, backtest, clock):
        worker.asleep = True
        run = backtest().json
        row = runs.get_run(kind=runs.BACKTESTS, user_id=owner.user_id, run_id=run["id"])
        backtest_claimed = row.claim(now=clock.now(), until=clock.now() + timedelta(minutes=1))
        dynamo.commit(backtest_claimed)
        worker.asleep = False
        backtesting.run_backtest(
            user_id=owner.user_id, run_id=run["id"], jobs=worker, now=clock.now()
        )

        assert worker.market.asked == []

    def test_tells_costs_and_rebalances(self, worker, backtest, client, owner):
        backtest()
        worker.do_later()

        shown = backtest(rebalance="monthly", fee_percent="1", initial="2020").json

        assert (shown["rebalance"], shown["rebalanced"]) == ("monthly", 2)
        assert shown["series"][0]["value"] == 2000
        assert shown["fees_paid"] > 20

    def test_takes_crypto_beside_stocks(self, worker, backtest, client, owner, market):
        every_day = [FIRST + timedelta(days=n) for n in range(90)]
        market.remember("crypto", "BTC", {day: Decimal(200) for day in every_day})

        answer = backtest(weights={"aaa": 0.5, "crypto:btc": 0.5})
        shown = done(worker, client, owner, answer)

        assert shown["status"] == "completed"
        assert shown["weights"] == {"AAA": 0.5, "crypto:BTC": 0.5}
        assert len(shown["series"]) == 60  # the weekends are left out

    def test_tells_several_currencies_in_dollars(self, worker, backtest, client, owner, market):
        market.remember("stock", "SAP.DE", {day: Decimal(100) for day in DAYS}, currency="EUR")
        euro = {day: Decimal("1.10") for day in DAYS} | {DAYS[-1]: Decimal("1.21")}
        market.remember("currency", "EUR", euro)

        answer = backtest(weights={"AAA": 0, "SAP.DE": 0.5, "BBB": 0.5})
        worker.do_later()  # the rate is asked for once the currency is known
        shown = done(worker, client, owner, answer)

        assert (shown["status"], shown["currency"]) == ("completed", "USD")
        assert shown["final_value"] == 5500 + 100 * (50 + 59 * 7 % 11)

    def test_ignores_symbols_of_no_weight(self, worker, backtest, client, owner):
        shown = done(worker, client, owner, backtest(weights={"AAA": 1, "NONE": 0}))

        assert shown["status"] == "completed"


class TestBacktestThatFails:
    @pytest.mark.parametrize(
        ("weights", "code", "words"),
        [
            ({"NONE": 1}, "unknown_symbol", "NONE"),
            ({"LATE": 1}, "too_little_history", "begin on 2025-12-01"),
            ({"GONE": 1}, "too_little_history", "end on 2025-11-28"),
            ({"ODD": 0.5, "EVEN": 0.5}, "too_few_common_days", "0 days"),
            ({"OIL": 1}, "price_not_above_zero", "-37.63"),
            ({"EMPTY": 1}, "no_prices", "EMPTY"),
        ],
    )
    def test_says_why_and_costs_nothing(
        self, worker, backtest, client, owner, market, used, weights, code, words
    ):
        one = Decimal(1)
        market.remember("stock", "LATE", dict.fromkeys(DAYS[20:], one))
        market.remember("stock", "GONE", dict.fromkeys(DAYS[:20], one))
        market.remember("stock", "ODD", dict.fromkeys(DAYS[1::2], one))
        market.remember("stock", "EVEN", dict.fromkeys(DAYS[::2], one))
        market.remember("stock", "OIL", dict.fromkeys(DAYS, one) | {DAYS[9]: Decimal("-37.63")})
        market.remember("stock", "EMPTY", {})

        shown = done(worker, client, owner, backtest(weights=weights))

        assert (shown["status"], shown["error_code"]) == ("failed", code)
        assert words in shown["error"]
        assert shown["final_value"] is None
        assert used("backtests") == 0

    def test_is_refused_at_once_where_a_symbol_is_known_not_to_exist(
        self, worker, backtest, client, owner, used
    ):
        done(worker, client, owner, backtest(weights={"NONE": 1}))

        answer = backtest(weights={"NONE": 1})

        assert (answer.status_code, answer.json["error_code"]) == (422, "UNKNOWN_SYMBOL")
        assert answer.json["details"] == {"symbols": ["NONE"]}
        assert used("backtests") == 0

    def test_is_refused_over_the_plan(self, client, sign_up, worker):
        person = sign_up()
        answers = [
            client.post("/portfolio/backtests", json=HALVES, headers=person.headers)
            for _ in range(3)
        ]

        assert [answer.status_code for answer in answers][-1] == 403
        assert answers[-1].json["error_code"] == "USAGE_LIMIT_EXCEEDED"
        listed = client.get("/portfolio/backtests", headers=person.headers).json["backtests"]
        assert len(listed) == [answer.status_code for answer in answers].count(202)

    def test_is_refused_with_days_to_come(self, backtest):
        answer = backtest(end="2026-11-21")
        assert (answer.status_code, answer.json["error_code"]) == (422, "END_IN_THE_FUTURE")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"weights": {"AAA": 0.5, "BBB": 0.4}},
            {"weights": {"AAA": 1.5, "BBB": -0.5}},
            {"weights": {}},
            {"weights": {"AAA": 0.5, "aaa": 0.5}},
            {"weights": {"AAA": 0.5, "stock:AAA": 0.5}},
            {"weights": {"bond:AAA": 1}},
            {"weights": {f"S{n}": Decimal(1) / 32 for n in range(32)}},
            {"weights": 1},
            {"end": PERIOD["start"]},
            {"start": "2016-01-01", "end": "2026-10-31"},
            {"rebalance": "weekly"},
            {"initial": 0},
            {"fee_percent": 11},
            {"asset_type": "bond"},
        ],
    )
    def test_is_refused_where_it_makes_no_sense(self, backtest, used, wrong):
        answer = backtest(**{**wrong, "weights": _floats(wrong.get("weights", HALVES["weights"]))})
        assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_ERROR")
        assert used("backtests") == 0

    @pytest.mark.parametrize(
        "thirds", [{"A": "0.3333", "B": "0.3333", "C": "0.3334"}, dict.fromkeys("ABC", "0.333")]
    )
    def test_forgives_a_thousandth(self, backtest, thirds):
        assert backtest(weights=thirds).status_code == 202


def _floats(weights):
    return {k: float(v) for k, v in weights.items()} if isinstance(weights, dict) else weights
