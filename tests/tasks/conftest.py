"""Both runners of tasks, on a local SQS of their own that no other test empties."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.config import Settings
from app.providers.job_queue import message
from app.providers.job_queue.sqs import SqsJobQueue
from tests.tasks.patience import VISIBILITY_SECONDS, eventually

ROOT = Path(__file__).parents[2]
MINISTACK = ROOT / ".venv-aws" / "bin" / "ministack"
MOST_TRIES = 2

RUNNERS = {
    "worker": [
        *("celery", "-A", "tasks", "worker", "--include", "tests.tasks.contract_tasks"),
        *("--concurrency", "2"),
    ],
    "lambda": ["tests.tasks.sandbox"],
}
REGIONS = {"worker": "us-east-1", "lambda": "eu-west-1"}  # SQS keeps their queues apart


def stop(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """Where a local AWS answers."""
    port = free_port()
    process = subprocess.Popen(
        [MINISTACK],
        env={
            **os.environ,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_PORT": "bad",
            "PERSIST_STATE": "0",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        eventually(lambda: answers(f"http://127.0.0.1:{port}/_ministack/health"))
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A running worker, its queue and what it logs."""

    queue: SqsJobQueue
    sqs: Any
    log: Path

    def send(self, task: str, *, headers: dict[str, Any] | None = None, **arguments: Any) -> None:
        """Send a task, with other headers than the product would give it."""
        written = message.written(
            task=task,
            arguments=arguments,
            queue_name=self.queue.queue_name,
            delay_seconds=0,
            now=datetime.now(UTC),
        )
        envelope = json.loads(written.body)
        envelope["headers"] |= headers or {}
        self.send_raw(json.dumps(envelope))

    def send_raw(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.queue.queue_url, MessageBody=body)

    def counts(self, url: str | None = None) -> dict[str, int]:
        found = self.sqs.get_queue_attributes(
            QueueUrl=url or self.queue.queue_url, AttributeNames=["All"]
        )["Attributes"]
        prefix = "ApproximateNumberOfMessages"
        return {
            "waiting": int(found[prefix]),
            "running": int(found[prefix + "NotVisible"]),
            "delayed": int(found[prefix + "Delayed"]),
        }

    def is_idle(self) -> bool:
        return not any(self.counts().values())

    def dead(self) -> int:
        url = self.sqs.get_queue_url(QueueName=self.queue.dead_letter_queue_name)["QueueUrl"]
        return self.counts(url)["waiting"]

    def empty(self) -> None:
        for name in (self.queue.queue_name, self.queue.dead_letter_queue_name):
            self.sqs.purge_queue(QueueUrl=self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def deaths(self) -> int:
        """How many of its processes are known to have died."""
        return sum("exited prematurely" in line for line in self.log.read_text().splitlines())

    def logged(self, **facts: Any) -> list[dict[str, Any]]:
        """The log's lines that say all of these."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]
        return [line for line in lines if facts.items() <= line.items()]


def environment(broker: str, region: str) -> dict[str, str]:
    names = Settings.environment_names()
    rest = {name: value for name, value in os.environ.items() if name not in names}
    return {
        **rest,
        "AWS_ENDPOINT_URL": broker,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "REGION": region,
        "QUEUE_VISIBILITY_SECONDS": str(VISIBILITY_SECONDS),
    }


def made_queue(broker: str, region: str) -> tuple[SqsJobQueue, Any]:
    """The queue as the product makes it, but for giving up sooner."""
    queue = SqsJobQueue(
        queue_name="investforge-local-jobs",
        region=region,
        endpoint_url=broker,
        visibility_seconds=VISIBILITY_SECONDS,
    )
    queue.ensure_queues()
    sqs = boto3.client("sqs", region_name=region, endpoint_url=broker)
    found = sqs.get_queue_attributes(QueueUrl=queue.queue_url, AttributeNames=["RedrivePolicy"])
    policy = json.loads(found["Attributes"]["RedrivePolicy"]) | {"maxReceiveCount": MOST_TRIES}
    sqs.set_queue_attributes(
        QueueUrl=queue.queue_url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    return queue, sqs


@pytest.fixture(scope="session", params=sorted(RUNNERS))
def running(
    request: pytest.FixtureRequest, broker: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    region = REGIONS[request.param]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ACCESS_KEY_ID", "test")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "test")
        queue, sqs = made_queue(broker, region)
        log = tmp_path_factory.mktemp("runner") / f"{request.param}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *RUNNERS[request.param]],
                cwd=ROOT,
                env=environment(broker, region),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Runner(queue=queue, sqs=sqs, log=log)
        finally:
            stop(process)


@pytest.fixture
def runner(running: Runner) -> Iterator[Runner]:
    """A runner with nothing to do."""
    yield running
    running.queue.discard_enqueued()
    running.empty()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where the tasks of a test write down what happened."""
    return tmp_path / "ledger"
