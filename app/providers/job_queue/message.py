"""How is work written so that a Celery worker understands it?

Celery's message protocol 2 (https://docs.celeryq.dev/en/stable/internals/protocol.html) in kombu's virtual
transport envelope, without importing either: importing Celery costs a cold start about 0.2 s.
"""

import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.providers.job_queue.interface import MessageTooLarge

LONGEST_DELAY_SECONDS = 900  # SQS's own limit
LARGEST_BYTES = 262_144  # what SQS carries in every region, for one message and for a batch
HIDDEN = "hidden"  # stands where Celery would log a task's arguments
NO_CALLBACKS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as SQS takes it."""

    queue_name: str
    body: str
    delay_seconds: int

    @property
    def size(self) -> int:
        """Bytes that count against SQS's limits."""
        return len(self.body.encode())


def written(
    *, task: str, arguments: Mapping[str, Any], queue_name: str, delay_seconds: float, now: datetime
) -> Message:
    """A message that runs `task(**arguments)` once `delay_seconds` have passed.

    SQS holds a message back 900 s at most. A longer wait stands in the `eta` header, and whoever receives the
    message before it sends it on.

    Raises:
        MessageTooLarge: of more than 256 KB.
        TypeError: an argument is not JSON.
    """
    task_id = str(uuid.uuid4())
    far = delay_seconds > LONGEST_DELAY_SECONDS
    eta = (now + timedelta(seconds=delay_seconds)).isoformat() if far else None
    envelope = {
        "body": json.dumps([[], dict(arguments), NO_CALLBACKS]),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": task,
            "id": task_id,
            "root_id": task_id,
            "parent_id": None,
            "group": None,
            "eta": eta,
            "expires": None,
            "retries": 0,
            "timelimit": [None, None],
            "argsrepr": HIDDEN,
            "kwargsrepr": HIDDEN,
            "origin": "api",
            "ignore_result": True,
        },
        "properties": {
            "correlation_id": task_id,
            "reply_to": "",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue_name},
            "priority": 0,
            "delivery_tag": str(uuid.uuid4()),
        },
    }
    message = Message(queue_name=queue_name, body=json.dumps(envelope), delay_seconds=0)
    if message.size > LARGEST_BYTES:
        text = f"{task} takes {message.size} bytes, more than {LARGEST_BYTES}; send a key instead"
        raise MessageTooLarge(text)
    return delayed(message, delay_seconds=delay_seconds)


def delayed(message: Message, *, delay_seconds: float) -> Message:
    """The message, held back for the wait or for as much of it as SQS can."""
    seconds = min(max(math.ceil(delay_seconds), 0), LONGEST_DELAY_SECONDS)
    return replace(message, delay_seconds=seconds)


def batches(messages: tuple[Message, ...], *, most: int = 10) -> list[tuple[Message, ...]]:
    """The messages in order, in groups that SQS takes as one request: 10, and 256 KB together."""
    groups: list[list[Message]] = []
    room = 0
    for message in messages:
        if not groups or len(groups[-1]) == most or message.size > room:
            groups.append([])
            room = LARGEST_BYTES
        groups[-1].append(message)
        room -= message.size
    return [tuple(group) for group in groups]
