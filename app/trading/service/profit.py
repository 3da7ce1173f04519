"""What is the bot worth now, and what has it gained since the start?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.trading.models import EquityExtent, Tally
from app.trading.models.tallies import TOTAL
from app.trading.rules.profit import profit
from app.trading.rules.trades import win_rate


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What the bot is worth and has gained; what is not known is None.

    Attributes:
        current_balance: the newest snapshot.
        total_pl_amount, total_pl_percent: gained since the baseline.
        win_rate: trades that gained over all of them.
        as_of: when the newest snapshot was taken.
    """

    current_balance: Decimal | None
    total_pl_amount: Decimal | None
    total_pl_percent: Decimal | None
    win_rate: Decimal | None
    as_of: datetime | None


def balance(*, baseline: Decimal | None) -> Balance:
    """The newest snapshot against `baseline`, or against the first snapshot without one; in two reads."""
    extent, totals = EquityExtent.current(), Tally.of(TOTAL).totals
    share = win_rate(win_count=totals.win_count, trade_count=totals.trade_count)
    start = extent.first_equity if baseline is None else baseline
    if extent.last_equity is None or start is None:
        return Balance(
            current_balance=extent.last_equity,
            total_pl_amount=None,
            total_pl_percent=None,
            win_rate=share,
            as_of=extent.last_at,
        )
    gained = profit(baseline=start, balance=extent.last_equity)
    return Balance(
        current_balance=extent.last_equity,
        total_pl_amount=gained.amount,
        total_pl_percent=gained.percent,
        win_rate=share,
        as_of=extent.last_at,
    )
