"""Which queue carries a task? This is the one table: the API, the worker and the functions on AWS read it.

What needs more than the worker's zip has room for has a queue, and on AWS a function, of its own (docs/adr/0015): a
whole domain, or a single task of one that is otherwise the worker's (docs/adr/0029).
"""

from collections.abc import Mapping
from typing import Final

ANALYSIS: Final = "-analysis"
OF_THEIR_OWN: Final[Mapping[str, str]] = {
    "workspace": ANALYSIS,
    "portfolio.optimize": ANALYSIS,
}
"""By a task's name, or by its first word, the domain: what its queue's name adds to that of the jobs' queue."""


def queue_of(task: str | None, *, queue_name: str) -> str:
    """The name of the queue that carries a task.

    >>> [queue_of(task, queue_name="jobs") for task in ("workspace.read_file", "portfolio.optimize")]
    ['jobs-analysis', 'jobs-analysis']
    >>> [queue_of(task, queue_name="jobs") for task in ("emails.deliver", "portfolio.run_backtest")]
    ['jobs', 'jobs']
    """
    name = task or ""
    domain = name.partition(".")[0]
    return queue_name + OF_THEIR_OWN.get(name, OF_THEIR_OWN.get(domain, ""))


def all_queues(queue_name: str) -> tuple[str, ...]:
    """Every queue once, that of the jobs first."""
    suffixes = dict.fromkeys(OF_THEIR_OWN.values())
    return (queue_name, *(queue_name + suffix for suffix in suffixes))
