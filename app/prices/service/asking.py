"""How does a request get something from the source of prices, which only a worker may ask?

It asks a worker through the queue and looks at the table until the answer is there, for a bounded
time.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.prices import rules
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain

log = logging.getLogger(__name__)


def ask_and_wait(
    *,
    task: str,
    arguments: Mapping[str, Any],
    is_answered: Callable[[], bool],
    jobs: JobQueue,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> None:
    """Ask a worker, and return once `is_answered` or after `wait_seconds`: 3 are seven looks.

    A queue that does not answer is no reason to fail: the caller goes on with what there is.
    """
    ask_and_wait_for_all(
        task=task,
        arguments=[arguments],
        is_answered=is_answered,
        jobs=jobs,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )


def ask_and_wait_for_all(
    *,
    task: str,
    arguments: Sequence[Mapping[str, Any]],
    is_answered: Callable[[], bool],
    jobs: JobQueue,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> None:
    """Ask workers for several things at once, and wait for all together as `ask_and_wait` does for one."""
    try:
        for each in arguments:
            jobs.ask(task, each)
    except (TryAgain, GiveUp):
        log.warning("prices.not_asked", extra={"task": task})
        return
    for delay in rules.poll_delays(wait_seconds):
        sleep(delay)
        if is_answered():
            return
