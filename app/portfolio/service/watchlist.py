"""Which symbols does a user keep an eye on, and how do they do today?"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core import dynamo, errors, money
from app.portfolio.models.watches import MOST_WATCHED, Watch
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)


class NotWatched(errors.NotFound):
    """The user watches nothing under this id."""

    code = "watch_not_found"
    message = "Your watchlist holds nothing with this id."


class WatchlistFull(errors.Conflict):
    """The user watches as many symbols as one may."""

    code = "watchlist_full"
    message = f"A watchlist holds at most {MOST_WATCHED} symbols. Remove one first."


@dataclass(frozen=True, kw_only=True)
class WatchedSymbol:
    """A symbol of the watchlist, and what one unit costs; None where that is not known.

    Attributes:
        day_change_percentage: since 24 hours ago (crypto) or the close before (stock), 2 decimals.
        stale: the price is missing or older than it should be.
        error: why no newer price came.
    """

    watch_id: str
    asset_type: str
    symbol: str
    name: str | None
    price: Decimal | None
    currency: str
    day_change_percentage: Decimal | None
    price_as_of: datetime | None
    stale: bool
    error: str | None
    created_at: datetime


def watch(
    *,
    user_id: str,
    asset_type: str,
    symbol: str,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
    stale_after_seconds: int,
) -> tuple[WatchedSymbol, bool]:
    """Put a symbol on the watchlist and keep it fresh; the symbol, and whether it is new there.

    Args:
        sleep: how to wait (`time.sleep`) for a worker to ask the market about a symbol never seen.
        wait_seconds: the longest such wait; after it the symbol is watched without a price.

    Raises:
        WatchlistFull.
        prices.UnknownSymbol: the market says that it knows no such symbol.
    """
    prices.ensure_known_symbol(
        asset_type=asset_type,
        symbol=symbol,
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    prices.track(asset_type=asset_type, symbol=symbol, now=now, jobs=jobs)
    row, is_new = _added(
        Watch.begun(user_id=user_id, asset_type=asset_type, symbol=symbol, now=now)
    )
    (shown,) = _shown([row], now=now, stale_after_seconds=stale_after_seconds)
    return shown, is_new


def list_watched(*, user_id: str, now: datetime, stale_after_seconds: int) -> list[WatchedSymbol]:
    """All that the user watches, what was added first first: one query, and one read of the quotes."""
    rows = Watch.owned_by(user_id)
    return _shown(rows, now=now, stale_after_seconds=stale_after_seconds)


def stop_watching(*, user_id: str, watch_id: str) -> None:
    """Take a symbol from the watchlist.

    Raises:
        NotWatched.
    """
    try:
        dynamo.commit(*Watch.removal(user_id=user_id, watch_id=watch_id))
    except dynamo.ConditionFailed:
        raise NotWatched from None


def export_watchlist(*, user_id: str) -> list[dict[str, Any]]:
    """What the user watches, for the user to keep."""
    return [
        {"asset_type": row.asset_type, "symbol": row.symbol, "created_at": row.created_at}
        for row in Watch.owned_by(user_id)
    ]


def _added(row: Watch) -> tuple[Watch, bool]:
    """The row as it is stored, and whether it was stored now."""
    try:
        dynamo.commit(*row.addition())
    except dynamo.ConditionFailed as conflict:
        there = Watch.of(row.user_id, row.watch_id) if 0 in conflict.failed else None
        if there is None:
            raise WatchlistFull from None
        return there, False
    log.info("portfolio.symbol_watched")
    return row, True


def _shown(rows: list[Watch], *, now: datetime, stale_after_seconds: int) -> list[WatchedSymbol]:
    quotes = prices.latest_quotes(
        wanted={(row.asset_type, row.symbol) for row in rows},
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return [_with_quote(row, quotes[row.asset_type, row.symbol]) for row in rows]


def _with_quote(row: Watch, quote: prices.Quote) -> WatchedSymbol:
    change = quote.day_change_percentage
    return WatchedSymbol(
        watch_id=row.watch_id,
        asset_type=row.asset_type,
        symbol=row.symbol,
        name=quote.name,
        price=quote.price,
        currency=quote.currency,
        day_change_percentage=None if change is None else money.percentage(change, _HUNDRED),
        price_as_of=quote.timestamp,
        stale=quote.stale,
        error=quote.error,
        created_at=row.created_at,
    )


_HUNDRED = Decimal(100)
