import json
import socket
import urllib.request

import pytest

from app.providers.registry import Providers
from app.providers.sms.interface import GiveUp, TryAgain
from app.providers.sms.sns import SnsSms
from tests.providers.price_sources import told_source

PHONE = "+14155550100"
TEXT = "Your Offers login code is 123456"
ERROR = """<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>Invalid parameter:
PhoneNumber Reason: {phone} is not valid to publish to</Message></Error></ErrorResponse>"""


def made(url, *, timeout_seconds=5.0):
    return SnsSms(region="us-east-1", endpoint_url=url, timeout_seconds=timeout_seconds)


@pytest.fixture
def sns():
    with told_source() as source:
        yield source


def answer(source, code, *, status):
    source.tell("/", ERROR.format(code=code, phone=PHONE), status=status)


class TestSend:
    def test_reaches_the_phone(self, aws):
        sms = made(aws.url)
        sms.send(PHONE, TEXT)
        sms.send(phone=PHONE, text="Schöne Grüße, 你好 & <b>")

        with urllib.request.urlopen(f"{aws.url}/_ministack/sns/sms-messages") as found:
            messages = json.load(found)["sms_messages"]
        assert list(messages) == [PHONE]
        assert [one["Message"] for one in messages[PHONE]] == [TEXT, "Schöne Grüße, 你好 & <b>"]
        assert "Transactional" in str(messages[PHONE][0]["MessageAttributes"])

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (500, "InternalError"),
            (503, "Whatever"),
            (429, "Throttled"),
            (400, "ThrottlingException"),
        ],
    )
    def test_may_be_tried_again_after_a_failure_that_passes(self, sns, status, code):
        answer(sns, code, status=status)
        with pytest.raises(TryAgain, match=f"SNS answered {status} {code}") as caught:
            made(sns.url).send(PHONE, TEXT)
        assert_silent(caught.value)
        assert len(sns.asked) == 1, "a text message must not be sent twice by a retry in here"

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, "InvalidParameter"), (403, "AuthorizationError"), (400, "OptedOut")],
    )
    def test_is_given_up_on_when_it_is_refused(self, sns, status, code):
        answer(sns, code, status=status)
        with pytest.raises(GiveUp, match=f"SNS answered {status} {code}") as caught:
            made(sns.url).send(PHONE, TEXT)
        assert_silent(caught.value)

    def test_may_be_tried_again_when_nobody_answers(self):
        with pytest.raises(TryAgain) as caught:
            made("http://127.0.0.1:1").send(PHONE, TEXT)
        assert_silent(caught.value)

    def test_may_be_tried_again_after_an_answer_that_makes_no_sense(self, sns):
        sns.tell("/", "<html>", status=502)
        with pytest.raises(TryAgain):
            made(sns.url).send(PHONE, TEXT)

    def test_does_not_wait_for_ever(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(TryAgain, match="ReadTimeout"):
                made(url, timeout_seconds=0.3).send(PHONE, TEXT)


def assert_silent(error):
    assert PHONE not in str(error)
    assert TEXT not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


class TestRegistry:
    def test_chooses_the_local_aws(self, aws, settings):
        Providers(settings).sms.send(PHONE, TEXT)
        with urllib.request.urlopen(f"{aws.url}/_ministack/sns/sms-messages") as found:
            assert PHONE in json.load(found)["sms_messages"]
