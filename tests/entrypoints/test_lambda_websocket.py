"""Does API Gateway's function let in whom it should, and forget those that ended?"""

import pytest

from app.core import dynamo
from app.entrypoints import lambda_websocket
from app.feeds.models.connections import FeedConnection
from app.providers.job_queue.interface import TryAgain
from tests.feeds.conftest import happened


def event(kind, *, query=None, headers=None):
    """What API Gateway sends."""
    told = {
        "requestContext": {
            "routeKey": {"MESSAGE": "$default"}.get(kind, f"${kind.lower()}"),
            "eventType": kind,
            "stage": "dev",
            "connectionId": "c1=",
            "domainName": "abc.execute-api.us-east-1.amazonaws.com",
        },
        "body": "hello",
        "isBase64Encoded": False,
    }
    if kind == "CONNECT":
        told |= {"queryStringParameters": query, "headers": headers}
    return told


@pytest.fixture
def send(app):
    def send_one(kind, **given):
        told = event(kind, **given)
        assert lambda_websocket.is_websocket(told)
        return lambda_websocket.answered(app, told)

    return send_one


@pytest.fixture
def token(sign_in_as):
    return sign_in_as("viewer").access_token


def stored(channel="equity"):
    return FeedConnection.of(channel=channel, connection_id="c1=")


class TestConnect:
    def test_remembers_the_connection_and_has_it_told(self, app, send, token):
        answer = send("CONNECT", query={"channel": "equity", "token": token})
        assert answer["statusCode"] == 200
        assert stored().cursor == 0
        assert token not in str(stored().attribute_values)

    def test_takes_a_header_in_any_case_and_a_place(self, send, token):
        happened("trades", "1", "2")
        answer = send(
            "CONNECT",
            query={"channel": "trades", "after": "1"},
            headers={"AUTHORIZATION": f"Bearer {token}"},
        )
        assert (answer["statusCode"], stored("trades").cursor) == (200, 1)

    @pytest.mark.parametrize(
        "query", [None, {}, {"channel": "equity"}, {"channel": "equity", "token": "nonsense"}]
    )
    def test_refuses_before_the_upgrade(self, send, query):
        assert send("CONNECT", query=query)["statusCode"] == 401
        assert stored() is None

    def test_refuses_who_is_no_viewer_and_what_is_no_channel(self, send, sign_up, token):
        user = sign_up().access_token
        assert send("CONNECT", query={"channel": "equity", "token": user})["statusCode"] == 401
        assert send("CONNECT", query={"channel": "gossip", "token": token})["statusCode"] == 401
        assert send("CONNECT", query={"channel": "prices", "token": user})["statusCode"] == 200

    def test_says_that_a_place_is_of_no_use(self, send, token):
        query = {"channel": "equity", "token": token, "after": "7"}
        assert send("CONNECT", query=query)["statusCode"] == 422

    def test_fails_where_it_can_not_be_told(self, app, send, token, monkeypatch):
        from app.extensions import EXTENSION

        def refuse():
            raise TryAgain("the queue is down")

        monkeypatch.setattr(app.extensions[EXTENSION].job_queue, "send_enqueued", refuse)
        with pytest.raises(TryAgain):
            send("CONNECT", query={"channel": "equity", "token": token})

    def test_does_not_call_an_outage_a_refusal(self, send, token, monkeypatch):
        def busy(*_, **__):
            raise dynamo.Busy

        monkeypatch.setattr("app.feeds.service.open_connection", busy)
        with pytest.raises(dynamo.Busy):
            send("CONNECT", query={"channel": "equity", "token": token})


class TestOtherEvents:
    def test_forget_a_connection_that_ended(self, send, token):
        send("CONNECT", query={"channel": "equity", "token": token})
        for _ in range(2):
            assert send("DISCONNECT") == {"statusCode": 200}
        assert stored() is None

    def test_are_not_listened_to(self, send):
        assert send("MESSAGE") == {"statusCode": 200}

    @pytest.mark.parametrize(
        "told", [{}, {"requestContext": {"eventType": "CONNECT"}}, {"requestContext": {"http": {}}}]
    )
    def test_may_be_something_else(self, told):
        assert not lambda_websocket.is_websocket(told)
