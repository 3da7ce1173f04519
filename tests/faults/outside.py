"""What is killed: programs of the project's own, each started by a test, and a local AWS beneath them."""

import contextlib
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import boto3

from app.config import Settings
from tests.conftest import free_port, wait_until

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
PATIENCE_SECONDS = 90


def answers(url: str) -> bool:
    with contextlib.suppress(OSError):
        urllib.request.urlopen(url, timeout=2).close()
        return True
    return False


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A local AWS."""

    url: str
    pid: int

    def client(self, service: str) -> Any:
        return boto3.session.Session(region_name=REGION).client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    def environment(self, **more: str) -> dict[str, str]:
        """What a program that stands on it sees."""
        names = Settings.environment_names()
        kept = {name: value for name, value in os.environ.items() if name not in names}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "REGION": REGION,
            **more,
        }


@contextlib.contextmanager
def running_aws() -> Iterator[Aws]:
    port = free_port()
    environment = {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_PORT": "bad",
        "PERSIST_STATE": "0",
        "LOG_LEVEL": "ERROR",
    }
    with started([str(ROOT / ".venv-aws/bin/ministack")], environment=environment) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until(
            lambda: answers(f"{url}/_ministack/health"), seconds=PATIENCE_SECONDS, what="ministack"
        )
        yield Aws(url=url, pid=process.pid)


@contextlib.contextmanager
def started(
    command: list[str], *, environment: Mapping[str, str], log: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, of which nothing is left afterwards."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(environment),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a program and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children(pid: int, *, named: str) -> list[int]:
    """Processes that another one started, and whose command line holds a text."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == pid and named in row[-1]]
