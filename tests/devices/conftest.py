from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.providers.push.interface import Notification


@dataclass
class RememberedJobs:
    """A job queue that only remembers what was enqueued."""

    enqueued: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def enqueue(self, task: str, arguments: dict[str, Any], *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0
        self.enqueued.append((task, arguments))


@dataclass
class RememberedPush:
    """A push service that remembers what it was given, and fails as a test says."""

    sent: list[tuple[str, Notification]] = field(default_factory=list)
    trouble: Exception | None = None
    meanwhile: Callable[[], None] = lambda: None

    def send(self, *, token: str, notification: Notification) -> None:
        self.meanwhile()
        if self.trouble is not None:
            raise self.trouble
        self.sent.append((token, notification))


@pytest.fixture
def jobs():
    return RememberedJobs()


@pytest.fixture
def push():
    return RememberedPush()
