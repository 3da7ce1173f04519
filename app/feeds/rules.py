"""Which feeds are there, who may read each, and in what order do events stand?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

CHANNELS = ("status", "equity", "trades", "balance", "prices")
EVENT_OF: Mapping[str, str] = {
    "status": "status",
    "equity": "equity",
    "trades": "trade",
    "balance": "balance",
    "prices": "price",
}
"""What the events of a channel are called."""

PRIMED = frozenset({"status", "equity", "balance"})
"""Channels whose newest event is what holds now: whoever connects is sent it first."""

ROLE_NEEDED: Mapping[str, str] = {
    "status": "viewer",
    "equity": "viewer",
    "trades": "viewer",
    "balance": "viewer",
    "prices": "user",
}
SCOPE_NEEDED: Mapping[str, str] = {
    "status": "trading:read",
    "equity": "trading:read",
    "trades": "trading:read",
    "balance": "trading:read",
    "prices": "portfolio:read",
}
"""The scope that an API key needs."""

KEPT_FOR = timedelta(days=7)
MOST_WRITES = 100  # DynamoDB's limit for a transaction
LARGEST_DATA_BYTES = 16 * 1024  # API Gateway's frames are 32 kB
MOST_READ = 100
LONGEST_WAIT_SECONDS = 25
NEWEST = "latest"
"""In place of an id: from the end of the log as it is now."""

_ID = re.compile(r"[0-9]{1,15}", re.ASCII)
_FIRST_LOOK_SECONDS = 0.25
_LOOK_EVERY_SECONDS = 1.0


def sequence_of(event_id: str) -> int | None:
    """The number of the event with this id; None for what can't be one.

    >>> sequence_of("17"), sequence_of("-1")
    (17, None)
    """
    return int(event_id) if _ID.fullmatch(event_id) else None


def unbroken(sequences: Sequence[int], *, after: int) -> int:
    """How many of the numbers follow `after` and one another without a hole.

    >>> unbroken([4, 5, 7], after=3)
    2
    """
    count = 0
    while count < len(sequences) and sequences[count] == after + count + 1:
        count += 1
    return count


def looks(wait_seconds: float) -> Iterator[float]:
    """The pauses between looks at the log, in seconds, which add up to `wait_seconds`.

    >>> list(looks(2.5))
    [0.25, 0.5, 1.0, 0.75]
    """
    left, pause = wait_seconds, _FIRST_LOOK_SECONDS
    while left > 0:
        yield min(left, pause)
        left -= pause
        pause = min(pause * 2, _LOOK_EVERY_SECONDS)
