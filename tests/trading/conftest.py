"""How does a test push trades and equity, and look at the reports?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.feeds import service as feeds
from app.trading import service
from tests.conftest import NOON, LocalAws, SignedUp


@dataclass(frozen=True)
class Bot:
    """An admin's client that pushes, and reads what became of it."""

    client: FlaskClient
    headers: dict[str, str]

    def push(self, trade_id: str, **changes: Any) -> Any:
        """Push one trade; what is not named is an opening buy of BTC at noon."""
        return self.post("/trades", trade(trade_id, **changes))

    def push_many(self, *trades: dict[str, Any]) -> Any:
        """Push a batch."""
        return self.post("/trades", {"trades": list(trades)})

    def equity(self, equity: str, timestamp: str | None = None) -> Any:
        """Push what the bot is worth."""
        return self.post("/equity", {"equity": equity, "timestamp": timestamp})

    def post(self, path: str, body: Any) -> Any:
        """Any push."""
        return self.client.post(f"/api/v1{path}", json=without_none(body), headers=self.headers)

    def get(self, path: str, **query: Any) -> Any:
        """A report's answer."""
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def read(self, path: str, **query: Any) -> Any:
        """A report."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.json
        return answer.json


def without_none(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def trade(trade_id: str, **changes: Any) -> dict[str, Any]:
    """A trade as the bot writes it."""
    return {
        "trade_id": trade_id,
        "symbol": "BTC",
        "side": "buy",
        "size": "1",
        "pnl": "0",
        "timestamp": "2026-11-20T12:00:00+00:00",
        **changes,
    }


def events(channel: str) -> list[dict[str, Any]]:
    """What a feed told, oldest first."""
    return [dict(event.data) for event in feeds.events_after(channel=channel, after=None)]


@pytest.fixture
def bot(client: FlaskClient, sign_in_as: Callable[..., SignedUp]) -> Bot:
    """The bot."""
    return Bot(client=client, headers=sign_in_as("admin").headers)


class NamedJobs:
    """A queue that remembers what it was given."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def enqueue(self, task: str, *_: Any, **__: Any) -> None:
        """Remember it."""
        self.names.append(task)


@pytest.fixture
def jobs(aws: LocalAws) -> Any:
    """A queue, beside empty tables."""
    assert aws.answers()
    return NamedJobs()


def made(trade_id: str, at: datetime = NOON, **changes: Any) -> dict[str, Any]:
    """A trade as the service takes it; what is not named is an opening buy of BTC at noon."""
    return {
        "trade_id": trade_id,
        "symbol": "BTC",
        "side": "buy",
        "size": Decimal(1),
        "pnl": Decimal(0),
        "timestamp": at,
        **changes,
    }


def push(jobs: Any, *trades: dict[str, Any]) -> service.PushedTrades:
    """Push a batch at noon."""
    return service.push_trades(trades=trades, jobs=jobs, now=NOON)


def push_equity(jobs: Any, value: str, at: datetime = NOON) -> service.PushedEquity:
    """Push what the bot is worth."""
    return service.push_equity(equity=Decimal(value), timestamp=at, jobs=jobs, now=NOON)


def curve(start: str | None = None) -> list[tuple[datetime, Decimal]]:
    """Every snapshot from a moment on."""
    return service.equity_curve(start=start, end=None, limit=None, points=None, now=NOON)
