"""Who asks, when schemathesis asks? One person all along, and somebody new where asking ends a session.

schemathesis loads this module (`hooks` in schemathesis.toml). The person and the server come from the
environment that tests/schemathesis/__main__.py gives it.
"""

import itertools
import os
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis

API_URL = os.environ["SCHEMATHESIS_API_URL"]
EMAIL = os.environ["SCHEMATHESIS_EMAIL"]
PASSWORD = os.environ["SCHEMATHESIS_PASSWORD"]
SECONDS = 20

# What is called here as the person of the run would leave the rest of it signed out. Each call comes from an
# account of its own.
ENDS_SESSIONS = frozenset(
    {
        "api_v1_logout",
        "change_password",
        "close_account",
        "end_session",
        "logout",
    }
)

_numbers = itertools.count(1)  # unlike a generator, it may be asked by two threads at once


@dataclass(frozen=True)
class SignedIn:
    """A sign-in's access token."""

    access_token: str


def _address() -> str:
    """One that nobody has called from yet."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class SessionEndedError(Exception):
    """An operation ended the session of the person who asks, and ENDS_SESSIONS doesn't name it."""


def _post(path: str, body: dict[str, str]) -> SignedIn:
    answer = requests.post(
        API_URL + path,
        json=body,
        headers={"X-Forwarded-For": _address()},
        timeout=SECONDS,
    )
    answer.raise_for_status()
    return SignedIn(access_token=answer.json()["access_token"])


def _somebody_new() -> SignedIn:
    email = f"stranger{os.getpid()}-{next(_numbers)}@example.com"
    return _post("/auth/signup", {"email": email, "password": PASSWORD})


_person = _post("/auth/login", {"email": EMAIL, "password": PASSWORD})


@schemathesis.auth(refresh_interval=None)
class AccessToken:
    """Signs in the case's operation, if it is one for people who are."""

    def get(self, case: Any, ctx: Any) -> SignedIn | None:
        """Whose token goes along."""
        definition = ctx.operation.definition.raw
        if not definition.get("security"):
            return None
        if definition["operationId"] in ENDS_SESSIONS:
            return _somebody_new()
        return _person

    def set(self, case: Any, data: SignedIn, ctx: Any) -> None:
        """Send it."""
        case.headers["Authorization"] = f"Bearer {data.access_token}"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Each call comes from an address of its own: limits count by address, and have their own tests.

    A long poll that may wait waits a second: it answers the same as after 25.
    """
    case.headers["X-Forwarded-For"] = _address()
    if (case.query or {}).get("wait") in range(2, 26):
        case.query["wait"] = 1


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Stop where everything from here on would be answered with 401."""
    sent = response.request.headers.get("Authorization", "")
    if sent == f"Bearer {_person.access_token}" and response.status_code == 401:
        name = case.operation.definition.raw["operationId"]
        message = f"the person who asks is signed out by the time of {name}: name what did it in ENDS_SESSIONS"
        raise SessionEndedError(message)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """A URL of more than 4094 bytes ends at the HTTP server and never reaches the API, which the document describes."""
    return bool(response.status_code != 414)
