"""What can be asked of the service that carries text messages?

A text message can't be called back and costs money, so no call is repeated in here: whoever asks decides.
"""

from typing import Protocol


class TryAgain(Exception):
    """The message was not taken, or nobody knows whether it was; the same call may work later."""


class GiveUp(Exception):
    """The message was refused, and will be again: a number that can't be, one that opted out, no permission."""


class Sms(Protocol):
    """Text messages, as the product sees them."""

    def send(self, phone: str, text: str) -> None:
        """Send one text message.

        Args:
            phone: E.164, as in +14155550100.
            text: what the person reads.

        Raises:
            TryAgain, GiveUp: it was not sent; neither holds the number nor the text.
        """
