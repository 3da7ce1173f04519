"""Are the prices that a run needs there, and in one currency?

Closes that are not stored are loaded by workers, a task for each symbol. The run lets go meanwhile, and is asked
again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.core import money
from app.portfolio.rules.runs import Unusable, Wanted
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

Pair = tuple[str, str]

UNKNOWN_SYMBOL: Final = "unknown_symbol"
ASKED_TOGETHER: Final = 20
"""Fewer than prices leaves for a later request."""
MIXED: Final = "USD"
"""What a run of several currencies is computed in."""


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Whose closes a run needs, for which days."""

    symbols: Collection[Wanted]
    start: date
    end: date


@dataclass(frozen=True, kw_only=True)
class Found:
    """Closes by what the run calls each symbol, all in `currency`."""

    currency: str
    closes: Mapping[str, Mapping[date, Decimal]]


def find_closes(*, needed: Needed, now: datetime) -> Found | set[Pair]:
    """The closes, or those (asset type, symbol) that are yet to be loaded.

    Symbols in different currencies are told in USD, by the rate of each day: so a run over them holds what a person
    who keeps the books in dollars had.

    Raises:
        Unusable: the source of prices doesn't know one of them, or has no closes to give.
    """
    states = _states({one.pair for one in needed.symbols}, needed, now)
    if isinstance(states, set):
        return states
    currencies = {state.currency for state in states.values()}
    if len(currencies) == 1:
        (currency,) = currencies
        return Found(
            currency=currency,
            closes={one.label: _closes(one.pair, needed) for one in needed.symbols},
        )
    rates = _states(prices.rate_symbols(currencies=currencies), needed, now)
    if isinstance(rates, set):
        return rates
    return Found(
        currency=MIXED,
        closes={
            one.label: _in_dollars(one.pair, states[one.pair].currency, needed)
            for one in needed.symbols
        },
    )


def ask_for_closes(
    *, wanted: Collection[Pair], needed: Needed, jobs: JobQueue, now: datetime
) -> None:
    """Have closes loaded; what is being loaded already may be loaded twice, which changes nothing."""
    ordered = sorted(wanted)
    for first in range(0, len(ordered), ASKED_TOGETHER):
        prices.ask_for_histories(
            wanted=ordered[first : first + ASKED_TOGETHER],
            start=needed.start,
            jobs=jobs,
            now=now,
            sleep=lambda _: None,
            wait_seconds=0,
        )


def _states(
    wanted: Collection[Pair], needed: Needed, now: datetime
) -> dict[Pair, prices.HistoryState] | set[Pair]:
    """How they stand once all are stored; until then those that are not."""
    states = prices.history_states(wanted=wanted, start=needed.start, end=needed.end, now=now)
    failed = sorted(pair for pair, state in states.items() if state.status == prices.FAILED)
    if failed:
        raise _no_prices(failed, now)
    pending = {pair for pair, state in states.items() if state.status == prices.PENDING}
    return pending or states


def _no_prices(failed: Collection[Pair], now: datetime) -> Unusable:
    quotes = prices.latest_quotes(wanted=failed, now=now, stale_after_seconds=0)
    unknown = [
        symbol for pair in failed if quotes[pair].error == UNKNOWN_SYMBOL for symbol in pair[1:]
    ]
    if unknown:
        return Unusable(
            UNKNOWN_SYMBOL,
            f"No market knows {', '.join(unknown)}. Send tickers such as AAPL (stock) or crypto:BTC.",
        )
    names = ", ".join(symbol for _, symbol in failed)
    return Unusable(
        "no_prices", f"The source of prices gives no daily closes of {names} at the moment."
    )


def _closes(pair: Pair, needed: Needed) -> dict[date, Decimal]:
    asset_type, symbol = pair
    found = prices.daily_closes(
        asset_type=asset_type, symbol=symbol, start=needed.start, end=needed.end
    )
    return {close.date: close.close for close in found}


def _in_dollars(pair: Pair, currency: str, needed: Needed) -> dict[date, Decimal]:
    """The closes of those days whose rate is known, too."""
    rates = prices.daily_rates(currency=currency, to=MIXED, start=needed.start, end=needed.end)
    return {
        day: money.multiply(close, rates[day])
        for day, close in _closes(pair, needed).items()
        if day in rates
    }
