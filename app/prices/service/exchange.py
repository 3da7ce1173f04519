"""What is one currency worth in another, now and on past days?

Currencies are one more source of prices: the price of the symbol EUR, of the asset type "currency", is what one euro
costs in USD. Any other pair goes by way of USD. A rate to USD is the source's own; one by way of USD has 18
significant digits, halves away from zero.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core import money
from app.prices import rules
from app.prices.models import PriceClose
from app.prices.service.quotes import CURRENCY, Pair, Quote, latest_quotes

USD: Final = rules.USD
ONE: Final = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one unit of a currency costs in another.

    Attributes:
        amount: None where it is not known; 1, and never stale, between a currency and itself.
        quoted_at: when the source last confirmed it, the older moment of two; None where nothing was asked.
        stale: it is missing, or older than a price should be.
    """

    amount: Decimal | None
    quoted_at: datetime | None
    stale: bool


SAME: Final = Rate(amount=ONE, quoted_at=None, stale=False)
NONE: Final = Rate(amount=None, quoted_at=None, stale=True)


def rate_symbols(*, currencies: Iterable[str]) -> set[Pair]:
    """The (asset type, symbol) whose quotes `rates_from` needs for these currencies, that of `to` among them.

    So rates come with the batched read of other quotes.
    """
    return {(CURRENCY, currency) for currency in currencies if currency != USD}


def rates_from(
    *, quotes: Mapping[Pair, Quote], currencies: Collection[str], to: str
) -> dict[str, Rate]:
    """What one unit of each currency costs in `to`, from quotes that were read. Every currency is answered."""
    return {currency: _rate(quotes, currency, to) for currency in currencies}


def rates(
    *, currencies: Collection[str], to: str, now: datetime, stale_after_seconds: int
) -> dict[str, Rate]:
    """What one unit of each currency costs in `to` now: one DynamoDB request for each hundred, none for USD in USD."""
    quotes = latest_quotes(
        wanted=rate_symbols(currencies={*currencies, to}),
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return rates_from(quotes=quotes, currencies=currencies, to=to)


def daily_rates(*, currency: str, to: str, start: date, end: date) -> dict[date, Decimal]:
    """What one unit of `currency` cost in `to` on each day from `start` to `end`, both included.

    A day without trading has the last rate before it, up to 14 days old. A day whose rate is not stored is missing:
    `ask_for_histories` has a worker load what `rate_symbols` names. Two queries at most, one where either is USD.
    """
    days = [start + timedelta(days=count) for count in range((end - start).days + 1)]
    if currency == to:
        return dict.fromkeys(days, ONE)
    of, against = (_in_usd(each, days) for each in (currency, to))
    return {day: _cross(of[day], against[day]) for day in days if day in of and day in against}


def _rate(quotes: Mapping[Pair, Quote], currency: str, to: str) -> Rate:
    if currency == to:
        return SAME
    legs = [quotes[pair] for pair in rate_symbols(currencies=[currency, to])]
    prices = {leg.symbol: leg.price for leg in legs} | {USD: ONE}
    of, against = prices[currency], prices[to]
    if of is None or against is None:
        return NONE
    return Rate(
        amount=_cross(of, against),
        quoted_at=min((leg.timestamp for leg in legs if leg.timestamp), default=None),
        stale=any(leg.stale for leg in legs),
    )


def _cross(of: Decimal, against: Decimal) -> Decimal:
    """USD for one unit of the one, by USD for one unit of the other."""
    return of if against == ONE else money.ratio(of, against)


def _in_usd(currency: str, days: Collection[date]) -> dict[date, Decimal]:
    """What one unit cost in USD on each of the days (which follow each other), where that is known."""
    if currency == USD or not days:
        return dict.fromkeys(days, ONE)
    first = min(days) - rules.RATE_HOLDS_FOR
    closes = dict(
        PriceClose.between(asset_type=CURRENCY, symbol=currency, start=first, end=max(days))
    )
    return rules.carried_forward(closes, days)
