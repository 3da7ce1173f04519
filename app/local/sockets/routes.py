"""At which URLs of a laptop are feeds followed by WebSocket?

One thread a socket, behind flask-sock: gunicorn's threads (`make run`) or Werkzeug's (`flask run`).
"""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Blueprint, Flask, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from app.core import clock, errors
from app.feeds import handlers
from app.local.sockets import session
from app.local.sockets.follower import Follower
from app.local.sockets.guarded import GuardedSocket

log = logging.getLogger(__name__)

MOST_READERS = 400
"""Sockets of one process; it has more threads than that, so that requests are answered beside them."""
PING_SECONDS = 25
LARGEST_MESSAGE_BYTES = 4096
GOODBYE_SECONDS = 1.0
EXTENSION = "investforge-feed-follower"
SERVERS_SOCKETS = ("werkzeug.socket", "gunicorn.socket")

SignalHandler = Callable[[int, FrameType | None], Any]


class NotAWebSocket(errors.BadRequest):
    """The request is no handshake that RFC 6455 knows."""

    code = "not_a_websocket"
    message = "This address speaks WebSocket, version 13; connect with a WebSocket client."


def register(app: Flask) -> None:
    """Put the feeds' sockets onto the app."""
    app.config["SOCK_SERVER_OPTIONS"] = {
        "ping_interval": PING_SECONDS,
        "max_message_size": LARGEST_MESSAGE_BYTES,
    }
    follower = Follower()
    blueprint = Blueprint("sockets", __name__)
    blueprint.before_request(_guard)

    @Sock().route("/ws/<channel>", bp=blueprint)
    def feed(socket: Server, channel: str) -> None:
        _serve(socket, channel, follower)

    app.register_blueprint(blueprint)
    app.extensions[EXTENSION] = follower


def end_with_the_process(app: Flask) -> None:
    """Let the app's sockets end when a signal asks the process to, which otherwise would wait for them."""
    follower: Follower = app.extensions[EXTENSION]
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, _stopping_first(follower, before))


def _stopping_first(follower: Follower, before: SignalHandler) -> SignalHandler:
    def stop(number: int, frame: FrameType | None) -> None:
        follower.stop()
        before(number, frame)

    return stop


def _guard() -> None:
    """Refuse what is no handshake; have frames go out whole, one after another, and none wait for ever."""
    connection = {part.strip().lower() for part in request.headers.get("Connection", "").split(",")}
    version = request.headers.get("Sec-WebSocket-Version")
    if "upgrade" not in connection or version != "13" or "Sec-WebSocket-Key" not in request.headers:
        raise NotAWebSocket
    for name in SERVERS_SOCKETS:
        if name in request.environ:
            request.environ[name] = GuardedSocket(request.environ[name])


def _serve(socket: Server, channel: str, follower: Follower) -> None:
    asked = handlers.Request.of(
        channel=channel,
        query=request.args,
        headers={name.lower(): value for name, value in request.headers.items()},
    )
    try:
        closing = session.serve_whatever_happens(
            socket, asked, follower=follower, most_readers=MOST_READERS, now=clock.now
        )
        if closing is not None:
            socket.close(closing.code, session.short(closing.reason))
            socket.thread.join(GOODBYE_SECONDS)  # it ends when the client has answered
    except (ConnectionClosed, OSError):
        log.debug("feeds.reader_gone", extra={"channel": channel})
    finally:
        socket.sock.cut()  # or a client would wait for the end of the connection
