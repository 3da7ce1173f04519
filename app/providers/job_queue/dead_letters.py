"""What was given up on, and how does it get another chance?

SQS can't be asked what is in a queue without receiving it, so messages are received, hidden for a moment, and
released again.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from app.providers.job_queue.interface import DeadLetter

BATCH = 10
HIDDEN_SECONDS = 30

Call = Callable[..., Any]


def look(call: Call, *, url: str, limit: int) -> list[DeadLetter]:
    """Up to `limit` messages of the queue; they are visible again afterwards."""
    received: list[Mapping[str, Any]] = []
    try:
        for some in _received(call, url=url, limit=limit):
            received += some
    finally:
        for some in _by_ten(received):
            _release(call, url=url, received=some)
    return [_dead_letter(one) for one in received]


def redrive(call: Call, *, url: str, to_url: str, limit: int) -> int:
    """Move up to `limit` messages to the other queue, and return how many.

    A message is deleted here only after SQS took it there: one that is interrupted may arrive twice, and none
    is lost.
    """
    moved = 0
    for some in _received(call, url=url, limit=limit):
        for one in some:
            call("send_message", QueueUrl=to_url, MessageBody=one["Body"])
            call("delete_message", QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            moved += 1
    return moved


def task_of(body: str) -> str | None:
    """The task that a message asks for; None where it can't be read."""
    return _text(_headers(body).get("task"))


def _received(call: Call, *, url: str, limit: int) -> Iterator[list[Mapping[str, Any]]]:
    answer = call(
        "get_queue_attributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    left = min(limit, int(answer["Attributes"]["ApproximateNumberOfMessages"]))
    while left > 0:
        answer = call(
            "receive_message",
            QueueUrl=url,
            MaxNumberOfMessages=min(BATCH, left),
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        )
        some = answer.get("Messages", [])
        if not some:
            return
        yield some
        left -= len(some)


def _release(call: Call, *, url: str, received: list[Mapping[str, Any]]) -> None:
    call(
        "change_message_visibility_batch",
        QueueUrl=url,
        Entries=[
            {"Id": str(place), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
            for place, one in enumerate(received)
        ],
    )


def _by_ten(received: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    return (received[start : start + BATCH] for start in range(0, len(received), BATCH))


def _dead_letter(one: Mapping[str, Any]) -> DeadLetter:
    headers = _headers(one["Body"])
    attributes = one["Attributes"]
    return DeadLetter(
        message_id=one["MessageId"],
        task=_text(headers.get("task")),
        task_id=_text(headers.get("id")),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        tries=int(attributes["ApproximateReceiveCount"]),
    )


def _headers(body: str) -> Mapping[str, Any]:
    """A message's headers; none where it is not a task, which may be why it lies here."""
    try:
        text = body if body.lstrip().startswith("{") else base64.b64decode(body, validate=True)
        headers = json.loads(text)["headers"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        return {}
    return headers if isinstance(headers, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
