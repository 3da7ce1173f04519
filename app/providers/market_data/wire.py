"""How is a price source's answer read?

Which statuses can be tried again, and how its numbers are kept exact.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from app.core import money
from app.providers.market_data.interface import GiveUp, TryAgain

TOO_MANY_REQUESTS: Final = 429
REQUEST_TIMEOUT: Final = 408
SERVER_ERRORS: Final = 500
# Our tables keep 38 significant digits; more than that in a price is noise or garbage.
MOST_DIGITS: Final = 38


def raise_for_trouble(*, source: str, status: int, headers: Mapping[str, str]) -> None:
    """Nothing when the answer's status may be read on; 404 may (it can mean an unknown symbol).

    Raises:
        TryAgain: 408, 429 and 5xx, with the seconds of Retry-After where it is sent as a number.
    """
    if status in {TOO_MANY_REQUESTS, REQUEST_TIMEOUT} or status >= SERVER_ERRORS:
        wait = (headers.get("Retry-After") or "").strip()
        message = f"{source} answered {status}"
        raise TryAgain(message, retry_after_seconds=int(wait) if wait.isdecimal() else None)


def refused(*, source: str, status: int) -> GiveUp:
    """The error for a status that asking again doesn't change."""
    return GiveUp(f"{source} refused with {status}")


def garbage(*, source: str, what: str) -> TryAgain:
    """The error for an answer that makes no sense: a proxy's page, a format that changed."""
    return TryAgain(f"{source} sent {what}")


def exact_json(content: bytes, *, source: str) -> Any:
    """Parse JSON so that each number stays the Decimal that was sent and is never a float.

    Raises:
        TryAgain: it isn't JSON, or holds NaN or Infinity.
    """
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_not_a_number)
    except (ValueError, ArithmeticError, RecursionError):
        raise garbage(source=source, what="something that is not JSON") from None


def _not_a_number(name: str) -> None:
    raise ValueError(name)


def number(value: Any, *, source: str) -> Decimal | None:
    """A number of the answer as a Decimal; None where it is null.

    Raises:
        TryAgain: it is no number, or has more digits than a price can have.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise garbage(source=source, what="a price that is not a number")
    exact = Decimal(value)
    whole_and_fraction = max(len(exact.as_tuple().digits), abs(exact.adjusted()))
    if whole_and_fraction > MOST_DIGITS:
        raise garbage(source=source, what="a price with too many digits")
    return exact


def price(value: Any, *, source: str) -> Decimal | None:
    """A price of the answer; None where the source has none, which some sources tell by 0.

    Raises:
        TryAgain: it is no number.
    """
    exact = number(value, source=source)
    return exact if exact is not None and exact > 0 else None


def percentage(value: Any, *, source: str) -> Decimal | None:
    """A percentage of the answer with 2 decimals, halves away from zero; None where it is null.

    Raises:
        TryAgain: it is no number.
    """
    exact = number(value, source=source)
    return None if exact is None else exact.quantize(money.CENTI, context=money.ROUNDING)


def moment(seconds: Any, *, source: str) -> datetime:
    """A Unix time in seconds as a datetime in UTC.

    Raises:
        TryAgain: it is no time.
    """
    exact = number(seconds, source=source)
    try:
        return datetime.fromtimestamp(int(exact if exact is not None else "none"), UTC)
    except (ValueError, OverflowError, OSError):
        raise garbage(source=source, what="a time that is none") from None


def mapping(value: Any, *, source: str) -> dict[str, Any]:
    """A JSON object of the answer.

    Raises:
        TryAgain: it is none.
    """
    if not isinstance(value, dict):
        raise garbage(source=source, what="an answer of another shape")
    return value


def sequence(value: Any, *, source: str) -> list[Any]:
    """A JSON array of the answer.

    Raises:
        TryAgain: it is none.
    """
    if not isinstance(value, list):
        raise garbage(source=source, what="an answer of another shape")
    return value
