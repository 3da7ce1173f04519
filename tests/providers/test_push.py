import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from app.config import InvalidSettingsError, Settings
from app.local import firebase_account
from app.providers.push.fcm import FcmPush
from app.providers.push.interface import DeadToken, GiveUp, Notification, TryAgain
from app.providers.registry import Providers
from tests.local.standin_clients import ask, served
from tests.providers.price_sources import told_source

TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"
HELLO = Notification(
    notification_id="heartbeat/ada/2026-11-20T14:00",
    title="InvestForge",
    body="Balance: $12,480.55, P/L: 3.20%",
    data={"balance": "12480.55"},
)
MESSAGES = "messages:send"


class Clock:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def account():
    return json.dumps(firebase_account.made_up())


@pytest.fixture
def standins(clock):
    with served(clock) as url:
        yield url


@pytest.fixture
def made(account):
    def make(url, *, timeout_seconds=5.0):
        return FcmPush(
            credentials=account,
            base_url=f"{url}/firebase",
            token_url=f"{url}/firebase/token",
            timeout_seconds=timeout_seconds,
        )

    return make


@pytest.fixture
def push(made, standins):
    return made(standins)


@pytest.fixture
def source():
    with told_source() as told:
        told.tell(MESSAGES, {"name": "projects/p/messages/0"})
        told.tell("/token", {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})
        yield told


@pytest.fixture
def told_push(made, source):
    return made(source.url)


def control(standins, **modes):
    ask(f"{standins}/_control", method="POST", body=modes)


def sign_ins(standins):
    return [call for call in ask(f"{standins}/_log") if call["provider"] == "firebase_sign_in"]


def pushed(standins):
    return [one["message"] for one in ask(f"{standins}/firebase/_pushes")]


def assert_silent(error):
    assert TOKEN not in str(error)
    assert HELLO.body not in str(error)
    assert error.__suppress_context__ or error.__context__ is None


class TestSend:
    def test_reaches_the_device(self, push, standins):
        push.send(token=TOKEN, notification=HELLO)

        (message,) = pushed(standins)
        assert message["token"] == TOKEN
        assert message["notification"] == {"title": HELLO.title, "body": HELLO.body}
        assert message["data"] == {"balance": "12480.55"}

    def test_lets_a_repeated_notification_replace_the_first_one_on_every_platform(
        self, push, standins
    ):
        other = Notification(notification_id="other", title="", body="")
        for notification in (HELLO, HELLO, other):
            push.send(token=TOKEN, notification=notification)

        marks = [
            {
                message["android"]["notification"]["tag"],
                message["apns"]["headers"]["apns-collapse-id"],
                message["webpush"]["headers"]["Topic"],
                message["webpush"]["notification"]["tag"],
            }
            for message in pushed(standins)
        ]
        assert [len(found) for found in marks] == [1, 1, 1]
        assert marks[0] == marks[1] != marks[2]
        assert max(len(mark) for found in marks for mark in found) <= 32

    def test_signs_in_once(self, push, standins):
        for _ in range(3):
            push.send(token=TOKEN, notification=HELLO)
        assert len(sign_ins(standins)) == 1

    def test_signs_in_again_when_the_bearer_token_expires(self, source, told_push):
        source.tell("/token", {"access_token": "t", "expires_in": 1, "token_type": "Bearer"})
        for _ in range(2):
            told_push.send(token=TOKEN, notification=HELLO)
        assert [request.path.rpartition("/")[2] for request in source.asked] == [
            *("token", MESSAGES),
            *("token", MESSAGES),
        ]

    def test_signs_in_again_when_the_bearer_token_is_not_accepted_any_more(
        self, push, standins, clock
    ):
        push.send(token=TOKEN, notification=HELLO)
        clock.at += timedelta(hours=2)
        push.send(token=TOKEN, notification=HELLO)
        assert len(sign_ins(standins)) == 2
        assert len(pushed(standins)) == 2

    def test_imports_google_auth_and_requests_only_then(self):
        code = (
            "import sys; import app.providers.push.fcm;"
            "sys.exit(bool({'google.auth', 'requests', 'cryptography'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestDeadToken:
    @pytest.mark.parametrize(
        "answers", ["unregistered", "not_found", "sender_id_mismatch", "invalid_token"]
    )
    def test_is_told_from_every_other_trouble(self, push, standins, answers):
        ask(f"{standins}/firebase/_devices/{TOKEN}", method="PUT", body={"answers": answers})
        with pytest.raises(DeadToken) as caught:
            push.send(token=TOKEN, notification=HELLO)
        assert_silent(caught.value)
        assert len(sign_ins(standins)) == 1
        push.send(token="another", notification=HELLO)

    def test_is_known_by_firebases_sentence_where_it_names_no_field(self, source, told_push):
        sentence = "The registration token is not a valid FCM registration token"
        error = {"code": 400, "status": "INVALID_ARGUMENT", "message": sentence}
        source.tell(MESSAGES, {"error": error}, status=400)
        with pytest.raises(DeadToken):
            told_push.send(token=TOKEN, notification=HELLO)

    @pytest.mark.parametrize(
        "fields", [["message.data"], ["message.token", "message.data"], [None]]
    )
    def test_is_not_what_another_wrong_field_means(self, source, told_push, fields):
        violations = [{"field": field} for field in fields]
        error = {
            "code": 400,
            "status": "INVALID_ARGUMENT",
            "message": "Not a registration token",
            "details": [{"@type": "BadRequest", "fieldViolations": violations}],
        }
        source.tell(MESSAGES, {"error": error}, status=400)
        with pytest.raises(GiveUp) as caught:
            told_push.send(token=TOKEN, notification=HELLO)
        assert not isinstance(caught.value, DeadToken)


class TestTrouble:
    @pytest.mark.parametrize(("mode", "seconds"), [("429", 60), ("500", None), ("garbage", None)])
    def test_passes_and_is_to_be_tried_again(self, push, standins, mode, seconds):
        control(standins, firebase=mode)
        with pytest.raises(TryAgain) as caught:
            push.send(token=TOKEN, notification=HELLO)
        assert caught.value.retry_after_seconds == seconds
        assert_silent(caught.value)

        control(standins, firebase="ok")
        push.send(token=TOKEN, notification=HELLO)
        assert len(pushed(standins)) == 1

    @pytest.mark.parametrize("provider", ["firebase", "firebase_sign_in"])
    def test_of_a_service_that_hangs_ends_in_time(self, made, standins, provider):
        control(standins, **{provider: "hang"})
        try:
            with pytest.raises(TryAgain) as caught:
                made(standins, timeout_seconds=0.3).send(token=TOKEN, notification=HELLO)
            assert_silent(caught.value)
        finally:
            control(standins, **{provider: "ok"})

    @pytest.mark.parametrize("mode", ["500", "garbage"])
    def test_of_signing_in_is_to_be_tried_again(self, push, standins, mode):
        control(standins, firebase_sign_in=mode)
        with pytest.raises(TryAgain) as caught:
            push.send(token=TOKEN, notification=HELLO)
        assert_silent(caught.value)
        control(standins, firebase_sign_in="ok")
        push.send(token=TOKEN, notification=HELLO)

    def test_of_a_service_that_is_not_there_is_to_be_tried_again(self, made):
        with pytest.raises(TryAgain):
            made("http://127.0.0.1:1").send(token=TOKEN, notification=HELLO)

    def test_of_a_connection_that_breaks_after_signing_in_is_to_be_tried_again(
        self, account, standins
    ):
        push = FcmPush(
            credentials=account,
            base_url="http://127.0.0.1:1",
            token_url=f"{standins}/firebase/token",
        )
        with pytest.raises(TryAgain, match="FCM did not answer") as caught:
            push.send(token=TOKEN, notification=HELLO)
        assert_silent(caught.value)

    @pytest.mark.parametrize("mode", ["permission_denied", "invalid_argument", "401"])
    def test_that_stays_is_given_up(self, push, standins, mode):
        control(standins, firebase=mode)
        with pytest.raises(GiveUp) as caught:
            push.send(token=TOKEN, notification=HELLO)
        assert not isinstance(caught.value, DeadToken)
        assert_silent(caught.value)

    def test_of_an_account_that_google_refuses_is_given_up(self, source, told_push):
        source.tell("/token", {"error": "invalid_grant", "error_description": "?"}, status=400)
        with pytest.raises(GiveUp, match="no bearer token"):
            told_push.send(token=TOKEN, notification=HELLO)

    def test_of_a_key_that_can_not_be_read_is_given_up(self, account, standins):
        broken = json.dumps(json.loads(account) | {"private_key": "-----BEGIN PRIVATE KEY-----"})
        with pytest.raises(GiveUp, match="private key"):
            FcmPush(credentials=broken, base_url=standins).send(token=TOKEN, notification=HELLO)

    @pytest.mark.parametrize(
        "body",
        ["<html>", "[]", '{"error": "x"}', '{"error": {}}', "null"],
    )
    def test_of_an_answer_that_is_not_firebases_is_to_be_tried_again(self, source, told_push, body):
        source.tell(MESSAGES, body, status=404)
        with pytest.raises(TryAgain):
            told_push.send(token=TOKEN, notification=HELLO)

    @pytest.mark.parametrize("details", [None, "x", ["x"], [{"fieldViolations": ["x"]}]])
    def test_of_details_that_make_no_sense_is_given_up(self, source, told_push, details):
        error = {"status": "INVALID_ARGUMENT", "message": "?", "details": details}
        source.tell(MESSAGES, {"error": error}, status=400)
        with pytest.raises(GiveUp):
            told_push.send(token=TOKEN, notification=HELLO)

    @pytest.mark.parametrize(("wait", "seconds"), [("7", 7), ("Fri, 20 Nov 2026", None)])
    def test_waits_as_long_as_firebase_says_in_seconds(self, source, told_push, wait, seconds):
        source.tell(MESSAGES, {"error": {}}, status=503, headers={"Retry-After": wait})
        with pytest.raises(TryAgain) as caught:
            told_push.send(token=TOKEN, notification=HELLO)
        assert caught.value.retry_after_seconds == seconds


class TestRegistry:
    def settings(self, **given):
        return Settings.from_env({"ENV": "local", **given})

    def test_pushes_to_the_stand_in_on_a_laptop(self, account, standins):
        port = standins.rpartition(":")[2]
        settings = self.settings(FIREBASE_CREDENTIALS=account, STANDINS_PORT=port)
        Providers(settings).push.send(token=TOKEN, notification=HELLO)
        assert len(pushed(standins)) == 1

    def test_disables_push_without_credentials(self):
        assert Providers(self.settings()).push is None
        assert Providers(self.settings(PUSH="live")).push is None

    def test_pushes_to_firebase_only_when_told_to(self, account):
        live = Providers(self.settings(FIREBASE_CREDENTIALS=account, PUSH="live")).push
        assert live._url.startswith("https://fcm.googleapis.com/v1/projects/")


class TestCredentials:
    def test_are_json_or_the_path_of_a_file(self, account, tmp_path):
        file = tmp_path / "account.json"
        file.write_text(account)
        given = [
            Settings.from_env({"FIREBASE_CREDENTIALS": value}).firebase_credentials
            for value in (account, f"\n {account}", str(file))
        ]
        assert [json.loads(found or "") for found in given] == [json.loads(account)] * 3

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ("/nowhere/account.json", "the path of a file that can be read"),
            ("{", "must be a Google service account's JSON"),
            ('{"type": "service_account"}', "which holds project_id, client_email"),
            (
                '{"project_id": "p", "client_email": "", "private_key": "secret", "token_uri": 1}',
                "which holds project_id",
            ),
        ],
    )
    def test_that_are_none_stop_the_start_with_a_sentence(self, value, sentence):
        with pytest.raises(InvalidSettingsError, match=sentence) as caught:
            Settings.from_env({"FIREBASE_CREDENTIALS": value})
        assert "secret" not in str(caught.value)
        assert "FIREBASE_CREDENTIALS" in str(caught.value)

    def test_are_not_shown(self, account):
        assert "PRIVATE KEY" not in repr(Settings.from_env({"FIREBASE_CREDENTIALS": account}))

    def test_go_to_a_stand_in_nowhere_but_on_a_laptop(self):
        with pytest.raises(InvalidSettingsError, match="PUSH=standin exists only on a laptop"):
            Settings.from_env({"ENV": "prod", "JWT_SECRET": "x" * 40, "PUSH": "standin"})
