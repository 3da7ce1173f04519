"""Sara sells her camera to the better of two bidders, and everybody hears of it: is it one story?"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tasks import marketplace
from tests.accounts.worker import Worker
from tests.conftest import LocalAws, SignedUp

RUN_BY_THE_WORKER = (marketplace,)
CAMERA = {"item_id": "camera", "name": "Vintage film camera", "price": 180.00, "status": "draft"}


class Person:
    """Somebody in the marketplace."""

    def __init__(self, client: FlaskClient, account: SignedUp, worker: Worker) -> None:
        self._client, self._account, self._worker = client, account, worker

    def get(self, path: str) -> Any:
        answer = self._client.get(path, headers=self._account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    def do(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self._client.open(path, method=method, json=body, headers=self._account.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def latest_mail(self) -> str:
        return self._worker.emails(self._account.email)[-1].subject


@pytest.fixture
def person(
    app: Flask, aws: LocalAws, client: FlaskClient, sign_up: Callable[..., SignedUp]
) -> Callable[[str], Person]:
    worker = Worker(app=app, aws_url=aws.url)

    def named(name: str) -> Person:
        return Person(client, sign_up(email=f"{name}@example.com", first_name=name), worker)

    return named


class TestSelling:
    def test_leads_from_a_draft_to_one_sale(self, person: Callable[[str], Person]):
        sara, ben, olga = person("sara"), person("ben"), person("olga")
        sara.do("POST", "/items", CAMERA, status=201)
        assert ben.get("/items?q=camera")["items"] == []

        sara.do("PUT", "/items/camera", {"status": "active"})
        found = ben.get("/items?q=film+cam&max_price=200")["items"]
        assert [item["item_id"] for item in found] == ["camera"]

        low = ben.do("POST", "/offers", {"item_id": "camera", "price": 100}, status=201)
        assert sara.latest_mail() == "An offer of 100.00 USD for Vintage film camera"
        sara.do("POST", f"/offers/{low['id']}/decline")
        assert ben.latest_mail() == "The offer for Vintage film camera was declined"

        better = ben.do("POST", "/offers", {"item_id": "camera", "price": "150.50"}, status=201)
        best = olga.do("POST", "/offers", {"item_id": "camera", "price": 175}, status=201)
        received = sara.get("/offers?role=seller&item_id=camera")["offers"]
        pending = {offer["id"] for offer in received if offer["status"] == "pending"}
        assert pending == {better["id"], best["id"]}

        assert sara.do("POST", f"/offers/{best['id']}/accept")["status"] == "accepted"
        assert olga.latest_mail() == "Your offer for Vintage film camera was accepted"
        assert sara.latest_mail() == "You sold Vintage film camera"
        assert ben.latest_mail() == "Vintage film camera is no longer for sale"
        assert ben.get(f"/offers/{better['id']}")["status"] == "declined"

        assert ben.get("/items/camera")["status"] == "sold"
        assert ben.get("/items?q=camera")["items"] == []
        late = ben.do("POST", "/offers", {"item_id": "camera", "price": 500}, status=409)
        assert late["error_code"] == "ITEM_NOT_FOR_SALE"
