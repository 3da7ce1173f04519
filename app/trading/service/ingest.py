"""How are trades taken in, each once, with all that is counted of them?

A chunk of trades is one transaction: the trades, the sums that count them, the lots that they open and close,
and their events. Either all of it is there or nothing, so no report waits for a job.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core import dynamo, errors, money
from app.feeds import service as feeds
from app.providers.job_queue.interface import JobQueue
from app.trading.models import Trade
from app.trading.rules.written import amount_text, digits_text
from app.trading.service import counting, when

log = logging.getLogger(__name__)

SETTLE = "trading.settle_round_trips"
ATTEMPTS = 40
MOST_NAMED = 10


class TradeConflict(errors.Conflict):
    """Another trade has this id."""

    code = "trade_conflict"
    message = (
        "Another trade has this trade_id already; details names it. A trade can't be changed: "
        "push a correction as a trade of its own."
    )


@dataclass(frozen=True, kw_only=True)
class PushedTrades:
    """What became of pushed trades.

    Attributes:
        created: how many are new.
        duplicates: how many had been pushed before, or stood in the push twice.
        items: all of them, in the order pushed.
    """

    created: int
    duplicates: int
    items: list[Trade]


def push_trade(*, trade: Mapping[str, Any], jobs: JobQueue, now: datetime) -> tuple[Trade, bool]:
    """Take one trade in; gives it as it is stored, and whether it is new.

    Raises:
        TradeConflict, when.TimestampInFuture.
    """
    pushed = push_trades(trades=[trade], jobs=jobs, now=now)
    return pushed.items[0], pushed.created == 1


def push_trades(
    *, trades: Sequence[Mapping[str, Any]], jobs: JobQueue, now: datetime
) -> PushedTrades:
    """Take trades in (trade_id, symbol, side, size, pnl or 0, timestamp or now), in any order.

    One that is there already changes nothing. Whatever is new appears on the feed, oldest first. Where the
    process ends midway, the trades of some chunks are in; pushed again, the rest follows.

    Raises:
        TradeConflict: before anything is stored, unless the other trade came at the same time.
        when.TimestampInFuture.
    """
    wanted = [_made(trade, now=now) for trade in trades]
    undated = {trade["trade_id"] for trade in trades if trade.get("timestamp") is None}
    stored = Trade.with_ids([trade.trade_id for trade in wanted])
    new: dict[str, Trade] = {}
    for trade in wanted:
        _refuse_other([trade], stored | new, undated)
        if trade.trade_id not in stored:
            new.setdefault(trade.trade_id, trade)
    created = 0
    for chunk in counting.chunks(trades=sorted(new.values(), key=lambda trade: trade.moment)):
        added, late = _stored(chunk, undated, now=now)
        created += len(added)
        if late:
            jobs.enqueue(SETTLE)
    if created:
        feeds.announce(channel="trades", jobs=jobs)
    log.info("trading.trades_pushed", extra={"new": created, "pushed": len(wanted)})
    kept = {**new, **stored}
    return PushedTrades(
        created=created,
        duplicates=len(wanted) - created,
        items=[kept[trade.trade_id] for trade in wanted],
    )


def _made(trade: Mapping[str, Any], *, now: datetime) -> Trade:
    timestamp = trade.get("timestamp") or now
    when.refuse_the_future(timestamp=timestamp, now=now)
    return Trade.made(**{"pnl": money.ZERO, **trade, "timestamp": timestamp})


def _stored(
    chunk: Sequence[Trade], undated: set[str], *, now: datetime
) -> tuple[Sequence[Trade], bool]:
    """Those of the chunk that were new after all, and whether one came late; until nobody else is in between."""
    left = list(chunk)
    for attempt in range(ATTEMPTS):
        counted = counting.counted(trades=left)
        try:
            feeds.append(
                channel="trades",
                events=[_event(trade) for trade in left],
                writes=[*(trade.arrival() for trade in left), *counted.writes],
                now=now,
            )
        except dynamo.ConditionFailed as failure:
            if any(place < len(left) for place in failure.failed):
                stored = Trade.with_ids([trade.trade_id for trade in left])
                _refuse_other(left, stored, undated)
                left = [trade for trade in left if trade.trade_id not in stored]
                if not left:
                    return [], False
            dynamo.pause_after(min(attempt, 5))
        else:
            return left, counted.late
    raise dynamo.Busy


def _refuse_other(trades: Iterable[Trade], stored: Mapping[str, Trade], undated: set[str]) -> None:
    """Raise where a stored trade has the id of one of these but says something else."""
    others = [
        trade.trade_id
        for trade in trades
        if (same := stored.get(trade.trade_id)) is not None
        and _facts(same, undated) != _facts(trade, undated)
    ]
    if others:
        raise TradeConflict(details={"trade_ids": others[:MOST_NAMED]})


def _facts(trade: Trade, undated: set[str]) -> tuple[str, str, Decimal, Decimal, str | None]:
    moment = None if trade.trade_id in undated else trade.moment
    return trade.symbol, trade.side, trade.size, trade.pnl, moment


def _event(trade: Trade) -> feeds.NewEvent:
    data = {
        "id": trade.trade_id,
        "symbol": trade.symbol,
        "side": trade.side,
        "size": digits_text(trade.size),
        "pnl": amount_text(trade.pnl),
        "timestamp": trade.timestamp.isoformat(),
    }
    return feeds.NewEvent(event="trade", data=data)
