"""How long is waited between two looks at what a worker is doing?"""

from collections.abc import Iterator
from typing import Final

FIRST_SECONDS: Final = 0.1
GROWTH: Final = 1.4
LONGEST_SECONDS: Final = 1.5


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
