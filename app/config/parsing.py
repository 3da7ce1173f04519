"""How does a setting's text become its value? Each function raises ValueError with what the text must be."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

SERVICE_ACCOUNT_FIELDS = ("project_id", "client_email", "private_key", "token_uri")


def text(value: str) -> str:
    """The text as it is."""
    return value


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def parse(value: str) -> int:
        number = int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None
        if number is None or not low <= number <= high:
            message = f"must be a whole number from {low} to {high}"
            raise ValueError(message)
        return number

    return parse


def amount_above_zero(value: str) -> Decimal:
    """An amount of money: digits, at most 18 before the point and 18 behind it, more than 0."""
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", value) or Decimal(value) == 0:
        message = "must be an amount above 0 in digits, such as 10000 or 2500.50"
        raise ValueError(message)
    return Decimal(value)


def cron(value: str) -> str:
    """A cron expression: minute, hour, day of month, month, day of week."""
    from cronsim import CronSim, CronSimError

    message = "must be a cron expression of five parts that comes due, such as 0 2,8,14,20 * * *"
    if len(value.split()) != len(("minute", "hour", "day", "month", "weekday")):
        raise ValueError(message)  # a sixth would be seconds, and the clock ticks once a minute
    try:
        next(CronSim(value, datetime(2000, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        raise ValueError(message) from None
    return value


def switch(value: str) -> bool:
    """True or false, in the usual words."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if value.lower() not in words:
        message = "must be true or false"
        raise ValueError(message)
    return words[value.lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words, without regard to case."""

    def parse(value: str) -> str:
        if value.lower() not in choices:
            message = f"must be one of {', '.join(choices)}"
            raise ValueError(message)
        return value.lower()

    return parse


def comma_separated(value: str) -> tuple[str, ...]:
    """The parts between commas, without blanks."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def url(value: str) -> str:
    """An address that starts with http:// or https://, without a slash at its end."""
    if not re.match(r"https?://[^/\s]", value):
        message = "must be a URL that starts with http:// or https://"
        raise ValueError(message)
    return value.rstrip("/")


def one_line(value: str) -> str:
    """Text on one line."""
    if not value.isprintable():
        message = "must be one line without control characters"
        raise ValueError(message)
    return value


def email(value: str) -> str:
    """An email address, roughly."""
    before, at, domain = value.strip().rpartition("@")
    if not (before and at and domain) or " " in value.strip() or not value.isprintable():
        message = "must be an email address"
        raise ValueError(message)
    return value.strip()


def service_account(value: str) -> str:
    """The account's JSON, from the text itself or from the file that it names."""
    try:
        text = value if value.lstrip().startswith("{") else Path(value).read_text("utf-8")
    except (OSError, ValueError):
        message = "must be JSON, or the path of a file that can be read"
        raise ValueError(message) from None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        isinstance(found.get(name), str) and found[name] for name in SERVICE_ACCOUNT_FIELDS
    ):
        names = ", ".join(SERVICE_ACCOUNT_FIELDS)
        message = f"must be a Google service account's JSON, which holds {names}"
        raise ValueError(message)
    return json.dumps(found)
