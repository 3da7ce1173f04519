"""How long were round trips open, also where a trade came late?

What comes in order is paired as it is taken in. A trade that comes late changes what its symbol's later trades
closed; those days are paired again by a task, a day a transaction, until a day begins with the lots that it began
with before. Until then a report pairs those days of that symbol by itself, so it is exact at any time. That costs
one read of the symbol's trades since the late one, and nothing once the task has run.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core import dynamo, money
from app.trading.models import OpenLots, Repair, RoundTripDay, Tally, Trade
from app.trading.rules import days
from app.trading.rules.trades import Fill, pair
from app.trading.service import counting

log = logging.getLogger(__name__)

DAYS_AT_ONCE = 1_000
"""How many days one task pairs again before it lets another go on."""


@dataclass(frozen=True, kw_only=True)
class Closed:
    """How many round trips were closed, and for how many seconds they were open together."""

    count: int
    seconds: Decimal

    def plus(self, other: "Closed") -> "Closed":
        """Both together."""
        return Closed(
            count=self.count + other.count, seconds=money.total((self.seconds, other.seconds))
        )

    def less(self, other: "Closed") -> "Closed":
        """What this has and the other has not."""
        return Closed(
            count=self.count - other.count, seconds=money.subtract(self.seconds, other.seconds)
        )


NOTHING = Closed(count=0, seconds=money.ZERO)


def settle_round_trips() -> int:
    """Pair again what trades that came late have changed; gives how many symbols are left for another time.

    Run again, or by two at once, it does no harm: each step is a transaction that fails where something it was
    computed from has changed.
    """
    steps = DAYS_AT_ONCE
    for repair in Repair.pending():
        going_on: Repair | None = repair
        while going_on is not None and steps:
            steps -= 1
            going_on = _settle_a_day(going_on)
    left = len(Repair.pending())
    log.info("trading.round_trips_settled", extra={"days": DAYS_AT_ONCE - steps, "left": left})
    return left


def unsettled(*, first: date | None, last: date) -> Closed:
    """By how much the stored round trips of a range of days must be corrected, for symbols not settled yet."""
    found = NOTHING
    for repair in Repair.pending():
        stored = RoundTripDay.from_day(repair.symbol, repair.day)
        lots = _beginning(repair, stored)
        start, end = days.day_bounds(repair.day)[0], days.day_bounds(last)[1]
        trades = list(Trade.of_symbol(repair.symbol, start=start, end=end)) if start < end else []
        for day, own in counting.by_day(trades=trades).items():
            closed, lots = _closed(own, lots)
            if first is None or day >= first:
                found = found.plus(closed)
        for row in stored:
            if (first is None or row.day >= first) and row.day <= last:
                found = found.less(_stored(row))
    return found


def _settle_a_day(repair: Repair) -> Repair | None:
    """Pair one day again; gives the repair as it goes on, None where there is nothing (more) to do now."""
    state = OpenLots.of(repair.symbol)
    rows = RoundTripDay.from_day(repair.symbol, repair.day, limit=2)
    own = rows[0] if rows and rows[0].day == repair.day else None
    following = next((row for row in rows if row.day > repair.day), None)
    trades = _trades_of(repair)
    if trades is None:
        return None
    before = _beginning(repair, rows)
    closed, lots = _closed(trades, before)
    change = closed.less(_stored(own) if own else NOTHING)
    writes: list[dynamo.Write] = [
        own.recounted(count=closed.count, seconds=closed.seconds)
        if own
        else RoundTripDay.begun(
            symbol=repair.symbol,
            day=repair.day,
            lots=before,
            count=closed.count,
            seconds=closed.seconds,
        )
    ]
    if change != NOTHING:
        writes.append(
            Tally.recounting(repair.day, closed_count=change.count, closed_seconds=change.seconds)
        )
    writes += _handed_on(repair, lots, following=following, state=state)
    try:
        dynamo.commit(*writes)
    except dynamo.ConditionFailed:
        log.info("trading.round_trips_changed_meanwhile")
    return Repair.of_symbols([repair.symbol]).get(repair.symbol)


def _handed_on(
    repair: Repair, lots: Sequence[Fill], *, following: RoundTripDay | None, state: OpenLots
) -> list[dynamo.Write]:
    """What the next day of the symbol is told, or its present where there is none; and that this day is done."""
    if following is None:
        return [state.corrected(lots), repair.day_done(also=None)]
    if following.lots == tuple(lots):
        return [repair.day_done(also=None)]
    return [following.beginning_with(lots), repair.day_done(also=following.day)]


def _beginning(repair: Repair, rows: Sequence[RoundTripDay]) -> tuple[Fill, ...]:
    """The lots that the repair's day begins with: those of the symbol's next day, as there was no trade between."""
    return rows[0].lots if rows else OpenLots.of(repair.symbol).lots


def _trades_of(repair: Repair) -> list[Trade] | None:
    """The trades of the repair's day; None where the index doesn't hold all of them yet."""
    counted = sum(int(row.trade_count) for row in Tally.of_symbol_day(repair.symbol, repair.day))
    start, end = days.day_bounds(repair.day)
    trades = list(Trade.of_symbol(repair.symbol, start=start, end=end))
    return trades if len(trades) == counted else None


def _closed(trades: Sequence[Trade], lots: Sequence[Fill]) -> tuple[Closed, tuple[Fill, ...]]:
    found = pair([counting.fill(trade=trade) for trade in trades], lots)
    return Closed(count=found.closed_count, seconds=found.closed_seconds_total), found.open_lots


def _stored(row: RoundTripDay) -> Closed:
    return Closed(count=int(row.closed_count), seconds=row.closed_seconds)
