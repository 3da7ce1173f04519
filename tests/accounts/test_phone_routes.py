"""Does a code sent to a phone sign its holder in, and nobody else, however they try?"""

from dataclasses import replace
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import LoginCode, LoginTries, SignIn, UniqueKey, User
from app.config import Settings
from app.core import dynamo
from app.extensions import EXTENSION
from app.providers.sms.interface import GiveUp, TryAgain
from tests.accounts.doors import bearer, code_of, post
from tests.accounts.worker import Worker
from tests.core.together import together

START, VERIFY = "/auth/start", "/auth/verify"
PHONE = "+14155550100"
OTHER_PHONE = "+14155550101"
HOME, AWAY = "127.50.0.1", "127.50.0.2"


class Login:
    """One start of a phone login, and its tries."""

    def __init__(
        self, client: FlaskClient, worker: Worker, phone: str = PHONE, ip: str = HOME
    ) -> None:
        self.client, self.phone, self.ip = client, phone, ip
        answer = post(client, START, {"phone": phone}, ip=ip)
        assert answer.status_code == 200, answer.text
        self.session: str = answer.json["session"]
        self.code = worker.code(phone)
        self.wrong = f"{(int(self.code) + 1) % 1_000_000:06d}"

    def send(self, code: str, **changes: str) -> TestResponse:
        ip = changes.pop("ip", self.ip)
        body = {"phone": self.phone, "otp": code, "session": self.session} | changes
        return post(self.client, VERIFY, body, ip=ip)

    def fail(self, times: int = 1) -> list[int]:
        answers = [self.send(self.wrong) for _ in range(times)]
        assert {answer.status_code for answer in answers} == {401}
        return [answer.json["details"]["attempts_remaining"] for answer in answers]

    def finish(self) -> dict[str, Any]:
        answer = self.send(self.code)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found


@pytest.fixture
def login(client: FlaskClient, worker: Worker) -> Login:
    return Login(client, worker)


def use_settings(app: Flask, patch: pytest.MonkeyPatch, settings: Settings, **changes: Any) -> None:
    patch.setattr(app.extensions[EXTENSION], "settings", replace(settings, **changes))


class TestStart:
    def test_sends_the_documented_text(self, client: FlaskClient, worker: Worker):
        answer = post(client, START, {"phone": PHONE})

        assert answer.status_code == 200
        assert set(answer.json) == {"session", "phone", "dev_otp"}
        assert answer.json["phone"] == PHONE
        assert worker.texts(PHONE) == [f"Your Offers login code is {answer.json['dev_otp']}"]

    def test_shows_the_code_only_where_that_is_set(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ):
        use_settings(app, monkeypatch, settings, sms_dev_echo=False)

        answer = post(app.test_client(), START, {"phone": PHONE})

        assert set(answer.json) == {"session", "phone"}

    def test_makes_no_account(self, login: Login):
        assert UniqueKey.holder(kind="phone", value=PHONE) is None

    def test_stores_neither_code_nor_phone_nor_session(self, login: Login):
        login.fail()

        rows = [row.to_simple_dict() for model in (LoginCode, LoginTries) for row in model.scan()]
        assert len(rows) == 2
        for secret in (login.code, PHONE, PHONE[1:], login.session):
            assert secret not in str(rows)

    def test_sends_one_text_a_minute_to_a_phone(self, client: FlaskClient, clock: Any, login: Any):
        clock.advance(seconds=25)
        refused = post(client, START, {"phone": PHONE})

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "35")
        assert post(client, START, {"phone": OTHER_PHONE}).status_code == 200
        clock.advance(seconds=35)
        assert post(client, START, {"phone": PHONE}).status_code == 200

    def test_sends_ten_texts_a_day_to_a_phone(
        self, client: FlaskClient, clock: Any, worker: Worker
    ):
        for _ in range(10):
            assert post(client, START, {"phone": PHONE}).status_code == 200
            clock.advance(seconds=60)

        refused = post(client, START, {"phone": PHONE})

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "85800")
        assert len(worker.texts(PHONE)) == 10

    def test_takes_thirty_an_hour_from_one_address(self, client: FlaskClient):
        for number in range(30):
            body = {"phone": f"+1415555{number:04d}"}
            assert post(client, START, body, ip=AWAY).status_code == 200

        refused = post(client, START, {"phone": PHONE}, ip=AWAY)

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
        assert post(client, START, {"phone": PHONE}, ip=HOME).status_code == 200

    def test_sends_one_text_to_those_who_ask_at_once(self, app: Flask, worker: Worker):
        answers = together(20, lambda _: post(app.test_client(), START, {"phone": PHONE}))

        assert sorted(answer.status_code for answer in answers) == [200] + [429] * 19
        assert len(worker.texts(PHONE)) == 1

    @pytest.mark.parametrize(
        "phone",
        ["", "4155550100", "+04155550100", "+1 415 555 0100", "+1415555010x", "+12345",
         "+1234567890123456", "+14155550100\n", "+١٤١٥٥٥٥٠١٠٠", None, 14155550100],
    )  # fmt: skip
    def test_refuses_what_is_not_e164(self, client: FlaskClient, phone: Any):
        assert post(client, START, {"phone": phone}).status_code == 422

    def test_refuses_another_field(self, client: FlaskClient):
        assert post(client, START, {"phone": PHONE, "role": "admin"}).status_code == 422


class TestStartWithoutText:
    @pytest.fixture
    def broken(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
        """What goes wrong with each text from now on."""
        troubles: list[Exception] = []

        class Broken:
            def send(self, phone: str, text: str) -> None:
                if troubles:
                    raise troubles[0]

        monkeypatch.setitem(app.extensions[EXTENSION].__dict__, "sms", Broken())
        return troubles

    def test_says_so_and_gives_the_minute_back(
        self, app: Flask, broken: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ):
        use_settings(app, monkeypatch, settings, sms_dev_echo=False)
        client = app.test_client()
        broken.append(TryAgain("SNS answered 503"))

        answer = post(client, START, {"phone": PHONE})

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        broken.clear()
        assert post(client, START, {"phone": PHONE}).status_code == 200

    def test_tells_of_a_phone_that_can_not_be_reached(
        self, app: Flask, broken: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ):
        use_settings(app, monkeypatch, settings, sms_dev_echo=False)
        broken.append(GiveUp("SNS answered 400 OptedOut"))

        answer = post(app.test_client(), START, {"phone": PHONE})

        assert (answer.status_code, code_of(answer)) == (422, "phone_not_reachable")

    @pytest.mark.parametrize("trouble", [TryAgain("down"), GiveUp("refused")])
    def test_is_enough_where_the_answer_shows_the_code(
        self, client: FlaskClient, broken: Any, trouble: Exception
    ):
        broken.append(trouble)

        started = post(client, START, {"phone": PHONE}).json

        body = {"phone": PHONE, "otp": started["dev_otp"], "session": started["session"]}
        assert post(client, VERIFY, body).status_code == 200


class TestVerify:
    def test_gives_the_documented_tokens(self, login: Login):
        tokens = login.finish()

        assert set(tokens) == {
            "access_token", "id_token", "refresh_token", "expires_in", "token_type",
        }  # fmt: skip
        assert (tokens["expires_in"], tokens["token_type"]) == (3600, "Bearer")

    def test_makes_the_account_on_the_first_time(self, client: FlaskClient, login: Login):
        headers = bearer(login.finish()["access_token"])

        profile = client.get("/users/me", headers=headers).json

        assert profile["phone"] == PHONE
        assert (profile["email"], profile["username"]) == (None, None)
        assert (profile["role"], profile["status"], profile["plan"]) == ("user", "active", "free")
        assert profile["last_login_at"] is not None

    def test_finds_the_account_the_next_time(
        self, client: FlaskClient, worker: Worker, login: Login, clock: Any
    ):
        first = client.get("/users/me", headers=bearer(login.finish()["access_token"])).json
        clock.advance(days=2)

        tokens = Login(client, worker).finish()
        again = client.get("/users/me", headers=bearer(tokens["access_token"])).json

        assert again["user_id"] == first["user_id"]
        assert again["last_login_at"] > first["last_login_at"]

    def test_counts_wrong_codes_down_and_then_refuses_every_code(self, login: Login):
        assert login.fail(5) == [4, 3, 2, 1, 0]

        refused = login.send(login.code)

        assert (refused.status_code, code_of(refused)) == (401, "wrong_code")
        assert refused.json["details"] == {"attempts_remaining": 0}

    def test_leaves_the_session_and_the_text_good_after_wrong_codes(
        self, login: Login, worker: Worker
    ):
        login.fail(4)

        login.finish()
        assert len(worker.texts(PHONE)) == 1

    def test_brings_no_new_tries_with_a_new_text(
        self, client: FlaskClient, worker: Worker, login: Login, clock: Any
    ):
        assert login.fail(3) == [4, 3, 2]
        clock.advance(seconds=60)

        second = Login(client, worker)

        assert second.fail(2) == [1, 0]
        assert second.send(second.code).status_code == 401
        assert login.send(login.code).status_code == 401
        clock.advance(seconds=300)
        Login(client, worker).finish()

    def test_counts_the_tries_of_two_texts_together(
        self, client: FlaskClient, worker: Worker, login: Login, clock: Any
    ):
        clock.advance(seconds=60)
        second = Login(client, worker)

        assert [*second.fail(2), *login.fail(2), *second.fail(1)] == [4, 3, 2, 1, 0]

    def test_lets_no_stranger_use_up_the_owner_s_tries(
        self, client: FlaskClient, worker: Worker, login: Login, clock: Any
    ):
        clock.advance(seconds=60)
        stranger = Login(client, worker, ip=AWAY)
        assert stranger.fail(6)[-2:] == [0, 0]

        login.finish()

    def test_counts_for_who_asked_wherever_the_tries_come_from(self, login: Login):
        answers = [login.send(login.wrong, ip=f"127.51.0.{number}") for number in range(6)]

        left = [answer.json["details"]["attempts_remaining"] for answer in answers]
        assert left == [4, 3, 2, 1, 0, 0]

    def test_works_until_the_time_runs_out(self, login: Login, clock: Any):
        clock.advance(seconds=299)

        login.finish()

    def test_refuses_the_code_when_it_has(self, login: Login, clock: Any):
        clock.advance(seconds=300)

        refused = login.send(login.code)

        assert (refused.status_code, code_of(refused)) == (401, "wrong_code")

    def test_takes_time_and_tries_from_the_settings(
        self, app: Flask, monkeypatch: Any, settings: Settings, worker: Worker, clock: Any
    ):
        use_settings(app, monkeypatch, settings, otp_ttl_seconds=30, otp_max_attempts=2)
        login = Login(app.test_client(), worker)

        assert login.fail(3) == [1, 0, 0]
        clock.advance(seconds=60)
        second = Login(app.test_client(), worker)
        clock.advance(seconds=30)
        assert second.send(second.code).status_code == 401

    def test_works_once(self, login: Login):
        login.finish()

        again = login.send(login.code)

        assert (again.status_code, code_of(again)) == (401, "wrong_code")

    def test_refuses_another_phone_as_it_refuses_a_wrong_code(self, login: Login):
        refused = login.send(login.code, phone=OTHER_PHONE)

        assert (refused.status_code, code_of(refused)) == (401, "wrong_code")
        assert refused.json["details"] == {"attempts_remaining": 4}
        assert UniqueKey.holder(kind="phone", value=OTHER_PHONE) is None

    def test_refuses_another_session(self, client: FlaskClient, worker: Worker, login: Login):
        other = Login(client, worker, phone=OTHER_PHONE)

        assert login.send(login.code, session="made up").status_code == 401
        assert login.send(login.code, session=other.session).status_code == 401

    @pytest.mark.parametrize(
        "changes",
        [{"otp": "12345"}, {"otp": "1234567"}, {"otp": "١٢٣٤٥٦"}, {"otp": 123456},
         {"session": ""}, {"phone": "1"}, {"role": "admin"}],
    )  # fmt: skip
    def test_refuses_another_form_and_counts_no_try(self, login: Login, changes: Any):
        assert login.send(login.code, **changes).status_code == 422

        assert login.fail() == [4]

    @pytest.mark.parametrize("status", ["pending", "disabled"])
    def test_refuses_an_account_that_is_not_active_only_after_the_right_code(
        self, client: FlaskClient, worker: Worker, login: Login, clock: Any, status: str
    ):
        login.finish()
        user_id = UniqueKey.holder(kind="phone", value=PHONE)
        dynamo.commit(dynamo.update(User(user_id), [User.status.set(status)]))
        clock.advance(seconds=60)
        again = Login(client, worker)

        assert code_of(again.send(again.wrong)) == "wrong_code"
        refused = again.send(again.code)

        assert (refused.status_code, code_of(refused)) == (401, "inactive_account")

    def test_refuses_a_phone_whose_account_is_gone(self, login: Login):
        dynamo.commit(UniqueKey.claim(kind="phone", value=PHONE, user_id="nobody"))

        assert code_of(login.send(login.code)) == "inactive_account"


class TestTwentyAtOnce:
    def test_with_the_right_code_sign_in_once(self, app: Flask, login: Login):
        body = {"phone": PHONE, "otp": login.code, "session": login.session}

        answers = together(20, lambda _: post(app.test_client(), VERIFY, body))

        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
        user_id = UniqueKey.holder(kind="phone", value=PHONE)
        assert len(SignIn.owned_by(user_id)) == 1
        assert len(list(User.scan())) == 1

    def test_with_wrong_codes_get_five_tries(self, app: Flask, login: Login):
        body = {"phone": PHONE, "otp": login.wrong, "session": login.session}

        answers = together(20, lambda _: post(app.test_client(), VERIFY, body))

        left = [answer.json["details"]["attempts_remaining"] for answer in answers]
        assert sorted(left, reverse=True) == [4, 3, 2, 1] + [0] * 16
        assert login.send(login.code).status_code == 401

    def test_for_the_first_time_by_two_codes_make_one_account(
        self, app: Flask, client: FlaskClient, worker: Worker, login: Login, clock: Any
    ):
        clock.advance(seconds=60)
        logins = [login, Login(client, worker, ip=AWAY)]

        def finish(number: int) -> int:
            one = logins[number % 2]
            body = {"phone": PHONE, "otp": one.code, "session": one.session}
            return post(app.test_client(), VERIFY, body).status_code

        assert sorted(together(20, finish)) == [200] * 2 + [401] * 18
        assert len(list(User.scan())) == 1


class TestTokens:
    def test_last_an_hour(self, client: FlaskClient, login: Login, clock: Any):
        headers = bearer(login.finish()["access_token"])
        clock.advance(seconds=3599)

        assert client.get("/users/me", headers=headers).status_code == 200
        clock.advance(seconds=1)
        assert client.get("/users/me", headers=headers).status_code == 401

    def test_are_given_anew_as_documented(self, client: FlaskClient, login: Login, clock: Any):
        tokens = login.finish()
        clock.advance(hours=2)

        answer = post(client, "/auth/refresh", {"refresh_token": tokens["refresh_token"]})

        assert answer.status_code == 200
        assert set(answer.json) == {"access_token", "id_token", "expires_in", "token_type"}
        assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")
        clock.advance(seconds=3599)
        headers = bearer(answer.json["access_token"])
        assert client.get("/users/me", headers=headers).status_code == 200

    def test_rotate_with_the_rest(
        self, app: Flask, login: Login, monkeypatch: Any, settings: Settings
    ):
        tokens = login.finish()
        use_settings(app, monkeypatch, settings, refresh_token_rotation=True)

        body = {"refresh_token": tokens["refresh_token"]}
        answer = post(app.test_client(), "/auth/refresh", body)

        assert {"id_token", "refresh_token"} <= set(answer.json)

    def test_of_a_sign_in_by_email_are_as_before(self, client: FlaskClient, sign_up: Any):
        ada = sign_up()
        dynamo.commit(dynamo.update(User(ada.user_id), [User.phone.set(PHONE)]))

        answer = post(client, "/auth/refresh", {"refresh_token": ada.refresh_token})

        assert set(answer.json) == {"access_token", "expires_in", "token_type"}
        assert answer.json["expires_in"] == 900

    def test_of_identity_tell_who_it_is(self, login: Login):
        token = login.finish()["id_token"]

        said = jwt.decode(token, options={"verify_signature": False})

        assert said["type"] == "id"
        assert said["sub"] == UniqueKey.holder(kind="phone", value=PHONE)
        assert (said["phone_number"], said["phone_number_verified"]) == (PHONE, True)
        assert said["aud"] == "investforge-api"
        assert said["exp"] - said["iat"] == 3600

    def test_of_identity_open_no_door(self, client: FlaskClient, login: Login):
        token = login.finish()["id_token"]

        assert code_of(client.get("/users/me", headers=bearer(token))) == "invalid_token"
        assert code_of(post(client, "/auth/refresh", {"refresh_token": token})) == "invalid_token"
        assert code_of(post(client, "/auth/verify-email", {"token": token})) == "invalid_token"

    def test_end_with_a_logout(self, client: FlaskClient, login: Login):
        tokens = login.finish()

        client.post("/auth/logout", headers=bearer(tokens["access_token"]))

        body = {"refresh_token": tokens["refresh_token"]}
        assert code_of(post(client, "/auth/refresh", body)) == "token_revoked"
