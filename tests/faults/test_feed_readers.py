"""Does every event of a feed reach every reader once and in order, whatever stands still or is killed?

200 readers on a stack of this test's own: one of them stands still for a minute, and the API is stopped, and then
killed with -9, while events go on happening. FEED_READERS and STALL_SECONDS make it shorter.
"""

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from app.accounts import service as accounts
from app.config import Settings
from app.core import dynamo
from app.feeds import service as feeds
from app.local.supervisor import AT_ONCE_SECONDS
from tests.faults.test_laptop_kills import Stack
from tests.feeds_client import Reader, in_order, until

READERS = int(os.environ.get("FEED_READERS", "200"))
STALL_SECONDS = int(os.environ.get("STALL_SECONDS", "60"))
EVERY_SECONDS = 0.25
PASSWORD = "Str0ngPass!"


@pytest.fixture
def stack(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    made = Stack(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.process.send_signal(signal.SIGINT)
        made.process.wait(timeout=60)


@pytest.fixture
def token(stack):
    settings = Settings.from_env(
        {
            "ENV": "local",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{stack.aws_port}",
            "PASSWORD_HASH_ROUNDS": "4",
        }
    )
    dynamo.connect(settings)
    accounts.create_account(
        email="viewer@example.org",
        username="viewer",
        password=PASSWORD,
        role="viewer",
        settings=settings,
        now=datetime.now(UTC),
    )
    body = {"email": "viewer@example.org", "password": PASSWORD}
    return call(stack, "/auth/login", body=body)["access_token"]


def call(stack, path, *, body=None, token=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Log:
    """Events that go on happening, until somebody has had enough."""

    def __init__(self) -> None:
        self.count = 0
        self.enough = False

    def go_on(self) -> None:
        while not self.enough:
            event = feeds.NewEvent(event="trade", data={"pnl": str(self.count)})
            feeds.append(channel="trades", events=[event], now=datetime.now(UTC))
            self.count += 1
            time.sleep(EVERY_SECONDS)


def said(what: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {what}\n")


class TestReaders:
    def test_get_every_event_once_and_in_order(self, stack, token):
        log = Log()
        try:
            asyncio.run(self.show(stack, token, log))
        finally:
            log.enough = True

    async def show(self, stack, token, log):
        url = f"ws://127.0.0.1:{stack.port}/ws/trades?token={token}"
        readers = [Reader(url=url) for _ in range(READERS)]
        running = [asyncio.create_task(reader.follow()) for reader in readers]
        writing = asyncio.create_task(asyncio.to_thread(log.go_on))
        await until(
            lambda: all(reader.ids for reader in readers), seconds=120, what="all are connected"
        )
        said(f"{READERS} readers follow")
        await self.requests_are_answered(stack, token)

        stalled = readers[0]
        stalled.stall()
        said(f"one stands still for {STALL_SECONDS} s")
        await asyncio.sleep(STALL_SECONDS)
        others = log.count
        await until(
            lambda: all(len(reader.ids) >= others for reader in readers[1:]),
            seconds=20,
            what="the others are told meanwhile",
        )
        behind = log.count - len(stalled.ids)
        stalled.go_on()
        await until(lambda: len(stalled.ids) >= others, seconds=60, what="it catches up")
        said(f"it was {behind} events behind and caught up; closes: {stalled.closes}")

        for how in (signal.SIGTERM, signal.SIGKILL):
            connected = sum(reader.connections for reader in readers)
            os.kill(stack.pids()["api"], how)
            said(f"the API got {how.name}")
            before = log.count
            await until(
                lambda connected=connected: (
                    sum(reader.connections for reader in readers) >= connected + READERS
                ),
                seconds=120,
                what="all are connected again",
            )
            said(f"all are connected again; {log.count - before} events happened meanwhile")
            # What ends so soon after its start is not started again: it would only end again.
            await asyncio.sleep(AT_ONCE_SECONDS + 1)
        log.enough = True
        await writing
        try:
            await until(
                lambda: all(len(reader.ids) >= log.count for reader in readers),
                seconds=60,
                what="all are told everything",
            )
        except AssertionError:
            for number, (reader, task) in enumerate(zip(readers, running, strict=True)):
                if len(reader.ids) < log.count:
                    said(f"{number}: {len(reader.ids)} of {log.count}, {reader.closes}, {task}")
            raise
        await asyncio.sleep(2)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        codes = sorted({code for reader in readers for code, _ in reader.closes})
        said(f"{log.count} events; closed with {codes}")
        assert {tuple(reader.ids) for reader in readers} == {tuple(in_order(log.count))}
        goodbyes = sum((code == 1001) for reader in readers for code, _ in reader.closes)
        assert goodbyes >= READERS * 0.9, f"{goodbyes} were told that the server stops"

    async def requests_are_answered(self, stack, token):
        """Ordinary requests and long polls go on beside the sockets."""
        began = time.monotonic()
        found = await asyncio.gather(
            *(
                asyncio.to_thread(call, stack, "/api/v1/feeds/trades?after=0", token=token)
                for _ in range(40)
            )
        )
        said(f"40 polls beside them took {time.monotonic() - began:.1f} s together")
        assert all(one["events"] for one in found)
