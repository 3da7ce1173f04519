"""How do the tests of accounts knock: from an address of their own, with a form that is right?"""

import itertools
from typing import Any

from flask.testing import FlaskClient

PASSWORD = "password123"
STRONG = "Str0ngPass!"
_addresses = (f"127.200.{b}.{c}" for b, c in itertools.product(range(255), range(1, 255)))


def post(client: FlaskClient, path: str, body: Any, *, ip: str | None = None, **more: Any) -> Any:
    """POST a body from an address that no other call has, or from the one that is named."""
    return client.post(
        path, json=body, environ_base={"REMOTE_ADDR": ip or next(_addresses)}, **more
    )


def code_of(answer: Any) -> str:
    """The error's code in lower case, at either door."""
    body: dict[str, Any] = answer.json or {}
    found: str = body["error"]["code"] if "error" in body else body["error_code"]
    return found.lower()


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}
