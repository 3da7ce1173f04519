"""Is a repeated creating POST carried out once, and its first answer given again?"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.config import Settings
from app.core import auth, dynamo, errors, idempotency, ids
from app.core import clock as clocks
from app.core.idempotency import idempotent
from app.factory import create_app
from tests.conftest import NOON
from tests.core.scripted_dynamodb import answering, refusal
from tests.core.together import together


def elsewhere(clock: Any, action: Callable[[], Any]) -> Any:
    """Do it as another process would, while this request is still running."""

    def act() -> Any:
        with clocks.reading(clock.now):
            return action()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(act).result()


KEY = {"Idempotency-Key": "key-1"}


@dataclass
class Shop:
    """What the probe routes did."""

    orders: list[Any] = field(default_factory=list)
    failing: Exception | None = None
    during: Callable[[], object] = lambda: None

    def order(self) -> tuple[dict[str, Any], int]:
        self.during()
        if self.failing is not None:
            raise self.failing
        self.orders.append(request.get_json())
        return {"number": len(self.orders), "key": "ifk_secret", "token": "shown"}, 201

    def decline(self) -> tuple[dict[str, Any], int]:
        self.orders.append(request.get_json())
        return {"number": len(self.orders)}, 409

    def fill(self) -> tuple[str, int]:
        self.orders.append(None)
        return "x" * (idempotency.LARGEST_KEPT_BODY + 1), 201


@pytest.fixture
def shop() -> Shop:
    return Shop()


def opened(app: Flask, shop: Shop) -> Flask:
    guard = auth.signed_in(shows=auth.PRIVATE)
    for view in (shop.order, shop.decline, shop.fill):
        name = view.__name__

        def once(view: Callable[[], Any] = view) -> Any:
            return view()

        app.add_url_rule(f"/{name}", name, guard(idempotent(once)), methods=["POST"])
    app.add_url_rule("/order-again", "order-again", app.view_functions["order"], methods=["POST"])
    return app


@pytest.fixture
def shopping(settings: Settings, client: FlaskClient, shop: Shop) -> FlaskClient:
    """A client of an app with creating routes, on the tables that `client` made."""
    return opened(create_app(settings), shop).test_client()


@pytest.fixture
def ada(sign_up: Any) -> dict[str, str]:
    headers: dict[str, str] = sign_up().headers
    return headers


class TestRepeating:
    def test_gives_the_first_answer_again_without_its_secrets(
        self, shopping: FlaskClient, shop: Shop, ada: Any
    ):
        first = shopping.post("/order", json={"a": 1}, headers=ada | KEY)
        assert (first.status_code, first.json["key"]) == (201, "ifk_secret")
        assert "Idempotency-Replayed" not in first.headers
        second = shopping.post("/order", json={"a": 1}, headers=ada | KEY)
        assert (second.status_code, second.json) == (201, {"number": 1, "token": "shown"})
        assert second.headers["Idempotency-Replayed"] == "true"
        assert shop.orders == [{"a": 1}]

    def test_keeps_no_secret(self, shopping: FlaskClient, ada: Any):
        shopping.post("/order", json={}, headers=ada | KEY)
        (row,) = idempotency.IdempotencyRecord.scan()
        assert "ifk_secret" not in str(row.attribute_values)
        assert KEY["Idempotency-Key"] not in row.key

    def test_is_a_new_request_without_a_key(self, shopping: FlaskClient, shop: Shop, ada: Any):
        for _ in range(2):
            assert shopping.post("/order", json={}, headers=ada).status_code == 201
        assert len(shop.orders) == 2

    def test_is_refused_with_another_body(self, shopping: FlaskClient, shop: Shop, ada: Any):
        shopping.post("/order", json={"a": 1}, headers=ada | KEY)
        answer = shopping.post("/order", json={"a": 2}, headers=ada | KEY)
        assert (answer.status_code, answer.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert len(shop.orders) == 1

    def test_is_a_new_request_of_another_caller_or_at_another_path(
        self, shopping: FlaskClient, shop: Shop, ada: Any, sign_up: Any
    ):
        shopping.post("/order", json={"a": 1}, headers=ada | KEY)
        assert shopping.post("/order", json={"a": 2}, headers=sign_up().headers | KEY).json
        assert shopping.post("/order-again", json={"a": 3}, headers=ada | KEY).status_code == 201
        assert len(shop.orders) == 3

    def test_is_a_new_request_after_24_hours(
        self, shopping: FlaskClient, shop: Shop, ada: Any, clock: Any, app: Flask
    ):
        guardless = dict(ada)
        shopping.post("/order", json={}, headers=guardless | KEY)
        clock.advance(hours=23, minutes=59)
        login = {"email": "user1@example.com", "password": "password123"}
        fresh = app.test_client().post("/auth/login", json=login).json["access_token"]
        headers = {"Authorization": f"Bearer {fresh}"} | KEY
        replayed = shopping.post("/order", json={}, headers=headers)
        assert replayed.headers["Idempotency-Replayed"] == "true"
        clock.advance(minutes=2)
        again = shopping.post("/order", json={"other": 1}, headers=headers)
        assert (again.status_code, again.json["number"]) == (201, 2)

    @pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside"])
    def test_is_refused_with_a_key_that_is_none(
        self, shopping: FlaskClient, shop: Shop, ada: Any, key: str
    ):
        answer = shopping.post("/order", json={}, headers=ada | {"Idempotency-Key": key})
        assert answer.json["error_code"] == "INVALID_IDEMPOTENCY_KEY"
        assert (answer.status_code, shop.orders) == (400, [])
        longest = {"Idempotency-Key": "x" * 255}
        assert shopping.post("/order", json={}, headers=ada | longest).status_code == 201


class TestFailure:
    @pytest.mark.parametrize("error", [errors.Conflict(), RuntimeError("of ours")])
    def test_frees_the_key(self, shopping: FlaskClient, shop: Shop, ada: Any, error: Exception):
        shop.failing = error
        assert shopping.post("/order", json={"a": 1}, headers=ada | KEY).status_code >= 400
        shop.failing = None
        assert shopping.post("/order", json={"a": 2}, headers=ada | KEY).status_code == 201

    def test_that_was_returned_frees_the_key(self, shopping: FlaskClient, shop: Shop, ada: Any):
        for _ in range(2):
            assert shopping.post("/decline", json={}, headers=ada | KEY).status_code == 409
        assert len(shop.orders) == 2

    def test_to_keep_an_answer_that_is_too_long_frees_the_key(
        self, shopping: FlaskClient, shop: Shop, ada: Any
    ):
        for _ in range(2):
            assert shopping.post("/fill", json={}, headers=ada | KEY).status_code == 201
        assert len(shop.orders) == 2

    def test_of_dynamodb_to_keep_the_answer_is_not_the_callers(
        self, shopping: FlaskClient, shop: Shop, ada: Any, settings: Settings
    ):
        with answering(refusal("InternalServerError", status=500)) as broken:
            shop.during = lambda: dynamo.connect(
                replace(settings, dynamodb_endpoint_url=broken.url)
            )
            answer = shopping.post("/order", json={"a": 1}, headers=ada | KEY)
            assert set(broken.asked) == {"UpdateItem"}
        dynamo.connect(settings)
        assert (answer.status_code, answer.json["number"]) == (201, 1)


class TestStillRunning:
    def test_is_told_while_the_first_runs(
        self, shopping: FlaskClient, shop: Shop, ada: Any, clock: Any
    ):
        rivals: list[Any] = []

        def again() -> Any:
            return shopping.post("/order", json={}, headers=ada | KEY)

        shop.during = lambda: rivals.append(elsewhere(clock, again))
        first = again()
        assert (first.status_code, len(shop.orders)) == (201, 1)
        assert rivals[0].json["error_code"] == "REQUEST_IN_PROGRESS"
        assert (rivals[0].status_code, rivals[0].headers["Retry-After"]) == (409, "1")

    def test_ends_after_60_seconds(self, shopping: FlaskClient, shop: Shop, ada: Any, clock: Any):
        later: list[Any] = []

        def again(body: Any) -> Any:
            return elsewhere(clock, lambda: shopping.post("/order", json=body, headers=ada | KEY))

        def seem_to_crash() -> None:
            shop.during = lambda: None
            clock.advance(60)
            later.append(again({}))
            clock.advance(0.001)
            later.append(again({"other": 1}))
            later.append(again({}))

        shop.during = seem_to_crash
        slow = again({})
        assert [answer.status_code for answer in later] == [409, 422, 201]
        assert later[2].json["number"] == 1
        # The slow one finished after all; what is kept is the answer of the one that took over.
        assert slow.json["number"] == 2
        assert again({}).json["number"] == 1

    def test_leaves_one_effect_of_twenty_at_once(
        self, settings: Settings, shop: Shop, ada: Any, shopping: FlaskClient
    ):
        lock = threading.Lock()

        def attempt(_: int) -> int:
            answer = shopping.application.test_client().post(
                "/order", json={"a": 1}, headers=ada | KEY
            )
            with lock:
                assert answer.status_code == 409 or answer.json["number"] == 1
            return answer.status_code

        statuses = together(20, attempt)
        assert len(shop.orders) == 1
        assert set(statuses) <= {201, 409}
        assert 201 in statuses


@pytest.mark.usefixtures("aws")
class TestBegin:
    def test_knows_its_own_claim_when_the_answer_to_it_was_lost(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(ids, "new_id", lambda: "the one attempt")
        claim: dict[str, Any] = {"key": "k", "body_hash": "b", "now": NOON}
        idempotency.IdempotencyRecord.begin(**claim)

        again = idempotency.IdempotencyRecord.begin(**claim)  # the client library's own retry

        assert again.attempt == "the one attempt"

    def test_is_refused_while_another_attempt_holds_the_key(self):
        claim: dict[str, Any] = {"key": "k", "body_hash": "b", "now": NOON}
        idempotency.IdempotencyRecord.begin(**claim)

        with pytest.raises(dynamo.ConditionFailed):
            idempotency.IdempotencyRecord.begin(**claim)
