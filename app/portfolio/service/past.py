"""What was a portfolio worth at the end of a past day?

The units are the ledger's, the prices the closes of that day or the last before it. A worker is asked for those that
are not stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from app.core import errors
from app.portfolio import rules
from app.portfolio.models import Profile
from app.portfolio.rules import past
from app.portfolio.service import ledger
from app.portfolio.service.market import CountedHolding, Market, latest_market, symbols_of
from app.portfolio.service.valuation import Summary, Worth, summary_of
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

# How far before the day closes are loaded, so that there is a last one before it.
DAYS_BEFORE: Final = timedelta(days=14)


class AsOfInTheFuture(errors.Unprocessable):
    """Nobody knows yet what anything will cost on that day."""

    code = "as_of_in_future"
    message = "as_of is still to come. Give today (UTC) or a day before it."


@dataclass(frozen=True, kw_only=True)
class PastAsset:
    """What was held of an asset at the end of the day and what that was worth, in `currency`, the asset's own.

    Attributes:
        price: of one unit of that day; None where none is known.
        price_date: the day whose close it is.
        exchange_rate: what one unit of `currency` cost in that of the totals; None where none is known.
        exchange_rate_date: the day whose close that is; None between a currency and itself.
    """

    asset_id: str
    asset_type: str
    symbol: str
    currency: str
    quantity: Decimal
    price: Decimal | None
    price_date: date | None
    value: Decimal | None
    exchange_rate: Decimal | None
    exchange_rate_date: date | None


@dataclass(frozen=True, kw_only=True)
class PastSummary(Summary):
    """A past day in figures, and how they came about; `pending` names symbols whose closes are being loaded."""

    assets: list[PastAsset]
    pending: list[str]


def summarise_past(
    *,
    user_id: str,
    day: date,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
    stale_after_seconds: int,
) -> PastSummary:
    """What the user held at the end of `day` (UTC), and what that came to in the base currency at that day's rates.

    Today's prices are the latest quotes.

    Args:
        sleep: how to wait (`time.sleep`) for a worker to load closes that are not stored.
        wait_seconds: the longest such wait; what has not come by then is told as pending.

    Raises:
        AsOfInTheFuture: the day is still to come.
    """
    today = now.astimezone(UTC).date()
    if day > today:
        raise AsOfInTheFuture(details={"as_of": [AsOfInTheFuture.message]})
    profile = Profile.of(user_id)
    currency = profile.base_currency if profile else rules.DEFAULT_CURRENCY
    held = past.held_on(day, entries=ledger.entries_of(user_id=user_id), today=today)
    wanted = symbols_of(units=held, counted_in=[currency])
    pending: list[str] = []
    if day == today:
        market = latest_market(wanted=wanted, now=now, stale_after_seconds=stale_after_seconds)
    else:
        market, pending = _market_of(
            day, wanted, jobs=jobs, now=now, sleep=sleep, wait_seconds=wait_seconds
        )
    return _summary(held, market=market, currency=currency, pending=pending)


def _market_of(
    day: date,
    wanted: set[prices.Pair],
    *,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> tuple[Market, list[str]]:
    """What the market said at the end of a day, and the symbols whose closes are being loaded."""

    def ask_for(some: set[prices.Pair]) -> dict[prices.Pair, prices.HistoryState]:
        return prices.ask_for_histories(
            wanted=some,
            start=day - DAYS_BEFORE,
            jobs=jobs,
            now=now,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )

    states = ask_for(wanted)
    states |= ask_for(
        prices.rate_symbols(currencies=(state.currency for state in states.values()))
        - states.keys()
    )
    closes = prices.last_closes(wanted=states.keys(), day=day)
    quotes = {
        pair: _as_quote(pair, closes.get(pair), currency=state.currency, day=day)
        for pair, state in states.items()
    }
    pending = {pair[1] for pair, state in states.items() if state.status == prices.PENDING}
    return Market(quotes), sorted(pending)


def _as_quote(
    pair: prices.Pair, close: prices.DailyClose | None, *, currency: str, day: date
) -> prices.Quote:
    """A close as the quote that it was: confirmed on its day, and stale where that is long before `day`."""
    return prices.Quote(
        asset_type=pair[0],
        symbol=pair[1],
        price=close.close if close else None,
        currency=currency,
        timestamp=datetime.combine(close.date, time(), UTC) if close else None,
        source=None,
        age_seconds=None,
        stale=close is None or past.is_old(price_date=close.date, day=day),
        error=None,
    )


def _summary(
    held: Sequence[past.PastHolding], *, market: Market, currency: str, pending: list[str]
) -> PastSummary:
    worth = Worth(
        currency=currency,
        holdings=[
            market.counted(
                each, price=past.price_then(market.price_of(each), holding=each), currency=currency
            )
            for each in held
        ],
    )
    return PastSummary(
        **vars(summary_of(worth=worth)),
        assets=[_told(holding, market=market, currency=currency) for holding in worth.holdings],
        pending=pending,
    )


def _told(holding: CountedHolding[past.PastHolding], *, market: Market, currency: str) -> PastAsset:
    asset, valuation = holding.asset, holding.valuation
    rate = market.rate(asset.currency, to=currency)
    quoted_at = market.price_of(asset).quoted_at
    return PastAsset(
        asset_id=asset.asset_id,
        asset_type=asset.asset_type,
        symbol=asset.symbol,
        currency=asset.currency,
        quantity=asset.quantity,
        price=valuation.price,
        price_date=_day_of(quoted_at) if valuation.price is not None else None,
        value=valuation.value,
        exchange_rate=rate.amount,
        exchange_rate_date=_day_of(rate.quoted_at),
    )


def _day_of(moment: datetime | None) -> date | None:
    return moment.astimezone(UTC).date() if moment else None
