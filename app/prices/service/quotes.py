"""What does each symbol cost now, does it exist, and which are to be kept fresh?

Nothing here calls a source of prices: requests read the table, and ask a worker for what it lacks.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.core import errors
from app.prices import rules
from app.prices.models import PriceSource, QuoteRow, TrackedSymbol
from app.prices.service.asking import ask_and_wait
from app.providers.job_queue.interface import JobQueue

DEFAULT_CURRENCY: Final = rules.USD
REFRESH_SYMBOLS: Final = "prices.refresh_symbols"

Pair = tuple[str, str]

# A dollar costs one: nobody is asked, and nothing is stored.
CURRENCY: Final = "currency"
DOLLAR: Final = (CURRENCY, rules.USD)


class UnknownSymbol(errors.Unprocessable):
    """The source of prices knows no such symbol."""

    code = "unknown_symbol"
    message = (
        "No such symbol is traded. "
        "Send a ticker such as BTC (crypto) or AAPL (stock), or a code such as EUR (currency)."
    )


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What one unit of a symbol costs, as far as is known.

    Attributes:
        price: None when none was ever heard; never 0.
        currency: of the price; USD while there is none.
        timestamp: when the source last confirmed the price.
        source: "coingecko" or "yahoo"; None for USD, which costs 1 by definition.
        age_seconds: whole seconds since `timestamp`.
        stale: the price is missing or older than it should be.
        error: why no newer price came: not_priced_yet, unknown_symbol, source_unavailable or
            source_refused.
        day_change_percentage: since 24 hours ago (crypto) or the close before (others).
    """

    asset_type: str
    symbol: str
    price: Decimal | None
    currency: str
    timestamp: datetime | None
    source: str | None
    age_seconds: int | None
    stale: bool
    error: str | None
    name: str | None = None
    day_change_percentage: Decimal | None = None


def latest_quotes(
    *, wanted: Collection[Pair], now: datetime, stale_after_seconds: int
) -> dict[Pair, Quote]:
    """The stored quotes of many (asset type, symbol): one DynamoDB request for each hundred.

    Every pair is answered. One that was never priced has price None, stale True, error
    not_priced_yet.
    """
    rows = QuoteRow.of_many([pair for pair in wanted if pair != DOLLAR])
    return {
        pair: _quote(pair, rows.get(pair), now=now, stale_after_seconds=stale_after_seconds)
        for pair in wanted
    }


def fresh_quotes(
    *,
    asset_type: str,
    symbols: Sequence[str],
    jobs: JobQueue,
    now: datetime,
    stale_after_seconds: int,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> list[Quote]:
    """Quotes in the order asked; what is missing or stale is fetched and waited for a little.

    A worker fetches it. Nobody is asked for a symbol that the source doesn't know, nor while the
    source is to be left alone. What has not come by then is answered as it stands.

    Args:
        sleep: how to wait (`time.sleep`).
        wait_seconds: the longest wait in all.
    """
    pairs = [(asset_type, symbol) for symbol in symbols]
    rows = QuoteRow.of_many(pairs)

    def lacking() -> list[str]:
        return [
            symbol
            for symbol in dict.fromkeys(symbols)
            if (asset_type, symbol) != DOLLAR
            and not _is_settled(
                rows.get((asset_type, symbol)), now=now, stale_after_seconds=stale_after_seconds
            )
        ]

    def is_answered() -> bool:
        rows.update(QuoteRow.of_many([(asset_type, symbol) for symbol in lacking()]))
        return not lacking()

    wanted = lacking()
    trouble = PriceSource.trouble_of(asset_type, now=now) if wanted else None
    if wanted and trouble is None:
        ask_and_wait(
            task=REFRESH_SYMBOLS,
            arguments={"asset_type": asset_type, "symbols": wanted},
            is_answered=is_answered,
            jobs=jobs,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )
    return [
        _quote(
            pair,
            rows.get(pair),
            now=now,
            stale_after_seconds=stale_after_seconds,
            trouble=trouble if pair[1] in wanted else None,
        )
        for pair in pairs
    ]


def ensure_known_symbol(
    *,
    asset_type: str,
    symbol: str,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> None:
    """Return when the symbol exists, or when nobody can say so in time.

    A symbol that was ever priced needs one read. For another a worker is asked.

    Raises:
        UnknownSymbol: the source says that there is none.
    """
    if (asset_type, symbol) == DOLLAR:
        return
    row = QuoteRow.of(asset_type, symbol)

    def is_answered() -> bool:
        nonlocal row
        row = QuoteRow.of(asset_type, symbol)
        return exists_or_not(row)

    def exists_or_not(found: QuoteRow | None) -> bool:
        return found is not None and (found.has_price() or found.is_unknown(now))

    settled = exists_or_not(row)
    if not settled and PriceSource.trouble_of(asset_type, now=now) is None:
        ask_and_wait(
            task=REFRESH_SYMBOLS,
            arguments={"asset_type": asset_type, "symbols": [symbol]},
            is_answered=is_answered,
            jobs=jobs,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )
    if row is not None and row.is_unknown(now):
        raise UnknownSymbol(details={"asset_type": asset_type, "symbol": symbol})


def track(*, asset_type: str, symbol: str, now: datetime, jobs: JobQueue) -> None:
    """Keep a symbol fresh for the next 30 days, and ask for a price where there is none of today.

    Called again within a day it writes nothing. USD needs no tracking: it costs 1.
    """
    if (asset_type, symbol) == DOLLAR:
        return
    if not TrackedSymbol.renew(asset_type=asset_type, symbol=symbol, now=now):
        return
    row = QuoteRow.of(asset_type, symbol)
    age = rules.age_seconds(row.confirmed_at, now) if row else None
    if rules.is_stale(age, stale_after_seconds=int(rules.RENEWED_AFTER.total_seconds())):
        jobs.enqueue(REFRESH_SYMBOLS, {"asset_type": asset_type, "symbols": [symbol]})


def keep_tracked(*, wanted: Collection[Pair], now: datetime) -> None:
    """Keep many (asset type, symbol) fresh for the next 30 days: 25 a request, for the daily job of holders."""
    TrackedSymbol.renew_many((pair for pair in wanted if pair != DOLLAR), now=now)


def _is_settled(row: QuoteRow | None, *, now: datetime, stale_after_seconds: int) -> bool:
    """Whether asking a worker would bring nothing new."""
    if row is None:
        return False
    age = rules.age_seconds(row.confirmed_at, now)
    return row.is_unknown(now) or not rules.is_stale(age, stale_after_seconds=stale_after_seconds)


def _quote(
    pair: Pair,
    row: QuoteRow | None,
    *,
    now: datetime,
    stale_after_seconds: int,
    trouble: str | None = None,
) -> Quote:
    """A row as others see it.

    Args:
        trouble: what keeps the source from being asked, where the row doesn't say more.
    """
    asset_type, symbol = pair
    if pair == DOLLAR:
        row = QuoteRow(price=Decimal(1), confirmed_at=now)
    elif row is None:
        row = QuoteRow()
    age = rules.age_seconds(row.confirmed_at, now)
    unpriced = None if row.has_price() else rules.NOT_PRICED_YET
    return Quote(
        asset_type=asset_type,
        symbol=symbol,
        price=row.price,
        currency=row.currency or DEFAULT_CURRENCY,
        timestamp=row.confirmed_at,
        source=row.source,
        age_seconds=age,
        stale=rules.is_stale(age, stale_after_seconds=stale_after_seconds),
        error=rules.UNKNOWN_SYMBOL if row.is_unknown(now) else row.error or trouble or unpriced,
        name=row.name,
        day_change_percentage=row.day_change,
    )
