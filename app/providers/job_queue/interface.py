"""What can be asked of what carries work to the workers?

Work is named, never imported: `enqueue("prices.refresh_symbols", {...})`. Delivery is at least once, so every
task is safe to run twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class TryAgain(Exception):
    """The queue did not answer; the same call may work later.

    Attributes:
        retry_after_seconds: how long to wait, where the queue said so.
    """

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class GiveUp(Exception):
    """The queue refused, and will refuse the same call again."""


class MessageTooLarge(GiveUp):
    """A message is larger than the queue carries: store the data and send its key."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message that was given up on.

    Attributes:
        task: the task's name; None where the message can't be read.
        task_id: the task's own id; None where the message can't be read.
        sent_at: when it was first sent.
        tries: how often it was received, by workers and by whoever looked at it since.
    """

    message_id: str
    task: str | None
    task_id: str | None
    sent_at: datetime
    tries: int


class JobQueue(Protocol):
    """The queue, as the product sees it. That some tasks travel through another one is its own affair."""

    @property
    def queue_url(self) -> str:
        """Where most tasks wait.

        Raises:
            TryAgain, GiveUp: the queue did not say.
        """

    def url_of(self, *, queue_name: str) -> str:
        """Where workers read one of the queues.

        Raises:
            TryAgain, GiveUp: the queue did not say.
        """

    def enqueue(
        self, task: str, arguments: Mapping[str, Any] | None = None, *, delay_seconds: int = 0
    ) -> None:
        """Keep work until the request (or task) that asks for it has succeeded.

        Args:
            task: the task's name.
            arguments: its keyword arguments, as JSON can write them.
            delay_seconds: how long to wait from now; any length.

        Raises:
            MessageTooLarge: nothing was kept.
        """

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Send work at once, because the caller waits for its effect.

        Raises:
            TryAgain, GiveUp: it was not sent.
        """

    def send_enqueued(self) -> None:
        """Send what was enqueued in this context, in batches.

        Raises:
            TryAgain, GiveUp: what could not be sent is still kept; the rest is on its way.
        """

    def discard_enqueued(self) -> None:
        """Forget what was enqueued in this context, because what asked for it failed."""

    def postpone(self, message: str, *, delay_seconds: float) -> None:
        """Send a received message again, because its time has not come.

        Raises:
            TryAgain, GiveUp: it was not sent.
        """

    def count_waiting(self) -> int:
        """About how many messages no worker has taken yet.

        Raises:
            TryAgain, GiveUp: the queue did not say.
        """

    def list_dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """Messages that were given up on, in no particular order; they stay where they are."""

    def redrive(self, *, limit: int) -> int:
        """Send up to `limit` dead letters to the workers again, and return how many."""

    def ensure_queues(self) -> list[str]:
        """Make the queues and their dead-letter queues where they don't exist; return those made."""
