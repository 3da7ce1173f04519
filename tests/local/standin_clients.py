"""How do tests reach the stand-ins? A real server on a free port, and the real clients."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from curl_cffi import requests as curl_requests
from werkzeug.serving import make_server

from app.local.standins.server import create_app


@contextmanager
def served(now, port: int = 0) -> Iterator[str]:
    """The stand-ins behind HTTP, at a free port unless one is named; yields their URL."""
    server = make_server("127.0.0.1", port, create_app(seed=1, now=now), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(url: str, *, method: str = "GET", body: Any = None) -> Any:
    """One request to the control door; the JSON that came back."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    call = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(call) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class RedirectedSession(curl_requests.Session[Any]):
    """yfinance's own kind of session, with every host rewritten to the stand-in."""

    def __init__(self, standins_url: str) -> None:
        super().__init__()
        self._standins_url = standins_url

    def request(self, method, url, *args, **kwargs):
        parts = urlsplit(url)
        return super().request(
            method, f"{self._standins_url}/yahoo/{parts.netloc}{parts.path}", *args, **kwargs
        )
