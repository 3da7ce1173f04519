"""How does AWS run on a laptop? As ministack, on loopback, saving its state while it runs.

A script for the environment `.venv-aws`, so it imports nothing of InvestForge. ministack by itself
saves only on a clean stop. Here what changed is saved every few seconds too, one file a service,
each written aside and then moved into place, so kill -9 loses a few seconds and never a file.

    .venv-aws/bin/python -P app/local/aws_server.py --save-every 2

ministack reads the rest from the environment: GATEWAY_PORT, PERSIST_STATE, STATE_DIR, S3_PERSIST,
S3_DATA_DIR. Without PERSIST_STATE=1 nothing is saved or loaded, which is what tests want.
"""

import argparse
import asyncio
import contextlib
import hashlib
import importlib
import json
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import persistence

HOST = "127.0.0.1"
KEEP_ALIVE_SECONDS = 75
SAVE_EVERY_SECONDS = 2.0
# What the API asks most, by the first words of the operation; none of these changes anything.
READING_WORDS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List")
READING_METHODS = ("GET", "HEAD", "OPTIONS")

log = logging.getLogger("aws_server")


def reads_only(method: str, target: str) -> bool:
    """Whether a request leaves all state as it is; `target` is its X-Amz-Target, if it has one."""
    if target:
        return target.rpartition(".")[2].startswith(READING_WORDS)
    return method in READING_METHODS


class SavedState:
    """ministack's state, and which of it is on disk already."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}
        self._dirty = False

    def watching(self, app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """The same ASGI application; a request through it may make the state worth saving."""

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            finally:
                if scope["type"] != "http" or not reads_only(scope["method"], _target(scope)):
                    self._dirty = True

        return watched

    async def save_what_changed(self) -> None:
        """Copies the state between two requests, then encodes and writes it beside them."""
        if not self._dirty:
            return
        self._dirty = False
        for service, get_state in ministack._build_persistence_save_dict().items():  # noqa: SLF001
            state = get_state()
            if state is not None:
                await asyncio.to_thread(self._save_if_changed, service, state)

    def _save_if_changed(self, service: str, state: Any) -> None:
        encoded = json.dumps(state, default=persistence._json_default)  # noqa: SLF001
        digest = hashlib.blake2b(encoded.encode(), digest_size=16).digest()
        if self._digests.get(service) != digest:
            persistence.save_state(service, state)
            self._digests[service] = digest


def _target(scope: Any) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(b"x-amz-target", b"").decode("latin-1")


async def _save_until(stopping: asyncio.Event, saved: SavedState, every_seconds: float) -> None:
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), every_seconds)
        try:
            await saved.save_what_changed()
        except Exception:
            # The next round tries again, and the clean stop saves everything in any case.
            log.exception("saving the state of AWS failed")


async def run(*, port: int, save_every_seconds: float) -> None:
    """Serves until SIGTERM or SIGINT. The last save is ministack's own, after the last request."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    saved = SavedState()
    saving = None
    if persistence.PERSIST_STATE and save_every_seconds > 0:
        saving = asyncio.create_task(_save_until(stopping, saved, save_every_seconds))

    async def stop_after_saving() -> None:
        # Two saves must not overlap: they would write the same file aside.
        await stopping.wait()
        if saving is not None:
            await saving

    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.graceful_timeout = 1.0
    config.loglevel = "WARNING"
    await serve(saved.watching(ministack.app), config, shutdown_trigger=stop_after_saving)


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(description="AWS on a laptop")
    parser.add_argument("--save-every", type=float, default=SAVE_EVERY_SECONDS, metavar="SECONDS")
    arguments = parser.parse_args()
    # Last, so that nothing beside this script hides a library.
    sys.path.append(str(Path(__file__).parent))
    importlib.import_module("aws_bedrock").answer_as_bedrock_does()
    importlib.import_module("aws_ses").keep_pictures()
    port = int(ministack._resolve_port())  # noqa: SLF001 - its own reading of GATEWAY_PORT
    asyncio.run(run(port=port, save_every_seconds=arguments.save_every))


if __name__ == "__main__":
    main()
