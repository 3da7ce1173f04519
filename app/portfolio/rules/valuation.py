"""What is an asset worth, and what are several worth together?

Pure arithmetic on exact decimals. A price that is not known is None, never 0, and a total counts
only what it could value; what it could not is named with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core import money

CRYPTO: Final = "crypto"
STOCK: Final = "stock"
ASSET_TYPES: Final = (CRYPTO, STOCK)

# Totals are in this currency for a user who has chosen no other.
DEFAULT_CURRENCY: Final = "USD"

NO_PRICE: Final = "no_price"
NO_EXCHANGE_RATE: Final = "no_exchange_rate"
REASONS: Final = (NO_PRICE, NO_EXCHANGE_RATE)


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one unit of a symbol costs, as last heard from the market.

    Attributes:
        amount: the price of one unit in `currency`; None when none was ever heard.
        quoted_at: when the provider last confirmed it; None without an amount.
        stale: whether it is older than a price should be, or missing.
    """

    amount: Decimal | None
    currency: str
    quoted_at: datetime | None
    stale: bool


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one unit of a currency costs in another, as last heard from the market.

    Attributes:
        amount: None when none was ever heard.
        quoted_at: when the provider last confirmed it; None without an amount, and between a currency and itself.
        stale: whether it is older than it should be, or missing.
    """

    amount: Decimal | None
    quoted_at: datetime | None
    stale: bool


@dataclass(frozen=True, kw_only=True)
class Valuation:
    """What an asset cost and is worth, in one currency: the asset's own, or another that it was converted into.

    `value`, `gain_loss`, `gain_loss_percentage` and `priced_at` are None together with `price`, and
    `missing` then says why (one of REASONS).
    """

    currency: str
    cost: Decimal
    price: Decimal | None = None
    value: Decimal | None = None
    gain_loss: Decimal | None = None
    gain_loss_percentage: Decimal | None = None
    priced_at: datetime | None = None
    stale: bool = True
    missing: str | None = None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The sum of the valuations that could be counted.

    Attributes:
        value: what they are worth.
        invested: what those same ones cost, so that `gain_loss` is always `value - invested`.
        gain_loss_percentage: of `invested`, 2 decimals half-up, 0 where nothing was invested.
        as_of: the oldest price counted; None when none was.
        stale: whether any price counted is stale.
    """

    value: Decimal
    invested: Decimal
    gain_loss: Decimal
    gain_loss_percentage: Decimal
    as_of: datetime | None
    stale: bool


def price_in(currency: str, *, price: Price, rate: Rate) -> Price:
    """A price in another currency at the rate between the two, at most 18 places; unchanged where there is no rate.

    It is as old as the older of the two, and stale where either is.
    """
    if price.amount is None or price.currency == currency or rate.amount is None:
        return price
    return Price(
        amount=money.converted(price.amount, rate=rate.amount),
        currency=currency,
        quoted_at=_older(price.quoted_at, rate.quoted_at),
        stale=price.stale or rate.stale,
    )


def value_holding(
    *, quantity: Decimal, cost: Decimal, currency: str, price: Price | None
) -> Valuation:
    """What `quantity` that cost `cost` in all, in `currency`, is worth at `price`.

    value = price x quantity, gain = value - cost, and the percentage is gain / cost x 100 (2 decimals
    half-up, 0 where the cost is 0). A price in another currency values nothing: `price_in` converts it
    where there is a rate.
    """
    if price is None or price.amount is None:
        return Valuation(currency=currency, cost=cost, missing=NO_PRICE)
    if price.currency != currency:
        return Valuation(currency=currency, cost=cost, missing=NO_EXCHANGE_RATE)
    value = money.multiply(price.amount, quantity)
    gain_loss = money.subtract(value, cost)
    return Valuation(
        currency=currency,
        cost=cost,
        price=price.amount,
        value=value,
        gain_loss=gain_loss,
        gain_loss_percentage=money.percentage(gain_loss, cost),
        priced_at=price.quoted_at,
        stale=price.stale,
    )


def valuation_in(currency: str, *, valuation: Valuation, rate: Rate) -> Valuation:
    """A valuation in another currency, cost and value at the same rate and with at most 18 places each.

    The percentage is that of the asset's own currency: what the currencies did meanwhile is not counted. Without a
    rate, or where it has no value, the valuation stays as it is, and totals in `currency` leave it out.
    """
    if valuation.value is None or valuation.price is None or rate.amount is None:
        return valuation
    if valuation.currency == currency:
        return valuation
    value = money.converted(valuation.value, rate=rate.amount)
    cost = money.converted(valuation.cost, rate=rate.amount)
    return replace(
        valuation,
        currency=currency,
        cost=cost,
        price=money.converted(valuation.price, rate=rate.amount),
        value=value,
        gain_loss=money.subtract(value, cost),
        priced_at=_older(valuation.priced_at, rate.quoted_at),
        stale=valuation.stale or rate.stale,
    )


def why_uncounted(valuation: Valuation, *, currency: str) -> str | None:
    """Why totals in `currency` leave this valuation out (one of REASONS); None if they count it."""
    if valuation.missing is not None:
        return valuation.missing
    return None if valuation.currency == currency else NO_EXCHANGE_RATE


def total(*, valuations: Iterable[Valuation], currency: str) -> Totals:
    """What the valuations that `why_uncounted` has no objection to come to in `currency`."""
    counted = [each for each in valuations if why_uncounted(each, currency=currency) is None]
    value = money.total(each.value for each in counted if each.value is not None)
    invested = money.total(each.cost for each in counted)
    gain_loss = money.subtract(value, invested)
    return Totals(
        value=value,
        invested=invested,
        gain_loss=gain_loss,
        gain_loss_percentage=money.percentage(gain_loss, invested),
        as_of=min((each.priced_at for each in counted if each.priced_at is not None), default=None),
        stale=any(each.stale for each in counted),
    )


def is_in_the_future(*, purchase_date: date, now: datetime) -> bool:
    """Whether nobody on earth could have bought on that date yet.

    Local dates run at most a day ahead of UTC's (UTC+14), so tomorrow in UTC is still believable.
    """
    return purchase_date > now.date() + timedelta(days=1)


def _older(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
