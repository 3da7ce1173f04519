"""How does a program of the laptop call the API? As any client would, over HTTP, with exact amounts."""

import http.client
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.local.plan import HOST

TIMEOUT_SECONDS = 30
BOUNDARY = "investforge-demo-file"


class ApiUnreachableError(Exception):
    """Nothing answers at the API's port."""


@dataclass(frozen=True)
class Answer:
    """What came back: `body` is the JSON, its numbers with a point read as Decimal."""

    status: int
    body: Any


class ApiClient:
    """Calls the API of a stack on this machine, signed in once `token` or `api_key` is set."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.token: str | None = None
        self.api_key: str | None = None

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One request.

        Raises:
            ApiUnreachableError: when no server answers there.
        """
        return self._ask(method, path, None if body is None else encoded(body), "application/json")

    def send_file(self, path: str, file: Path) -> Answer:
        """A file, as a form's field `file`.

        Raises:
            ApiUnreachableError: when no server answers there.
        """
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
        body = head.encode() + file.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self._ask("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def _ask(self, method: str, path: str, body: str | bytes | None, kind: str) -> Answer:
        headers = {"Content-Type": kind, "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.api_key:
            headers["X-API-Key"] = self.api_key
        connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except OSError as error:
            raise ApiUnreachableError(f"No API answers at http://{HOST}:{self.port}.") from error
        finally:
            connection.close()
        return Answer(response.status, _decoded(text))


def encoded(body: Any) -> str:
    """JSON with every Decimal as a string, which the API reads without a float in between."""
    return json.dumps(body, default=str)


def _decoded(text: bytes) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        return text.decode("utf-8", "replace")
