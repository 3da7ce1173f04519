"""What are assets worth now, each in its own currency and all of them in the user's?

One query for the assets and the profile, one batched read of quotes and exchange rates for every 100 of them. A second
one follows only where the market prices something in a currency that none of the assets, nor the user, has.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic

from app.portfolio import rules
from app.portfolio.models import Asset
from app.portfolio.service.market import (
    CountedHolding,
    Held,
    Holding,
    latest_market,
    symbols_of,
)


@dataclass(frozen=True, kw_only=True)
class ValuedAsset:
    """An asset and what it is worth now, in its own currency; None where that is not known."""

    asset_id: str
    user_id: str
    asset_type: str
    symbol: str
    name: str | None
    currency: str
    quantity: Decimal
    purchase_price: Decimal
    purchase_date: date
    current_price: Decimal | None
    current_value: Decimal | None
    gain_loss: Decimal | None
    gain_loss_percentage: Decimal | None
    price_as_of: datetime | None
    stale: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Unpriced:
    """An asset that no total counts, and why (one of rules.REASONS)."""

    asset_id: str
    symbol: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A user's assets of one type with their totals in `currency`, oldest first."""

    user_id: str
    currency: str
    assets: list[ValuedAsset]
    totals: rules.Totals
    unpriced: list[Unpriced]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A user's assets in figures: counts of every asset, amounts of those that are priced, in `currency`."""

    currency: str
    crypto_count: int
    stock_count: int
    total_assets: int
    crypto_value: Decimal
    stock_value: Decimal
    totals: rules.Totals
    unpriced: list[Unpriced]


@dataclass(frozen=True, kw_only=True)
class Worth(Generic[Held]):
    """All that a user holds, and the currency that its totals are in."""

    currency: str
    holdings: list[CountedHolding[Held]]


def value_assets(
    *, user_id: str, asset_type: str, now: datetime, stale_after_seconds: int
) -> Portfolio:
    """All the user's assets of one type and what they come to in the base currency, the oldest first."""
    worth = worth_of(
        user_id=user_id,
        asset_types=(asset_type,),
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return Portfolio(
        user_id=user_id,
        currency=worth.currency,
        assets=[shown(holding=holding) for holding in worth.holdings],
        totals=totals_of(holdings=worth.holdings, currency=worth.currency),
        unpriced=unpriced_of(holdings=worth.holdings, currency=worth.currency),
    )


def summarise(*, user_id: str, now: datetime, stale_after_seconds: int) -> Summary:
    """How many assets the user has, and what they come to in the base currency."""
    worth = worth_of(
        user_id=user_id,
        asset_types=rules.ASSET_TYPES,
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return summary_of(worth=worth)


def summary_of(*, worth: Worth[Held]) -> Summary:
    """The figures of what a user holds."""
    of_type = {
        asset_type: [each for each in worth.holdings if each.asset.asset_type == asset_type]
        for asset_type in rules.ASSET_TYPES
    }
    crypto, stocks = of_type[rules.CRYPTO], of_type[rules.STOCK]
    return Summary(
        currency=worth.currency,
        crypto_count=len(crypto),
        stock_count=len(stocks),
        total_assets=len(worth.holdings),
        crypto_value=totals_of(holdings=crypto, currency=worth.currency).value,
        stock_value=totals_of(holdings=stocks, currency=worth.currency).value,
        totals=totals_of(holdings=worth.holdings, currency=worth.currency),
        unpriced=unpriced_of(holdings=worth.holdings, currency=worth.currency),
    )


def worth_of(
    *, user_id: str, asset_types: Collection[str], now: datetime, stale_after_seconds: int
) -> Worth[Asset]:
    """What a user holds of these types, each valued in its own currency and in the base currency, the oldest first."""
    assets, profile = Asset.with_profile(user_id)
    currency = profile.base_currency if profile else rules.DEFAULT_CURRENCY
    held = [asset for asset in assets if asset.is_held and asset.asset_type in asset_types]
    held.sort(key=lambda asset: (asset.created_at, asset.asset_id))
    market = latest_market(
        wanted=symbols_of(units=held, counted_in=[currency]),
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return Worth(
        currency=currency,
        holdings=[
            market.counted(asset, price=market.price_of(asset), currency=currency) for asset in held
        ],
    )


def holdings_of(
    *, assets: Iterable[Asset], now: datetime, stale_after_seconds: int
) -> list[Holding[Asset]]:
    """The assets with their valuations; the quote of a symbol held several times is read once."""
    assets = list(assets)
    market = latest_market(
        wanted=symbols_of(units=assets), now=now, stale_after_seconds=stale_after_seconds
    )
    return [market.valued(asset, price=market.price_of(asset)) for asset in assets]


def valued_alone(*, asset: Asset, now: datetime, stale_after_seconds: int) -> ValuedAsset:
    """One asset and what it is worth."""
    (holding,) = holdings_of(assets=[asset], now=now, stale_after_seconds=stale_after_seconds)
    return shown(holding=holding)


def shown(*, holding: Holding[Asset]) -> ValuedAsset:
    """A holding as its owner sees it."""
    asset, valuation = holding.asset, holding.valuation
    return ValuedAsset(
        asset_id=asset.asset_id,
        user_id=asset.user_id,
        asset_type=asset.asset_type,
        symbol=asset.symbol,
        name=asset.name,
        currency=asset.currency,
        quantity=asset.quantity,
        purchase_price=asset.purchase_price,
        purchase_date=asset.purchase_date,
        current_price=valuation.price,
        current_value=valuation.value,
        gain_loss=valuation.gain_loss,
        gain_loss_percentage=valuation.gain_loss_percentage,
        price_as_of=valuation.priced_at,
        stale=valuation.stale,
        created_at=asset.created_at,
        updated_at=asset.updated_at,
    )


def totals_of(*, holdings: Iterable[CountedHolding[Held]], currency: str) -> rules.Totals:
    """What the holdings that can be counted come to in the base currency."""
    return rules.total(valuations=(holding.counted for holding in holdings), currency=currency)


def unpriced_of(*, holdings: Iterable[CountedHolding[Held]], currency: str) -> list[Unpriced]:
    """The holdings that no total counts."""
    return list(_each_unpriced(holdings, currency))


def _each_unpriced(holdings: Iterable[CountedHolding[Held]], currency: str) -> Iterator[Unpriced]:
    for holding in holdings:
        reason = rules.why_uncounted(holding.counted, currency=currency)
        if reason is not None:
            yield Unpriced(
                asset_id=holding.asset.asset_id, symbol=holding.asset.symbol, reason=reason
            )
