"""What did symbols and currencies cost on each day of a report?

Closes come from where they are stored, one query for each symbol; a worker is asked for those that are not. Today's
price is the latest quote, as in a summary.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from app.portfolio import rules
from app.portfolio.rules.valued_days import LastKnown, Pair, PriceLine, Rates
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

# How far before the first day closes are loaded, so that there is a last one before it.
DAYS_BEFORE: Final = timedelta(days=14)
# An older quote is not today's price; the last close is nearer to it.
FRESH_SECONDS: Final = 24 * 60 * 60

_ONE_DAY: Final = timedelta(days=1)
_ONE: Final = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Days:
    """Which days' prices are wanted.

    Attributes:
        loaded_from: the first day of the ledger. Closes are always loaded from there on, whatever the report is of,
            so that the same day is valued the same in every report.
        start: the first day of the report, from which on a benchmark is priced.
        first: the first day that is not stored yet, from which on what is held is priced.
        last: the last day; it may be today.
    """

    loaded_from: date
    start: date
    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class PriceLines:
    """Prices by symbol, rates by currency and day, and the symbols whose closes are being loaded."""

    lines: dict[Pair, PriceLine]
    rates: Rates
    pending: list[str]
    quotes: Mapping[Pair, prices.Quote]


def price_lines(
    *,
    symbols: Collection[Pair],
    benchmark: Collection[Pair],
    currencies: Collection[str],
    to: str,
    days: Days,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> PriceLines:
    """The prices of symbols, and what the currencies (and those of the prices) were worth in `to`.

    Rates are told from the ledger's first day on, because what was paid counts by the rate of its day.

    Args:
        symbols: what was held.
        benchmark: one more symbol, or none.
        sleep: how to wait (`time.sleep`) for a worker to load closes that are not stored.
        wait_seconds: the longest such wait; what has not come by then is told as pending.
    """
    today = now.astimezone(UTC).date()
    finished = min(days.last, today - _ONE_DAY)
    quotes_of = partial(
        _quotes_of,
        loaded_from=days.loaded_from,
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    every = {*symbols, *benchmark}
    quotes, pending = quotes_of({*every, *prices.rate_symbols(currencies={*currencies, to})})
    priced_in = {quotes[pair].currency for pair in every}
    if others := prices.rate_symbols(currencies=priced_in) - quotes.keys():
        more, also_pending = quotes_of(others)
        quotes, pending = quotes | more, pending | also_pending
    # What is held needs no prices of stored days; a benchmark does.
    from_start = every if days.first <= days.start else set(benchmark)
    closes = _closes(from_start, quotes=quotes, first=days.start, finished=finished, today=today)
    closes |= _closes(
        every - from_start, quotes=quotes, first=days.first, finished=finished, today=today
    )
    return PriceLines(
        lines={pair: _line(pair, quotes[pair], closes[pair]) for pair in every},
        rates=_rates(
            {*currencies, *priced_in},
            to=to,
            quotes=quotes,
            first=days.loaded_from,
            finished=finished,
            today=today,
        ),
        pending=sorted(pending),
        quotes=quotes,
    )


def _quotes_of(
    some: Collection[Pair],
    *,
    loaded_from: date,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> tuple[dict[Pair, prices.Quote], set[str]]:
    """The quotes of symbols, once their closes are loaded, and those whose closes are not."""
    if not some:
        return {}, set()
    states = prices.ask_for_histories(
        wanted=some,
        start=loaded_from - DAYS_BEFORE,
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    pending = {pair[1] for pair, state in states.items() if state.status == prices.PENDING}
    return prices.latest_quotes(wanted=some, now=now, stale_after_seconds=FRESH_SECONDS), pending


def _line(pair: Pair, quote: prices.Quote, closes: Mapping[date, Decimal]) -> PriceLine:
    return PriceLine(
        currency=quote.currency,
        closes=LastKnown(closes),
        is_known=bool(closes) or quote.price is not None,
        is_adjusted=pair[0] == rules.STOCK,
    )


def _closes(
    symbols: Collection[Pair],
    *,
    quotes: Mapping[Pair, prices.Quote],
    first: date,
    finished: date,
    today: date,
) -> dict[Pair, dict[date, Decimal]]:
    """The closes of the finished days, the last one up to the first day among them, and today's price."""
    begins = min(first, finished)
    fresh = {pair for pair in symbols if quotes[pair].price is not None and not quotes[pair].stale}
    # Where all but today is stored already, only a symbol without a price of today needs its last close.
    read = symbols if first <= finished else set(symbols) - fresh
    found: dict[Pair, dict[date, Decimal]] = {pair: {} for pair in symbols}
    for pair, last in prices.last_closes(wanted=read, day=begins).items():
        found[pair][last.date] = last.close
    for pair in read if begins < finished else ():
        later = prices.daily_closes(
            asset_type=pair[0], symbol=pair[1], start=begins + _ONE_DAY, end=finished
        )
        found[pair].update((each.date, each.close) for each in later)
    for pair in fresh:
        price = quotes[pair].price
        if price is not None:
            found[pair][today] = price
    return found


def _rates(
    currencies: Collection[str],
    *,
    to: str,
    quotes: Mapping[Pair, prices.Quote],
    first: date,
    finished: date,
    today: date,
) -> Rates:
    """What each currency was worth in `to`, by day."""
    latest = prices.rates_from(quotes=quotes, currencies=currencies, to=to)
    known: dict[str, LastKnown] = {}
    for currency in sorted({*currencies} - {to}):
        daily = {}
        if first <= finished:
            daily = prices.daily_rates(currency=currency, to=to, start=first, end=finished)
        amount = latest[currency].amount
        if amount is not None and (not latest[currency].stale or not daily):
            daily[today] = amount
        known[currency] = LastKnown(daily)

    def rate(currency: str, day: date) -> Decimal | None:
        if currency == to:
            return _ONE
        return known[currency].at(day) if currency in known else None

    return rate
