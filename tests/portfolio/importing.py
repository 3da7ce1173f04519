"""What tests of imports stand on: the sample exports, and a worker that imports as soon as it is asked."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from app.portfolio.rules.imports import formats
from app.portfolio.rules.imports.rows import Line
from app.portfolio.service.imports import IMPORT
from app.providers.job_queue.sqs import SqsJobQueue
from tasks import portfolio as tasks

SAMPLES = Path(__file__).parent.parent / "data" / "portfolio"


COINBASE = (
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,"
    "Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes\n"
)
TRADES = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,"
    "C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code\n"
)


def read(
    text: str | bytes,
    *,
    format_name: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Sequence[Line]:
    """The lines of a file."""
    content = text if isinstance(text, bytes) else text.encode()
    source = formats.recognised(content, format=format_name, given=mapping or {})
    return formats.read(source).lines


def sample(name: str) -> bytes:
    """One of the exports that we made."""
    return (SAMPLES / name).read_bytes()


class Importer(SqsJobQueue):
    """A queue whose worker imports as soon as it is asked, unless it is asleep."""

    def __init__(self) -> None:
        super().__init__(queue_name="nobody-receives-from-here", region="us-east-1")
        self.asleep = False
        self.enqueued: list[tuple[str, dict[str, Any]]] = []

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Do it."""
        if task == IMPORT and not self.asleep:
            tasks.import_file(**(arguments or {}))

    def enqueue(
        self, task: str, arguments: Mapping[str, Any] | None = None, *, delay_seconds: int = 0
    ) -> None:
        """Note it."""
        assert delay_seconds == 0
        self.enqueued.append((task, dict(arguments or {})))

    def send_enqueued(self) -> None:
        """Emails and the like are nobody's here."""


def send(
    client: FlaskClient,
    person: Any,
    content: bytes,
    *,
    filename: str = "export.csv",
    headers: Mapping[str, str] | None = None,
    **told: Any,
) -> Any:
    """The answer to an export that came as a form's file, with the fields that are told beside it."""
    fields = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()
    }
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    return client.post(
        "/portfolio/import",
        data="".join([*parts, head]).encode() + content + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={**person.headers, **(headers or {})},
    )


def counts(answer: Any) -> tuple[int, int, int]:
    """Lines imported, duplicate and refused."""
    assert answer.status_code == 200, answer.json
    body = answer.json
    assert body["status"] == "completed", body
    return body["imported"], body["duplicates"], body["refused"]


def refusals(answer: Any) -> dict[int, str]:
    """The lines that were refused, each with the reason."""
    return {row["line"]: row["reason"] for row in answer.json["rows"] if row["result"] == "refused"}


def transactions(client: FlaskClient, person: Any) -> list[dict[str, Any]]:
    """All of somebody's ledger, the newest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = client.get(f"/portfolio/transactions?limit=100{cursor}", headers=person.headers)
        assert answer.status_code == 200, answer.json
        found += answer.json["transactions"]
        if answer.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json['next_cursor']}"


def holdings(client: FlaskClient, person: Any) -> dict[str, float]:
    """Units held, by symbol."""
    answer = client.get("/portfolio/assets?limit=100", headers=person.headers)
    assert answer.status_code == 200, answer.json
    return {asset["symbol"]: asset["quantity"] for asset in answer.json["assets"]}
