"""What do the marketplace's tests stand on? People who sell and buy, and a queue that remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import SignedUp

LAMP = {"item_id": "lamp", "name": "Desk lamp", "price": "25.50"}


@dataclass
class RememberedJobs:
    """A job queue that only remembers what was enqueued."""

    enqueued: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def enqueue(self, task: str, arguments: dict[str, Any], *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0
        self.enqueued.append((task, arguments))

    def named(self, task: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.enqueued if name == task]


@dataclass
class Trader:
    """Somebody signed in, and what they ask."""

    client: FlaskClient
    account: SignedUp

    @property
    def user_id(self) -> str:
        return self.account.user_id

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.account.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(path, json=body, headers=self.account.headers)

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(path, json=body, headers=self.account.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(path, headers=self.account.headers)

    def put_up(self, **changes: Any) -> Any:
        answer = self.post("/items", {**LAMP, **changes})
        assert answer.status_code == 201, answer.text
        return answer.json

    def offer(self, price: str = "20", *, item_id: str = "lamp", **more: Any) -> str:
        answer = self.post("/offers", {"item_id": item_id, "price": price, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])


@pytest.fixture
def jobs() -> RememberedJobs:
    return RememberedJobs()


@pytest.fixture
def trader(client: FlaskClient, sign_up: Callable[..., SignedUp]) -> Callable[..., Trader]:
    def somebody(**fields: Any) -> Trader:
        return Trader(client, sign_up(**fields))

    return somebody


@pytest.fixture
def seller(trader: Callable[..., Trader]) -> Trader:
    return trader(email="sara@example.com", first_name="Sara")


@pytest.fixture
def buyer(trader: Callable[..., Trader]) -> Trader:
    return trader(email="ben@example.com", first_name="Ben")
