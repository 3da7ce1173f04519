"""How does an event get its number? In the transaction that makes what it tells of true."""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import dynamo, json
from app.feeds import rules
from app.feeds.models import FeedHead, LoggedEvent
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

PUSH_EVENTS = "feeds.push_events"
ATTEMPTS = 40
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """What to tell: `event` is the channel's word (trade, equity, status, balance or price).

    Attributes:
        data: as JSON can write it, with amounts as strings; at most 16 kB.
    """

    event: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """An event of the log.

    Attributes:
        id: grows by one from event to event of a channel; what `after` takes.
    """

    id: str
    event: str
    data: Mapping[str, Any]


def append(
    *,
    channel: str,
    events: Sequence[NewEvent],
    writes: Sequence[dynamo.Write] = (),
    now: datetime,
) -> list[FeedEvent]:
    """Write events at the end of a channel's log, in one transaction with the caller's own writes.

    Each takes the numbers that follow the log's end; where another append was first, it is tried again behind
    that one, for about ten seconds at most.

    Args:
        channel: one of CHANNELS.
        events: at least one, in order.
        writes: what must become true together with them; with the events at most 99.

    Raises:
        dynamo.ConditionFailed: `failed` holds positions in `writes`; nothing was changed.
        dynamo.Busy: other appends were first all the while; nothing was changed.
        ValueError: the caller's mistake: too many, too large, another channel's event, none at all.
    """
    _check(channel, events, writes)
    for attempt in range(ATTEMPTS):
        head = FeedHead.of(channel)
        logged = _numbered(events, head=head, now=now)
        try:
            dynamo.commit(*writes, *(one.arrival() for one in logged), head.moving(logged[-1]))
        except dynamo.ConditionFailed as error:
            theirs = frozenset(place for place in error.failed if place < len(writes))
            if theirs:
                raise dynamo.ConditionFailed(theirs) from error
            _pause_after(attempt)
        else:
            return [seen(row=one) for one in logged]
    log.warning("feeds.append_gave_up", extra={"channel": channel, "attempts": ATTEMPTS})
    raise dynamo.Busy


def announce(*, channel: str, jobs: JobQueue) -> None:
    """Have a channel's news pushed to the WebSockets that hang on API Gateway, once the caller has succeeded.

    Local WebSockets and long polls follow the log by themselves.
    """
    jobs.enqueue(PUSH_EVENTS, {"channel": channel})


def seen(*, row: LoggedEvent) -> FeedEvent:
    """A row of the log as readers see it."""
    return FeedEvent(id=str(int(row.sequence)), event=row.event, data=row.data)


def _numbered(events: Sequence[NewEvent], *, head: FeedHead, now: datetime) -> list[LoggedEvent]:
    return [
        LoggedEvent.numbered(
            channel=head.channel, sequence=number, event=new.event, data=new.data, now=now
        )
        for number, new in enumerate(events, start=int(head.last) + 1)
    ]


def _check(channel: str, events: Sequence[NewEvent], writes: Sequence[dynamo.Write]) -> None:
    if channel not in rules.CHANNELS:
        message = f"there is no channel {channel!r}; it must be one of {', '.join(rules.CHANNELS)}"
        raise ValueError(message)
    if not 0 < len(events) + len(writes) < rules.MOST_WRITES or not events:
        message = (
            f"{len(events)} events and {len(writes)} writes: at least one event, and 99 in all, fit a "
            "transaction; append in several"
        )
        raise ValueError(message)
    for new in events:
        if new.event != rules.EVENT_OF[channel]:
            message = (
                f"events of {channel} are called {rules.EVENT_OF[channel]!r}, not {new.event!r}"
            )
            raise ValueError(message)
        if (size := len(json.dumps(new.data).encode())) > rules.LARGEST_DATA_BYTES:
            message = (
                f"an event's data has {size} bytes; at most {rules.LARGEST_DATA_BYTES} are carried"
            )
            raise ValueError(message)


def _pause_after(attempt: int) -> None:
    """Wait for a random time that spreads rivals out."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - not a secret
