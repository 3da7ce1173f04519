"""How is JSON read and written without losing a digit?

simplejson reads numbers with a point as `Decimal` and writes `Decimal` with every digit; the standard library
goes through a float both ways.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson
from flask.json.provider import JSONProvider

from app.core import errors

DEEPEST = 32
QUOTE, BACKSLASH = b'"'[0], b"\\"[0]
LONGEST_NUMBER = 400
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class MalformedJson(errors.BadRequest):
    """The body is not JSON that we accept."""

    code = "malformed_json"
    message = "The body is not valid JSON."


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Write JSON with exact decimals; moments as ISO 8601 in UTC."""
    separators = None if indent else (",", ":")
    return simplejson.dumps(
        value,
        use_decimal=True,
        default=_as_text,
        allow_nan=False,
        indent=indent,
        separators=separators,
    )


def loads(text: str | bytes) -> Any:
    """Read JSON with exact decimals.

    Raises:
        MalformedJson: not JSON, nested deeper than 32, or holding NaN, half a character or an endless number.
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        _check_depth(raw)
        value = simplejson.loads(
            raw.decode("utf-8"),
            parse_int=_whole_number,
            parse_float=_decimal,
            parse_constant=_refuse_constant,
        )
    except (UnicodeDecodeError, simplejson.JSONDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise MalformedJson(details={"reason": reason}) from None
    if b"\\u" in raw and _LONE_SURROGATE.search(
        simplejson.dumps(value, use_decimal=True, ensure_ascii=False)
    ):
        raise MalformedJson(details={"reason": "a text holds half of a surrogate pair"})
    return value


class ExactJson(JSONProvider):
    """Flask's JSON, exact."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write."""
        return dumps(obj, indent=kwargs.get("indent"))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ARG002 - Flask's signature
        """Read."""
        return loads(s)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    message = f"{type(value).__name__} can't be written as JSON"
    raise TypeError(message)


def _whole_number(digits: str) -> int:
    if len(digits) >= LONGEST_NUMBER:
        raise MalformedJson(details={"reason": f"a number has {LONGEST_NUMBER} digits or more"})
    return int(digits)


def _decimal(digits: str) -> Decimal:
    """Refuse what would be endless once it is written out: 1e999999999 as an integer fills the memory."""
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        amount = None
    if amount is None or len(digits) >= LONGEST_NUMBER or abs(amount.adjusted()) >= LONGEST_NUMBER:
        raise MalformedJson(details={"reason": f"a number has {LONGEST_NUMBER} digits or more"})
    return amount


def _refuse_constant(name: str) -> Any:
    raise MalformedJson(details={"reason": f"{name} is not a JSON number"})


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    depth, inside_text, escaped = 0, False, False
    for byte in raw:
        if inside_text:
            inside_text = escaped or byte != QUOTE
            escaped = not escaped and byte == BACKSLASH
        elif byte == QUOTE:
            inside_text = True
        elif byte in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise MalformedJson(details={"reason": f"it is nested deeper than {DEEPEST}"})
        elif byte in b"]}":
            depth -= 1
