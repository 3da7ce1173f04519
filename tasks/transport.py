"""How do messages reach a Celery worker? As kombu delivers them, but for three cases that would stop the worker.

kombu trusts what it receives: a message of another shape stops the worker, and does so again whenever SQS
hands it out. And when a process of the worker dies, kombu gives its message back without asking whether SQS
has done so already.

When SQS fails, kombu takes its own word for that for a message, or raises what nobody catches: either stops the
worker. Here a failure is an empty answer and a short pause.

Besides, kombu deletes what is done one by one, and while it waits for SQS's answer the worker does nothing else.
Here ten are deleted at once. A worker that dies with some of them undeleted has done their tasks twice in the end,
as after any death between a task and its deletion.
"""

import logging
from functools import partial
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from kombu.transport import SQS, virtual

from tasks import envelope

log = logging.getLogger(__name__)

DELETED_AT_ONCE = 10  # SQS's own limit
UNDELETED_SECONDS = 0.05
OUTAGE_PAUSE_SECONDS = 1.0


class Channel(SQS.Channel):
    """Reads a message the way the Lambda handler does, before kombu does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hub: Any  # kombu types it as optional, and a worker has one
        self._done: list[tuple[str, str]] = []  # the queue's name and the message's receipt
        self._is_down = False

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """Note that a message is done, to be deleted with the next ones or in a moment."""
        try:
            info = self.qos.get(delivery_tag).delivery_info
            self._done.append((info["routing_key"], info["sqs_message"]["ReceiptHandle"]))
        except KeyError:
            super().basic_ack(delivery_tag, multiple)
            return
        virtual.Channel.basic_ack(self, delivery_tag, multiple)
        if len(self._done) >= DELETED_AT_ONCE:
            self._delete_done()
        elif len(self._done) == 1:
            self.hub.call_later(UNDELETED_SECONDS, self._delete_done)

    def close(self) -> None:
        """Delete what is done before nobody can any more."""
        self._delete_done()
        super().close()

    def _delete_done(self) -> None:
        """Delete what is done. What SQS keeps nevertheless it hands out again, which every task is safe for."""
        done, self._done = self._done, []
        for name in {name for name, _ in done}:
            receipts = [receipt for queue, receipt in done if queue == name]
            try:
                answer = self.sqs(queue=name).delete_message_batch(
                    QueueUrl=self._new_queue(name),
                    Entries=[
                        {"Id": str(place), "ReceiptHandle": receipt}
                        for place, receipt in enumerate(receipts)
                    ],
                )
                reasons = [failed["Code"] for failed in answer.get("Failed", [])]
            except (BotoCoreError, ClientError) as error:
                reasons = [type(error).__name__] * len(receipts)
            if reasons:
                log.warning(
                    "tasks.not_deleted",
                    extra={"count": len(reasons), "reasons": sorted(set(reasons))},
                )

    def asynsqs(self, queue: str | None = None) -> Any:
        """The connection that receives, told to take whatever SQS refuses for nothing received."""
        connection = super().asynsqs(queue)
        # Set anew each time: kombu makes the connection once, and hands it out for every receive.
        read = partial(type(connection)._on_list_ready, connection)  # noqa: SLF001 - kombu's own hook
        connection._on_list_ready = partial(_received, read)  # noqa: SLF001 - kombu's own hook
        return connection

    def _on_messages_ready(self, queue: str, qname: str, messages: Any) -> Any:
        """Deliver what was received; where SQS failed that is no answer at all, but an empty list."""
        self._is_down = not isinstance(messages, dict)
        parent: Any = super()
        return parent._on_messages_ready(queue, qname, {} if self._is_down else messages)  # noqa: SLF001 - the parent's own hook

    def _loop1(self, queue: str, messages_fetched: int | None = None) -> None:
        """Receive again; after a failure not at once."""
        if self._is_down:
            self._is_down = False
            self.hub.call_later(OUTAGE_PAUSE_SECONDS, self._schedule_queue, queue)
            return
        parent: Any = super()
        parent._loop1(queue, messages_fetched)  # noqa: SLF001 - the parent's own hook

    def _envelope_payload(
        self, payload: dict[str, Any], raw_text: str, message: Any, q_url: str
    ) -> dict[str, Any]:
        """Let a message that is no task arrive empty, which the worker refuses."""
        try:
            envelope.opened(raw_text)
        except envelope.Unreadable:
            payload = {}
        parent: Any = super()
        made: dict[str, Any] = parent._envelope_payload(payload, raw_text, message, q_url)  # noqa: SLF001 - the parent's own hook
        return made

    def _restore(self, message: Any, *rest: Any) -> None:
        """Give a message back, unless it was out for so long that SQS has."""
        parent: Any = super()
        try:
            parent._restore(message, *rest)  # noqa: SLF001 - the parent's own hook
        except ClientError as error:
            log.warning("tasks.not_given_back", extra={"reason": error.response["Error"]["Code"]})


def _received(read: Any, parent: Any, markers: Any, operation: str, response: Any) -> Any:
    """What SQS answered to a receive; an empty list where it did not."""
    if response.status == HTTPStatus.OK:
        return read(parent, markers, operation, response)
    log.warning("tasks.nothing_received", extra={"status": response.status})
    return []


class Transport(SQS.Transport):
    """SQS with that channel."""

    Channel = Channel
