"""What does a DynamoDB look like that answers as a test wants: throttled, broken, in conflict?

The real client library talks to it over HTTP, so its own retries are part of what is tested.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]


def refusal(code: str, *, status: int = 400, **more: Any) -> Answer:
    """An error as DynamoDB tells it."""
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "", **more}


def cancelled(*codes: str) -> Answer:
    """A transaction that was cancelled, with a reason for each of its items."""
    reasons = [{"Code": code, "Message": code} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


class ScriptedDynamoDB(ThreadingHTTPServer):
    """It gives the `answers` one after another, and the last of them for ever."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[str] = []
        self.agents: list[str] = []
        self.turn = threading.Lock()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedDynamoDB
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.turn:
            self.server.agents.append(self.headers["User-Agent"])
            self.server.asked.append(self.headers["X-Amz-Target"].partition(".")[2])
            answers = self.server.answers
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def answering(*answers: Answer) -> Iterator[ScriptedDynamoDB]:
    """Run one for the length of the block."""
    with ScriptedDynamoDB(*answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
