"""Is what the demo bot traded the same everywhere, and does it agree with itself?"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.local import demo_trading
from app.local.api_client import Answer, encoded
from tests.conftest import NOON, SignedUp


class InProcess:
    """The laptop's client of the API, without a server in between."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        written = None if body is None else encoded(body)
        answer = self.client.open(
            path, method=method, data=written, content_type="application/json", headers=self.headers
        )
        return Answer(answer.status_code, answer.json)


class TestTrades:
    def test_are_the_same_for_the_same_seed_and_day(self) -> None:
        first = demo_trading.trades(seed=2026, now=NOON)
        assert first == demo_trading.trades(seed=2026, now=NOON + timedelta(hours=11))
        assert first != demo_trading.trades(seed=2027, now=NOON)

    @pytest.mark.parametrize("seed", range(20))
    def test_are_opened_and_closed_within_the_three_months(self, seed: int) -> None:
        rows = demo_trading.trades(seed=seed, now=NOON)
        assert len({row["trade_id"] for row in rows}) == len(rows) == 100
        assert [row["timestamp"] for row in rows] == sorted(row["timestamp"] for row in rows)
        assert all("2026-08-22" <= row["timestamp"] < NOON.isoformat() for row in rows)
        assert 10 < sum(row["pnl"] > 0 for row in rows) < 45
        assert all(row["size"] > 0 for row in rows)


class TestEquity:
    @pytest.mark.parametrize("seed", range(20))
    def test_is_what_the_trades_made_of_the_beginning(self, seed: int) -> None:
        rows = demo_trading.trades(seed=seed, now=NOON)
        curve = demo_trading.equity(rows, now=NOON)
        assert curve[0] == {"timestamp": "2026-08-22T00:00:00+00:00", "equity": "25000"}
        assert curve[-1]["timestamp"] == "2026-11-19T21:00:00+00:00"
        assert Decimal(curve[-1]["equity"]) == 25_000 + sum(row["pnl"] for row in rows)
        assert len(curve) < 45


class TestPush:
    def test_gives_viewers_reports_that_agree(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        admin, viewer = sign_in_as("admin").headers, sign_in_as("viewer").headers
        bot: Any = InProcess(client, admin)

        assert demo_trading.push(bot, seed=2026, now=NOON) == []
        assert demo_trading.push(bot, seed=2026, now=NOON) == []  # a start that was ended half-way

        def read(path: str) -> Any:
            return client.get(f"/api/v1{path}", headers=viewer).json

        profit, stats = read("/profit"), read("/stats")
        assert read("/trades")["total"] == stats["trade_count"] == 100
        assert Decimal(profit["total_pl_amount"]) == Decimal(stats["net_profit"])
        assert Decimal(profit["current_balance"]) == 25_000 + Decimal(stats["net_profit"])
        assert read("/status")["running"] is True
        assert stats["sharpe"] is not None

    def test_tells_what_was_refused(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        viewer: Any = InProcess(client, sign_in_as("viewer").headers)
        refused = demo_trading.push(viewer, seed=2026, now=NOON)
        assert {answer.status for answer in refused} == {403}
