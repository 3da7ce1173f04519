"""What did a symbol cost on past days, and how do those prices get into the table?"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.core import errors
from app.prices import rules
from app.prices.models import PriceClose, PriceSource, QuoteRow
from app.prices.service.asking import ask_and_wait, ask_and_wait_for_all
from app.prices.service.quotes import DEFAULT_CURRENCY, DOLLAR, Pair, UnknownSymbol
from app.prices.service.refreshing import leave_alone, refresh_now
from app.providers.job_queue.interface import JobQueue
from app.providers.market_data.interface import (
    DailyClose,
    GiveUp,
    MarketData,
    TryAgain,
    UnknownSymbolAtProvider,
)

log = logging.getLogger(__name__)

LOAD_HISTORY: Final = "prices.load_history"
COMPLETED: Final = "completed"
PENDING: Final = "pending"
FAILED: Final = "failed"
STATUSES: Final = (COMPLETED, PENDING, FAILED)
# Loading is a question to the source for each symbol; what is beyond that is asked for by the next request.
MOST_ASKED_AT_ONCE: Final = 25


class PriceSourceBusy(errors.ServiceUnavailable):
    """The source of prices is to be left alone for a while."""

    code = "price_source_busy"
    message = "The source of prices does not answer at the moment. Try again later."


@dataclass(frozen=True, kw_only=True)
class History:
    """Daily closes of a range, oldest first; those that are stored already while status is pending."""

    asset_type: str
    symbol: str
    currency: str
    range: str
    closes: list[DailyClose]
    status: str
    error: str | None


@dataclass(frozen=True, kw_only=True)
class HistoryState:
    """Whether a symbol's closes are stored: status is completed, pending or failed; `currency` is what they are in."""

    status: str
    currency: str


def get_history(
    *,
    asset_type: str,
    symbol: str,
    range_name: str,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> History:
    """The closes of a range that ends with the last finished day.

    What is not loaded, or was loaded on another day, a worker is asked for and waited for a little.

    Args:
        range_name: 7d, 30d, 90d, 1y, 5y or max.

    Raises:
        UnknownSymbol: no symbol is written like that, or the source says that there is none.
    """
    symbol = symbol.upper()
    if not rules.is_symbol(symbol) or (asset_type, symbol) == DOLLAR:
        raise UnknownSymbol(details={"asset_type": asset_type, "symbol": symbol})
    start = rules.range_start(range_name, now)
    row = QuoteRow.of(asset_type, symbol)

    def is_answered() -> bool:
        nonlocal row
        row = QuoteRow.of(asset_type, symbol)
        return _is_settled(row, start=start, now=now)

    settled = _is_settled(row, start=start, now=now)
    if not settled and PriceSource.trouble_of(asset_type, now=now) is None:
        ask_and_wait(
            task=LOAD_HISTORY,
            arguments={"asset_type": asset_type, "symbol": symbol, "start": start.isoformat()},
            is_answered=is_answered,
            jobs=jobs,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )
    if row is not None and row.is_unknown(now):
        raise UnknownSymbol(details={"asset_type": asset_type, "symbol": symbol})
    status = _status(row, start=start, now=now)
    return History(
        asset_type=asset_type,
        symbol=symbol,
        currency=(row.currency if row else None) or DEFAULT_CURRENCY,
        range=range_name,
        closes=daily_closes(
            asset_type=asset_type, symbol=symbol, start=start, end=rules.last_finished_day(now)
        ),
        status=status,
        error=rules.SOURCE_REFUSED if status == FAILED else None,
    )


def ask_for_histories(
    *,
    wanted: Collection[Pair],
    start: date,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> dict[Pair, HistoryState]:
    """Which of many symbols' closes are stored, from `start` to the last finished day. Every pair is answered.

    One read for each hundred. What is not loaded, or was loaded on another day, a worker is asked for and waited for
    a little: `pending` is what has not come by then, or is to be asked for later. A symbol that the source doesn't
    know is `failed`.
    """
    rows = QuoteRow.of_many(wanted)

    def lacking() -> list[Pair]:
        return [pair for pair in wanted if not _is_settled(rows.get(pair), start=start, now=now)]

    def is_answered() -> bool:
        rows.update(QuoteRow.of_many(lacking()))
        return not set(asked).intersection(lacking())

    troubled = {
        asset_type: PriceSource.trouble_of(asset_type, now=now) is not None
        for asset_type in sorted({asset_type for asset_type, _ in lacking()})
    }
    asked = [pair for pair in lacking() if not troubled[pair[0]]][:MOST_ASKED_AT_ONCE]
    if asked:
        ask_and_wait_for_all(
            task=LOAD_HISTORY,
            arguments=[
                {"asset_type": asset_type, "symbol": symbol, "start": start.isoformat()}
                for asset_type, symbol in asked
            ],
            is_answered=is_answered,
            jobs=jobs,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )
    return {pair: _state(rows.get(pair), start=start, now=now) for pair in wanted}


def history_states(
    *, wanted: Collection[Pair], start: date, end: date, now: datetime
) -> dict[Pair, HistoryState]:
    """Which of many symbols' closes are stored, from `start` to `end`: nobody is asked, and nothing is waited for.

    One read for each hundred. Closes that were loaded on another day will do where they reach to `end`.
    """
    rows = QuoteRow.of_many(wanted)
    needed = min(datetime.combine(end + timedelta(days=1), time(), UTC), now)
    return {
        pair: HistoryState(status=COMPLETED, currency=state.currency)
        if _is_loaded(rows.get(pair), start=start, now=needed)
        else state
        for pair in wanted
        for state in [_state(rows.get(pair), start=start, now=now)]
    }


def last_closes(*, wanted: Collection[Pair], day: date) -> dict[Pair, DailyClose]:
    """The stored close of each symbol on that day, or the last before it; a symbol that has none is missing.

    One read for every 25 symbols, and one more for each symbol that had no close for four days.
    """
    return {
        pair: DailyClose(date=row.on, close=row.close)
        for pair, row in PriceClose.last_until(wanted, day).items()
    }


def daily_closes(*, asset_type: str, symbol: str, start: date, end: date) -> list[DailyClose]:
    """The stored closes from `start` to `end`, both included, oldest first; what isn't loaded is missing."""
    found = PriceClose.between(asset_type=asset_type, symbol=symbol, start=start, end=end)
    return [DailyClose(date=day, close=close) for day, close in found]


def load_history(
    *, asset_type: str, symbol: str, start: date, market: MarketData, now: datetime
) -> None:
    """Fetch the closes from `start` to the last finished day and store those that differ.

    All that was ever loaded is fetched anew, in the same one call: a split changes past closes.

    Raises:
        PriceSourceBusy: the source can't answer now; nothing was changed.
    """
    row = QuoteRow.of(asset_type, symbol)
    if row is None or not row.has_price():
        # The quote says whether there is such a symbol, and which currency its closes are in.
        refresh_now(asset_type=asset_type, symbols=[symbol], market=market, now=now)
        row = QuoteRow.of(asset_type, symbol)
    if _is_settled(row, start=start, now=now):
        return
    source = PriceSource.of(asset_type)
    if source.is_paused(now):
        raise PriceSourceBusy
    loaded_from = row.history_starts_on() if row else None
    first = min(start, loaded_from or start)
    try:
        closes = market.daily_closes(
            asset_type=asset_type, symbol=symbol, start=first, end=rules.last_finished_day(now)
        )
    except TryAgain as trouble:
        leave_alone(source=source, retry_after_seconds=trouble.retry_after_seconds, now=now)
        raise PriceSourceBusy from None
    except UnknownSymbolAtProvider:
        QuoteRow.mark_unknown(asset_type=asset_type, symbol=symbol, at=now)
        QuoteRow.history_failed(asset_type=asset_type, symbol=symbol, at=now)
    except GiveUp:
        log.exception("prices.history_refused", extra={"asset_type": asset_type})
        QuoteRow.history_failed(asset_type=asset_type, symbol=symbol, at=now)
    else:
        _store(asset_type, symbol, closes, first=first, now=now)


def _store(
    asset_type: str, symbol: str, closes: list[DailyClose], *, first: date, now: datetime
) -> None:
    """Write the closes that differ, and then that they are loaded: a load cut off in between is done again."""
    last = rules.last_finished_day(now)
    stored = dict(PriceClose.between(asset_type=asset_type, symbol=symbol, start=first, end=last))
    changed = {day.date: day.close for day in closes if stored.get(day.date) != day.close}
    PriceClose.store(asset_type=asset_type, symbol=symbol, closes=changed)
    QuoteRow.history_loaded(asset_type=asset_type, symbol=symbol, loaded_from=first, loaded_at=now)
    log.info("prices.history_loaded", extra={"asset_type": asset_type, "count": len(changed)})


def _is_settled(row: QuoteRow | None, *, start: date, now: datetime) -> bool:
    """Whether asking a worker would bring nothing new."""
    return row is not None and (
        row.is_unknown(now) or _status(row, start=start, now=now) != PENDING
    )


def _state(row: QuoteRow | None, *, start: date, now: datetime) -> HistoryState:
    unknown = row is not None and row.is_unknown(now)
    return HistoryState(
        status=FAILED if unknown else _status(row, start=start, now=now),
        currency=(row.currency if row else None) or DEFAULT_CURRENCY,
    )


def _status(row: QuoteRow | None, *, start: date, now: datetime) -> str:
    if row is None:
        return PENDING
    if _is_loaded(row, start=start, now=now):
        return COMPLETED
    return FAILED if rules.history_failed_lately(row.history_failed_at, now) else PENDING


def _is_loaded(row: QuoteRow | None, *, start: date, now: datetime) -> bool:
    return row is not None and rules.history_is_loaded(
        loaded_from=row.history_starts_on(),
        loaded_at=row.history_loaded_at,
        start=start,
        now=now,
    )
