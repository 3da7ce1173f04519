"""How does a request wait for what a worker is doing?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

FIRST_SECONDS: Final = 0.1
GROWTH: Final = 1.4
LONGEST_SECONDS: Final = 1.5


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How a request waits: `sleep` is `time.sleep`, `seconds` the longest that it does."""

    sleep: Callable[[float], None]
    seconds: float


def poll_delays(wait_seconds: float) -> Iterator[float]:
    """How long to sleep before each look: short at first, then longer. They add up to `wait_seconds`.

    >>> [round(one, 2) for one in poll_delays(0.5)]
    [0.1, 0.14, 0.2, 0.06]
    """
    left, delay = wait_seconds, FIRST_SECONDS
    while left > 0:
        nap = min(delay, left)
        yield nap
        left -= nap
        delay = min(delay * GROWTH, LONGEST_SECONDS)
