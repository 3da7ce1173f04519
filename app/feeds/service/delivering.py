"""How do events reach the WebSockets that hang on API Gateway, each once and in order?

A task for a channel names a task for every few of its connections. A delivery first takes its connection, so that
two never write to one at the same time; whoever finds it taken leaves word, and the one that has it looks again
before it lets go. How far the connection was told is noted after every 20 messages and when one fails: only a worker
that dies in between, or an answer of the gateway's that is lost, makes messages come twice, and their ids tell.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core import dynamo, ids, json
from app.feeds.models.connections import FeedConnection
from app.feeds.service import reading
from app.feeds.service.appending import PUSH_EVENTS, FeedEvent
from app.providers.job_queue.interface import JobQueue
from app.providers.socket_gateway.interface import ConnectionGone, GiveUp, SocketGateway, TryAgain

log = logging.getLogger(__name__)

PUSH_TO_CONNECTIONS = "feeds.push_to_connections"
A_TASK = 25  # connections that one task delivers to
A_PAGE = 500  # connections that one task names tasks for
# Longer than 20 messages take with all their timeouts; after those it is held on to anew.
LONGEST_HOLD = timedelta(seconds=180)
MESSAGES_A_READ = 20
READS_A_TRY = 50
SETTLED_AFTER = timedelta(
    seconds=15
)  # until then the gateway may say 410 of one that is being opened
CHECKED_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a delivery works with.

    Attributes:
        holds: whether what somebody came with still lets them read a channel.
    """

    gateway: SocketGateway
    holds: Callable[[str, Mapping[str, Any]], bool]
    clock: Callable[[], datetime]


def message_of(*, event: FeedEvent) -> str:
    """An event as every WebSocket is sent it."""
    return json.dumps({"event": event.event, "data": event.data, "id": event.id})


def open_connection(
    *,
    channel: str,
    connection_id: str,
    user_id: str,
    credential: Mapping[str, Any],
    number: int | None,
    until: datetime,
    jobs: JobQueue,
    now: datetime,
) -> None:
    """Remember a connection, and have a task send what it is due; that can only begin once it is open.

    Args:
        number: the last event that it knows; None for one that is to be sent the newest first.
    """
    made = FeedConnection.opened(
        channel=channel,
        connection_id=connection_id,
        user_id=user_id,
        credential=dict(credential),
        cursor=number,
        until=until,
        now=now,
    )
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(made.arrival())
    jobs.enqueue(
        PUSH_TO_CONNECTIONS,
        {"channel": channel, "connection_ids": [connection_id]},
        delay_seconds=1,
    )


def close_connection(*, connection_id: str) -> None:
    """Forget a connection that has ended."""
    for row in FeedConnection.with_id(connection_id):
        dynamo.commit(row.closing())


def push_events(*, channel: str, beyond: str | None, jobs: JobQueue) -> None:
    """Name a task for every few connections of a channel, and one for the connections after those."""
    found = FeedConnection.ids_of(channel=channel, limit=A_PAGE, beyond=beyond)
    for start in range(0, len(found), A_TASK):
        jobs.enqueue(
            PUSH_TO_CONNECTIONS,
            {"channel": channel, "connection_ids": found[start : start + A_TASK]},
        )
    if len(found) == A_PAGE:
        jobs.enqueue(PUSH_EVENTS, {"channel": channel, "beyond": found[-1]})


def push_to_connections(*, channel: str, connection_ids: Sequence[str], reach: Reach) -> list[str]:
    """Send each connection what it has not been sent; those that should be tried again."""
    return [one for one in connection_ids if not _is_told(channel, one, reach)]


def drop_connections(
    *, channel: str, connection_ids: Sequence[str], gateway: SocketGateway
) -> None:
    """End connections that take nothing: whoever is still there connects again with `after`."""
    for connection_id in connection_ids:
        _end(FeedConnection(channel, connection_id), gateway, reason="takes nothing")


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """A user's open connections, for the user to keep."""
    return {
        "feed_connections": [{"channel": row.channel} for row in FeedConnection.owned_by(user_id)]
    }


def erase_owned_by(*, user_id: str) -> None:
    """Forget a user's connections, which so are sent nothing more; running it again is harmless."""
    for row in FeedConnection.owned_by(user_id):
        dynamo.commit(row.closing())


def _is_told(channel: str, connection_id: str, reach: Reach) -> bool:
    """Deliver; whether the connection needs no further try."""
    row = FeedConnection.of(channel=channel, connection_id=connection_id)
    if row is None:
        return True
    holder, now = ids.new_id(), reach.clock()
    try:
        dynamo.commit(row.taking(holder=holder, now=now, until=now + LONGEST_HOLD))
    except dynamo.ConditionFailed:
        return _has_left_word(row, now)
    try:
        return _tell_all(row, holder, reach)
    except dynamo.ConditionFailed:
        return True  # another took over, because this one was too slow, or the connection has ended
    except reading.EventsExpired:
        _end(row, reach.gateway, reason="its events expired")
        return True
    except (TryAgain, GiveUp) as error:
        return _is_done_with(row, holder, error, now)


def _has_left_word(row: FeedConnection, now: datetime) -> bool:
    try:
        dynamo.commit(row.asking_again(now=now))
    except dynamo.ConditionFailed:
        return False  # it was let go in this moment, or has ended; the next try finds out
    return True


def _tell_all(row: FeedConnection, holder: str, reach: Reach) -> bool:
    """Send what there is until there is nothing more, and let go."""
    for _ in range(READS_A_TRY):
        fresh = FeedConnection.of(channel=row.channel, connection_id=row.connection_id)
        if fresh is None:
            return True
        if not _may_stay(fresh, reach):
            _end(fresh, reach.gateway, reason="it may not read on")
            return True
        if _tell_some(fresh, holder, reach):
            continue
        try:
            dynamo.commit(fresh.release(holder=holder))
        except dynamo.ConditionFailed:
            dynamo.commit(fresh.taking_word(holder=holder))
        else:
            return True
    dynamo.commit(row.giving_up(holder=holder))
    return False


def _tell_some(row: FeedConnection, holder: str, reach: Reach) -> bool:
    """Send the next messages, and note how far it came even where one fails; False where there are none."""
    due = _due(row)
    told: int | None = None
    try:
        for event in due:
            reach.gateway.send(connection_id=row.connection_id, text=message_of(event=event))
            told = int(event.id)
    finally:
        now = reach.clock()
        if due:
            dynamo.commit(
                row.moved(
                    holder=holder, cursor=told, checked_at=row.checked_at, until=now + LONGEST_HOLD
                )
            )
    return bool(due)


def _due(row: FeedConnection) -> Sequence[FeedEvent]:
    if row.cursor is None:
        newest = reading.latest(channel=row.channel)
        return [newest] if newest is not None else []
    return reading.following(channel=row.channel, number=int(row.cursor), limit=MESSAGES_A_READ)


def _may_stay(row: FeedConnection, reach: Reach) -> bool:
    """Whether what it came with still counts, which is asked once a minute."""
    now = reach.clock()
    if now >= row.until:
        return False
    if now - row.checked_at < CHECKED_EVERY:
        return True
    row.checked_at = now
    return reach.holds(row.channel, row.credential)


def _is_done_with(
    row: FeedConnection, holder: str, error: TryAgain | GiveUp, now: datetime
) -> bool:
    """Deal with a message that did not go out; whether the connection needs no further try."""
    if isinstance(error, ConnectionGone) and now - row.connected_at >= SETTLED_AFTER:
        dynamo.commit(row.closing())
        log.info("feeds.connection_gone", extra={"channel": row.channel})
        return True
    log.info("feeds.not_sent", extra={"channel": row.channel, "reason": str(error)})
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(row.giving_up(holder=holder))
    return False


def _end(row: FeedConnection, gateway: SocketGateway, *, reason: str) -> None:
    """Forget a connection and end it; one that the gateway doesn't end now is sent nothing more anyway."""
    dynamo.commit(row.closing())
    try:
        gateway.close(connection_id=row.connection_id)
    except (TryAgain, GiveUp) as error:
        log.warning("feeds.not_closed", extra={"channel": row.channel, "reason": str(error)})
    log.info("feeds.connection_ended", extra={"channel": row.channel, "reason": reason})
