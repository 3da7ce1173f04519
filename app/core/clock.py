"""What time is it? Only routes, handlers and tasks ask; everything below receives `now`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _wall_clock() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _wall_clock


def now() -> datetime:
    """The time, as an aware datetime in UTC."""
    return _source()


@contextmanager
def reading(source: Callable[[], datetime]) -> Iterator[None]:
    """Take the time from `source` within the block, in every thread: how a test or a replay sets the time."""
    global _source  # noqa: PLW0603 - there is one time, for all threads
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
