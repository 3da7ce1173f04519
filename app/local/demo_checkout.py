"""How does the tour press a button that a person would press in the browser? Forms of Stripe's stand-in."""

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 30
LOOPBACK_NAMES = ("127.0.0.1", "localhost")
SEE_OTHER, OK = 303, 200


class PageTroubleError(Exception):
    """A page of the stand-in did not do what its button says."""


def is_on_this_machine(url: str) -> bool:
    """Whether a checkout is the stand-in's; nobody presses a button of the real Stripe's for a tour."""
    return urlsplit(url).hostname in LOOPBACK_NAMES


def pay(checkout_url: str, *, card: str) -> str:
    """Presses a card's button; the address that the browser is led to.

    Raises:
        PageTroubleError: nothing was bought.
    """
    status, location, _ = _post(
        checkout_url, urlencode({"card": card}), "application/x-www-form-urlencoded"
    )
    if status != SEE_OTHER or location is None:
        raise PageTroubleError(
            f"Paying at {checkout_url} answered {status} instead of {SEE_OTHER}."
        )
    return location


def end_period(checkout_url: str, *, customer: str) -> dict[str, Any]:
    """Moves the customer's test clock to the end of the period; the clock.

    Raises:
        PageTroubleError: the clock was not moved.
    """
    base = checkout_url.partition("/checkout/")[0]
    url = f"{base}/_advance"
    status, _, text = _post(url, json.dumps({"customer": customer}), "application/json")
    if status != OK:
        raise PageTroubleError(f"{url} answered {status}: {text}")
    clock: dict[str, Any] = json.loads(text)
    return clock


def _post(url: str, body: str, content_type: str) -> tuple[int, str | None, str]:
    """Status, where it leads to, and text; it does not go there."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode()
    except OSError as error:
        raise PageTroubleError(f"Nobody answers at {url}: {error}") from error
    finally:
        connection.close()
