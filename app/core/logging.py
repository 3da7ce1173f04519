"""What is written to the log? One line of JSON an event, never a secret or a person's data.

Code logs an event name and plain facts: `log.info("prices.refreshed", extra={"count": 3})`. A last net under
that rule blanks whatever still looks like a token, a password, an email, a phone number or a card.
"""

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import simplejson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_SECRET_NAMES = re.compile(
    r"pass(word|wd)?|secret|token|authorization|cookie|api_?key|otp|code$|email|phone|card|body",
    re.IGNORECASE,
)
_HARMLESS_NAMES = frozenset({"error_code", "token_kind"})
_PATTERNS = (
    (re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?"), "[token]"),
    (re.compile(r"\b(sk|rk|whsec|ifk)_[A-Za-z0-9_-]{8,}"), "[key]"),
    (re.compile(r"[\w.+-]+(@|%40)[\w-]+(\.[\w-]+)+"), "[email]"),
    (re.compile(r"(?<![\w-])(\+|%2B)[1-9][0-9 ]{7,17}(?![\w-])"), "[phone]"),
    (re.compile(r"\b(?:[0-9]{4}[ -]){3}[0-9]{1,7}\b"), "[card]"),
    (
        re.compile(r"([?&](?:token|access_token|code|otp|password)=)[^&\s\"]+", re.IGNORECASE),
        r"\1[hidden]",
    ),
)


def configure(*, level: str, stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (standard error) as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("botocore", "boto3", "urllib3", "pynamodb", "werkzeug", "kombu", "amqp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class JsonFormatter(logging.Formatter):
    """One line of JSON: timestamp, level, message, logger, request_id and the event's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, tz=UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "message": redacted(record.getMessage()),
            "logger": record.name,
        }
        if request_id.get():
            line["request_id"] = redacted(str(request_id.get()))
        for name, value in record.__dict__.items():
            if name not in _STANDARD and not name.startswith("_"):
                line[name] = _safe(name, value)
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return simplejson.dumps(line, default=str, ensure_ascii=True, ignore_nan=True)


def redacted(text: str) -> str:
    """The text without what looks like a secret or a person's data."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _safe(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if name not in _HARMLESS_NAMES and _SECRET_NAMES.search(name):
        return "[hidden]"
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, dict):
        return {redacted(str(key)): _safe(str(key), part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_safe(name, part) for part in value]
    return redacted(str(value))
