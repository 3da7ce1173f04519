"""How do hundreds of sockets follow five logs without reading each for each?

One thread a process looks four times a second at where the logs end, all five in one request, and reads what is new
once. It keeps the last messages of each channel; a socket's own thread takes from there what follows its number.
One that is further behind reads the log by itself, so that a slow reader costs the others nothing and misses nothing.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.feeds import service as feeds

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
PAUSE_AFTER_TROUBLE_SECONDS = 1.0
REMEMBERED = 500
READING_AT_ONCE = 8  # sockets that are behind and read the log by themselves


@dataclass(frozen=True, kw_only=True)
class Message:
    """An event as sockets are sent it."""

    number: int
    text: str


@dataclass
class _Window:
    """The last messages of a channel: those with the numbers from `beyond` + 1 to `end`."""

    beyond: int = 0
    end: int = 0
    messages: deque[Message] = field(default_factory=deque)

    def start_at(self, end: int) -> None:
        self.beyond = self.end = end
        self.messages.clear()

    def add(self, found: list[Message]) -> None:
        self.messages.extend(found)
        self.end = found[-1].number
        while len(self.messages) > REMEMBERED:
            self.beyond = self.messages.popleft().number


class Follower:
    """Follows the logs while anybody reads them."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._windows = {channel: _Window() for channel in feeds.CHANNELS}
        self._behind = threading.BoundedSemaphore(READING_AT_ONCE)
        self._readers = 0
        self._thread: threading.Thread | None = None
        self.stopping = False

    @property
    def readers(self) -> int:
        """How many sockets follow now."""
        return self._readers

    def stop(self) -> None:
        """Let every socket end within a second. Only sets a flag, so that a signal's handler may call it."""
        self.stopping = True

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Follow the logs at least as long as the block runs."""
        with self._news:
            self._readers += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="feeds", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._news:
                self._readers -= 1

    def messages_after(self, *, channel: str, number: int, wait_seconds: float) -> list[Message]:
        """What follows `number` on a channel, waiting for it; none where nothing came, or when it stops.

        Raises:
            feeds.EventsExpired: the log no longer holds what follows.
        """
        window = self._windows[channel]
        with self._news:
            self._news.wait_for(lambda: window.end > number or self.stopping, wait_seconds)
            if window.end <= number or self.stopping:
                return []
            if number >= window.beyond:
                return [one for one in window.messages if one.number > number]
        with self._behind:
            return messages(feeds.following(channel=channel, number=number))

    def _follow(self) -> None:
        """Look until nobody reads any more."""
        pause = threading.Event()
        began = False
        while True:
            with self._news:
                if not self._readers or self.stopping:
                    self._thread = None
                    self._news.notify_all()
                    return
            try:
                self._look(anew=not began)
                began = True
                pause.wait(LOOK_SECONDS)
            except Exception:
                # The readers stay, and are told what they missed once the log can be read again.
                log.exception("feeds.follow_failed")
                pause.wait(PAUSE_AFTER_TROUBLE_SECONDS)

    def _look(self, *, anew: bool) -> None:
        for channel, end in feeds.ends().items():
            window = self._windows[channel]
            if anew:
                with self._news:
                    window.start_at(end)
                    self._news.notify_all()
            elif end > window.end:
                self._read_on(channel, window, end)

    def _read_on(self, channel: str, window: _Window, end: int) -> None:
        try:
            found = messages(feeds.following(channel=channel, number=window.end))
        except feeds.EventsExpired:
            found = []
        with self._news:
            if found:
                window.add(found)
            else:
                window.start_at(end)
            self._news.notify_all()


def messages(events: list[feeds.FeedEvent]) -> list[Message]:
    """Events as sockets are sent them."""
    return [Message(number=int(event.id), text=feeds.message_of(event=event)) for event in events]
