"""Which queue carries a task? This is the one table: the API, the worker and the functions on AWS read it.

A domain whose tasks need what the worker's zip has no room for has a queue, and on AWS a function, of its own
(docs/adr/0015).
"""

from collections.abc import Mapping
from typing import Final

OF_THEIR_OWN: Final[Mapping[str, str]] = {"workspace": "-analysis"}
"""By domain, the first word of a task's name: what its queue's name adds to that of the jobs' queue."""


def queue_of(task: str | None, *, queue_name: str) -> str:
    """The name of the queue that carries a task.

    >>> queue_of("workspace.read_file", queue_name="jobs"), queue_of("emails.deliver", queue_name="jobs")
    ('jobs-analysis', 'jobs')
    """
    return queue_name + OF_THEIR_OWN.get((task or "").partition(".")[0], "")


def all_queues(queue_name: str) -> tuple[str, ...]:
    """Every queue, that of the jobs first."""
    return (queue_name, *(queue_name + suffix for suffix in OF_THEIR_OWN.values()))
