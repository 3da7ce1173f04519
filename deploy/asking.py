"""Does a stage answer, and what does a job do there? Asked from outside, as its users do."""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from app.providers.job_queue import message
from deploy.aws import Account, Refused
from deploy.functions import function_of

TIMEOUT_SECONDS: Final = 30
HEALTHY_WITHIN_SECONDS: Final = 90
PAUSE_SECONDS: Final = 2

Answer = tuple[int, Any]


def ask(
    url: str,
    *,
    method: str = "GET",
    body: Mapping[str, Any] | None = None,
    form: tuple[bytes, str] | None = None,
    token: str | None = None,
) -> Answer:
    """The status and the JSON of one request.

    Args:
        form: what is sent instead of a JSON body, with the boundary of its parts.
    """
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if form is not None:
        data, boundary = form
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(  # noqa: S310 - an operator's or API Gateway's own URL
        url,
        method=method,
        headers=headers,
        data=data,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text.startswith(b"{") else text.decode(
            "utf-8", "replace"
        )


def smoke(url: str) -> list[str]:
    """Whether the API at the URL lives and is healthy, a line for each thing that was looked at.

    Raises:
        Refused: it is not, within a minute and a half.
    """
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while True:
        try:
            alive, health = ask(f"{url}/healthz"), ask(f"{url}/health")
        except OSError as error:
            alive = health = (0, f"{type(error).__name__}: {error}")
        if alive[0] == health[0] == HTTPStatus.OK:
            checks = [f"{row['name']}: {row['detail']}" for row in health[1]["checks"]]
            return [f"alive, version {alive[1]['version']}", *checks]
        if time.monotonic() > deadline:
            raise Refused(f"{url} is not well: /healthz says {alive}, /health says {health}")
        time.sleep(PAUSE_SECONDS)


def invoke(account: Account, *, stage: str, task: str, arguments: Mapping[str, Any]) -> str:
    """Run one task on its function now, outside its queue, and return the end of its log.

    Raises:
        Refused: it failed.
    """
    event = event_of(stage=stage, task=task, arguments=arguments, now=datetime.now(UTC))
    answer = account.client("lambda").invoke(
        FunctionName=function_of(task).lambda_name(stage),
        LogType="Tail",
        Payload=json.dumps(event).encode(),
    )
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
    result = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or (result or {}).get("batchItemFailures"):
        raise Refused(f"{task} failed on {stage}: {result}\n{log}")
    return log


def event_of(
    *, stage: str, task: str, arguments: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """What SQS would hand to the task's function."""
    written = message.written(
        task=task,
        arguments=arguments,
        queue_name=function_of(task).queue_name(stage),
        delay_seconds=0,
        now=now,
    )
    record = {
        "messageId": "by-hand",
        "eventSource": "aws:sqs",
        "body": written.body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }
    return {"Records": [record]}
