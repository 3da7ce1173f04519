"""A server in front of others that answers for them, or doesn't, as a test wants: one fault for each service."""

import collections
import contextlib
import http.client
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
PLAIN = "http"  # the service of a request that nobody signed
PATIENCE_SECONDS = 120
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}

UNREACHABLE = "unreachable"
HANGING = "hanging"
BROKEN = "broken"
THROTTLING = "throttling"
GARBAGE = "garbage"
FORM = "application/x-www-form-urlencoded"  # how AWS's older services are asked; they answer in XML
SLOW_DOWN = b'{"__type": "com.amazonaws.x#ThrottlingException", "message": "slow down"}'
SLOW_DOWN_IN_XML = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
ANSWERS = {
    BROKEN: (500, b"<!DOCTYPE html><p>Bad gateway"),
    THROTTLING: (400, SLOW_DOWN),
    GARBAGE: (200, b"<html>a captive portal"),
}


class FaultProxy(ThreadingHTTPServer):
    """Hands requests on to `upstream`, but for services that have a fault."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self._faults: dict[str, str] = {}
        self._lost: dict[str, int] = {}
        self._healed = threading.Event()
        self._turn = threading.Lock()
        self.failed: collections.Counter[str] = (
            collections.Counter()
        )  # calls that met a fault, by operation

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def break_down(self, service: str, fault: str) -> None:
        """From now on the service has a fault."""
        self._healed.clear()
        self._faults[service] = fault

    def lose_answers(self, operation: str, *, times: int = 1) -> None:
        """The next calls of an operation take effect, and nobody is told."""
        self._lost[operation] = times

    def heal(self) -> None:
        """All is well again; what hung is answered by an end of its connection."""
        self._faults.clear()
        self._lost.clear()
        self._healed.set()

    def fault_of(self, service: str) -> str | None:
        return self._faults.get(service)

    def is_lost(self, operation: str) -> bool:
        with self._turn:
            left = self._lost.get(operation, 0)
            self._lost[operation] = max(left - 1, 0)
            return left > 0

    def wait_for_better_times(self) -> None:
        self._healed.wait(PATIENCE_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = SERVICE.search(self.headers.get("Authorization", ""))
        fault = self.server.fault_of(signed[1] if signed else PLAIN)
        if fault is not None:
            self.server.failed[self._operation] += 1
        if fault in ANSWERS:
            status, content = ANSWERS[fault]
            if content is SLOW_DOWN and FORM in self.headers.get("Content-Type", ""):
                content = SLOW_DOWN_IN_XML
            self._answer(status, content, {"Content-Type": "application/x-amz-json-1.0"})
        elif fault is not None:
            if fault == HANGING:
                self.server.wait_for_better_times()
            self.close_connection = True
        else:
            self._hand_on(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815 - the base class's names

    @property
    def _operation(self) -> str:
        return str(self.headers.get("X-Amz-Target", "").rpartition(".")[2])

    def _hand_on(self, body: bytes) -> None:
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=PATIENCE_SECONDS)
        with contextlib.closing(upstream):
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
        if self.server.is_lost(self._operation):
            self.close_connection = True
            return
        self._answer(answer.status, content, dict(answer.headers))

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def in_front_of(upstream: str) -> Iterator[FaultProxy]:
    """Run one for the length of the block."""
    with FaultProxy(upstream) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.heal()
            proxy.shutdown()
            thread.join()
