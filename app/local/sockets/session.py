"""What happens on one WebSocket, from its first message to its close code?"""

import logging
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from simple_websocket import ConnectionClosed

from app.core import dynamo, errors
from app.feeds import handlers
from app.feeds import service as feeds
from app.local.sockets.follower import Follower, Message, messages

log = logging.getLogger(__name__)

GOING_AWAY: Final = 1001
REFUSED: Final = 1008
FAILED: Final = 1011
TRY_LATER: Final = 1013
EXPIRED: Final = 4410
"""Of the range for applications: what follows `after` is no longer kept."""

LOOK_SECONDS: Final = 1.0
CHECK_EVERY: Final = timedelta(seconds=30)
MOST_UNREAD: Final = 100
"""Messages that a client may send between two looks; they are thrown away."""
LONGEST_REASON_BYTES: Final = 120
AT_ONCE: Final = threading.BoundedSemaphore(8)
"""Sockets of a process that ask the tables something at the same time: all of them do when a server comes back."""


class Closed(Exception):
    """The session is over: the code and the reason to close with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket(Protocol):
    """A WebSocket, as simple-websocket gives one."""

    connected: bool
    input_buffer: list[str | bytes]

    def send(self, data: str) -> None:
        """Send a message; it raises where the client is gone."""


def serve(
    socket: Socket,
    request: handlers.Request,
    *,
    follower: Follower,
    most_readers: int,
    now: Callable[[], datetime],
) -> Closed | None:
    """Let somebody in and send what they are due until either side ends it; None where the client did."""
    try:
        if follower.readers >= most_readers:
            return Closed(TRY_LATER, f"{most_readers} sockets are open already; try again later")
        with AT_ONCE:
            reader = handlers.admit(request)
            first, number = handlers.opening(reader)
        with follower.reading():
            _tell(socket, reader, messages(first), number, follower=follower, now=now)
    except Closed as closing:
        return closing
    except feeds.EventsExpired as gap:
        resume = gap.details["resume_after"]
        return Closed(EXPIRED, f"these events are no longer kept; go on with after={resume}")
    except errors.AppError as error:
        if error.status >= 500:  # noqa: PLR2004
            return Closed(TRY_LATER, error.text)
        log.info("feeds.refused", extra={"channel": request.channel, "reason": error.code})
        return Closed(REFUSED, error.text)
    return None


def serve_whatever_happens(
    socket: Socket,
    request: handlers.Request,
    *,
    follower: Follower,
    most_readers: int,
    now: Callable[[], datetime],
) -> Closed | None:
    """As `serve`, and a failure of ours ends the session with a code that says so, since no answer can."""
    try:
        return serve(socket, request, follower=follower, most_readers=most_readers, now=now)
    except (ConnectionClosed, OSError):  # the client has gone, or was cut off
        return None
    except Exception as error:
        if dynamo.is_outage(error):
            log.warning("feeds.log_unavailable", extra={"channel": request.channel})
            return Closed(TRY_LATER, "the log can't be read now; connect again with after=")
        log.exception("feeds.session_failed", extra={"channel": request.channel})
        return Closed(FAILED, "something went wrong on our side; connect again with after=")


def _tell(
    socket: Socket,
    reader: handlers.Reader,
    found: list[Message],
    number: int,
    *,
    follower: Follower,
    now: Callable[[], datetime],
) -> None:
    """Send `found`, and then what follows `number`, until one side ends it."""
    # Sockets that came together are not asked about together.
    checked_at = now() - CHECK_EVERY * random.random()  # noqa: S311 - not a secret
    while socket.connected:
        for message in found:
            socket.send(message.text)
            number = message.number
        checked_at = _check(socket, reader, follower, checked_at=checked_at, now=now())
        found = follower.messages_after(
            channel=reader.channel, number=number, wait_seconds=LOOK_SECONDS
        )


def _check(
    socket: Socket,
    reader: handlers.Reader,
    follower: Follower,
    *,
    checked_at: datetime,
    now: datetime,
) -> datetime:
    """See that the session may go on; when its token was asked about last.

    Raises:
        Closed: it may not.
    """
    if follower.stopping:
        raise Closed(GOING_AWAY, "the server stops; connect again with after=<the last id>")
    if now >= reader.until:
        raise Closed(REFUSED, "the token has expired; refresh it and connect again with after=")
    if len(socket.input_buffer) > MOST_UNREAD:
        raise Closed(REFUSED, "feeds are read-only; too many messages were sent")
    socket.input_buffer.clear()
    if now - checked_at < CHECK_EVERY:
        return checked_at
    if not _still_counts(reader):
        raise Closed(REFUSED, "token or key was revoked, or the account may not read this any more")
    return now


def _still_counts(reader: handlers.Reader) -> bool:
    try:
        with AT_ONCE:
            return handlers.still_counts(reader)
    except Exception as error:
        if dynamo.is_outage(error):  # what can't be asked now is asked again in a while
            return True
        raise


def short(reason: str) -> str:
    """A reason as a close frame can carry it."""
    return reason.encode()[:LONGEST_REASON_BYTES].decode("utf-8", "ignore")
