"""A reader of a feed as an app has one: it connects again with the last id that it saw, and keeps what came."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

AGAIN_SECONDS = 0.5


@dataclass
class Reader:
    """Follows `url` from `after` until it is stopped."""

    url: str
    after: str | None = "0"
    ids: list[str] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    closes: list[tuple[int, str]] = field(default_factory=list)
    connections: int = 0
    socket: ClientConnection | None = None

    async def follow(self) -> None:
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, TimeoutError):
                await self._follow_once()
            self.socket = None
            await asyncio.sleep(AGAIN_SECONDS)

    async def _follow_once(self) -> None:
        place = f"&after={self.after}" if self.after is not None else ""
        async with connect(self.url + place, ping_interval=None, open_timeout=30) as socket:
            self.socket = socket
            self.connections += 1
            try:
                async for message in socket:
                    event = json.loads(message)
                    self.events.append(event)
                    self.ids.append(event["id"])
                    self.after = event["id"]
            except ConnectionClosed:
                pass
            self.closes.append((socket.close_code or 1006, socket.close_reason or ""))

    def stall(self) -> None:
        """Take nothing more, not even a ping, as a process that stands still."""
        assert self.socket is not None
        self.socket.transport.pause_reading()

    def go_on(self) -> None:
        """Take what came meanwhile, if the connection is still there."""
        if self.socket is not None:
            self.socket.transport.resume_reading()


def in_order(count: int) -> list[str]:
    """The ids of the first `count` events of a log."""
    return [str(number) for number in range(1, count + 1)]


async def until(ready, *, seconds: float, what: str) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not ready():
        assert asyncio.get_running_loop().time() < deadline, f"{what}: not within {seconds} s"
        await asyncio.sleep(0.1)
