"""How is a feed read so that nothing is missed and nothing comes twice?

Numbers have no holes, so a hole in what was read tells: either the transaction that fills it is still being
applied, and a second look finds it, or the events there are no longer kept.
"""

import time
from collections.abc import Callable, Sequence

from app.core import errors
from app.feeds import rules
from app.feeds.models import FeedHead, LoggedEvent
from app.feeds.service.appending import FeedEvent, seen

LOOKS_AT_A_HOLE = 4
HOLE_PAUSE_SECONDS = 0.03


class UnknownChannel(errors.NotFound):
    """There is no such feed."""

    code = "feed_not_found"
    message = "There is no such feed; the feeds are status, equity, trades, balance and prices."


class InvalidPosition(errors.Unprocessable):
    """Not the id of an event of this feed."""

    code = "invalid_feed_position"
    message = "after is no id of this feed; pass next_after or an event's id as it came, 'latest', or leave it out."


class EventsExpired(errors.AppError):
    """What follows `after` is not all kept any more."""

    status = 410
    code = "feed_events_expired"
    message = (
        "Events after this id are no longer kept (they are for 7 days). Read what holds now from the reports, "
        "then go on with after=details.resume_after."
    )


def latest(*, channel: str) -> FeedEvent | None:
    """The newest event of a channel, however old it is; None where there never was one."""
    head = FeedHead.of(channel)
    if head.event is None:
        return None
    return FeedEvent(id=str(int(head.last)), event=head.event, data=head.data)


def ends(*, channels: Sequence[str] = rules.CHANNELS) -> dict[str, int]:
    """About where the logs of channels end, in one cheap request, to see whether there is news."""
    return FeedHead.glimpsed(channels)


def position(*, channel: str, after: str | None) -> int:
    """The number to read on from; 'latest' is the log's end, and None its oldest event that is kept.

    Raises:
        UnknownChannel, InvalidPosition: and an id that the log has not reached was never given out.
    """
    if channel not in rules.CHANNELS:
        raise UnknownChannel(details={"channel": channel})
    if after == rules.NEWEST:
        return int(FeedHead.of(channel).last)
    if after is None:
        kept = LoggedEvent.following(channel=channel, after=0, limit=1)
        return int(kept[0].sequence) - 1 if kept else int(FeedHead.of(channel).last)
    number = rules.sequence_of(after)
    if number is None or (number and number > (end := int(FeedHead.of(channel).last))):
        newest = {} if number is None else {"newest": str(end)}
        raise InvalidPosition(details={"after": after, **newest})
    return number


def events_after(
    *, channel: str, after: str | None, limit: int = rules.MOST_READ
) -> list[FeedEvent]:
    """Up to `limit` events that follow `after`, in order and without a hole; none where there is no news.

    Args:
        after: an event's id, 'latest', or None for the oldest event that is kept.

    Raises:
        UnknownChannel, InvalidPosition: there is no such channel, or no such id on it.
        EventsExpired: some of them are no longer kept.
    """
    return following(channel=channel, number=position(channel=channel, after=after), limit=limit)


def following(*, channel: str, number: int, limit: int = rules.MOST_READ) -> list[FeedEvent]:
    """What `events_after` gives, from a position that `position` gave.

    Raises:
        EventsExpired: some of them are no longer kept.
    """
    rows: Sequence[LoggedEvent] = ()
    for look in range(LOOKS_AT_A_HOLE):
        time.sleep(HOLE_PAUSE_SECONDS * look)
        rows = LoggedEvent.following(
            channel=channel, after=number, limit=min(limit, rules.MOST_READ)
        )
        whole = rules.unbroken([int(row.sequence) for row in rows], after=number)
        if whole:
            return [seen(row=row) for row in rows[:whole]]
        end = int(rows[0].sequence) - 1 if rows else int(FeedHead.of(channel).last)
        if end <= number:
            return []
    raise EventsExpired(details={"after": str(number), "resume_after": str(end)})


def poll(
    *,
    channel: str,
    after: str | None,
    limit: int,
    wait_seconds: float,
    sleep: Callable[[float], None],
) -> tuple[list[FeedEvent], str]:
    """Events that follow `after`, waiting up to `wait_seconds` for the first; and where to read on.

    While it waits it looks once a second at where the log ends, half a read unit each.

    Raises:
        UnknownChannel, InvalidPosition, EventsExpired: as `events_after`.
    """
    number = position(channel=channel, after=after)
    found = following(channel=channel, number=number, limit=limit)
    pauses = rules.looks(wait_seconds)
    while not found and (pause := next(pauses, None)) is not None:
        sleep(pause)
        if ends(channels=[channel])[channel] > number:
            found = following(channel=channel, number=number, limit=limit)
    return found, found[-1].id if found else str(number)
