"""Does one's own account show and change what it should, and nothing else?"""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import UniqueKey, User
from app.core import clock as clocks
from app.core import dynamo
from app.factory import create_app
from tests.accounts.doors import bearer, code_of
from tests.core.together import together

CHANGES = ("put", "patch")
FORBIDDEN = (
    "role", "status", "user_id", "id", "email", "email_verified", "phone", "token_version",
    "intended_plan", "password", "password_hash", "stripe_customer_id", "created_at", "scopes",
)  # fmt: skip


@pytest.fixture
def ada(sign_up: Any) -> Any:
    return sign_up("ada@example.com", username="Ada_1", preferences={"theme": "dark", "a": 1})


def cost_of(answer: Any) -> str:
    timing: str = answer.headers["Server-Timing"]
    return timing.split('desc="')[1].split(" requests", maxsplit=1)[0]


class TestReadMe:
    def test_costs_one_request_to_authenticate_and_one_to_read(self, client: Any, ada: Any):
        assert cost_of(client.get("/users/me", headers=ada.headers)) == "2"
        assert cost_of(client.put("/users/me", headers=ada.headers, json={"role": "x"})) == "1"
        assert cost_of(client.get("/users/me")) == "0"
        assert cost_of(client.get("/users/me", headers=bearer("garbage"))) == "0"

    def test_is_the_same_account_at_api_v1(self, client: Any, ada: Any):
        answer = client.get("/api/v1/me", headers=ada.headers)
        assert answer.status_code == 200
        assert answer.json == {
            "id": ada.user_id,
            "username": "Ada_1",
            "email": "ada@example.com",
            "role": "user",
            "status": "active",
            "created_at": "2026-11-20T12:00:00+00:00",
            "updated_at": "2026-11-20T12:00:00+00:00",
        }

    @pytest.mark.parametrize("path", ["/users/me", "/api/v1/me"])
    @pytest.mark.parametrize("status", ["pending", "disabled", "deleted"])
    def test_refuses_an_inactive_account(self, client: Any, ada: Any, path: str, status: str):
        dynamo.commit(dynamo.update(User(ada.user_id), [User.status.set(status)]))
        answer = client.get(path, headers=ada.headers)
        assert (answer.status_code, code_of(answer)) == (401, "inactive_account")

    def test_refuses_an_account_that_is_gone(self, client: Any, ada: Any):
        dynamo.commit(dynamo.delete(User(ada.user_id)))
        answer = client.get("/users/me", headers=ada.headers)
        assert (answer.status_code, code_of(answer)) == (401, "invalid_token")


@pytest.mark.parametrize("method", CHANGES)
class TestChangeMe:
    def change(self, client: Any, method: str, headers: Any, body: Any) -> Any:
        return client.open("/users/me", method=method.upper(), headers=headers, json=body)

    def test_changes_what_is_named_and_keeps_the_rest(
        self, client: Any, ada: Any, clock: Any, method: str
    ):
        clock.advance(60)
        before = client.get("/users/me", headers=ada.headers).json
        answer = self.change(client, method, ada.headers, {"first_name": " Augusta "})
        assert answer.status_code == 200
        changed = {"first_name": "Augusta", "updated_at": "2026-11-20T12:01:00+00:00"}
        assert answer.json == before | changed
        assert client.get("/users/me", headers=ada.headers).json == answer.json

    def test_removes_a_name_that_is_given_as_null(self, client: Any, ada: Any, method: str):
        self.change(client, method, ada.headers, {"first_name": "A", "last_name": "B"})
        answer = self.change(client, method, ada.headers, {"first_name": None})
        assert (answer.json["first_name"], answer.json["last_name"]) == (None, "B")

    def test_merges_preferences(self, client: Any, ada: Any, method: str):
        body = {"preferences": {"a": None, "b": {"c": [Decimal("0.1"), None]}, "theme": "light"}}
        answer = self.change(client, method, ada.headers, body)
        merged = {"theme": "light", "b": {"c": [Decimal("0.1"), None]}}
        assert answer.json["preferences"] == merged
        assert self.change(client, method, ada.headers, {}).json["preferences"] == merged

    def test_caps_preferences(self, client: Any, ada: Any, method: str):
        half = {"preferences": {"x": "x" * 9_000}}
        assert self.change(client, method, ada.headers, half).status_code == 200
        answer = self.change(client, method, ada.headers, {"preferences": {"y": "y" * 9_000}})
        assert (answer.status_code, code_of(answer)) == (422, "preferences_too_large")
        assert "y" not in client.get("/users/me", headers=ada.headers).json["preferences"]

    @pytest.mark.parametrize("plan", ["pro", "free", "anything", None])
    def test_refuses_a_plan(self, client: Any, ada: Any, method: str, plan: str | None):
        answer = self.change(client, method, ada.headers, {"plan": plan, "first_name": "X"})
        if plan is None:
            assert answer.status_code in {403, 422}
        else:
            assert (answer.status_code, code_of(answer)) == (403, "plan_change_requires_checkout")
        me = client.get("/users/me", headers=ada.headers).json
        assert (me["plan"], me["first_name"]) == ("free", None)

    @pytest.mark.parametrize("name", FORBIDDEN)
    def test_refuses_what_is_not_ones_own_to_change(
        self, client: Any, ada: Any, method: str, name: str
    ):
        answer = self.change(client, method, ada.headers, {name: "admin", "first_name": "X"})
        assert (answer.status_code, code_of(answer)) == (422, "validation_error")
        assert client.get("/users/me", headers=ada.headers).json["first_name"] is None

    @pytest.mark.parametrize("username", ["ab", "a" * 31, "a b", "ada\n", "", None, 5, "adä"])
    def test_refuses_what_is_no_username(self, client: Any, ada: Any, method: str, username: Any):
        answer = self.change(client, method, ada.headers, {"username": username})
        assert answer.status_code == 422
        assert client.get("/users/me", headers=ada.headers).json["username"] == "Ada_1"

    def test_moves_the_lock_on_the_username(self, client: Any, ada: Any, sign_up: Any, method: str):
        bob = sign_up(username="bob")
        taken = self.change(client, method, ada.headers, {"username": "BOB"})
        assert (taken.status_code, code_of(taken)) == (409, "user_exists")
        assert self.change(client, method, ada.headers, {"username": "Countess"}).status_code == 200
        assert UniqueKey.holder(kind="username", value="countess") == ada.user_id
        assert UniqueKey.holder(kind="username", value="ada_1") is None
        assert self.change(client, method, bob.headers, {"username": "ada_1"}).status_code == 200
        assert UniqueKey.holder(kind="username", value="bob") is None

    def test_changes_the_case_of_ones_own_username(self, client: Any, ada: Any, method: str):
        answer = self.change(client, method, ada.headers, {"username": "ADA_1"})
        assert (answer.status_code, answer.json["username"]) == (200, "ADA_1")
        assert UniqueKey.holder(kind="username", value="ada_1") == ada.user_id

    def test_gives_a_first_username(self, client: Any, sign_up: Any, method: str):
        somebody = sign_up()
        answer = self.change(client, method, somebody.headers, {"username": "first"})
        assert answer.json["username"] == "first"
        assert UniqueKey.holder(kind="username", value="FIRST") == somebody.user_id


def ticking() -> Any:
    """A clock on which no two looks tell the same time, as it is in life."""
    ticks = itertools.count(1)
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    return clocks.reading(lambda: noon + timedelta(microseconds=next(ticks)))


class TestRacingChanges:
    def test_of_one_username_leave_it_to_one(self, app: Flask, sign_up: Any):
        people = [sign_up() for _ in range(8)]

        def attempt(number: int) -> int:
            headers = people[number].headers
            body = {"username": "wanted" if number % 2 else "WANTED"}
            return app.test_client().put("/users/me", headers=headers, json=body).status_code

        statuses = together(8, attempt)
        assert sorted(statuses) == [200] + [409] * 7
        winner = people[statuses.index(200)]
        assert UniqueKey.holder(kind="username", value="wanted") == winner.user_id

    def test_of_one_account_leave_one_lock(self, app: Flask, ada: Any):
        def attempt(number: int) -> int:
            body = {"username": f"name_{number}"}
            return app.test_client().put("/users/me", headers=ada.headers, json=body).status_code

        with ticking():
            statuses = together(6, attempt)
        assert set(statuses) <= {200, 503}
        user = User.of(ada.user_id)
        assert user is not None
        locks = {row.key for row in UniqueKey.scan() if row.key.startswith("username#")}
        assert locks == {UniqueKey.key_of("username", str(user.username))}

    def test_of_one_account_to_one_name_all_succeed(self, app: Flask, ada: Any):
        def attempt(_: int) -> int:
            body = {"username": "same"}
            return app.test_client().put("/users/me", headers=ada.headers, json=body).status_code

        with ticking():
            assert set(together(4, attempt)) == {200}
        assert UniqueKey.holder(kind="username", value="same") == ada.user_id

    def test_of_preferences_lose_none(self, app: Flask, ada: Any):
        def attempt(number: int) -> bool:
            body = {"preferences": {f"p{number}": number}}
            answer = app.test_client().patch("/users/me", headers=ada.headers, json=body)
            return answer.status_code == 200

        with ticking():
            done = together(5, attempt)
        user = User.of(ada.user_id)
        assert user is not None
        kept = {f"p{number}" for number, succeeded in enumerate(done) if succeeded}
        assert kept
        assert {name for name in user.preferences if name.startswith("p")} == kept


class TestUnverifiedEmail:
    @pytest.fixture
    def strict(self, settings: Any, client: Any) -> Any:
        return create_app(replace(settings, require_verified_email=True)).test_client()

    def test_is_refused_where_the_installation_asks_for_one(self, strict: Any, ada: Any):
        answer = strict.get("/users/me", headers=ada.headers)
        assert (answer.status_code, code_of(answer)) == (403, "email_not_verified")
        dynamo.commit(dynamo.update(User(ada.user_id), [User.email_verified.set(True)]))
        assert strict.get("/users/me", headers=ada.headers).status_code == 200


class TestTokenVersion:
    def test_that_moved_on_ends_every_token(self, client: Any, ada: Any):
        dynamo.commit(dynamo.update(User(ada.user_id), [User.token_version.add(1)]))
        answer = client.get("/users/me", headers=ada.headers)
        assert (answer.status_code, code_of(answer)) == (401, "token_revoked")
