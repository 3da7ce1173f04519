"""A bot pushes what it does with an API key, and a viewer who was let in follows it: is it one story?"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import SetClock, SignedUp

PERSON = {"username": "vera", "email": "vera@example.com", "password": "Str0ngPass!"}


class Caller:
    """Somebody with a way to prove who they are."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(path, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json


@pytest.fixture
def admin(client: FlaskClient, sign_in_as: Callable[..., SignedUp]) -> Caller:
    return Caller(client, sign_in_as("admin").headers)


@pytest.fixture
def bot(client: FlaskClient, admin: Caller) -> Caller:
    """The bot has nothing but a key."""
    asked = {"name": "the bot", "scopes": ["trading:write"]}
    key = admin.post("/users/me/api-keys", asked, status=201)["key"]
    return Caller(client, {"X-API-Key": key})


@pytest.fixture
def viewer(client: FlaskClient, admin: Caller) -> Caller:
    """Vera signed up at /api/v1, was approved, and signed in."""
    nobody = Caller(client, {})
    nobody.post("/api/v1/signup", PERSON, status=201)
    [pending] = admin.get("/api/v1/admin/pending-users")
    admin.post(f"/api/v1/admin/approve/{pending['id']}")
    asked = {name: PERSON[name] for name in ("username", "password")}
    signed_in = nobody.post("/api/v1/login", asked)
    return Caller(client, {"Authorization": f"Bearer {signed_in['access_token']}"})


def trade(number: int, side: str, pnl: str, timestamp: str) -> dict[str, str]:
    return {
        "trade_id": f"order-{number}",
        "symbol": "BTC/USD",
        "side": side,
        "size": "0.25",
        "pnl": pnl,
        "timestamp": timestamp,
    }


class TestFollowingABot:
    def test_from_the_first_push_to_the_reports(
        self, bot: Caller, viewer: Caller, clock: SetClock
    ) -> None:
        bot.post("/api/v1/status/start")
        bot.post(
            "/api/v1/equity",
            {"equity": "10000", "timestamp": "2026-11-18T15:00:00+00:00"},
            status=201,
        )
        day = [
            trade(1, "buy", "0", "2026-11-18T15:30:00+00:00"),
            trade(2, "sell", "250.25", "2026-11-18T16:30:00+00:00"),
            trade(3, "short", "0", "2026-11-19T15:30:00+00:00"),
            trade(4, "cover", "-50.25", "2026-11-19T18:30:00+00:00"),
        ]
        pushed = bot.post("/api/v1/trades", {"trades": day}, status=201)
        assert (pushed["created"], pushed["duplicates"]) == (4, 0)
        # The line broke, and the bot pushes once more.
        assert bot.post("/api/v1/trades", {"trades": day}, status=201)["duplicates"] == 4
        bot.post(
            "/api/v1/equity",
            {"equity": "10200", "timestamp": "2026-11-20T11:00:00+00:00"},
            status=201,
        )
        clock.advance(60)

        assert viewer.get("/api/v1/status") == {"running": True, "uptime_seconds": 60}
        profit = viewer.get("/api/v1/profit")
        assert (profit["current_balance"], profit["total_pl_percent"]) == ("10200.00", "2.00")
        assert profit["win_rate"] == 0.25
        calendar = viewer.get("/api/v1/calendar?start=2026-11-18&end=2026-11-20")
        assert [(each["pnl"], each["color"]) for each in calendar.values()] == [
            ("250.25", "green"),
            ("-50.25", "red"),
            ("0.00", "neutral"),
        ]
        stats = viewer.get("/api/v1/stats")
        assert Decimal(stats["net_profit"]) == 200
        assert stats["average_duration_seconds"] == 2 * 60 * 60
        assert viewer.get("/api/v1/trades?side=sell")["total"] == 1
        picture = viewer.client.get("/api/v1/equity-curve.svg", headers=viewer.headers)
        assert "$10,200.00" in picture.text

    def test_by_the_feed_without_missing_anything(self, bot: Caller, viewer: Caller) -> None:
        first = trade(1, "buy", "0", "2026-11-20T10:00:00+00:00")
        bot.post("/api/v1/trades", first, status=201)
        told = viewer.get("/api/v1/feeds/trades")
        assert [event["data"]["id"] for event in told["events"]] == ["order-1"]

        for number in (2, 3):
            late = trade(number, "sell", "5", f"2026-11-20T1{number}:00:00+00:00")
            bot.post("/api/v1/trades", late, status=201)
        bot.post("/api/v1/trades", first)  # pushed again, it is no news
        more = viewer.get(f"/api/v1/feeds/trades?after={told['next_after']}")
        assert [event["data"]["id"] for event in more["events"]] == ["order-2", "order-3"]
        assert viewer.get(f"/api/v1/feeds/trades?after={more['next_after']}")["events"] == []

    def test_lets_nobody_do_more_than_their_part(self, bot: Caller, viewer: Caller) -> None:
        viewer.post("/api/v1/trades", trade(1, "buy", "0", "2026-11-20T10:00:00+00:00"), status=403)
        bot.get("/api/v1/profit", status=403)  # its key may write, and nothing else
        bot.get("/users/me", status=403)
