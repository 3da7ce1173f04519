"""Does a code get to a phone, not too often, and is nothing of it kept that could be read?"""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import LoginCode, LoginTries, UniqueKey
from app.config import Settings
from app.extensions import EXTENSION
from app.providers.sms.interface import GiveUp, TryAgain
from tests.accounts.doors import code_of, post
from tests.accounts.phone_login import (
    AWAY,
    HOME,
    OTHER_PHONE,
    PHONE,
    START,
    VERIFY,
    Login,
    use_settings,
)
from tests.accounts.worker import Worker
from tests.core.together import together


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
