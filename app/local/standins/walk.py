"""How do stand-in prices move? As a smooth random walk, a pure function of key, seed and time.

Value noise at several periods is added up: at each period, hashed numbers stand on a grid of time
and are joined by a smooth curve. A slow period swings as far as a random walk of that length would,
which is the daily volatility times the square root of its days; the sum therefore looks like a
market at every zoom, needs no memory, and answers alike for a minute of last year on every machine.
"""

import hashlib
import math
from datetime import datetime
from functools import lru_cache

DAY_SECONDS = 86_400
PERIODS_SECONDS = (
    256 * DAY_SECONDS,
    64 * DAY_SECONDS,
    16 * DAY_SECONDS,
    4 * DAY_SECONDS,
    DAY_SECONDS,
    6 * 3_600,
    90 * 60,
    20 * 60,
    5 * 60,
    60,
)


def factor(*, key: str, seed: int, at: datetime, yearly_volatility: float) -> float:
    """By how much a price at rest is multiplied at a moment; 1.0 is rest.

    Args:
        key: what moves, for example "stock:AAPL"; two keys move independently.
        seed: which of all possible markets this is.
        at: an aware moment.
        yearly_volatility: standard deviation of a year's return, as a fraction.
    """
    seconds = at.timestamp()
    daily = yearly_volatility / math.sqrt(365)
    swing = sum(
        daily * math.sqrt(period / DAY_SECONDS) * _noise(f"{seed}|{key}|{period}", seconds / period)
        for period in PERIODS_SECONDS
    )
    return math.exp(swing)


def fraction(*, key: str, seed: int, step: int) -> float:
    """A hashed number from 0 up to 1, for what only has to look unplanned, such as a volume."""
    return (_grid_value(f"{seed}|{key}", step) + 1) / 2


def _noise(key: str, position: float) -> float:
    """Smooth noise between -1 and 1: a cubic ease between the two neighbours on the grid."""
    step = math.floor(position)
    share = position - step
    eased = share * share * (3 - 2 * share)
    before, after = _grid_value(key, step), _grid_value(key, step + 1)
    return before + (after - before) * eased


@lru_cache(maxsize=131_072)
def _grid_value(key: str, step: int) -> float:
    digest = hashlib.blake2b(f"{key}|{step}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**63 - 1
