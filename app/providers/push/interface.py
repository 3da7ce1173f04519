"""What can be asked of the service that carries push notifications?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class TryAgain(Exception):
    """The notification was not taken; the same call may work later.

    Attributes:
        retry_after_seconds: how long to wait, where the service said so.
    """

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class GiveUp(Exception):
    """The notification was refused, and will be again: what we send or our credentials are wrong."""


class DeadToken(GiveUp):
    """The device's token reaches nothing any more, or never did; forget it."""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """What a person is shown.

    Attributes:
        notification_id: the same for every try; a device shows one of an id, however often it came.
        data: what the app on the device reads, besides.
    """

    notification_id: str
    title: str
    body: str
    data: Mapping[str, str] = field(default_factory=dict)


class Push(Protocol):
    """Push notifications, as the product sees them."""

    def send(self, *, token: str, notification: Notification) -> None:
        """Send a notification to one device.

        Raises:
            DeadToken: there is no such device any more.
            TryAgain, GiveUp: it was not sent. None of the three holds the token or the text.
        """
