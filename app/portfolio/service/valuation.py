"""What are assets worth now? One query for the assets, one batched read of quotes for every 100 symbols."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.portfolio import rules
from app.portfolio.models import Asset
from app.prices import service as prices


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
    """A user's assets of one type with their totals, oldest first."""

    user_id: str
    assets: list[ValuedAsset]
    totals: rules.Totals
    unpriced: list[Unpriced]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A user's assets in figures: counts of every asset, amounts of those that are priced."""

    crypto_count: int
    stock_count: int
    total_assets: int
    crypto_value: Decimal
    stock_value: Decimal
    totals: rules.Totals
    unpriced: list[Unpriced]


@dataclass(frozen=True, kw_only=True)
class Holding:
    """An asset with its valuation."""

    asset: Asset
    valuation: rules.Valuation


def value_assets(
    *, user_id: str, asset_type: str, now: datetime, stale_after_seconds: int
) -> Portfolio:
    """All the user's assets of one type and what they come to in USD, the oldest first.

    Takes one query and one batched read of quotes for every 100 symbols, however many assets there
    are.
    """
    owned = [asset for asset in Asset.owned_by(user_id) if asset.asset_type == asset_type]
    owned.sort(key=lambda asset: (asset.created_at, asset.asset_id))
    holdings = holdings_of(assets=owned, now=now, stale_after_seconds=stale_after_seconds)
    return Portfolio(
        user_id=user_id,
        assets=[shown(holding=holding) for holding in holdings],
        totals=_total(holdings),
        unpriced=_unpriced(holdings),
    )


def summarise(*, user_id: str, now: datetime, stale_after_seconds: int) -> Summary:
    """How many assets the user has, and what they come to in USD, as cheaply as `value_assets`."""
    owned = sorted(Asset.owned_by(user_id), key=lambda asset: (asset.created_at, asset.asset_id))
    holdings = holdings_of(assets=owned, now=now, stale_after_seconds=stale_after_seconds)
    crypto = [holding for holding in holdings if holding.asset.asset_type == rules.CRYPTO]
    stocks = [holding for holding in holdings if holding.asset.asset_type == rules.STOCK]
    return Summary(
        crypto_count=len(crypto),
        stock_count=len(stocks),
        total_assets=len(holdings),
        crypto_value=_total(crypto).value,
        stock_value=_total(stocks).value,
        totals=_total(holdings),
        unpriced=_unpriced(holdings),
    )


def holdings_of(
    *, assets: Iterable[Asset], now: datetime, stale_after_seconds: int
) -> list[Holding]:
    """The assets with their valuations; the quote of a symbol held several times is read once."""
    assets = list(assets)
    quotes = prices.latest_quotes(
        wanted={(asset.asset_type, asset.symbol) for asset in assets},
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return [
        Holding(
            asset=asset,
            valuation=rules.value_holding(
                quantity=asset.quantity,
                purchase_price=asset.purchase_price,
                currency=asset.currency,
                price=_price(quotes[asset.asset_type, asset.symbol]),
            ),
        )
        for asset in assets
    ]


def _price(quote: prices.Quote) -> rules.Price:
    return rules.Price(
        amount=quote.price, currency=quote.currency, quoted_at=quote.timestamp, stale=quote.stale
    )


def valued_alone(*, asset: Asset, now: datetime, stale_after_seconds: int) -> ValuedAsset:
    """One asset and what it is worth."""
    (holding,) = holdings_of(assets=[asset], now=now, stale_after_seconds=stale_after_seconds)
    return shown(holding=holding)


def shown(*, holding: Holding) -> ValuedAsset:
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


def _total(holdings: Iterable[Holding]) -> rules.Totals:
    return rules.total(
        valuations=(holding.valuation for holding in holdings), currency=rules.DEFAULT_CURRENCY
    )


def _unpriced(holdings: Iterable[Holding]) -> list[Unpriced]:
    return list(_each_unpriced(holdings))


def _each_unpriced(holdings: Iterable[Holding]) -> Iterator[Unpriced]:
    for holding in holdings:
        reason = rules.why_uncounted(holding.valuation, currency=rules.DEFAULT_CURRENCY)
        if reason is not None:
            yield Unpriced(
                asset_id=holding.asset.asset_id, symbol=holding.asset.symbol, reason=reason
            )
