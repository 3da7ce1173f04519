"""How does a request get something from the source of prices, which only a worker may ask?

It asks a worker through the queue and looks at the table until the answer is there, for a bounded
time.
"""

import logging
from collections.abc import Callable, Mapping
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
    try:
        jobs.ask(task, arguments)
    except (TryAgain, GiveUp):
        log.warning("prices.not_asked", extra={"task": task})
        return
    for delay in rules.poll_delays(wait_seconds):
        sleep(delay)
        if is_answered():
            return
