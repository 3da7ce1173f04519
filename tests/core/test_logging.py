"""Is every log line JSON, and does none hold a secret or a person's data?"""

import io
import json
import logging
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from app.core import logging as logs

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
log = logging.getLogger("tests.logging")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level
    chosen = io.StringIO()
    logs.configure(level="INFO", stream=chosen)
    yield chosen
    root.handlers, root.level = before


def line_of(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


class TestLine:
    def test_holds_the_event_and_its_facts(self, stream: io.StringIO):
        log.info("prices.refreshed", extra={"count": 3, "took": Decimal("1.5"), "ok": True})
        line = line_of(stream)
        assert (line["message"], line["level"], line["logger"]) == (
            "prices.refreshed",
            "INFO",
            "tests.logging",
        )
        assert (line["count"], line["ok"]) == (3, True)
        assert "request_id" not in line

    def test_stays_one_line_whatever_it_holds(self, stream: io.StringIO):
        log.info(
            "odd\nevent", extra={"a": "b\r\n\u2028", "b": float("nan"), "c": {"d": [None, {1}]}}
        )
        assert line_of(stream)["message"] == "odd\nevent"

    def test_tells_an_exception_without_its_secrets(self, stream: io.StringIO):
        log.error("request.failed", exc_info=ValueError(f"refused {TOKEN} of ada@example.com"))
        line = line_of(stream)
        assert "ValueError: refused [token] of [email]" in line["exception"]
        assert line["level"] == "ERROR"

    def test_names_the_request_that_it_belongs_to(self, stream: io.StringIO):
        token = logs.request_id.set(f"request-{TOKEN}")
        try:
            log.info("event")
        finally:
            logs.request_id.reset(token)
        assert line_of(stream)["request_id"] == "request-[token]"

    def test_is_left_out_below_the_level(self, stream: io.StringIO):
        log.debug("detail")
        logging.getLogger("botocore").info("chatter")
        assert stream.getvalue() == ""

    def test_goes_to_standard_error_unless_told(self, stream: io.StringIO):
        logs.configure(level="INFO")
        (handler,) = logging.getLogger().handlers
        assert isinstance(handler, logging.StreamHandler)
        assert handler.stream is sys.stderr


class TestRedaction:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            (f"Bearer {TOKEN}", "Bearer [token]"),
            ("for ada.k+1@mail.example.com now", "for [email] now"),
            ("/users/ada%40example.com", "/users/[email]"),
            ("call +14155550123 now", "call [phone] now"),
            ("call %2B14155550123", "call [phone]"),
            ("card 4242 4242 4242 4242.", "card [card]."),
            ("key sk_live_0123456789", "key [key]"),
            ("GET /ws?token=abc&x=1", "GET /ws?token=[hidden]&x=1"),
            ("2026-11-20T12:00:00+00:00 took 12 ms", "2026-11-20T12:00:00+00:00 took 12 ms"),
            ("4f9a1c1e-1111-4222-8333-123456789012", "4f9a1c1e-1111-4222-8333-123456789012"),
        ],
    )
    def test_blanks_what_looks_like_a_secret(self, text: str, shown: str):
        assert logs.redacted(text) == shown

    @pytest.mark.parametrize(
        "name",
        ["password", "new_password", "access_token", "api_key", "otp", "Authorization", "code",
         "jwt_secret", "email", "phone", "card", "body", "cookie"],
    )  # fmt: skip
    @pytest.mark.parametrize("value", ["hunter2", 123456, ["hunter2"], {"a": "hunter2"}])
    def test_hides_what_is_named_like_a_secret(self, stream: io.StringIO, name: str, value: Any):
        log.info("event", extra={"facts": {name: value}, name: value})
        line = line_of(stream)
        assert line[name] == "[hidden]"
        assert line["facts"] == {name: "[hidden]"}

    def test_looks_into_nested_facts(self, stream: io.StringIO):
        log.info("event", extra={"facts": [{"ada@example.com": ["x", TOKEN]}, ("+14155550123",)]})
        assert line_of(stream)["facts"] == [{"[email]": ["x", "[token]"]}, ["[phone]"]]

    def test_leaves_error_codes_alone(self, stream: io.StringIO):
        log.info("event", extra={"error_code": "user_exists", "password": None})
        line = line_of(stream)
        assert (line["error_code"], line["password"]) == ("user_exists", None)
