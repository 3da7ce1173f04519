"""How does work travel through SQS, with AWS or the laptop's own behind it?"""

import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.providers.job_queue import dead_letters, message, routing
from app.providers.job_queue.interface import DeadLetter, GiveUp, TryAgain
from app.providers.job_queue.message import Message

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2  # a request may call twice, with as many attempts, and has 29 s in all
CALL_ATTEMPTS = 3
BATCH_ATTEMPTS = 4
BATCH_PAUSE_SECONDS = 0.05
MOST_TRIES = 5
DEAD_LETTERS_KEPT_SECONDS = 1_209_600  # 14 days, the longest that SQS keeps a message
PASSING_CODES = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "RequestThrottled",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)
SERVER_ERROR = 500

_enqueued: ContextVar[tuple[Message, ...]] = ContextVar("enqueued_jobs", default=())


class SqsJobQueue:
    """The queues of one stage (app/providers/job_queue/routing.py), each with its dead letters, `<name>-dead`.

    What was enqueued is kept in a context variable: requests and tasks that run at the same time in one
    process don't see each other's.
    """

    def __init__(
        self,
        *,
        queue_name: str,
        region: str,
        endpoint_url: str | None = None,
        visibility_seconds: int = 60,
    ) -> None:
        self._queue_name = queue_name
        self._region = region
        self._endpoint_url = endpoint_url
        self._visibility_seconds = visibility_seconds
        self._lock = threading.RLock()
        self._made_client: Any = None
        self._urls: dict[str, str] = {}

    @property
    def queue_name(self) -> str:
        """The queue that workers read."""
        return self._queue_name

    @property
    def dead_letter_queue_name(self) -> str:
        """The queue that holds what was given up on."""
        return _dead(self._queue_name)

    @property
    def queue_url(self) -> str:
        """Where SQS keeps the queue; asked once.

        Raises:
            TryAgain, GiveUp: SQS did not say.
        """
        return self._url(self._queue_name)

    def url_of(self, *, queue_name: str) -> str:
        """Where SQS keeps one of the queues; asked once."""
        return self._url(queue_name)

    def enqueue(
        self, task: str, arguments: Mapping[str, Any] | None = None, *, delay_seconds: int = 0
    ) -> None:
        """Keep work until `send_enqueued`."""
        kept = self._written(task, arguments, delay_seconds=delay_seconds)
        _enqueued.set((*_enqueued.get(), kept))

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Send work at once."""
        self._send(self._written(task, arguments, delay_seconds=0))

    def send_enqueued(self) -> None:
        """Send what was enqueued in this context."""
        kept = self._kept()
        for name in routing.all_queues(self._queue_name):
            for batch in message.batches(tuple(one for one in kept if one.queue_name == name)):
                unsent, problem = self._send_batch(batch)
                self._forget(set(batch) - set(unsent))
                if problem is not None:
                    raise problem

    def discard_enqueued(self) -> None:
        """Forget what was enqueued in this context."""
        self._forget(set(self._kept()))

    def postpone(self, message_body: str, *, delay_seconds: float) -> None:
        """Send a received message again."""
        name = routing.queue_of(dead_letters.task_of(message_body), queue_name=self._queue_name)
        again = Message(queue_name=name, body=message_body, delay_seconds=0)
        self._send(message.delayed(again, delay_seconds=delay_seconds))

    def count_waiting(self) -> int:
        """How many messages no worker has taken yet."""
        return sum(map(self._waiting_in, routing.all_queues(self._queue_name)))

    def list_dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """Messages that were given up on."""
        found: list[DeadLetter] = []
        for name in routing.all_queues(self._queue_name):
            url = self._url(_dead(name))
            found += dead_letters.look(self._call, url=url, limit=limit - len(found))
        return found

    def redrive(self, *, limit: int) -> int:
        """Send dead letters to the workers again."""
        moved = 0
        for name in routing.all_queues(self._queue_name):
            moved += dead_letters.redrive(
                self._call, url=self._url(_dead(name)), to_url=self._url(name), limit=limit - moved
            )
        return moved

    def ensure_queues(self) -> list[str]:
        """Make the queues, and set how long a message is hidden and when it is given up on."""
        names = [
            either
            for name in routing.all_queues(self._queue_name)
            for either in (_dead(name), name)
        ]
        present = {name for name in names if self._exists(name)}
        for name in routing.all_queues(self._queue_name):
            self._ensure_pair(name)
        return [name for name in names if name not in present]

    def _ensure_pair(self, name: str) -> None:
        dead_url = self._ensured(
            _dead(name), {"MessageRetentionPeriod": str(DEAD_LETTERS_KEPT_SECONDS)}
        )
        answer = self._call("get_queue_attributes", QueueUrl=dead_url, AttributeNames=["QueueArn"])
        redrive_policy = {
            "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
            "maxReceiveCount": MOST_TRIES,
        }
        self._ensured(
            name,
            {
                "VisibilityTimeout": str(self._visibility_seconds),
                "RedrivePolicy": json.dumps(redrive_policy),
            },
        )

    def _waiting_in(self, name: str) -> int:
        answer = self._call(
            "get_queue_attributes",
            QueueUrl=self._url(name),
            AttributeNames=["ApproximateNumberOfMessages"],
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def _written(
        self, task: str, arguments: Mapping[str, Any] | None, *, delay_seconds: int
    ) -> Message:
        return message.written(
            task=task,
            arguments=arguments or {},
            queue_name=routing.queue_of(task, queue_name=self._queue_name),
            delay_seconds=delay_seconds,
            now=datetime.now(UTC),
        )

    def _kept(self) -> tuple[Message, ...]:
        own = routing.all_queues(self._queue_name)
        return tuple(kept for kept in _enqueued.get() if kept.queue_name in own)

    @staticmethod
    def _forget(done: Collection[Message]) -> None:
        _enqueued.set(tuple(kept for kept in _enqueued.get() if kept not in done))

    def _send(self, one: Message) -> None:
        self._call(
            "send_message",
            QueueUrl=self._url(one.queue_name),
            MessageBody=one.body,
            DelaySeconds=one.delay_seconds,
        )

    def _send_batch(
        self, batch: tuple[Message, ...]
    ) -> tuple[tuple[Message, ...], TryAgain | GiveUp | None]:
        """Send messages, those that failed again; return the unsent and why."""
        unsent = batch
        problem: TryAgain | GiveUp | None = None
        for attempt in range(BATCH_ATTEMPTS):
            if attempt:
                time.sleep(BATCH_PAUSE_SECONDS * 2**attempt)
            try:
                failed = self._failed_entries(unsent)
            except (TryAgain, GiveUp) as error:
                return unsent, error
            unsent = tuple(unsent[place] for place in failed)
            if not unsent:
                return (), None
            reasons = sorted({entry["Code"] for entry in failed.values()})
            if any(entry["SenderFault"] for entry in failed.values()):
                return unsent, GiveUp(f"SQS refused {len(unsent)} messages: {reasons}")
            problem = TryAgain(f"SQS failed to take {len(unsent)} messages: {reasons}")
        return unsent, problem

    def _failed_entries(self, batch: tuple[Message, ...]) -> dict[int, Mapping[str, Any]]:
        answer = self._call(
            "send_message_batch",
            QueueUrl=self._url(batch[0].queue_name),
            Entries=[
                {"Id": str(place), "MessageBody": one.body, "DelaySeconds": one.delay_seconds}
                for place, one in enumerate(batch)
            ],
        )
        return {int(entry["Id"]): entry for entry in answer.get("Failed", [])}

    def _exists(self, name: str) -> bool:
        try:
            self._call("get_queue_url", QueueName=name)
        except GiveUp:
            return False
        return True

    def _ensured(self, name: str, attributes: Mapping[str, str]) -> str:
        # CreateQueue refuses an existing queue whose attributes differ, so they are set afterwards.
        url: str = self._call("create_queue", QueueName=name)["QueueUrl"]
        self._call("set_queue_attributes", QueueUrl=url, Attributes=dict(attributes))
        self._urls[name] = url
        return url

    def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = self._call("get_queue_url", QueueName=name)["QueueUrl"]
        return self._urls[name]

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made_client is None:
                self._made_client = botocore.session.get_session().create_client(
                    "sqs",
                    region_name=self._region,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        connect_timeout=CONNECT_TIMEOUT_SECONDS,
                        read_timeout=READ_TIMEOUT_SECONDS,
                        retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS},
                        max_pool_connections=32,
                    ),
                )
            return self._made_client

    def _call(self, operation: str, **parameters: Any) -> Any:
        call: Callable[..., Any] = getattr(self._client, operation)
        try:
            return call(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            text = f"SQS answered {code} to {operation}"
            if code in PASSING_CODES or status >= SERVER_ERROR:
                raise TryAgain(text) from error
            raise GiveUp(text) from error
        except BotoCoreError as error:
            text = f"SQS did not answer {operation}: {type(error).__name__}"
            raise TryAgain(text) from error


def _dead(name: str) -> str:
    return f"{name}-dead"
