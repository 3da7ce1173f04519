"""What must be written with a chunk of trades, so that every report knows of them at once?

Everything a chunk adds to the same row is folded into one update. Rows are read before, because only the reader
of a best trade knows whether there is a new one; conditions tell when somebody was faster.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core import dynamo, money
from app.trading.models import OpenLots, Repair, RoundTripDay, Tally, Trade
from app.trading.models.tallies import Key, day_key, keys_of
from app.trading.rules import days
from app.trading.rules.trades import Fill, Totals, pair

MOST_WRITES = 99
"""A transaction holds 100; one is the end of the feed's log."""
WRITES_A_TRADE = 2
WRITES_A_SYMBOL = 2


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What is written besides the trades; `late`: a symbol must be paired again."""

    writes: list[dynamo.Write]
    late: bool


def chunks(*, trades: Sequence[Trade]) -> Iterator[list[Trade]]:
    """Cut trades, in their order, so that each chunk and all that it changes fits one transaction."""
    chunk: list[Trade] = []
    touched: set[object] = set()
    for trade in trades:
        more = _touched_by(trade) - touched
        if chunk and WRITES_A_TRADE * (len(chunk) + 1) + len(touched | more) > MOST_WRITES:
            yield chunk
            chunk, touched, more = [], set(), _touched_by(trade)
        chunk.append(trade)
        touched |= more
    if chunk:
        yield chunk


def _touched_by(trade: Trade) -> set[object]:
    day = days.trading_day(trade.timestamp)
    own = {("symbol", trade.symbol, number) for number in range(WRITES_A_SYMBOL)}
    return {*keys_of(day, trade.symbol, trade.side), ("day", trade.symbol, day), *own}


def counted(*, trades: Sequence[Trade]) -> Counted:
    """The sums, lots and repairs that these trades, oldest first, change."""
    totals: defaultdict[Key, Totals] = defaultdict(Totals)
    for trade in trades:
        own = Totals.of(trade.pnl)
        for key in keys_of(days.trading_day(trade.timestamp), trade.symbol, trade.side):
            totals[key] = totals[key].plus(own)
    known = Tally.with_keys(list(totals))
    paired = _paired(trades)
    sums = [
        Tally.adding(key, totals[key], known=known.get(key), closed=paired.closed.get(key))
        for key in totals
    ]
    return Counted(writes=[*sums, *paired.writes], late=paired.late)


@dataclass(frozen=True, kw_only=True)
class _Paired:
    writes: list[dynamo.Write]
    closed: dict[Key, tuple[int, Decimal]]
    late: bool


def _paired(trades: Sequence[Trade]) -> _Paired:
    """Pair those that come after the last of their symbol; those that come late are left to a repair."""
    by_symbol: defaultdict[str, list[Trade]] = defaultdict(list)
    for trade in trades:
        by_symbol[trade.symbol].append(trade)
    states = OpenLots.of_symbols(list(by_symbol))
    in_time, late = {}, {}
    for symbol, own in by_symbol.items():
        last = states[symbol].last if symbol in states else ""
        in_time[symbol] = [trade for trade in own if trade.moment > last]
        late[symbol] = [trade for trade in own if trade.moment < last]
    late = {symbol: own for symbol, own in late.items() if own}
    writes: list[dynamo.Write] = []
    closed: dict[Key, tuple[int, Decimal]] = {}
    for symbol, own in in_time.items():
        if own:
            writes += _in_time(symbol, own, states.get(symbol), closed)
    repairs = Repair.of_symbols(list(late)) if late else {}
    for symbol, own in late.items():
        writes.append(
            Repair.needed(symbol=symbol, days=set(by_day(trades=own)), before=repairs.get(symbol))
        )
    return _Paired(writes=writes, closed=closed, late=bool(late))


def _in_time(
    symbol: str,
    trades: Sequence[Trade],
    state: OpenLots | None,
    closed: dict[Key, tuple[int, Decimal]],
) -> list[dynamo.Write]:
    """The days of a symbol that trades begin or go on with, and its lots afterwards; adds to what days closed."""
    writes: list[dynamo.Write] = []
    lots = state.lots if state else ()
    last_day = date.fromisoformat(state.last_day) if state else None
    for day, own in by_day(trades=trades).items():
        found = pair([fill(trade=trade) for trade in own], lots)
        count, seconds = found.closed_count, found.closed_seconds_total
        if day == last_day:
            writes.append(
                RoundTripDay.going_on(symbol=symbol, day=day, count=count, seconds=seconds)
            )
        else:
            writes.append(
                RoundTripDay.begun(symbol=symbol, day=day, lots=lots, count=count, seconds=seconds)
            )
        if count:
            before = closed.get(day_key(day), (0, money.ZERO))
            closed[day_key(day)] = (before[0] + count, money.total((before[1], seconds)))
        lots, last_day = found.open_lots, day
    if last_day is not None:
        last = trades[-1].moment
        writes.append(
            OpenLots.left(symbol=symbol, lots=lots, last=last, last_day=last_day, before=state)
        )
    return writes


def by_day(*, trades: Sequence[Trade]) -> dict[date, list[Trade]]:
    """The trades, oldest first, by their trading day."""
    found: defaultdict[date, list[Trade]] = defaultdict(list)
    for trade in trades:
        found[days.trading_day(trade.timestamp)].append(trade)
    return dict(found)


def fill(*, trade: Trade) -> Fill:
    """What pairing needs to know of a trade."""
    return Fill(symbol=trade.symbol, side=trade.side, size=trade.size, at=trade.timestamp)
