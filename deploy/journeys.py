"""What do people do on a stage that was just deployed? Each journey is theirs, through the stage's own addresses."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.jobs.schedule import SCHEDULE
from deploy import asking, outputs
from deploy.aws import Account, Refused
from deploy.functions import API

ROOT: Final = Path(__file__).parent.parent
PERSON: Final = {"email": "rehearsal@example.com", "password": "Rehearsal-pass1"}
ADMIN: Final = {"username": "rehearsal_admin", "password": "Rehearsal-pass2"}
ASSET: Final = {
    "asset_type": "stock",
    "symbol": "ACME",
    "name": "Acme",
    "quantity": "2",
    "purchase_price": "10.50",
    "purchase_date": "2026-01-05",
}
SALES: Final = b"city,amount\nRome,1.50\nOslo,2.25\n"
SALES_ROWS: Final = 2
JOB: Final = next(job.name for job in SCHEDULE if job.cron is not None)
WAIT_SECONDS: Final = 180
PAUSE_SECONDS: Final = 0.5

Say = Callable[[str], None]


def portfolio(here: Account, stage: str, say: Say) -> None:
    """Somebody signs up, adds an asset, finds it again, and is kept out without a token."""
    url = outputs.needed_api_url(here, stage=stage)
    person = asked("signing up", 201, f"{url}/auth/signup", method="POST", body=PERSON)
    token = person["access_token"]
    asked("adding an asset", 201, f"{url}/portfolio/assets", method="POST", body=ASSET, token=token)
    found = asked("listing assets", 200, f"{url}/portfolio/assets?limit=5", token=token)
    expect(ASSET["symbol"] in json.dumps(found), f"the asset is not among {found}")
    asked("listing without a token", 401, f"{url}/portfolio/assets")
    asked("an unknown page", 404, f"{url}/no-such-page")
    say("  signed up, added an asset, found it; kept out without a token")
    link = _exported(url, token)
    with urllib.request.urlopen(link, timeout=asking.TIMEOUT_SECONDS) as archive:  # noqa: S310 - the local AWS's
        expect(archive.read(2) == b"PK", "what was exported is no archive")
    say("  took the data along: the worker wrote the archive, and its link opens")


def _exported(url: str, token: str) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        status, found = asking.ask(f"{url}/users/me/export", token=token)
        if status == HTTPStatus.OK:
            return str(found["url"])
        expect(
            status == HTTPStatus.ACCEPTED and time.monotonic() < deadline,
            f"the export answered {status} {found}",
        )
        time.sleep(PAUSE_SECONDS)


def workspace(here: Account, stage: str, say: Say) -> None:
    """Somebody uploads a CSV straight to the store; the function that computes reads it."""
    url = outputs.needed_api_url(here, stage=stage)
    login = asked("signing in", 200, f"{url}/auth/login", method="POST", body=PERSON)
    token = login["access_token"]
    made: dict[str, Any] = {"method": "POST", "token": token}
    project = asked("a project", 201, f"{url}/projects", body={"name": "Sales"}, **made)
    path = f"{url}/projects/{project['id']}/files"
    told = {"filename": "sales.csv", "size": len(SALES)}
    file = asked("announcing a file", 201, path, body=told, **made)
    _post_form(file["upload"], SALES)
    status, answer = asking.ask(f"{url}/files/{file['id']}/complete", **made)
    deadline = time.monotonic() + WAIT_SECONDS
    while answer.get("status") != "completed":
        expect(status in {200, 202}, f"completing a file answered {status} {answer}")
        expect(time.monotonic() < deadline, f"the file is not read: {answer}")
        time.sleep(PAUSE_SECONDS)
        status, answer = asking.ask(f"{url}/files/{file['id']}", token=token)
    expect(answer["row_count"] == SALES_ROWS, f"the file was read as {answer}")
    _ask_a_question(url, project["id"], token)
    asked(
        "removing a project", 200, f"{url}/projects/{project['id']}", method="DELETE", token=token
    )
    say(
        "  uploaded a CSV to the store; the function that computes read it, and answered a question"
    )


def _ask_a_question(url: str, project_id: str, token: str) -> None:
    """How many rows there are: the answer is a query's."""
    made: dict[str, Any] = {"method": "POST", "token": token}
    session = asked("a session", 201, f"{url}/projects/{project_id}/sessions", body={}, **made)
    path = f"{url}/sessions/{session['id']}/messages"
    status, exchange = asking.ask(path, body={"content": "How many rows are there?"}, **made)
    expect(status in {200, 202}, f"a question answered {status} {exchange}")
    deadline = time.monotonic() + WAIT_SECONDS
    answer = exchange["ai_response"]
    while answer["status"] != "completed":
        expect(answer["status"] == "pending", f"the question was answered {answer}")
        expect(time.monotonic() < deadline, f"nobody answers: {answer}")
        time.sleep(PAUSE_SECONDS)
        _, found = asking.ask(path, token=token)
        (answer,) = [one for one in found["messages"] if one["id"] == answer["id"]]
    expect(str(SALES_ROWS) in answer["content"], f"the answer is {answer}")
    expect(bool(answer["citations"]), f"the answer cites no query: {answer}")


def _post_form(form: Mapping[str, Any], content: bytes) -> None:
    """What a browser does with the form that the API gave."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    ]
    last = '--x\r\nContent-Disposition: form-data; name="file"; filename="sales.csv"\r\n\r\n'
    body = "".join([*parts, last]).encode() + content + b"\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    asked = urllib.request.Request(form["url"], data=body, headers=kind)  # noqa: S310 - the local AWS's
    with urllib.request.urlopen(asked, timeout=asking.TIMEOUT_SECONDS) as answer:  # noqa: S310
        expect(answer.status in {200, 204}, f"the store answered {answer.status}")


def administration(here: Account, stage: str, say: Say) -> None:
    """An administrator is made as docs/deployment.md says, starts a job, and sends a failed message again."""
    _make_admin(stage)
    url, token = _signed_in_as_admin(here, stage)
    admin = f"{url}/api/v1/admin"
    asked("starting a job", 202, f"{admin}/jobs/{JOB}/run", method="POST", token=token)
    event = asking.event_of(stage=stage, task=JOB, arguments={}, now=datetime.now(UTC))
    here.client("sqs").send_message(
        QueueUrl=outputs.of_stage(here, stage=stage)["DeadLetterQueueUrl"],
        MessageBody=event["Records"][0]["body"],
    )
    letters = asked("listing failed messages", 200, f"{admin}/dead-letters", token=token)
    expect([row["task"] for row in letters["dead_letters"]] == [JOB], f"failed are {letters}")
    sent = asked(
        "sending them again", 200, f"{admin}/dead-letters/redrive", method="POST", token=token
    )
    expect(sent == {"redriven": 1}, f"sending failed messages again answered {sent}")
    say("  an administrator started a job, looked at a failed message and sent it again")


def feeds(here: Account, stage: str, say: Say) -> None:
    """Somebody follows feeds through the WebSocket API, while a bot pushes; nobody does without a token."""
    url, token = _signed_in_as_admin(here, stage)
    sockets = outputs.addresses(here, stage=stage)["WebSocketUrl"]
    _refused_without_token(here, stage, sockets)
    _push(url, token, "equity", {"equity": "1000.50"})
    with _follow(sockets, channel="equity", token=token) as socket:
        first = _received(socket)
        expect(first["event"] == "equity", f"the first event was {first}")
    with _follow(sockets, channel="trades", token=token) as socket:
        _push(url, token, "trades", _trade("rehearsal-1"))
        trade = _received(socket)
        expect(trade["data"]["id"] == "rehearsal-1", f"the trade pushed arrived as {trade}")
    _push(url, token, "trades", _trade("rehearsal-2"))
    with _follow(sockets, channel="trades", token=token, after=trade["id"]) as socket:
        missed = _received(socket)
        expect(missed["data"]["id"] == "rehearsal-2", f"after {trade['id']} came {missed}")
    say("  feeds: kept out without a token, the newest at once, a trade as it came, and one missed")


def _refused_without_token(here: Account, stage: str, sockets: str) -> None:
    """The upgrade is refused. AWS tells the client what the function answered, 401; the local AWS tells it 403."""
    try:
        _follow(sockets, channel="trades").close()
    except InvalidStatus as refused:
        status = refused.response.status_code
        expect(
            status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN},
            f"without a token a feed answered {status}",
        )
    else:
        raise Refused("a feed let somebody in without a token")
    connecting = {
        "requestContext": {"eventType": "CONNECT", "connectionId": "rehearsal", "stage": stage},
        "queryStringParameters": {"channel": "trades"},
    }
    answer = here.client("lambda").invoke(
        FunctionName=API.lambda_name(stage), Payload=json.dumps(connecting).encode()
    )
    found = json.loads(answer["Payload"].read())
    expect(
        found["statusCode"] == HTTPStatus.UNAUTHORIZED, f"$connect without a token answered {found}"
    )


def _follow(sockets: str, **asked: str) -> ClientConnection:
    return connect(f"{sockets}?{urlencode(asked)}", proxy=None, open_timeout=WAIT_SECONDS)


def _received(socket: ClientConnection) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(socket.recv(timeout=WAIT_SECONDS))
    return event


def _push(url: str, token: str, what: str, body: Mapping[str, Any]) -> None:
    asked(f"pushing {what}", 201, f"{url}/api/v1/{what}", method="POST", body=body, token=token)


def _trade(trade_id: str) -> dict[str, Any]:
    return {
        "trade_id": trade_id,
        "symbol": "ACME",
        "side": "buy",
        "size": "1",
        "pnl": "2.50",
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _make_admin(stage: str) -> None:
    words = ("--email", "admin@example.com", "--username", ADMIN["username"])
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "flask", "--app", "wsgi", "create-admin"),
            *(*words, "--password", ADMIN["password"]),
        ],
        cwd=ROOT,
        env={**os.environ, "ENV": stage, "JWT_SECRET": "nothing-is-signed-with-it-" * 2},
        capture_output=True,
        text=True,
        check=False,
    )
    expect(not ran.returncode, f"create-admin failed:\n{ran.stderr[-2000:]}")


def _signed_in_as_admin(here: Account, stage: str) -> tuple[str, str]:
    url = outputs.needed_api_url(here, stage=stage)
    found = asked("an administrator's login", 200, f"{url}/api/v1/login", method="POST", body=ADMIN)
    return url, found["access_token"]


def asked(what: str, expected: int, url: str, **how: Any) -> Any:
    """The JSON of an answer.

    Raises:
        Refused: its status is another than expected.
    """
    status, found = asking.ask(url, **how)
    expect(status == expected, f"{what} answered {status} {found}")
    return found


def expect(so: bool, otherwise: str) -> None:  # noqa: FBT001 - what is expected
    """Go on only if it is so.

    Raises:
        Refused: it is not.
    """
    if not so:
        raise Refused(otherwise)
