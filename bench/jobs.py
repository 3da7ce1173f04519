"""What does a task cost on Lambda, how soon does the laptop's worker start one, and how many a second does it run?

Run as a script it is a warm Lambda: `python -m bench.jobs` prints the milliseconds of overhead a task:
the median, and that of the quickest tenth of the batches.
"""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import world

BATCH = 10
BATCHES = 300
WARM_UP = 30
PROCESSES = 3
STARTS = 60
PAUSE_SECONDS = 0.037  # no multiple or part of what SQS's and the worker's own waits are
TASKS = 1_000
FILLS = 3
PATIENCE_SECONDS = 120


def measure(url: str) -> dict[str, float]:
    """Overhead in ms a task, enqueue to start in ms (p50 and p95), and tasks a second.

    Medians; and, because a busy machine tells of its other work, the overhead in the quickest tenth of the
    batches and the best rate besides.
    """
    environment = world.environment(url) | {"LOG_LEVEL": "info"}
    overheads = [_overhead(environment) for _ in range(PROCESSES)]
    with tempfile.TemporaryDirectory() as folder, _worker(environment, Path(folder)):
        queue = _queue(url)
        _fill(queue, Path(folder) / "warm-up", count=BATCH)
        waits = _waits(queue, Path(folder) / "waits")
        rates = [_fill(queue, Path(folder) / f"fill{turn}", count=TASKS) for turn in range(FILLS)]
    return {
        "overhead_ms": statistics.median(median for median, _ in overheads),
        "quiet_overhead_ms": min(quickest for _, quickest in overheads),
        "start_p50_ms": statistics.median(waits),
        "start_p95_ms": statistics.quantiles(waits, n=20)[-1],
        "tasks_per_second": statistics.median(rates),
        "best_tasks_per_second": max(rates),
    }


def _overhead(environment: dict[str, str]) -> tuple[float, float]:
    """One fresh process, whose log and metrics go through a pipe as they do on Lambda."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.jobs"],
        env=environment,
        cwd=world.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    median, quickest = json.loads(run.stdout.splitlines()[-1])
    return median, quickest


def _queue(url: str) -> Any:
    from app.config import Settings
    from app.providers.registry import Providers

    queue = Providers(Settings.from_env(world.environment(url))).job_queue
    queue.ensure_queues()
    return queue


@contextlib.contextmanager
def _worker(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """The worker that `make run` starts, which knows the measured tasks besides."""
    from app.local import stack
    from app.local.plan import Plan

    plan = Plan.from_env(environment, root=world.ROOT)
    [program] = [one for one in stack.servers(plan) if one.name == "worker"]
    program = replace(program, command=(*program.command, "--include", "bench.measured_tasks"))
    _queue(environment["AWS_ENDPOINT_URL"])
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            program.command, env=environment, cwd=world.ROOT, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _waits(queue: Any, file: Path) -> list[float]:
    """Milliseconds from the send to the start of tasks that come one at a time."""
    sent = []
    for number in range(STARTS):
        sent.append(time.time())
        queue.ask("bench.note_start", {"file": str(file), "number": number})
        _wait_for_starts(file, number + 1)
        time.sleep(PAUSE_SECONDS * (1 + number % 3))
    began = _starts(file)
    return [(began[number] - moment) * 1000 for number, moment in enumerate(sent)]


def _fill(queue: Any, file: Path, *, count: int) -> float:
    """Tasks a second, from the first one's send to the last one's start."""
    first = time.time()
    for number in range(count):
        queue.enqueue("bench.note_start", {"file": str(file), "number": number})
    queue.send_enqueued()
    _wait_for_starts(file, count)
    return count / (max(_starts(file).values()) - first)


def _starts(file: Path) -> dict[int, float]:
    """When each task started that has, by its number."""
    lines = file.read_text().splitlines() if file.exists() else []
    return {int(number): float(started) for number, started in (line.split() for line in lines)}


def _wait_for_starts(file: Path, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(_starts(file)) < count:
        if time.monotonic() > deadline:
            message = f"the worker did not get through its tasks within {PATIENCE_SECONDS} s"
            raise RuntimeError(message)
        time.sleep(0.005)


def _warm_lambda() -> tuple[float, float]:
    """Milliseconds that a task costs more in a warm batch of 10 than the bare function: median, quickest tenth."""
    from app.providers.job_queue import message
    from bench.measured_tasks import nothing
    from tasks import lambda_worker
    from tasks.celery_app import settings

    bodies = [
        message.written(
            task="bench.do_nothing",
            arguments={"number": number},
            queue_name=settings().queue_name,
            delay_seconds=0,
            now=datetime.now(UTC),
        ).body
        for number in range(BATCH)
    ]
    event = json.loads(json.dumps({"Records": [_record(body) for body in bodies]}))

    def bare() -> None:
        for number in range(BATCH):
            nothing(number)

    def handled() -> None:
        assert lambda_worker.handler(event) == {"batchItemFailures": []}

    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(WARM_UP + BATCHES):
        for step, times in zip((handled, bare), taken, strict=True):
            started = time.perf_counter()
            step()
            if turn >= WARM_UP:
                times.append((time.perf_counter() - started) * 1000)
    quickest = [statistics.quantiles(times, n=10)[0] for times in taken]
    medians = [statistics.median(times) for times in taken]
    return (medians[0] - medians[1]) / BATCH, (quickest[0] - quickest[1]) / BATCH


def _record(body: str) -> dict[str, Any]:
    return {
        "messageId": "message",
        "receiptHandle": "receipt",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:jobs",
    }


if __name__ == "__main__":
    print(json.dumps(_warm_lambda()))
