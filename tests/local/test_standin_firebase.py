"""Does the stand-in answer as Google's token endpoint and Firebase do?"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from app.local import firebase_account
from app.local.standins import firebase
from tests.local.standin_clients import ask, served

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"
MESSAGE: dict[str, Any] = {
    "token": TOKEN,
    "notification": {"title": "Hello", "body": "World"},
    "data": {"a": "b"},
}


class Clock:
    at = NOON

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def standins(clock):
    with served(clock) as url:
        yield url


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def sign_in(standins, *, grant_type=firebase.GRANT_TYPE, header=None, **claims):
    given = {
        "iss": firebase_account.EMAIL,
        "aud": firebase.AUDIENCE,
        "scope": firebase.SCOPE,
        "iat": 1_000,
        "exp": 4_600,
        **claims,
    }
    assertion = f"{part(header or {'alg': 'RS256'})}.{part(given)}.c2lnbmF0dXJl"
    return requests.post(
        f"{standins}/firebase/token", data={"grant_type": grant_type, "assertion": assertion}
    )


@pytest.fixture
def bearer(standins):
    return sign_in(standins).json()["access_token"]


def send(standins, bearer, message: Any = None, *, scheme="Bearer"):
    return requests.post(
        f"{standins}/firebase/v1/projects/p1/messages:send",
        json={"message": MESSAGE if message is None else message},
        headers={"Authorization": f"{scheme} {bearer}"},
    )


class TestSignIn:
    def test_gives_a_bearer_token_for_an_hour(self, standins):
        answer = sign_in(standins)
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["expires_in"] == 3600

    @pytest.mark.parametrize(
        "wrong",
        [
            {"grant_type": "password"},
            {"header": {"alg": "none"}},
            {"iss": "nobody"},
            {"aud": "https://example.com"},
            {"scope": "https://www.googleapis.com/auth/cloud-platform"},
            {"exp": 1_000},
            {"exp": 4_601},
            {"exp": None},
        ],
    )
    def test_refuses_an_assertion_that_google_would_not_take(self, standins, wrong):
        answer = sign_in(standins, **wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_refuses_what_is_no_assertion(self, standins):
        form = {"grant_type": firebase.GRANT_TYPE, "assertion": "x"}
        answer = requests.post(f"{standins}/firebase/token", data=form)
        assert answer.json()["error_description"] == "Invalid JWT."

    @pytest.mark.parametrize("mode", ["429", "500"])
    def test_fails_when_told_to(self, standins, mode):
        ask(f"{standins}/_control", method="POST", body={"firebase_sign_in": mode})
        assert sign_in(standins).status_code == int(mode)


class TestSend:
    def test_names_the_message_and_keeps_it(self, standins, bearer):
        answer = send(standins, bearer)
        assert answer.status_code == 200
        assert answer.json()["name"].startswith("projects/p1/messages/0:")
        (pushed,) = ask(f"{standins}/firebase/_pushes")
        assert (pushed["message"], pushed["at"]) == (MESSAGE, NOON.isoformat())

        ask(f"{standins}/firebase/_pushes", method="DELETE")
        assert ask(f"{standins}/firebase/_pushes") == []

    def test_wants_a_bearer_token_that_lasts(self, standins, bearer, clock):
        assert send(standins, "made-up").status_code == 401
        assert send(standins, bearer, scheme="Basic").status_code == 401
        assert send(standins, bearer).status_code == 200
        clock.at += timedelta(hours=1)
        assert send(standins, bearer).status_code == 401

    def test_takes_withdrawn_tokens_no_more(self, standins, bearer):
        ask(f"{standins}/firebase/_bearers", method="DELETE")
        answer = send(standins, bearer)
        assert answer.json()["error"]["status"] == "UNAUTHENTICATED"

    @pytest.mark.parametrize(
        ("message", "field"),
        [
            ("text", "message.token"),
            ({}, "message.token"),
            ({"token": "a b"}, "message.token"),
            ({**MESSAGE, "data": {"a": 1}}, "message"),
            ({**MESSAGE, "data": ["a"]}, "message"),
            ({**MESSAGE, "data": {"a": "x" * 4_096}}, "message"),
        ],
    )
    def test_says_which_field_is_wrong(self, standins, bearer, message, field):
        answer = send(standins, bearer, message)
        assert answer.status_code == 400
        kind, violations = answer.json()["error"]["details"]
        assert kind == {"@type": firebase.TYPE, "errorCode": "INVALID_ARGUMENT"}
        assert violations["fieldViolations"][0]["field"] == field
        assert ask(f"{standins}/firebase/_pushes") == []

    @pytest.mark.parametrize(
        ("mode", "status", "code"),
        [
            ("unregistered", 404, "UNREGISTERED"),
            ("sender_id_mismatch", 403, "SENDER_ID_MISMATCH"),
            ("invalid_token", 400, "INVALID_ARGUMENT"),
            ("429", 429, "QUOTA_EXCEEDED"),
            ("500", 500, "INTERNAL"),
        ],
    )
    def test_fails_for_all_when_told_to(self, standins, bearer, mode, status, code):
        ask(f"{standins}/_control", method="POST", body={"firebase": mode})
        answer = send(standins, bearer)
        assert answer.status_code == status
        error = answer.json()["error"]
        assert (error["code"], error["details"][0]["errorCode"]) == (status, code)
        assert answer.headers.get("Retry-After") == ("60" if mode == "429" else None)

    def test_fails_for_one_device_when_told_to(self, standins, bearer):
        url = f"{standins}/firebase/_devices/{TOKEN}"
        ask(url, method="PUT", body={"answers": "unregistered"})
        assert send(standins, bearer).status_code == 404
        assert send(standins, bearer, {**MESSAGE, "token": "another"}).status_code == 200
        ask(url, method="PUT", body={"answers": "ok"})
        assert send(standins, bearer).status_code == 200


class TestControlDoor:
    def test_knows_firebases_modes_for_firebase_alone(self, standins):
        url = f"{standins}/_control"
        assert requests.post(url, json={"firebase": "unregistered"}).status_code == 200
        refused = requests.post(url, json={"coingecko": "unregistered"})
        assert refused.status_code == 422
        assert "unregistered" not in refused.json()["error"].partition("modes are")[2]

    def test_says_which_answers_a_device_can_give(self, standins):
        url = f"{standins}/firebase/_devices/{TOKEN}"
        refused = requests.put(url, json={"answers": "nonsense"})
        assert refused.status_code == 422
        assert "unregistered" in refused.json()["error"]


class TestAccount:
    def test_is_made_once_for_a_state_folder_and_for_its_owner_alone(self, tmp_path):
        path = firebase_account.ensure(tmp_path / "state")
        first = path.read_text()
        assert path == firebase_account.path_in(tmp_path / "state")
        assert path.stat().st_mode & 0o777 == 0o600
        assert firebase_account.ensure(tmp_path / "state").read_text() == first
        assert json.loads(first)["project_id"] == firebase_account.PROJECT
        assert list(path.parent.iterdir()) == [path]

    def test_is_another_on_another_laptop(self, tmp_path):
        keys = {
            json.loads(firebase_account.ensure(tmp_path / name).read_text())["private_key"]
            for name in ("one", "two")
        }
        assert len(keys) == 2
