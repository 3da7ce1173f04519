"""Tasks that write down what happened to them, in a file that the message names."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from celery import chain

from app.extensions import providers
from tasks.celery_app import app


def write_down(ledger: str, **facts: Any) -> None:
    line = json.dumps({"at": time.time(), **facts}) + "\n"
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def times(ledger: str) -> int:
    path = Path(ledger)
    return len(path.read_text().splitlines()) if path.exists() else 0


@app.task(name="contract.note")
def note(ledger: str, text: str) -> None:
    write_down(ledger, text=text)


@app.task(name="contract.fail")
def fail(ledger: str) -> None:
    write_down(ledger, text="tried")
    raise RuntimeError("as it must")


@app.task(name="contract.retry", bind=True, max_retries=2)
def retry(self: Any, ledger: str, countdown: float) -> None:
    write_down(ledger, retries=self.request.retries)
    if self.request.retries < 1:
        raise self.retry(countdown=countdown, exc=RuntimeError("not yet"))


@app.task(
    name="contract.back_off",
    bind=True,
    autoretry_for=(ConnectionError,),
    retry_backoff=1,
    retry_jitter=True,
    max_retries=2,
)
def back_off(self: Any, ledger: str) -> None:
    write_down(ledger, retries=self.request.retries)
    if self.request.retries < 2:
        raise ConnectionError("not yet")


@app.task(name="contract.add")
def add(left: int, right: int) -> int:
    return left + right


@app.task(name="contract.write_down_sum")
def write_down_sum(total: int, ledger: str) -> None:
    write_down(ledger, total=total)


@app.task(name="contract.start_chain")
def start_chain(ledger: str) -> None:
    chain(add.s(1, 2), add.s(4), write_down_sum.s(ledger)).delay()


@app.task(name="contract.start_later")
def start_later(ledger: str, countdown: float) -> None:
    note.apply_async(kwargs={"ledger": ledger, "text": "later"}, countdown=countdown)


@app.task(name="contract.enqueue")
def enqueue(ledger: str, text: str, *, failing: bool) -> None:
    providers.job_queue.enqueue("contract.note", {"ledger": ledger, "text": text})
    if failing and not times(ledger):
        write_down(ledger, text="failed")
        raise RuntimeError("as it must")


@app.task(name="contract.die_once")
def die_once(ledger: str) -> None:
    write_down(ledger, text="began")
    if times(ledger) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    write_down(ledger, text="ended")


@app.task(name="contract.die_late")
def die_late(ledger: str, seconds: float) -> None:
    write_down(ledger, text="began")
    if times(ledger) == 1:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)
    write_down(ledger, text="ended")
