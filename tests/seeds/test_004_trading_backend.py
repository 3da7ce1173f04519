"""Does every request of document 004 work, at its URL and as it is written there?"""

from decimal import Decimal
from typing import Any

import pytest

from app.accounts.models import User
from app.config import Settings
from app.core import dynamo
from app.jobs.schedule import schedule

SIGNUP_BODY = """\
{
  "username": "alice",
  "email": "alice@example.com",
  "password": "Str0ngPass!"
}
"""
LOGIN_BODY = """\
{
  "username": "alice",
  "password": "Str0ngPass!"
}
"""


def post(client: Any, path: str, body: str, **more: Any) -> Any:
    return client.post(path, data=body, content_type="application/json", **more)


@pytest.fixture
def alice(client: Any) -> str:
    """Her id, after she signed up."""
    answer = post(client, "/api/v1/signup", SIGNUP_BODY)
    assert answer.status_code == 201
    assert answer.json == {"message": "Signup received. Await approval.", "status": "pending"}
    [user] = [user for user in User.scan() if user.username == "alice"]
    return str(user.user_id)


@pytest.fixture
def tokens(client: Any, alice: str) -> dict[str, str]:
    """Her tokens, once the account is active as an approval leaves it."""
    approval = [User.status.set("active"), User.role.set("viewer"), User.awaiting.remove()]
    dynamo.commit(dynamo.update(User(alice), approval))
    answer = post(client, "/api/v1/login", LOGIN_BODY)
    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "refresh_token", "token_type"}
    assert answer.json["token_type"] == "bearer"
    found: dict[str, str] = answer.json
    return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def error_of(answer: Any) -> tuple[int, str, str]:
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    return answer.status_code, error["code"], error["message"]


class TestLogin:
    @pytest.mark.usefixtures("alice")
    def test_of_an_account_that_is_not_active(self, client: Any):
        assert error_of(post(client, "/api/v1/login", LOGIN_BODY)) == (
            401,
            "inactive_account",
            "Invalid credentials or inactive account.",
        )

    def test_is_throttled_to_five_attempts(self, client: Any):
        for _ in range(5):
            assert post(client, "/api/v1/login", LOGIN_BODY).status_code == 401
        answer = post(client, "/api/v1/login", LOGIN_BODY)
        assert answer.status_code == 429
        assert answer.json["error"]["details"]["retry_after"] == 900


class TestRefresh:
    def test_takes_the_body_or_the_header(self, client: Any, tokens: dict[str, str]):
        in_body = client.post("/api/v1/refresh", json={"refresh_token": tokens["refresh_token"]})
        in_header = client.post("/api/v1/refresh", headers=bearer(tokens["refresh_token"]))
        for answer in (in_body, in_header):
            assert answer.status_code == 200
            assert set(answer.json) == {"access_token", "token_type"}
            assert answer.json["token_type"] == "bearer"


class TestLogout:
    def test_revokes_both_tokens(self, client: Any, tokens: dict[str, str]):
        answer = client.post(
            "/api/v1/logout",
            headers=bearer(tokens["access_token"]),
            json={"refresh_token": tokens["refresh_token"]},
        )
        assert (answer.status_code, answer.json) == (200, {"message": "Logged out"})
        me = client.get("/api/v1/me", headers=bearer(tokens["access_token"]))
        assert error_of(me)[:2] == (401, "token_revoked")
        again = client.post("/api/v1/refresh", headers=bearer(tokens["refresh_token"]))
        assert error_of(again)[:2] == (401, "token_revoked")


class TestMe:
    def test_returns_the_profile(self, client: Any, alice: str, tokens: dict[str, str]):
        answer = client.get("/api/v1/me", headers=bearer(tokens["access_token"]))
        assert answer.status_code == 200
        fields = {"id", "username", "email", "role", "status", "created_at", "updated_at"}
        assert set(answer.json) == fields
        assert (answer.json["id"], answer.json["username"]) == (alice, "alice")
        assert (answer.json["role"], answer.json["status"]) == ("viewer", "active")
        assert answer.json["created_at"].endswith("+00:00")


@pytest.fixture
def bot(client: Any, sign_in_as: Any) -> Any:
    """Pushes as the trading bot does, at moments of the days before the test's noon."""
    headers = sign_in_as("admin").headers

    def push(path: str, **body: Any) -> Any:
        answer = client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.json
        return answer.json

    return push


@pytest.fixture
def ask(client: Any, tokens: dict[str, str]) -> Any:
    """Alice, a viewer, asks for a report."""

    def asking(path: str) -> Any:
        answer = client.get(f"/api/v1{path}", headers=bearer(tokens["access_token"]))
        assert answer.status_code == 200, answer.json
        return answer.json

    return asking


def a_trade(trade_id: str, pnl: str, timestamp: str, **more: str) -> dict[str, str]:
    facts = {"symbol": "BTC", "side": "sell", "size": "0.5", **more}
    return {"trade_id": trade_id, "pnl": pnl, "timestamp": timestamp, **facts}


class TestEquityCurve:
    def test_returns_ordered_pairs_of_the_last_30_days(self, bot: Any, ask: Any):
        for day in ("2026-11-20T11:00:00", "2026-10-22T12:00:00", "2026-10-20T12:00:00"):
            bot("/equity", equity="10000.50", timestamp=f"{day}+00:00")
        assert ask("/equity-curve") == [
            ["2026-10-22T12:00:00+00:00", "10000.50"],
            ["2026-11-20T11:00:00+00:00", "10000.50"],
        ]

    def test_supports_start_end_and_limit(self, bot: Any, ask: Any):
        for day in range(10, 20):
            bot("/equity", equity=str(10_000 + day), timestamp=f"2026-11-{day}T12:00:00+00:00")
        found = ask("/equity-curve?start=2026-11-12T00:00:00Z&end=2026-11-16T00:00:00Z&limit=2")
        assert found == [
            ["2026-11-14T12:00:00+00:00", "10014.00"],
            ["2026-11-15T12:00:00+00:00", "10015.00"],
        ]


class TestProfit:
    def test_is_counted_from_the_earliest_snapshot(self, bot: Any, ask: Any):
        bot("/equity", equity="10000", timestamp="2026-11-01T12:00:00+00:00")
        bot("/equity", equity="10500", timestamp="2026-11-20T11:00:00+00:00")
        for number, pnl in enumerate(("12.50", "-3", "0")):
            bot("/trades", **a_trade(f"t{number}", pnl, "2026-11-19T12:00:00+00:00"))
        assert ask("/profit") == {
            "current_balance": "10500.00",
            "total_pl_amount": "500.00",
            "total_pl_percent": "5.00",
            "win_rate": Decimal("0.3333"),
        }

    def test_is_unknown_before_the_first_snapshot(self, ask: Any):
        found = ask("/profit")
        assert set(found) == {"current_balance", "total_pl_amount", "total_pl_percent", "win_rate"}
        assert (found["current_balance"], found["total_pl_amount"]) == (None, None)


class TestCalendar:
    def test_classifies_days_of_chicago(self, bot: Any, ask: Any):
        trades = [
            a_trade("a", "12.50", "2026-11-19T05:59:59+00:00"),  # still the 18th in Chicago
            a_trade("b", "-7", "2026-11-19T06:00:00+00:00"),
            a_trade("c", "5", "2026-11-20T05:59:59+00:00"),
        ]
        bot("/trades", trades=trades)
        assert ask("/calendar?start=2026-11-17&end=2026-11-19") == {
            "2026-11-17": {"pnl": "0.00", "color": "neutral"},
            "2026-11-18": {"pnl": "12.50", "color": "green"},
            "2026-11-19": {"pnl": "-2.00", "color": "red"},
        }


class TestStatus:
    def test_exposes_running_and_uptime(self, bot: Any, ask: Any, clock: Any):
        assert ask("/status") == {"running": False, "uptime_seconds": 0}
        bot("/status/start")
        clock.advance(90)
        assert ask("/status") == {"running": True, "uptime_seconds": 90}


class TestTrades:
    def test_are_paged_and_filtered_newest_first(self, bot: Any, ask: Any):
        for hour in range(1, 6):
            side = "sell" if hour % 2 else "buy"
            bot("/trades", **a_trade(f"t{hour}", "1.5", f"2026-11-20T0{hour}:00:00Z", side=side))
        bot("/trades", **a_trade("other", "1", "2026-11-20T05:30:00Z", symbol="ETH"))

        found = ask(
            "/trades?page=2&page_size=2&symbol=BTC&side=sell"
            "&start=2026-11-20T00:00:00Z&end=2026-11-20T23:59:59Z"
        )
        assert {name: found[name] for name in ("page", "page_size", "total")} == {
            "page": 2,
            "page_size": 2,
            "total": 3,
        }
        assert found["items"] == [
            {
                "id": "t1",
                "symbol": "BTC",
                "side": "sell",
                "size": "0.5",
                "pnl": "1.50",
                "timestamp": "2026-11-20T01:00:00+00:00",
            }
        ]


class TestRegisterDevice:
    def test_adds_or_updates_and_is_ios_by_default(self, client: Any, tokens: dict[str, str]):
        for told in ("Device token registered.", "Device token updated."):
            answer = client.post(
                "/api/v1/register-device",
                json={"token": "a-device-token-of-alice"},
                headers=bearer(tokens["access_token"]),
            )
            assert answer.json["message"] == told
        mine = client.get("/users/me/devices", headers=bearer(tokens["access_token"])).json
        assert [device["platform"] for device in mine["devices"]] == ["ios"]


class TestAdmin:
    def test_follows_the_table(self, client: Any, alice: str, sign_in_as: Any):
        admin = sign_in_as("admin").headers
        pending = client.get("/api/v1/admin/pending-users", headers=admin)
        assert [user["id"] for user in pending.json] == [alice]
        for path, body in (
            (f"/api/v1/admin/approve/{alice}", None),
            (f"/api/v1/admin/role/{alice}", {"role": "admin"}),
            (f"/api/v1/admin/disable/{alice}", None),
        ):
            answer = client.post(path, headers=admin, json=body)
            assert answer.status_code == 200, answer.json
        logs = client.get("/api/v1/admin/audit-logs?limit=2&offset=1", headers=admin)
        assert [row["action"] for row in logs.json] == ["change_role", "approve_user"]
        me = post(client, "/api/v1/login", LOGIN_BODY)
        assert error_of(me)[:2] == (401, "inactive_account")


class TestFeeds:
    def test_carry_the_documented_payload(self, bot: Any, ask: Any):
        bot("/equity", equity="10000.50", timestamp="2026-11-20T11:00:00+00:00")
        [event] = ask("/feeds/equity")["events"]
        assert event == {
            "event": "equity",
            "data": {"timestamp": "2026-11-20T11:00:00+00:00", "equity": "10000.50"},
            "id": event["id"],
        }


class TestSettings:
    def test_have_the_documented_names_and_defaults(self):
        names = {"SCHEDULER_ENABLED", "EQUITY_SNAPSHOT_INTERVAL_MINUTES", "HEARTBEAT_CRON"}
        assert names | {"BASELINE_EQUITY"} <= Settings.environment_names()
        settings = Settings.from_env({})
        assert settings.equity_snapshot_interval_minutes == 10
        assert settings.heartbeat_cron == "0 2,8,14,20 * * *"
        by_name = {job.name: job for job in schedule(settings)}
        assert by_name["trading.send_heartbeat"].timezone == "America/Chicago"
        assert by_name["trading.roll_up_daily_pnl"].timezone == "America/Chicago"
