"""Does every answer carry its id, its headers and its log line, and may this web page call?"""

import io
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.config import Settings
from app.core import logging as logs
from app.factory import create_app

ORIGIN = "https://app.example"
FORM = {"email": "ada@example.com", "password": "password123"}


@pytest.fixture
def calling(settings: Settings) -> Callable[..., FlaskClient]:
    """Make a client of an app with other settings."""

    def client_of(**changes: Any) -> FlaskClient:
        return create_app(replace(settings, **changes)).test_client()

    return client_of


class TestRequestId:
    @pytest.mark.parametrize("given", ["12345678", "a-B.c_d-12", "x" * 128])
    def test_is_the_callers_own(self, calling: Any, given: str):
        answer = calling().get("/healthz", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given

    @pytest.mark.parametrize("given", ["", "short", "x" * 129, "with space", "é" * 10, '{"a":"b"}'])
    def test_is_made_where_it_is_no_good(self, calling: Any, given: str):
        answer = calling().get("/healthz", headers={"X-Request-ID": given})
        assert uuid.UUID(answer.headers["X-Request-ID"]).version == 4

    def test_is_another_for_each_request(self, calling: Any):
        client = calling()
        assert len({client.get("/healthz").headers["X-Request-ID"] for _ in range(5)}) == 5


class TestSecurityHeaders:
    @pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/docs", "/api/v1/nowhere"])
    def test_stand_on_every_answer(self, calling: Any, path: str):
        with calling().get(path) as answer:
            headers = answer.headers
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"

    def test_keep_answers_out_of_caches(self, calling: Any):
        assert calling().get("/healthz").headers["Cache-Control"] == "no-store"


class TestCors:
    def test_names_an_origin_that_is_listed(self, calling: Any):
        client = calling(cors_allowed_origins=("https://other.example", ORIGIN))
        headers = client.get("/healthz", headers={"Origin": ORIGIN}).headers
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in headers["Vary"]
        assert "Retry-After" in headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in headers

    @pytest.mark.parametrize("origin", ["https://evil.example", ORIGIN + ".evil.example", "null"])
    def test_names_no_other_origin(self, calling: Any, origin: str):
        client = calling(cors_allowed_origins=(ORIGIN,))
        headers = client.get("/healthz", headers={"Origin": origin}).headers
        assert not [name for name, _ in headers if name.startswith("Access-Control-")]
        assert "Origin" in headers["Vary"]

    def test_allows_any_origin_by_a_star(self, calling: Any):
        client = calling(cors_allowed_origins=("*",))
        headers = client.get("/healthz", headers={"Origin": ORIGIN}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in headers

    def test_names_the_origin_where_cookies_may_be_sent(self, calling: Any):
        client = calling(cors_allowed_origins=("*",), cors_allow_credentials=True)
        headers = client.get("/healthz", headers={"Origin": ORIGIN}).headers
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in headers["Vary"]

    def test_answers_a_preflight_without_a_token(self, calling: Any):
        answer = calling(cors_allowed_origins=(ORIGIN,)).options(
            "/users/me",
            headers={"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"},
        )
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"]
        assert {"Authorization", "Content-Type", "Idempotency-Key"} <= set(allowed.split(", "))

    def test_lets_a_page_read_errors(self, calling: Any):
        client = calling(cors_allowed_origins=(ORIGIN,))
        answer = client.get("/nowhere", headers={"Origin": ORIGIN})
        assert answer.status_code == 404
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class TestLogLine:
    @pytest.fixture
    def written(self, client: FlaskClient) -> io.StringIO:
        """What the app writes to its log; configured again so that the test can read it."""
        stream = io.StringIO()
        logs.configure(level="INFO", stream=stream)
        return stream

    def test_is_one_for_each_request(self, client: FlaskClient, written: io.StringIO):
        answer = client.post("/auth/signup", json=FORM, headers={"X-Request-ID": "my-request-1"})
        assert answer.status_code == 201
        (line,) = lines_of(written)
        assert line["message"] == "request.finished"
        assert line["level"] == "INFO"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"])
        assert (line["method"], line["path"], line["status"]) == ("POST", "/auth/signup", 201)
        assert line["request_id"] == "my-request-1"
        assert line["latency_ms"] > 0
        assert line["dynamodb_requests"] == 3
        assert (
            f'dynamodb;desc="{line["dynamodb_requests"]} requests'
            in answer.headers["Server-Timing"]
        )

    def test_holds_nothing_of_a_person(self, client: FlaskClient, written: io.StringIO):
        tokens = client.post("/auth/signup", json=FORM).json
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        client.get("/users/me?token=" + tokens["refresh_token"], headers=headers)
        client.get("/users/" + FORM["email"])
        client.get("/" + tokens["access_token"])
        text = written.getvalue()
        assert len(lines_of(written)) == 4
        for secret in (FORM["email"], FORM["password"], tokens["access_token"][:30]):
            assert secret not in text

    def test_tells_of_errors_and_unknown_urls(self, client: FlaskClient, written: io.StringIO):
        client.get("/nowhere")
        client.get("/users/me")
        client.delete("/healthz")
        assert [line["status"] for line in lines_of(written)] == [404, 401, 405]

    def test_forgets_the_request_when_it_is_over(self, client: FlaskClient):
        client.get("/healthz")
        assert logs.request_id.get() is None
