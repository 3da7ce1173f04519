"""Can the bot, and only it, push what it did, each thing once?"""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import SetClock, SignedUp
from tests.trading.conftest import Bot, events, trade

REPORTS = ("equity-curve", "profit", "calendar", "status", "trades", "stats")


class TestPushTrades:
    def test_answers_201_with_the_trade(self, bot: Bot) -> None:
        answer = bot.push("t1", symbol=" btc/usd ", side="sell", size="0.50", pnl="-12.5")

        assert answer.status_code == 201
        assert answer.json == {
            "id": "t1",
            "symbol": "BTC/USD",
            "side": "sell",
            "size": "0.5",
            "pnl": "-12.50",
            "timestamp": "2026-11-20T12:00:00+00:00",
        }
        assert events("trades") == [answer.json]

    def test_answers_200_and_changes_nothing_when_repeated(self, bot: Bot) -> None:
        first = bot.push("t1", pnl="12.50")
        again = bot.push("t1", pnl="12.5")

        assert (again.status_code, again.json) == (200, first.json)
        assert bot.read("/trades")["total"] == 1
        assert len(events("trades")) == 1
        assert bot.read("/stats")["net_profit"] == "12.50"

    @pytest.mark.parametrize(
        "change",
        [
            {"pnl": "12.51"},
            {"symbol": "ETH"},
            {"side": "short"},
            {"size": "1.0001"},
            {"timestamp": "2026-11-20T12:00:00.000001Z"},
        ],
    )
    def test_answers_409_where_the_same_id_differs(self, bot: Bot, change: dict[str, str]) -> None:
        bot.push("t1", pnl="12.50")

        answer = bot.push("t1", **{"pnl": "12.50", **change})

        assert answer.status_code == 409
        assert answer.json["error"]["code"] == "trade_conflict"
        assert answer.json["error"]["details"] == {"trade_ids": ["t1"]}
        assert bot.read("/trades")["total"] == 1

    def test_takes_now_and_no_profit_where_they_are_left_out(
        self, bot: Bot, clock: SetClock
    ) -> None:
        one = {"trade_id": "t1", "symbol": "BTC", "side": "buy", "size": 1}
        first = bot.post("/trades", one)
        clock.advance(30)

        assert first.json["timestamp"] == "2026-11-20T12:00:00+00:00"
        assert first.json["pnl"] == "0.00"
        assert bot.post("/trades", one).status_code == 200

    def test_takes_a_batch_and_counts_what_is_new(self, bot: Bot) -> None:
        bot.push("t1", pnl="5")

        answer = bot.push_many(
            trade("t3", pnl="1", timestamp="2026-11-19T12:00:00Z"),
            trade("t1", pnl="5"),
            trade("t2", pnl="2"),
            trade("t2", pnl="2.0"),
        )

        assert answer.status_code == 201
        assert (answer.json["created"], answer.json["duplicates"]) == (2, 2)
        assert [item["id"] for item in answer.json["items"]] == ["t3", "t1", "t2", "t2"]
        assert [event["id"] for event in events("trades")] == ["t1", "t3", "t2"]
        assert bot.read("/stats")["gross_profit"] == "8.00"

    def test_takes_a_hundred_of_as_many_symbols_and_days(self, bot: Bot) -> None:
        many = [
            trade(
                f"t{number}", symbol=f"S{number}", timestamp=f"2026-0{1 + number % 9}-1{number % 7}"
            )
            for number in range(100)
        ]
        for one in many:
            one["timestamp"] += "T15:00:00Z"

        assert bot.push_many(*many).json["created"] == 100
        assert bot.push_many(*many).json["duplicates"] == 100
        assert len(bot.read("/stats")["by_symbol"]) == 100

    def test_refuses_a_batch_whole_where_an_id_differs(self, bot: Bot) -> None:
        bot.push("t1")

        for other in (trade("t1", pnl="1"), trade("t2", pnl="1")):
            answer = bot.push_many(trade("t2"), other)
            assert answer.status_code == 409
            assert answer.json["error"]["details"] == {"trade_ids": [other["trade_id"]]}
        assert bot.read("/trades")["total"] == 1

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, {"trade_id", "symbol", "side", "size"}),
            ({"trades": []}, {"trades"}),
            ({"trades": [trade(f"t{number}") for number in range(101)]}, {"trades"}),
            ({"trades": [trade("t1")], "trade_id": "t2"}, {"trade_id"}),
            (trade("t1", side="hold"), {"side"}),
            (trade("t1", size="0"), {"size"}),
            (trade("t1", size="-1"), {"size"}),
            (trade("t1", pnl="1000000000000"), {"pnl"}),
            (trade("t1", symbol="BTC#USD"), {"symbol"}),
            (trade("", size="1"), {"trade_id"}),
            (trade("x" * 129), {"trade_id"}),
            (trade("t1", timestamp="yesterday"), {"timestamp"}),
            (trade("t1", timestamp="1969-12-31T00:00:00Z"), {"timestamp"}),
            ({**trade("t1"), "user_id": "me"}, {"user_id"}),
        ],
    )
    def test_refuses_what_is_no_trade(
        self, bot: Bot, body: dict[str, Any], wrong: set[str]
    ) -> None:
        answer = bot.post("/trades", body)

        assert answer.status_code == 422, answer.json
        assert set(answer.json["error"]["details"]["json"]) == wrong
        assert bot.read("/trades")["total"] == 0

    def test_refuses_what_is_still_to_come(self, bot: Bot) -> None:
        assert bot.push("t1", timestamp="2026-11-21T12:00:00Z").status_code == 201
        answer = bot.push("t2", timestamp="2026-11-21T12:00:01Z")

        assert answer.status_code == 422
        assert answer.json["error"]["code"] == "timestamp_in_future"

    def test_replays_its_answer_by_an_idempotency_key(self, bot: Bot) -> None:
        keyed = Bot(client=bot.client, headers={**bot.headers, "Idempotency-Key": "once"})

        first, again = keyed.push("t1"), keyed.push("t1")

        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers["Idempotency-Replayed"] == "true"


class TestPushEquity:
    def test_answers_201_with_the_snapshot(self, bot: Bot) -> None:
        answer = bot.equity("10500.5", "2026-11-20T06:00:00-06:00")

        assert answer.status_code == 201
        assert answer.json == {"timestamp": "2026-11-20T12:00:00+00:00", "equity": "10500.50"}
        assert events("equity") == [answer.json]

    def test_takes_now_where_no_time_is_given(self, bot: Bot) -> None:
        assert bot.equity("1").json["timestamp"] == "2026-11-20T12:00:00+00:00"

    def test_changes_nothing_when_repeated(self, bot: Bot) -> None:
        first = bot.equity("10500", "2026-11-20T12:00:00Z")
        again = bot.equity("10500.00", "2026-11-20T12:00:00Z")

        assert (again.status_code, again.json) == (200, first.json)
        assert len(events("equity")) == 1
        assert len(bot.read("/equity-curve")) == 1

    def test_refuses_another_equity_of_the_same_moment(self, bot: Bot) -> None:
        bot.equity("10500", "2026-11-20T12:00:00Z")

        answer = bot.equity("10501", "2026-11-20T12:00:00Z")

        assert answer.status_code == 409
        assert answer.json["error"]["code"] == "equity_conflict"
        assert answer.json["error"]["details"]["equity"] == "10500.00"

    def test_refuses_what_is_still_to_come(self, bot: Bot) -> None:
        answer = bot.equity("1", "2026-11-21T12:00:01Z")

        assert answer.status_code == 422
        assert answer.json["error"]["code"] == "timestamp_in_future"


class TestStatus:
    def test_says_that_a_bot_that_never_started_stands_still(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        answer = client.get("/api/v1/status", headers=sign_in_as("viewer").headers)

        assert answer.status_code == 200
        assert answer.json == {"running": False, "uptime_seconds": 0}

    def test_counts_from_the_first_start_until_the_stop(self, bot: Bot, clock: SetClock) -> None:
        assert bot.post("/status/start", {}).json["running"] is True
        clock.advance(90)
        assert bot.post("/status/start", {}).json["uptime_seconds"] == 90

        assert bot.read("/status") == {"running": True, "uptime_seconds": 90}

        stopped = {"running": False, "uptime_seconds": 0}
        assert bot.post("/status/stop", {}).json == stopped
        assert bot.post("/status/stop", {}).json == stopped

    def test_is_told_on_its_feed_once_a_change(self, bot: Bot) -> None:
        for path in ("stop", "start", "start", "stop", "stop"):
            assert bot.post(f"/status/{path}", {}).status_code == 200

        assert [event["running"] for event in events("status")] == [True, False]


class TestCallers:
    @pytest.mark.parametrize("path", REPORTS)
    def test_who_signed_up_alone_see_no_report(
        self, client: FlaskClient, sign_up: Callable[..., SignedUp], path: str
    ) -> None:
        answer = client.get(f"/api/v1/{path}", headers=sign_up().headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")
        assert client.get(f"/api/v1/{path}").status_code == 401

    def test_who_are_viewers_read_but_do_not_write(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        viewer = Bot(client=client, headers=sign_in_as("viewer").headers)

        assert {viewer.get(f"/{path}").status_code for path in REPORTS} == {200}
        for path, body in (
            ("/trades", trade("t1")),
            ("/equity", {"equity": "1"}),
            ("/status/start", {}),
            ("/status/stop", {}),
        ):
            assert viewer.post(path, body).status_code == 403

    def test_who_hold_a_key_need_its_scope(self, bot: Bot) -> None:
        writes, reads = (_with_key(bot, scope) for scope in ("trading:write", "trading:read"))

        assert writes.push("t1").status_code == 201
        assert writes.equity("100").status_code == 201
        assert writes.post("/status/start", {}).status_code == 200
        assert writes.get("/trades").json["error"]["code"] == "insufficient_scope"
        assert reads.read("/trades")["total"] == 1
        assert reads.push("t2").status_code == 403


def _with_key(bot: Bot, scope: str) -> Bot:
    made = bot.client.post(
        "/users/me/api-keys", json={"name": scope, "scopes": [scope]}, headers=bot.headers
    )
    return Bot(client=bot.client, headers={"X-API-Key": made.json["key"]})
