"""What do many trades come to, and how long was money at risk in each?

`Totals` of parts add up to the totals of the whole, in any order, so that days can be counted once and merged.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from app.core import money
from app.trading.rules.shown import WORKING

BUY: Final = "buy"
SELL: Final = "sell"
SHORT: Final = "short"
COVER: Final = "cover"
SIDES: Final = (BUY, SELL, SHORT, COVER)

# Which side closes what another opened.
CLOSES: Final = {SELL: BUY, COVER: SHORT}

_WIN_RATE_STEP: Final = Decimal("0.0001")
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What a number of trades came to.

    Attributes:
        trade_count: all of them.
        win_count: those with a profit above zero.
        loss_count: those with a profit below zero.
        gross_profit: what the winning ones gained.
        gross_loss: what the losing ones lost, as an amount of zero or more.
        best: the highest profit of one trade; None without trades.
        worst: the lowest profit of one trade; None without trades.
    """

    trade_count: int = 0
    win_count: int = 0
    loss_count: int = 0
    gross_profit: Decimal = money.ZERO
    gross_loss: Decimal = money.ZERO
    best: Decimal | None = None
    worst: Decimal | None = None

    @classmethod
    def of(cls, pnl: Decimal) -> "Totals":
        """The totals of one trade with that profit (or, below zero, loss)."""
        return cls(
            trade_count=1,
            win_count=int(pnl > 0),
            loss_count=int(pnl < 0),
            gross_profit=pnl if pnl > 0 else money.ZERO,
            gross_loss=pnl.copy_negate() if pnl < 0 else money.ZERO,
            best=pnl,
            worst=pnl,
        )

    @property
    def net_profit(self) -> Decimal:
        """Gross profit less gross loss."""
        return money.subtract(self.gross_profit, self.gross_loss)

    def plus(self, other: "Totals") -> "Totals":
        """The totals of both together."""
        return Totals(
            trade_count=self.trade_count + other.trade_count,
            win_count=self.win_count + other.win_count,
            loss_count=self.loss_count + other.loss_count,
            gross_profit=money.total((self.gross_profit, other.gross_profit)),
            gross_loss=money.total((self.gross_loss, other.gross_loss)),
            best=max((each for each in (self.best, other.best) if each is not None), default=None),
            worst=min(
                (each for each in (self.worst, other.worst) if each is not None), default=None
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Fill:
    """So much of a symbol changed hands: what pairing needs to know of a trade."""

    symbol: str
    side: str
    size: Decimal
    at: datetime


class RoundTrips(NamedTuple):
    """What `pair` found.

    Attributes:
        closed_count: how many parts of opening trades were closed.
        closed_seconds_total: for how long those were open, all together, to the microsecond.
        open_lots: what is open still, oldest first.
    """

    closed_count: int
    closed_seconds_total: Decimal
    open_lots: tuple[Fill, ...]


def win_rate(*, win_count: int, trade_count: int) -> Decimal | None:
    """The share of trades that gained, 4 decimals half-up: one of three is 0.3333. None without trades."""
    if trade_count == 0:
        return None
    ratio = money.ROUNDING.divide(Decimal(win_count), Decimal(trade_count))
    return ratio.quantize(_WIN_RATE_STEP, rounding=ROUND_HALF_UP, context=money.ROUNDING)


def profit_factor(totals: Totals) -> Decimal | None:
    """Gross profit over gross loss; None where nothing was lost.

    Source: R. Pardo, "The Evaluation and Optimization of Trading Strategies", Wiley, 2nd edition, 2008.
    """
    if totals.gross_loss == 0:
        return None
    return WORKING.divide(totals.gross_profit, totals.gross_loss)


def expectancy(totals: Totals) -> Decimal | None:
    """What a trade gained on average; None without trades.

    Win rate x average win - loss rate x average loss, which is the net profit over the number of trades.

    Source: V. K. Tharp, "Trade Your Way to Financial Freedom", McGraw-Hill, 1998.
    """
    if totals.trade_count == 0:
        return None
    return WORKING.divide(totals.net_profit, Decimal(totals.trade_count))


def pair(trades: Iterable[Fill], open_lots: Sequence[Fill] = ()) -> RoundTrips:
    """Close what was bought by what is sold, and what was shorted by what is covered, first in, first out.

    `trades` come oldest first, and `open_lots` are those that an earlier call left. Each part of an opening trade
    that a closing one takes is a round trip. What is closed beyond what is open opens nothing: the trade that
    opened it was never told.
    """
    lots: defaultdict[tuple[str, str], deque[Fill]] = defaultdict(deque)
    for lot in open_lots:
        lots[lot.symbol, lot.side].append(lot)
    count, open_for = 0, timedelta(0)
    for trade in trades:
        opener = CLOSES.get(trade.side)
        if opener is None:
            lots[trade.symbol, trade.side].append(trade)
            continue
        for lot in _take(lots[trade.symbol, opener], trade.size):
            count += 1
            open_for += max(trade.at - lot.at, timedelta(0))
    remaining = sorted((lot for queue in lots.values() for lot in queue), key=lambda lot: lot.at)
    return RoundTrips(count, Decimal(open_for // _MICROSECOND).scaleb(-6), tuple(remaining))


def _take(lots: deque[Fill], size: Decimal) -> list[Fill]:
    """Remove `size` from the oldest lots on, and tell from which; the last may be taken in part."""
    taken = []
    while lots and size > 0:
        lot = lots.popleft()
        taken.append(lot)
        if lot.size > size:
            lots.appendleft(replace(lot, size=money.subtract(lot.size, size)))
            break
        size = money.subtract(size, lot.size)
    return taken
