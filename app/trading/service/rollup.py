"""What is done with a trading day once it is over?

Its sums are complete at any time, since every trade brought them up to date. What is left is to say that the day
was closed, also where nothing was traded on it, to pair again what late trades changed, and to count its trades
once more: sums that differ from them would be a fault of ours, which the log tells.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.core import dynamo, money
from app.trading.models import Tally, Trade
from app.trading.models.tallies import day_key
from app.trading.rules import days
from app.trading.service.settlement import settle_round_trips

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DayRollup:
    """A day that is over.

    Attributes:
        is_new: whether this was the first time; another run changes nothing.
        agrees: whether the sums are those of the trades that are listed.
    """

    day: date
    pnl: Decimal
    trade_count: int
    is_new: bool
    agrees: bool


def roll_up_daily_pnl(*, day: date, now: datetime) -> DayRollup:
    """Close a trading day. Late trades still correct it afterwards."""
    settle_round_trips()
    is_new = True
    try:
        dynamo.commit(Tally.rolling_up(day, now=now))
    except dynamo.ConditionFailed:
        is_new = False
    totals = Tally.of(day_key(day)).totals
    agrees = _listed(day) == (totals.trade_count, totals.net_profit)
    if not agrees:
        log.error("trading.day_differs", extra={"day": day.isoformat()})
    log.info("trading.day_rolled_up", extra={"day": day.isoformat(), "is_new": is_new})
    return DayRollup(
        day=day,
        pnl=totals.net_profit,
        trade_count=totals.trade_count,
        is_new=is_new,
        agrees=agrees,
    )


def _listed(day: date) -> tuple[int, Decimal]:
    """How many trades the ledger lists of a day, and what they realised."""
    start, end = days.day_bounds(day)
    amounts = [trade.pnl for trade in Trade.of_all(start=start, end=end)]
    return len(amounts), money.total(amounts)
