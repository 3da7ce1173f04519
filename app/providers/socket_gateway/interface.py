"""What can be asked of the gateway that holds WebSockets open?"""

from typing import Protocol


class TryAgain(Exception):
    """The message was not taken, or nobody knows whether it was; the same call may work later."""


class GiveUp(Exception):
    """The gateway refused, and will refuse the same call again."""


class ConnectionGone(GiveUp):
    """There is no such connection: it has ended, or is not quite open yet."""


class SocketGateway(Protocol):
    """Open WebSockets, as the product sees them."""

    def send(self, *, connection_id: str, text: str) -> None:
        """Send one message.

        Raises:
            ConnectionGone: nobody is there.
            TryAgain, GiveUp: it was not sent.
        """

    def close(self, *, connection_id: str) -> None:
        """End a connection; one that has ended already is none to complain of.

        Raises:
            TryAgain, GiveUp: nobody knows whether it ended.
        """
