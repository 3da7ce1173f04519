"""Does a code sign the phone's holder in, and nobody else, however they try?"""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import SignIn, UniqueKey, User
from app.config import Settings
from app.core import dynamo
from tests.accounts.doors import bearer, code_of, post
from tests.accounts.phone_login import (
    AWAY,
    OTHER_PHONE,
    PHONE,
    VERIFY,
    Login,
    use_settings,
)
from tests.accounts.worker import Worker
from tests.core.together import together


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
        user_id = str(UniqueKey.holder(kind="phone", value=PHONE))
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
            return int(post(app.test_client(), VERIFY, body).status_code)

        assert sorted(together(20, finish)) == [200] * 2 + [401] * 18
        assert len(list(User.scan())) == 1
