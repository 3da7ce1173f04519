"""How do Stripe's answers and errors become the product's words?

Errors tell a status and a code, never Stripe's sentence, which may name a person.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from app.providers.payments.interface import (
    Event,
    GiveUp,
    NoSuchThing,
    Subscription,
    TryAgain,
    UntrustedEvent,
)

if TYPE_CHECKING:
    from stripe import StripeError

SERVER_ERRORS: Final = 500
CONFLICT: Final = 409
PASSING: Final = frozenset({CONFLICT, 408, 424, 429})


def understood(error: "StripeError") -> TryAgain | GiveUp:
    """What a failed call means."""
    status, code = error.http_status, error.code
    message = f"Stripe answered {status or 'nothing'}: {type(error).__name__} {code or ''}".rstrip()
    named = isinstance(error.json_body, Mapping) and "error" in error.json_body
    if status is None or status in PASSING or status >= SERVER_ERRORS or not named:
        wait = str((error.headers or {}).get("Retry-After", "")).strip()
        return TryAgain(message, retry_after_seconds=int(wait) if wait.isdecimal() else None)
    if code == "resource_missing" or status == 404:  # noqa: PLR2004 - not found
        return NoSuchThing(message)
    return GiveUp(message)


def subscription(found: Mapping[str, Any], *, open_invoices: Iterable[Any]) -> Subscription:
    """One subscription, with the invoices of it that are open where it owes any.

    Raises:
        TryAgain: it is not Stripe's; a proxy may have answered.
    """
    try:
        return _subscription(found, open_invoices)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        message = f"Stripe's subscription can't be read: {type(error).__name__}"
        raise TryAgain(message) from None


def _subscription(found: Mapping[str, Any], open_invoices: Iterable[Any]) -> Subscription:
    item = found["items"]["data"][0]
    period_ends_at = _moment(item["current_period_end"])
    ends_with_period = period_ends_at if found["cancel_at_period_end"] else None
    return Subscription(
        subscription_id=str(found["id"]),
        customer_id=_id(found["customer"]),
        status=str(found["status"]),
        price_key=_price_key(item["price"]),
        item_id=str(item["id"]),
        created_at=_moment(found["created"]),
        period_ends_at=period_ends_at,
        trial_ends_at=_moment_or_none(found.get("trial_end")),
        ends_at=_moment_or_none(found.get("cancel_at")) or ends_with_period,
        owed_since=min((_moment(each["created"]) for each in open_invoices), default=None),
    )


def _price_key(price: Mapping[str, Any]) -> str | None:
    """A price that was raised gave its lookup key to its successor; its metadata still says what it sells."""
    key = price.get("lookup_key") or (price.get("metadata") or {}).get("lookup_key")
    return str(key) if key else None


def event(found: Any) -> Event:
    """One event.

    Raises:
        UntrustedEvent: it is none.
    """
    try:
        thing = found["data"]["object"]
        customer = thing["id"] if thing.get("object") == "customer" else thing.get("customer")
        return Event(
            event_id=_text(found["id"]),
            kind=_text(found["type"]),
            customer_id=_id(customer) if customer else None,
            created_at=_moment(found["created"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        raise UntrustedEvent("not_an_event") from None


def _id(value: Any) -> str:
    """An id, whether or not what it names came with it."""
    return _text(value["id"] if isinstance(value, Mapping) else value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255:  # noqa: PLR2004 - Stripe's longest id
        raise ValueError("not an id of Stripe's")
    return value


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=UTC)


def _moment_or_none(seconds: Any) -> datetime | None:
    return None if seconds is None else _moment(seconds)
