"""How are prices kept fresh, in the fewest calls, when the sources fail?

A source that fails keeps nobody else from fresh prices: the last good price stays, marked with the
error, and the source is left alone by all workers for as long as it asks for.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from app.prices import rules
from app.prices.models import PriceSource, QuoteRow, TrackedSymbol
from app.prices.service.telling import tell_changes
from app.providers.market_data.interface import (
    CRYPTO,
    CURRENCY,
    STOCK,
    GiveUp,
    MarketData,
    ProviderQuote,
    TryAgain,
)

log = logging.getLogger(__name__)


def refresh_quotes(*, market: MarketData, now: datetime) -> bool:
    """Fetch a price for every tracked symbol, all of one type in one question to its source.

    Currencies come last: those that are tracked, and those that the other prices are in. Prices that changed are
    told on the feed; whether there were any.
    """
    told = False
    currencies: set[str] = set()
    for asset_type in (CRYPTO, STOCK, CURRENCY):
        symbols = set(TrackedSymbol.symbols_of(asset_type, now=now))
        if asset_type == CURRENCY:
            symbols |= currencies
        before = QuoteRow.of_many([(asset_type, symbol) for symbol in symbols])
        stored = refresh_now(asset_type=asset_type, symbols=sorted(symbols), market=market, now=now)
        told |= tell_changes(asset_type=asset_type, before=before, stored=stored, now=now)
        currencies |= _foreign([*before.values(), *stored.values()])
    return told


def refresh_symbols(
    *, asset_type: str, symbols: Sequence[str], market: MarketData, now: datetime
) -> None:
    """Fetch a price for the symbols that a request waits for, but for those that another run just fetched.

    Where a price is in another currency than USD, its rate is fetched with it.
    """
    rows = QuoteRow.of_many([(asset_type, symbol) for symbol in symbols])
    due = [
        symbol
        for symbol in dict.fromkeys(symbols)
        if not _was_just_answered(rows.get((asset_type, symbol)), now)
    ]
    stored = refresh_now(asset_type=asset_type, symbols=due, market=market, now=now)
    if currencies := sorted(_foreign(stored.values())):
        refresh_symbols(asset_type=CURRENCY, symbols=currencies, market=market, now=now)


def refresh_now(
    *, asset_type: str, symbols: Sequence[str], market: MarketData, now: datetime
) -> dict[str, ProviderQuote]:
    """Ask the source of one type, unless it is to be left alone, and store what it says; what was news."""
    stored: dict[str, ProviderQuote] = {}
    source = PriceSource.of(asset_type)
    if not symbols or source.is_paused(now):
        return stored
    try:
        found = market.quotes(asset_type=asset_type, symbols=symbols)
    except TryAgain as trouble:
        stored = _store(asset_type, trouble.answered, now=now)
        waiting = [symbol for symbol in symbols if symbol not in trouble.answered]
        leave_alone(source=source, retry_after_seconds=trouble.retry_after_seconds, now=now)
        _mark(asset_type, waiting, error=rules.SOURCE_UNAVAILABLE, now=now)
    except GiveUp:
        log.exception("prices.source_refused", extra={"asset_type": asset_type})
        source.pause(error=rules.SOURCE_REFUSED, seconds=rules.REFUSED_PAUSE_SECONDS, at=now)
        _mark(asset_type, symbols, error=rules.SOURCE_REFUSED, now=now)
    else:
        source.resume()
        stored = _store(asset_type, found, now=now)
        for symbol in symbols:
            if symbol not in found:
                QuoteRow.mark_unknown(asset_type=asset_type, symbol=symbol, at=now)
        log.info("prices.refreshed", extra={"asset_type": asset_type, "count": len(found)})
    return stored


def leave_alone(*, source: PriceSource, retry_after_seconds: int | None, now: datetime) -> None:
    """Write down for all workers until when the source is not to be asked."""
    seconds = rules.pause_seconds(
        failures=int(source.failures) + 1, retry_after_seconds=retry_after_seconds
    )
    source.pause(error=rules.SOURCE_UNAVAILABLE, seconds=seconds, at=now)
    log.warning("prices.source_paused", extra={"asset_type": source.asset_type, "seconds": seconds})


def _foreign(priced: Iterable[QuoteRow | ProviderQuote]) -> set[str]:
    """The currencies of these prices, USD left out."""
    return {each.currency for each in priced if each.currency} - {rules.USD}


def _was_just_answered(row: QuoteRow | None, now: datetime) -> bool:
    if row is None:
        return False
    age = rules.age_seconds(row.confirmed_at, now)
    return row.is_unknown(now) or not rules.is_stale(
        age, stale_after_seconds=rules.JUST_NOW_SECONDS
    )


def _store(
    asset_type: str, quotes: Mapping[str, ProviderQuote], *, now: datetime
) -> dict[str, ProviderQuote]:
    """Store quotes; those that were not older than what is there."""
    return {
        symbol: quote
        for symbol, quote in quotes.items()
        if QuoteRow.confirm(
            asset_type=asset_type,
            symbol=symbol,
            price=quote.price,
            currency=quote.currency,
            # A source whose clock runs ahead must not keep its own later prices out.
            quoted_at=min(quote.quoted_at, now),
            confirmed_at=now,
            source=quote.source,
            name=quote.name,
            day_change=quote.day_change_percentage,
        )
    }


def _mark(asset_type: str, symbols: Collection[str], *, error: str, now: datetime) -> None:
    for symbol in symbols:
        QuoteRow.mark_error(asset_type=asset_type, symbol=symbol, error=error, at=now)
