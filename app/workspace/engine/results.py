"""What is a result, and by which hash is it known again?"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import simplejson

SIGNIFICANT_DIGITS: Final = 12
CUT: Final = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a query gave. Every value is None, a bool, an int, a Decimal, a text, or a list or object of such.

    Attributes:
        columns: their names; two may be the same.
        rows: at most as many as the limits allow.
        row_count: how many of them there are.
        truncated: whether the query had more rows, or a text was cut.
        result_hash: see `hash_of`.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    row_count: int
    truncated: bool
    result_hash: str


def plain(value: Any, *, longest: int) -> Any:
    """A value of DuckDB's as JSON has it: moments as ISO 8601, texts no longer than `longest` characters."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, list | tuple):
        return [plain(each, longest=longest) for each in value]
    if isinstance(value, dict):
        return {
            str(plain(key, longest=longest)): plain(each, longest=longest)
            for key, each in value.items()
        }
    return _text(value, longest)


def _text(value: Any, longest: int) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    text = value.hex() if isinstance(value, bytes | bytearray) else str(value)
    return text if len(text) <= longest else text[: longest - 1] + CUT


def hash_of(*, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The SHA-256 of a result, in hexadecimal.

    Hashed are the names of the columns and then the rows, each as one line of canonical JSON. The rows are sorted by
    that line: what has no ORDER BY, or has ties, may come in another order each time and is the same result. Numbers
    of any type count by their value, to 12 significant digits: adding floating-point numbers in another order
    changes the last ones.
    """
    lines = sorted(_canonical(row) for row in rows)
    digest = hashlib.sha256(_canonical(columns).encode())
    for line in lines:
        digest.update(b"\n")
        digest.update(line.encode())
    return digest.hexdigest()


def _canonical(row: Sequence[Any]) -> str:
    return simplejson.dumps(
        [_comparable(value) for value in row], ensure_ascii=True, separators=(",", ":")
    )


def _comparable(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return [
            _number(Decimal(str(value)))
        ]  # in brackets, so that a text of digits is another value
    if isinstance(value, list | tuple):
        return {"list": [_comparable(each) for each in value]}
    if isinstance(value, dict):
        return {"object": [[key, _comparable(value[key])] for key in sorted(value)]}
    return value


def _number(value: Decimal) -> str:
    rounded = f"{value:.{SIGNIFICANT_DIGITS - 1}e}"
    digits, _, exponent = rounded.partition("e")
    shortest = digits.rstrip("0").rstrip(".")
    return "0" if shortest in {"0", "-0"} else f"{shortest}e{int(exponent)}"
