"""How does a Celery worker treat what it receives?

Left alone, Celery drops a message that it can't decode, logs the arguments of an unknown task, and keeps an early
one in memory until SQS believes the worker dead.
"""

import logging
from typing import Any

from celery import signals
from celery.worker import consumer, strategy

from app.core import clock
from app.extensions import providers
from app.providers.job_queue.interface import GiveUp, TryAgain
from tasks import envelope

log = logging.getLogger(__name__)


class Consumer(consumer.Consumer):  # type: ignore[misc] # Celery ships no types
    """Leaves what can't be run in the queue, which moves it to the dead letters after the fifth time."""

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Refuse what is not JSON."""
        self._refuse(message, exc, "undecodable")

    def on_unknown_message(self, body: Any, message: Any) -> None:  # noqa: ARG002 - Celery's signature
        """Refuse what is no task."""
        self._refuse(message, None, "no_task")

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002
        """Refuse a task that this release doesn't have; another one, being deployed, may."""
        self._refuse(message, exc, "unknown_task")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002
        """Refuse a task whose message makes no sense."""
        self._refuse(message, exc, "invalid")

    def _refuse(self, message: Any, exc: Exception | None, reason: str) -> None:
        name = message.headers.get("task") if isinstance(message.headers, dict) else None
        log.error("tasks.refused", extra={"reason": reason, "task": name})
        message.reject_log_error(log, self.connection_errors)
        signals.task_rejected.send(sender=self, message=message, exc=exc)


def in_time(task: Any, app: Any, worker: Any, **options: Any) -> Any:
    """Celery's way to handle a task's message, but for one that comes before its time: it is sent on.

    SQS holds a message back 900 s at most, so a longer delay takes several hops.
    """
    run = strategy.default(task, app, worker, **options)

    def handle(message: Any, body: Any, ack: Any, reject: Any, *rest: Any, **more: Any) -> Any:
        eta = envelope.moment(message.headers.get("eta"))
        early = envelope.seconds_early(eta, now=clock.now())
        if not early:
            return run(message, body, ack, reject, *rest, **more)
        received = message.delivery_info["sqs_message"]["Body"]
        try:
            providers.job_queue.postpone(received, delay_seconds=early)
        except (TryAgain, GiveUp):
            log.exception("tasks.not_postponed", extra={"task": task.name})
            return reject(log, worker.connection_errors, False)
        return ack(log, worker.connection_errors)

    return handle
