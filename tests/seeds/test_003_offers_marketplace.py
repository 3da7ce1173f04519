"""Does every request of document 003's "Passwordless Authentication Flow" work, as it is written there?

The code is read from the phone's inbox, as its holder would.
"""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.worker import Worker
from tests.conftest import LocalAws

# The document's PHONE is "+91XXXXXXXXXX".
PHONE = "+919876543210"
JSON = "application/json"


@pytest.fixture
def started(client: FlaskClient) -> dict[str, Any]:
    """Step 1: start login (issues the challenge and sends the code)."""
    answer = client.post("/auth/start", data=f'{{"phone":"{PHONE}"}}', content_type=JSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


@pytest.fixture
def inbox(app: Flask, aws: LocalAws, started: dict[str, Any]) -> list[str]:
    """The text messages that the phone got."""
    return Worker(app=app, aws_url=aws.url).texts(PHONE)


@pytest.fixture
def verified(client: FlaskClient, started: dict[str, Any], inbox: list[str]) -> dict[str, Any]:
    """Step 2: verify the code and receive tokens."""
    code = inbox[0].split()[-1]
    body = f'{{"phone":"{PHONE}","otp":"{code}","session":"{started["session"]}"}}'
    answer = client.post("/auth/verify", data=body, content_type=JSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


class TestPasswordlessAuthenticationFlow:
    def test_start_answers_session_and_phone_and_the_code_to_developers(
        self, started: dict[str, Any], inbox: list[str]
    ):
        assert set(started) == {"session", "phone", "dev_otp"}
        assert started["phone"] == PHONE
        assert re.fullmatch("[0-9]{6}", started["dev_otp"])
        assert inbox == [f"Your Offers login code is {started['dev_otp']}"]

    def test_verify_answers_tokens(self, verified: dict[str, Any]):
        assert set(verified) == {
            "access_token", "id_token", "refresh_token", "expires_in", "token_type",
        }  # fmt: skip
        assert (verified["expires_in"], verified["token_type"]) == (3600, "Bearer")

    def test_the_access_token_opens_a_protected_endpoint(
        self, client: FlaskClient, verified: dict[str, Any]
    ):
        headers = {"Authorization": f"Bearer {verified['access_token']}"}

        answer = client.get("/users/me", headers=headers)

        assert answer.status_code == 200
        assert answer.json["phone"] == PHONE

    def test_an_item_is_put_up_and_shown(self, client: FlaskClient, verified: dict[str, Any]):
        headers = {"Authorization": f"Bearer {verified['access_token']}"}

        put_up = client.post(
            "/items",
            data='{"item_id":"demo","name":"Sample","price":19.99}',
            content_type=JSON,
            headers=headers,
        )
        shown = client.get("/items/demo", headers=headers)

        assert (put_up.status_code, shown.status_code) == (201, 200)
        assert put_up.json == shown.json
        assert {name: (shown.json or {})[name] for name in ("item_id", "name")} == {
            "item_id": "demo",
            "name": "Sample",
        }
        assert '"price":19.99,' in shown.text

    def test_items_are_for_who_is_signed_in(self, client: FlaskClient):
        assert client.get("/items/demo").status_code == 401
        assert client.post("/items", data="{}", content_type=JSON).status_code == 401

    def test_refresh_answers_access_and_id_token(
        self, client: FlaskClient, verified: dict[str, Any]
    ):
        body = f'{{"refresh_token":"{verified["refresh_token"]}"}}'

        answer = client.post("/auth/refresh", data=body, content_type=JSON)

        assert answer.status_code == 200
        assert set(answer.json or {}) == {"access_token", "id_token", "expires_in", "token_type"}
        assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")
        headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
        assert client.get("/users/me", headers=headers).status_code == 200

    def test_the_health_check_is_public(self, client: FlaskClient):
        answer = client.get("/healthz")

        assert answer.status_code == 200
        assert answer.json["status"] == "ok"
