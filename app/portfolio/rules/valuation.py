"""What is an asset worth, and what are several worth together?

Pure arithmetic on exact decimals. A price that is not known is None, never 0, and a total counts
only what it could value; what it could not is named with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
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
class Valuation:
    """What an asset cost and is worth, in the asset's own currency.

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


def value_holding(
    *, quantity: Decimal, purchase_price: Decimal, currency: str, price: Price | None
) -> Valuation:
    """What `quantity` bought at `purchase_price` each, in `currency`, is worth at `price`.

    value = price x quantity, cost = purchase price x quantity, gain = value - cost, and the
    percentage is gain / cost x 100 (2 decimals half-up, 0 where the cost is 0). A price in another
    currency values nothing: one needs an exchange rate for that.
    """
    cost = money.multiply(purchase_price, quantity)
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
