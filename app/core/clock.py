"""What time is it? Only routes, handlers and tasks ask; everything below receives `now`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime


def _wall_clock() -> datetime:
    return datetime.now(UTC)


_source: ContextVar[Callable[[], datetime]] = ContextVar("clock", default=_wall_clock)


def now() -> datetime:
    """The time, as an aware datetime in UTC."""
    return _source.get()()


@contextmanager
def reading(source: Callable[[], datetime]) -> Iterator[None]:
    """Take the time from `source` within the block: how a test or a replay sets the time."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
