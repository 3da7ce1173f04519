"""Which tasks are measured? Two that do next to nothing; `--include bench.measured_tasks` shows them to a worker."""

import os
import time

from tasks.celery_app import app


def nothing(number: int) -> None:
    """The bare function that a task is compared with."""


@app.task(name="bench.do_nothing")
def do_nothing(number: int) -> None:
    """The same as a task."""
    nothing(number)


@app.task(name="bench.note_start")
def note_start(file: str, number: int) -> None:
    """Write down when the task started, in one write so that processes don't mix their lines."""
    started = time.time()
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, f"{number} {started}\n".encode())
    finally:
        os.close(descriptor)
