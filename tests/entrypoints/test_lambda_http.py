"""Does a request come through Lambda whole, whoever sends it, and nothing that is no request?"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request

from app.core import dynamo
from app.entrypoints import http_events

ADDRESS = "203.0.113.9"


@pytest.fixture
def echo() -> Flask:
    """An app that tells what reached it."""
    app = Flask("echo")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "PUT", "DELETE"])
    @app.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def tell(path: str) -> Response:
        if path == "picture":
            return Response(b"\x89PNG\x00\xff", mimetype="image/png")
        if path == "cookies":
            answer = Response("set")
            answer.set_cookie("a", "1")
            answer.set_cookie("b", "2")
            answer.headers.add("Vary", "Origin")
            answer.headers.add("Vary", "Accept")
            return answer
        told = {
            "method": request.method,
            "path": request.path,
            "root": request.root_path,
            "url": request.url,
            "args": request.args.to_dict(flat=False),
            "address": request.remote_addr,
            "headers": dict(request.headers),
            "cookies": dict(request.cookies),
            "body": request.get_data().decode("latin-1"),
            "json": request.get_json(silent=True),
        }
        return Response(json.dumps(told), mimetype="application/json")

    return app


def rest(path: str = "/items", **given: Any) -> dict[str, Any]:
    """What a REST API sends (format 1.0)."""
    event = {
        "resource": "/{proxy+}",
        "httpMethod": "GET",
        "path": path,
        "headers": {"Host": "abc.execute-api.us-east-1.amazonaws.com"},
        "multiValueHeaders": {"Host": ["abc.execute-api.us-east-1.amazonaws.com"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {
            "path": f"/dev{path}",
            "stage": "dev",
            "domainName": "abc.execute-api.us-east-1.amazonaws.com",
            "identity": {"sourceIp": ADDRESS},
        },
        "body": None,
        "isBase64Encoded": False,
    }
    return {**event, **given}


def http_api(path: str = "/items", *, stage: str = "dev", **given: Any) -> dict[str, Any]:
    """What an HTTP API sends (format 2.0)."""
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": f"/{stage}{path}",
        "rawQueryString": "",
        "headers": {"host": "abc.execute-api.us-east-1.amazonaws.com"},
        "requestContext": {
            "stage": stage,
            "domainName": "abc.execute-api.us-east-1.amazonaws.com",
            "http": {"method": "GET", "path": f"/{stage}{path}", "sourceIp": ADDRESS},
        },
        "isBase64Encoded": False,
    }
    return {**event, **given}


def function_url(path: str = "/items", **given: Any) -> dict[str, Any]:
    """What a function URL sends: format 2.0 without a stage in the path."""
    event = http_api(path, stage="$default", **given)
    return {**event, "rawPath": path}


SENDERS = [rest, http_api, function_url]


def told(app: Flask, event: dict[str, Any]) -> dict[str, Any]:
    answer = http_events.answered(app, event)
    assert answer["statusCode"] == 200, answer
    found: dict[str, Any] = json.loads(answer["body"])
    return found


@pytest.mark.parametrize("sent", SENDERS)
class TestRequest:
    def test_arrives_at_its_path(self, echo, sent):
        assert http_events.is_http(sent())
        assert told(echo, sent("/items"))["path"] == "/items"

    def test_keeps_its_stage_for_links_alone(self, echo, sent):
        found = told(echo, sent("/items"))

        stage = "" if sent is function_url else "/dev"
        assert found["root"] == stage
        assert found["url"] == f"https://abc.execute-api.us-east-1.amazonaws.com{stage}/items"

    @pytest.mark.parametrize(
        ("written", "meant"),
        [("/items/a%20b", "/items/a b"), ("/items/%C3%BC", "/items/ü"), ("/items/ü", "/items/ü")],
    )
    def test_has_its_path_decoded_once(self, echo, sent, written, meant):
        assert told(echo, sent(written))["path"] == meant

    def test_comes_from_the_address_that_the_gateway_saw(self, echo, sent):
        forged = {"x-forwarded-for": "1.2.3.4, 5.6.7.8"}
        event = sent(headers=forged, multiValueHeaders={"x-forwarded-for": ["1.2.3.4, 5.6.7.8"]})

        assert told(echo, event)["address"] == ADDRESS

    def test_cannot_pass_one_header_for_another(self, echo, sent):
        forged = {"X_Request_Id": "forged", "Content-Length": "99"}
        multi = {name: [value] for name, value in forged.items()}

        found = told(echo, sent(headers=forged, multiValueHeaders=multi))

        assert "X-Request-Id" not in found["headers"]
        assert found["headers"].get("Content-Length", "0") == "0"

    def test_carries_json(self, echo, sent):
        event = as_post(sent(), body='{"name": "Zoë"}', kind="application/json")

        assert told(echo, event)["json"] == {"name": "Zoë"}

    def test_carries_bytes(self, echo, sent):
        event = as_post(sent(), body=base64.b64encode(b"\x00\xffdata").decode(), kind="text/csv")

        found = told(echo, {**event, "isBase64Encoded": True})

        assert found["body"] == b"\x00\xffdata".decode("latin-1")
        assert found["headers"]["Content-Length"] == "6"

    def test_is_answered_with_bytes(self, echo, sent):
        answer = http_events.answered(echo, sent("/picture"))

        assert answer["isBase64Encoded"] is True
        assert base64.b64decode(answer["body"]) == b"\x89PNG\x00\xff"

    def test_is_answered_with_every_header(self, echo, sent):
        answer = http_events.answered(echo, sent("/cookies"))

        if sent is rest:
            assert answer["multiValueHeaders"]["Vary"] == ["Origin", "Accept"]
            assert len(answer["multiValueHeaders"]["Set-Cookie"]) == 2
        else:
            assert answer["headers"]["vary"] == "Origin, Accept"
            assert [cookie[:3] for cookie in answer["cookies"]] == ["a=1", "b=2"]


def as_post(event: dict[str, Any], *, body: str, kind: str) -> dict[str, Any]:
    headers = {**event["headers"], "Content-Type": kind}
    context = event["requestContext"]
    if "http" in context:
        context = {**context, "http": {**context["http"], "method": "POST"}}
    return {
        **event,
        "httpMethod": "POST",
        "requestContext": context,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": body,
    }


class TestRestRequest:
    def test_keeps_repeated_parameters_and_headers(self, echo):
        event = rest(
            multiValueQueryStringParameters={"tag": ["a b", "c&d"], "one": ["1"]},
            multiValueHeaders={"Accept": ["text/html", "text/plain"], "Cookie": ["a=1", "b=2"]},
        )

        found = told(echo, event)

        assert found["args"] == {"tag": ["a b", "c&d"], "one": ["1"]}
        assert found["headers"]["Accept"] == "text/html,text/plain"
        assert found["cookies"] == {"a": "1", "b": "2"}

    def test_reads_single_values_where_there_are_no_others(self, echo):
        event = rest(queryStringParameters={"q": "1"}, headers={"Accept": "text/html"})
        del event["multiValueHeaders"]

        found = told(echo, event)

        assert found["args"] == {"q": ["1"]}
        assert found["headers"]["Accept"] == "text/html"


class TestHttpApiRequest:
    def test_keeps_its_query_as_it_was_written(self, echo):
        event = http_api(rawQueryString="tag=a%20b&tag=c%26d&empty=", cookies=["a=1", "b=2"])

        found = told(echo, event)

        assert found["args"] == {"tag": ["a b", "c&d"], "empty": [""]}
        assert found["cookies"] == {"a": "1", "b": "2"}

    def test_loses_no_path_that_begins_like_the_stage(self, echo):
        event = {**http_api(), "rawPath": "/devices"}

        assert told(echo, event)["path"] == "/devices"

    def test_finds_the_root(self, echo):
        assert told(echo, {**http_api(), "rawPath": "/dev"})["method"] == "GET"


SQS = {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "{}"}]}
TICK = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": []}
WEBSOCKET = {"requestContext": {"connectionId": "c", "eventType": "CONNECT"}, "headers": {}}


@pytest.mark.parametrize(
    "event", [SQS, TICK, WEBSOCKET, {}, {"command": "print(1)"}, {"version": "2.0"}]
)
class TestOtherEvent:
    def test_is_no_request(self, event):
        assert not http_events.is_http(event)


class TestHandler:
    @pytest.fixture
    def handler(self, app, settings, monkeypatch, aws) -> Iterator[Any]:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("ENV", "local")
        from app.entrypoints import lambda_http

        yield lambda_http.handler
        dynamo.connect(settings)

    @pytest.mark.parametrize("sent", SENDERS)
    def test_answers_with_the_whole_app(self, handler, sent):
        answer = handler(sent("/healthz"))

        assert answer["statusCode"] == 200
        assert json.loads(answer["body"])["status"] == "ok"

    @pytest.mark.parametrize("event", [SQS, TICK, {}, {"requestContext": {"connectionId": "c"}}])
    def test_raises_on_what_is_no_request(self, handler, event):
        from app.entrypoints.lambda_http import UnknownEvent

        with pytest.raises(UnknownEvent):
            handler(event)
