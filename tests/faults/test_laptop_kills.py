"""What is lost when programs of the running stack are killed with -9, and does it come back by itself?"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.local.state_dir import PROCESSES_FILE, started_at
from app.local.supervisor import AT_ONCE_SECONDS
from tests.conftest import PASSWORD, free_port, wait_until
from tests.faults.outside import REGION, ROOT, answers

START_SECONDS = 180
BACK_SECONDS = 90
STOP_SECONDS = 60
SAVED_SECONDS = 5  # the local AWS saves every 2 s, and a round that misses a write may be at work
ANSWER_SECONDS = 30
TICKED_SECONDS = 150  # the clock ticks once a minute
PROGRAMS = ("worker", "beat", "standins", "api", "aws")


@dataclass
class Stack:
    """`python -m app.local run`, and what was written through it."""

    folder: Path
    port: int = field(default_factory=free_port)
    aws_port: int = field(default_factory=free_port)
    standins_port: int = field(default_factory=free_port)
    token: str = ""
    written: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "AWS_PORT": str(self.aws_port),
            "STANDINS_PORT": str(self.standins_port),
            "STATE_DIR": str(self.folder),
            "DEMO": "0",
            "ACCESS_TOKEN_EXPIRES_MIN": "600",
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.local", "run"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: "beat" in self.pids(), seconds=START_SECONDS, what="the stack")
        wait_until(self.answers, seconds=BACK_SECONDS, what="the API")

    def pids(self) -> dict[str, int]:
        """The programs that run, by name."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            rows = json.loads((self.folder / PROCESSES_FILE).read_text())
            return {row["name"]: row["pid"] for row in rows if started_at(row["pid"])}
        return {}

    def answers(self) -> bool:
        return answers(f"http://127.0.0.1:{self.port}/healthz")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)

    def sign_up(self, email: str) -> str:
        body = {"email": email, "password": PASSWORD}
        return str(self.call("POST", "/auth/signup", body)["access_token"])

    def write(self) -> None:
        """A write that is acknowledged."""
        body = {
            "asset_type": "crypto",
            "symbol": "BTC",
            "quantity": len(self.written) + 1,
            "purchase_price": 1,
            "purchase_date": "2026-01-05",
        }
        self.written.append(self.call("POST", "/portfolio/assets", body)["asset_id"])

    def kept(self) -> list[str] | None:
        """The writes that are still there; None while the stack doesn't say."""
        try:
            found = self.call("GET", "/portfolio/assets?limit=100")["assets"]
        except (OSError, urllib.error.URLError):
            return None
        held = {asset["asset_id"] for asset in found}
        return [one for one in self.written if one in held]

    def mails(self, to: str) -> list[str]:
        """Subjects of what was really sent to an address."""
        url = f"http://127.0.0.1:{self.aws_port}/_ministack/ses/messages"
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
                kept = json.load(answer)["messages"].values()
            return [mail["Subject"] for mails in kept for mail in mails if mail["To"] == [to]]
        return []

    def last_tick(self) -> str:
        """When a tick last took a job on."""
        dynamodb = boto3.client(
            "dynamodb",
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{self.aws_port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        rows = dynamodb.scan(TableName="investforge-local-job-runs")["Items"]
        return max((row["claimed_at"]["S"] for row in rows if "claimed_at" in row), default="")

    def stop(self) -> None:
        """Politely, and then whatever is left."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=STOP_SECONDS)
        self.kill_everything()

    def kill_everything(self) -> None:
        """kill -9 of the supervisor and of all that it runs."""
        left = [self.process.pid, *self.pids().values()] if self.process else []
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(folder=tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        stack.token = stack.sign_up("holder@example.com")
        yield stack
    finally:
        stack.stop()


class TestKillingAProgram:
    @pytest.mark.parametrize("name", PROGRAMS)
    def test_loses_no_saved_write_and_it_is_started_again(self, stack, name):
        stack.write()
        saved, before = list(stack.written), stack.pids()[name]
        time.sleep(max(SAVED_SECONDS, AT_ONCE_SECONDS))
        os.kill(before, signal.SIGKILL)
        wait_until(
            lambda: stack.pids().get(name, before) != before, seconds=BACK_SECONDS, what=name
        )
        wait_until(lambda: stack.kept() is not None, seconds=BACK_SECONDS, what="the API")
        assert stack.kept()[: len(saved)] == saved

    def test_leaves_work_that_the_next_worker_does(self, stack):
        before = stack.pids()["worker"]
        wait_until(lambda: stack.kept() is not None, seconds=BACK_SECONDS, what="the API")
        time.sleep(AT_ONCE_SECONDS)
        os.kill(before, signal.SIGKILL)
        stack.sign_up("late@example.com")
        wait_until(
            lambda: len(stack.mails("late@example.com")) >= 2,
            seconds=TICKED_SECONDS,
            what="the emails of a signup",
        )
        assert sorted(stack.mails("late@example.com")) == [
            "Confirm your email address",
            "Welcome to InvestForge",
        ]

    def test_leaves_a_clock_that_ticks(self, stack):
        before = stack.last_tick()
        wait_until(lambda: stack.last_tick() > before, seconds=TICKED_SECONDS, what="the next tick")


class TestKillingEverything:
    def test_loses_no_saved_write_and_the_next_start_finds_it(self, stack):
        stack.write()
        saved = list(stack.written)
        time.sleep(SAVED_SECONDS)
        stack.kill_everything()
        assert not stack.answers()
        stack.start()
        assert stack.kept() == saved
