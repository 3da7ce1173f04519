"""Is somebody signed in with the right password alone, kept signed in, and signed out at once?"""

from dataclasses import replace
from typing import Any

import pytest

from app.accounts.models import SignIn, User
from app.config import Settings
from app.core import dynamo
from app.factory import create_app
from tests.accounts.doors import PASSWORD, STRONG, bearer, code_of, post

LOGINS = ("/auth/login", "/api/v1/login")
REFRESHES = ("/auth/refresh", "/api/v1/refresh")
LOGOUTS = ("/auth/logout", "/api/v1/logout")
MES = ("/users/me", "/api/v1/me")


def form(door: str, login: str, password: str = PASSWORD) -> dict[str, str]:
    is_email = "@" in login and not door.startswith("/api/v1")
    return {"email" if is_email else "username": login, "password": password}


def set_status(user_id: str, status: str) -> None:
    dynamo.commit(dynamo.update(User(user_id), [User.status.set(status)]))


@pytest.fixture
def ada(sign_up: Any) -> Any:
    return sign_up("ada@example.com", username="Ada_1")


@pytest.mark.parametrize("door", LOGINS)
class TestLogin:
    @pytest.mark.parametrize("login", ["ada@example.com", "ADA@Example.com", "ada_1", " Ada_1 "])
    def test_takes_email_or_username_in_any_case(
        self, client: Any, ada: Any, clock: Any, door: str, login: str
    ):
        clock.advance(60)
        answer = post(client, door, form(door, login), headers={"User-Agent": "Ada's phone"})
        assert answer.status_code == 200
        me = client.get("/users/me", headers=bearer(answer.json["access_token"])).json
        assert (me["user_id"], me["last_login_at"]) == (ada.user_id, "2026-11-20T12:01:00+00:00")
        devices = {row.user_agent for row in dynamo.every(SignIn, ada.user_id)}
        assert "Ada's phone" in devices

    def test_answers_as_its_door_does(self, client: Any, ada: Any, door: str):
        body = post(client, door, form(door, "ada_1")).json
        if door.startswith("/api/v1"):
            assert set(body) == {"access_token", "refresh_token", "token_type"}
            assert body["token_type"] == "bearer"
        else:
            tokens = {"access_token", "refresh_token", "token_type", "expires_in"}
            assert set(body) == tokens | {"user_id", "email", "user"}
            assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
            assert body["user"]["user_id"] == body["user_id"] == ada.user_id

    def test_says_the_same_of_a_wrong_password_and_an_unknown_user(
        self, client: Any, ada: Any, door: str
    ):
        answers = [
            post(client, door, form(door, "ada@example.com", "password124")),
            post(client, door, form(door, "nobody@example.com")),
            post(client, door, form(door, "nobody")),
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.text for answer in answers}) == 1
        assert code_of(answers[0]) == "invalid_credentials"

    @pytest.mark.parametrize("status", ["pending", "disabled", "deleted"])
    def test_tells_of_an_inactive_account_only_after_the_right_password(
        self, client: Any, ada: Any, door: str, status: str
    ):
        set_status(ada.user_id, status)
        right = post(client, door, form(door, "ada_1"))
        assert (right.status_code, code_of(right)) == (401, "inactive_account")
        assert "Invalid credentials or inactive account." in right.text
        wrong = post(client, door, form(door, "ada_1", "password124"))
        assert (wrong.status_code, code_of(wrong)) == (401, "invalid_credentials")

    def test_awaits_approval(self, client: Any, door: str):
        asked = {"username": "bob", "email": "bob@example.com", "password": STRONG}
        post(client, "/api/v1/signup", asked)
        assert code_of(post(client, door, form(door, "bob", STRONG))) == "inactive_account"

    def test_is_refused_the_sixth_time_whatever_header_is_forged(
        self, client: Any, ada: Any, clock: Any, door: str
    ):
        for number in range(5):
            forged = {"X-Forwarded-For": f"8.8.8.{number}", "X-Real-IP": "8.8.8.8"}
            wrong = form(door, "ada_1", "password124")
            assert post(client, door, wrong, ip="127.7.7.7", headers=forged).status_code == 401
        clock.advance(100)
        other = LOGINS[1 - LOGINS.index(door)]
        for path in (door, other):
            forged = {"X-Forwarded-For": "9.9.9.9", "Forwarded": "for=9.9.9.9"}
            answer = post(client, path, form(path, "ada_1"), ip="127.7.7.7", headers=forged)
            assert (answer.status_code, code_of(answer)) == (429, "too_many_attempts")
            assert answer.headers["Retry-After"] == "800"
            details = answer.json.get("error", answer.json)["details"]
            assert details["retry_after"] == 800
        # A stranger's failures leave the owner be: another address, and the session that there is.
        assert post(client, door, form(door, "ada_1"), ip="127.7.7.8").status_code == 200
        assert client.get("/users/me", headers=ada.headers).status_code == 200
        clock.advance(800)
        assert post(client, door, form(door, "ada_1"), ip="127.7.7.7").status_code == 200

    @pytest.mark.parametrize(
        "password",
        [
            "\N{GRINNING FACE}é\u00df" * 21 + "\u4e2d",
            "x" * 71 + "yz",
            "Case Matters",
            "nul\x00 inside",
            "  spaces  ",
        ],
    )
    def test_minds_every_character_of_a_password(
        self, client: Any, sign_up: Any, door: str, password: str
    ):
        sign_up("bob@example.com", username="bob", password=password)
        assert post(client, door, form(door, "bob", password)).status_code == 200
        for other in (
            password[:-1] + "?",
            password + "?",
            password[:-1],
            password.swapcase() + "x",
        ):
            assert post(client, door, form(door, "bob", other)).status_code == 401

    @pytest.mark.parametrize("extra", ["role", "status", "user_id", "plan", "remember"])
    def test_takes_no_other_field(self, client: Any, ada: Any, door: str, extra: str):
        assert post(client, door, form(door, "ada_1") | {extra: "x"}).status_code == 422


class TestLoginForm:
    @pytest.mark.parametrize(
        "body",
        [
            {"password": PASSWORD},
            {"email": "ada@example.com", "username": "ada", "password": PASSWORD},
            {"email": "", "password": PASSWORD},
            {"email": "ada@example.com"},
            {"email": "ada@example.com", "password": ""},
            {"email": "a\x00@example.com", "password": PASSWORD},
        ],
    )
    def test_names_one_somebody_and_a_password(self, client: Any, body: dict[str, str]):
        assert post(client, "/auth/login", body).status_code == 422

    def test_believes_a_proxy_that_is_trusted(self, settings: Settings, client: Any, ada: Any):
        trusting = create_app(replace(settings, trusted_proxies=1)).test_client()
        wrong = form("/auth/login", "ada_1", "password124")
        for number in range(6):
            through = {"X-Forwarded-For": f"6.6.6.6, 8.8.8.{number}"}
            answer = post(trusting, "/auth/login", wrong, ip="127.6.6.6", headers=through)
            assert answer.status_code == 401


@pytest.mark.parametrize("door", REFRESHES)
class TestRefresh:
    def test_takes_the_token_in_the_body_or_as_bearer(
        self, client: Any, ada: Any, clock: Any, door: str
    ):
        clock.advance(minutes=16)
        assert client.get("/users/me", headers=ada.headers).status_code == 401
        in_body = client.post(door, json={"refresh_token": ada.refresh_token})
        as_bearer = client.post(door, headers=bearer(ada.refresh_token))
        for answer in (in_body, as_bearer):
            assert answer.status_code == 200
            fresh = bearer(answer.json["access_token"])
            assert client.get("/users/me", headers=fresh).status_code == 200
        if door.startswith("/api/v1"):
            assert set(in_body.json) == {"access_token", "token_type"}
            assert in_body.json["token_type"] == "bearer"
        else:
            assert set(in_body.json) == {"access_token", "token_type", "expires_in"}
            assert (in_body.json["token_type"], in_body.json["expires_in"]) == ("Bearer", 900)

    def test_asks_for_a_token(self, client: Any, door: str):
        for answer in (client.post(door), client.post(door, json={})):
            assert (answer.status_code, code_of(answer)) == (400, "missing_token")

    @pytest.mark.parametrize("token", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
    def test_refuses_garbage(self, client: Any, door: str, token: str):
        for answer in (
            client.post(door, json={"refresh_token": token}),
            client.post(door, headers=bearer(token)),
            client.post(door, headers={"Authorization": token}),
        ):
            assert (answer.status_code, code_of(answer)) == (401, "invalid_token")

    def test_refuses_an_access_token(self, client: Any, ada: Any, door: str):
        answer = client.post(door, json={"refresh_token": ada.access_token})
        assert (answer.status_code, code_of(answer)) == (401, "invalid_token")

    def test_refuses_an_expired_token(self, client: Any, ada: Any, clock: Any, door: str):
        clock.advance(days=7)
        answer = client.post(door, json={"refresh_token": ada.refresh_token})
        assert (answer.status_code, code_of(answer)) == (401, "invalid_token")

    @pytest.mark.parametrize("status", ["pending", "disabled", "deleted"])
    def test_refuses_an_inactive_account(self, client: Any, ada: Any, door: str, status: str):
        set_status(ada.user_id, status)
        answer = client.post(door, json={"refresh_token": ada.refresh_token})
        assert (answer.status_code, code_of(answer)) == (401, "inactive_account")

    def test_refuses_a_sign_in_that_was_ended(self, client: Any, ada: Any, door: str):
        (row,) = dynamo.every(SignIn, ada.user_id)
        dynamo.commit(SignIn.ended(user_id=ada.user_id, sign_in_id=row.sign_in_id))
        answer = client.post(door, json={"refresh_token": ada.refresh_token})
        assert (answer.status_code, code_of(answer)) == (401, "token_revoked")

    def test_takes_no_other_field(self, client: Any, ada: Any, door: str):
        body = {"refresh_token": ada.refresh_token, "role": "admin"}
        assert client.post(door, json=body).status_code == 422


@pytest.mark.parametrize("door", LOGOUTS)
class TestLogout:
    @pytest.mark.parametrize("with_refresh_token", [True, False])
    def test_ends_the_sign_in_at_once(
        self, client: Any, ada: Any, door: str, with_refresh_token: bool
    ):
        body = {"refresh_token": ada.refresh_token} if with_refresh_token else None
        answer = (
            client.post(door, headers=ada.headers, json=body)
            if body
            else client.post(door, headers=ada.headers)
        )
        assert (answer.status_code, answer.json) == (200, {"message": "Logged out"})
        for path in (*MES, "/portfolio/summary"):
            refused = client.get(path, headers=ada.headers)
            assert (refused.status_code, code_of(refused)) == (401, "token_revoked")
        for path in REFRESHES:
            refused = client.post(path, json={"refresh_token": ada.refresh_token})
            assert (refused.status_code, code_of(refused)) == (401, "token_revoked")
        assert list(dynamo.every(SignIn, ada.user_id)) == []

    def test_leaves_other_sign_ins_be(self, client: Any, ada: Any, door: str):
        other = post(client, "/auth/login", form("/auth/login", "ada_1")).json
        client.post(door, headers=ada.headers)
        assert client.get("/users/me", headers=bearer(other["access_token"])).status_code == 200

    def test_ends_the_sign_in_of_another_refresh_token_of_ones_own(
        self, client: Any, ada: Any, door: str
    ):
        other = post(client, "/auth/login", form("/auth/login", "ada_1")).json
        body = {"refresh_token": other["refresh_token"]}
        assert client.post(door, headers=ada.headers, json=body).status_code == 200
        assert client.get("/users/me", headers=bearer(other["access_token"])).status_code == 401

    def test_does_not_end_somebody_elses_sign_in(
        self, client: Any, ada: Any, sign_up: Any, door: str
    ):
        bob = sign_up()
        body = {"refresh_token": bob.refresh_token}
        assert client.post(door, headers=ada.headers, json=body).status_code == 200
        assert client.get("/users/me", headers=bob.headers).status_code == 200

    def test_does_not_mind_a_refresh_token_that_is_worth_nothing(
        self, client: Any, ada: Any, door: str
    ):
        body = {"refresh_token": "garbage"}
        assert client.post(door, headers=ada.headers, json=body).status_code == 200

    def test_asks_who_is_calling(self, client: Any, ada: Any, door: str):
        assert client.post(door).status_code == 401
        answer = client.post(door, headers=bearer(ada.refresh_token))
        assert (answer.status_code, code_of(answer)) == (401, "invalid_token")


class TestLogoutEverywhere:
    def test_ends_every_sign_in(self, client: Any, ada: Any, sign_up: Any):
        other = post(client, "/auth/login", form("/auth/login", "ada_1")).json
        bob = sign_up()
        answer = client.post("/auth/logout", headers=ada.headers, json={"everywhere": True})
        assert answer.status_code == 200
        for token in (ada.access_token, other["access_token"]):
            refused = client.get("/users/me", headers=bearer(token))
            assert (refused.status_code, code_of(refused)) == (401, "token_revoked")
        for token in (ada.refresh_token, other["refresh_token"]):
            refused = client.post("/auth/refresh", json={"refresh_token": token})
            assert (refused.status_code, code_of(refused)) == (401, "token_revoked")
        assert client.get("/users/me", headers=bob.headers).status_code == 200
        again = post(client, "/auth/login", form("/auth/login", "ada_1")).json
        assert client.get("/users/me", headers=bearer(again["access_token"])).status_code == 200

    @pytest.mark.parametrize("value", ["true", 1, None, "yes"])
    def test_is_asked_for_by_true_alone(self, client: Any, ada: Any, value: Any):
        answer = client.post("/auth/logout", headers=ada.headers, json={"everywhere": value})
        assert answer.status_code == 422
        assert client.get("/users/me", headers=ada.headers).status_code == 200

    def test_is_not_offered_at_api_v1(self, client: Any, ada: Any):
        answer = client.post("/api/v1/logout", headers=ada.headers, json={"everywhere": True})
        assert answer.status_code == 422
