"""Does each of 1,000 tasks take effect exactly once while their workers are killed with -9 ten times?

The points are random; the seed is printed, and FAULT_SEED repeats one.
"""

import collections
import io
import json
import os
import random
import secrets
import signal
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.providers.job_queue.sqs import SqsJobQueue
from tests.conftest import wait_until
from tests.faults.outside import REGION, ROOT, Aws, children, started

TASKS = 1_000
KILLS = 10
VISIBILITY_SECONDS = 5
WITHIN_SECONDS = 400
FUNCTION = "killed-jobs"
QUEUE = "investforge-local-jobs"
TABLE = "investforge-local-fault-effects"
PATIENCE = {"QUEUE_VISIBILITY_SECONDS": str(VISIBILITY_SECONDS), "LOG_LEVEL": "info"}
ON_LAMBDA = """
import tests.faults.fault_tasks
from tasks.lambda_worker import handler
"""


@dataclass(frozen=True, kw_only=True)
class Work:
    """1,000 tasks that wait in a queue, and what is known of their effects."""

    aws: Aws
    queue: SqsJobQueue
    ledger: Path

    def ended(self) -> int:
        """How often a task came to its end, found done or not."""
        return self._lines().count("ended")

    def began(self) -> collections.Counter[int]:
        """How often each task began."""
        facts = [json.loads(line) for line in self.ledger.read_text().splitlines()]
        return collections.Counter(fact["number"] for fact in facts if fact["text"] == "began")

    def effects(self) -> tuple[set[str], int]:
        """The tasks that took effect, and how many effects were counted."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        rows = {row["key"]["S"]: int(row["times"]["N"]) for page in pages for row in page["Items"]}
        total = rows.pop("total", 0)
        return set(rows), total

    def waiting(self, queue_name: str) -> int:
        """How many messages a queue holds, seen or unseen."""
        sqs = self.aws.client("sqs")
        url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        prefix = "ApproximateNumberOfMessages"
        return sum(int(found[prefix + rest]) for rest in ("", "NotVisible", "Delayed"))

    def _lines(self) -> list[str]:
        if not self.ledger.exists():
            return []
        return [json.loads(line)["text"] for line in self.ledger.read_text().splitlines()]


@pytest.fixture
def work(own_aws: Aws, tmp_path: Path) -> Work:
    own_aws.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queue = SqsJobQueue(
        queue_name=QUEUE,
        region=REGION,
        endpoint_url=own_aws.url,
        visibility_seconds=VISIBILITY_SECONDS,
    )
    queue.ensure_queues()
    work = Work(aws=own_aws, queue=queue, ledger=tmp_path / "ledger")
    for number in range(TASKS):
        queue.enqueue("faults.take_effect", {"number": number, "ledger": str(work.ledger)})
    queue.send_enqueued()
    assert work.waiting(QUEUE) == TASKS
    return work


@pytest.fixture
def chance(capsys: pytest.CaptureFixture[str]) -> random.Random:
    seed = int(os.environ.get("FAULT_SEED") or secrets.randbelow(1_000_000))
    with capsys.disabled():
        print(f"\nFAULT_SEED={seed}")  # noqa: T201 - whoever repeats a failure needs it
    return random.Random(seed)  # noqa: S311 - no secret


def killed_at(chance: random.Random) -> Iterator[tuple[int, float]]:
    """After how many more tasks to kill, and how long after that moment."""
    points = sorted(chance.sample(range(TASKS - TASKS // 20), KILLS))
    return zip(points, [chance.uniform(0, 0.05) for _ in points], strict=True)


def wait_for(work: Work, count: int) -> None:
    """Wait until so many tasks ended, or none is left: the others were given up on, and `finish` brings them back."""
    wait_until(
        lambda: work.ended() >= count or not work.waiting(QUEUE),
        seconds=WITHIN_SECONDS,
        what=f"task {count} of {TASKS}",
    )


def finish(work: Work, *, redrive: Callable[[], Any]) -> int:
    """Wait until nothing is left to do, and bring back what was given up on; returns how much that was."""
    redriven = 0

    def is_done() -> bool:
        nonlocal redriven
        if work.waiting(f"{QUEUE}-dead"):
            redriven += redrive()
        return not work.waiting(QUEUE) and not work.waiting(f"{QUEUE}-dead")

    wait_until(is_done, seconds=WITHIN_SECONDS, what="an empty queue")
    return redriven


def show(capsys: pytest.CaptureFixture[str], work: Work, *, kills: int, redriven: int) -> None:
    began = work.began()
    again = sum(1 for times in began.values() if times > 1)
    with capsys.disabled():
        print(  # noqa: T201 - what the run was like
            f"{TASKS} tasks, {kills} kills, {sum(began.values())} starts, {again} tasks begun more than once, "
            f"{redriven} redriven"
        )


class TestKillingWorkers:
    def test_leaves_every_task_with_exactly_one_effect(self, work, chance, capsys):
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--concurrency", "2"]
        command += ["--include", "tests.faults.fault_tasks"]
        environment = work.aws.environment(**PATIENCE)
        kills = 0
        for count, moment in killed_at(chance):
            with started(command, environment=environment):
                wait_for(work, count)
                time.sleep(moment)
            kills += 1
        with started(command, environment=environment):
            redriven = finish(work, redrive=lambda: work.queue.redrive(limit=TASKS))
        show(capsys, work, kills=kills, redriven=redriven)
        assert work.effects() == ({str(number) for number in range(TASKS)}, TASKS)
        assert max(work.began().values()) > 1, "no kill hit a task: this showed nothing"


class TestKillingLambda:
    def test_leaves_every_task_with_exactly_one_effect(self, work, chance, capsys):
        lambdas, mapping = work.aws.client("lambda"), deploy(work)
        kills = 0
        for count, moment in killed_at(chance):
            wait_for(work, count)
            time.sleep(moment)
            wait_until(lambda: kill_functions(work.aws) > 0, seconds=30, what="a running function")
            kills += 1

        def redrive() -> Any:
            # This AWS loses what is sent to a queue while its mapping deletes from it; the real one does not.
            lambdas.update_event_source_mapping(UUID=mapping, Enabled=False)
            time.sleep(VISIBILITY_SECONDS)
            moved = work.queue.redrive(limit=TASKS)
            lambdas.update_event_source_mapping(UUID=mapping, Enabled=True)
            return moved

        redriven = finish(work, redrive=redrive)
        show(capsys, work, kills=kills, redriven=redriven)
        assert work.effects() == ({str(number) for number in range(TASKS)}, TASKS)
        assert max(work.began().values()) > 1, "no kill hit a task: this showed nothing"


def deploy(work: Work) -> str:
    """The handler as a function, fed from the queue by the local AWS's own mapping; returns the mapping's id."""
    lambdas = work.aws.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("on_lambda.py", ON_LAMBDA)
    site = next(path for path in sys.path if path.endswith("site-packages"))
    lambdas.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/jobs",
        Handler="on_lambda.handler",
        Timeout=VISIBILITY_SECONDS,
        Code={"ZipFile": packed.getvalue()},
        Environment={
            "Variables": {
                # The code lies here already, and to pack it is what tests/deploy tries.
                "PYTHONPATH": f"{ROOT}:{site}",
                "AWS_ENDPOINT_URL": work.aws.url,
                "REGION": REGION,
                **PATIENCE,
            }
        },
    )
    mapping = lambdas.create_event_source_mapping(
        FunctionName=FUNCTION,
        EventSourceArn=f"arn:aws:sqs:{REGION}:000000000000:{QUEUE}",
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 2},
    )
    uuid: str = mapping["UUID"]
    return uuid


def kill_functions(aws: Aws) -> int:
    """kill -9 of every process that runs the function; returns how many those were."""
    running = children(aws.pid, named=f"ministack-lambda-{FUNCTION}-")
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    return len(running)
