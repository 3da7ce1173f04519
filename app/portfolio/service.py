"""What can a user do with a portfolio: hold assets, and learn what they are worth."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from app.core import dynamo, errors, ids
from app.portfolio import rules
from app.portfolio.models import Asset, PortfolioRow, Profile
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

# A DynamoDB transaction holds at most 100 writes.
ERASED_TOGETHER = 100


class UnknownAsset(errors.NotFound):
    """The user has no asset with this id: it never was, is gone, or is another user's."""

    code = "asset_not_found"
    message = "You have no asset with this id."


class PurchaseInTheFuture(errors.Unprocessable):
    """Nobody can have bought on that date yet."""

    code = "purchase_date_in_future"
    message = "purchase_date is still to come. Give the day on which the asset was bought."


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
class _Holding:
    asset: Asset
    valuation: rules.Valuation


def add_asset(
    *,
    user_id: str,
    asset_type: str,
    symbol: str,
    quantity: Decimal,
    purchase_price: Decimal,
    purchase_date: date,
    name: str | None,
    currency: str,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
    stale_after_seconds: int,
) -> ValuedAsset:
    """Add an asset: `quantity` units of `symbol` bought at `purchase_price` each, in `currency`.

    Its symbol is kept fresh from now on. The first write of a user opens the profile too.

    Args:
        sleep: how to wait (`time.sleep`) for a worker to ask the market about a symbol never seen.
        wait_seconds: the longest such wait; after it the asset is accepted without a price.

    Raises:
        PurchaseInTheFuture: the date is still to come everywhere.
        prices.UnknownSymbol: the market says that it knows no such symbol.
    """
    _refuse_the_future(purchase_date, now)
    prices.ensure_known_symbol(
        asset_type=asset_type,
        symbol=symbol,
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    prices.track(asset_type=asset_type, symbol=symbol, now=now, jobs=jobs)
    asset = Asset.bought(
        user_id=user_id,
        asset_id=ids.new_id(),
        asset_type=asset_type,
        symbol=symbol,
        name=name,
        currency=currency,
        quantity=quantity,
        purchase_price=purchase_price,
        purchase_date=purchase_date,
        now=now,
    )
    _commit_with_profile(asset, now=now)
    log.info("portfolio.asset_added", extra={"asset_id": asset.asset_id})
    return _valued_alone(asset, now=now, stale_after_seconds=stale_after_seconds)


def get_asset(
    *, user_id: str, asset_id: str, now: datetime, stale_after_seconds: int
) -> ValuedAsset:
    """One asset of the user and what it is worth.

    Raises:
        UnknownAsset: the user has none with this id.
    """
    asset = _existing(user_id, asset_id)
    return _valued_alone(asset, now=now, stale_after_seconds=stale_after_seconds)


def list_assets(
    *, user_id: str, limit: int, cursor: str | None, now: datetime, stale_after_seconds: int
) -> tuple[list[ValuedAsset], str | None]:
    """Some of the user's assets by id, and the cursor of the next ones (None at the end)."""
    page = Asset.page_owned_by(user_id, limit=limit, cursor=cursor)
    holdings = _holdings(page.items, now=now, stale_after_seconds=stale_after_seconds)
    return [_shown(holding) for holding in holdings], page.next_cursor


def change_asset(
    *,
    user_id: str,
    asset_id: str,
    changes: Mapping[str, Any],
    now: datetime,
    stale_after_seconds: int,
) -> ValuedAsset:
    """Correct what was bought: `changes` may hold quantity, purchase_price and purchase_date.

    Only what is named is written, so simultaneous changes of different fields all last; no change
    writes nothing.

    Raises:
        UnknownAsset: the user has none with this id (any more).
        PurchaseInTheFuture: the date is still to come everywhere.
    """
    if not changes:
        return get_asset(
            user_id=user_id, asset_id=asset_id, now=now, stale_after_seconds=stale_after_seconds
        )
    if "purchase_date" in changes:
        _refuse_the_future(changes["purchase_date"], now)
    asset, change = Asset.changed(user_id=user_id, asset_id=asset_id, changes=changes, now=now)
    try:
        dynamo.commit(change)
    except dynamo.ConditionFailed:
        raise UnknownAsset from None
    log.info("portfolio.asset_changed", extra={"asset_id": asset_id})
    return _valued_alone(asset, now=now, stale_after_seconds=stale_after_seconds)


def remove_asset(*, user_id: str, asset_id: str) -> None:
    """Delete an asset. Of several who try at once, one succeeds.

    Raises:
        UnknownAsset: the user has none with this id (any more).
    """
    try:
        dynamo.commit(Asset.removed(user_id=user_id, asset_id=asset_id))
    except dynamo.ConditionFailed:
        raise UnknownAsset from None
    log.info("portfolio.asset_removed", extra={"asset_id": asset_id})


def value_assets(
    *, user_id: str, asset_type: str, now: datetime, stale_after_seconds: int
) -> Portfolio:
    """All the user's assets of one type and what they come to in USD, the oldest first.

    Takes one query and one batched read of quotes for every 100 symbols, however many assets there
    are.
    """
    owned = [asset for asset in Asset.owned_by(user_id) if asset.asset_type == asset_type]
    owned.sort(key=lambda asset: (asset.created_at, asset.asset_id))
    holdings = _holdings(owned, now=now, stale_after_seconds=stale_after_seconds)
    return Portfolio(
        user_id=user_id,
        assets=[_shown(holding) for holding in holdings],
        totals=_total(holdings),
        unpriced=_unpriced(holdings),
    )


def summarise(*, user_id: str, now: datetime, stale_after_seconds: int) -> Summary:
    """How many assets the user has, and what they come to in USD, as cheaply as `value_assets`."""
    owned = sorted(Asset.owned_by(user_id), key=lambda asset: (asset.created_at, asset.asset_id))
    holdings = _holdings(owned, now=now, stale_after_seconds=stale_after_seconds)
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


def export_owned_by(*, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """All that the portfolio holds of a user, by kind: what the user wrote, without prices."""
    profile = Profile.of(user_id)
    return {
        "profile": [_told(profile, "base_currency", "created_at")] if profile else [],
        "assets": [
            _told(
                asset,
                *("asset_id", "asset_type", "symbol", "name", "currency", "quantity"),
                *("purchase_price", "purchase_date", "created_at", "updated_at"),
            )
            for asset in Asset.owned_by(user_id)
        ],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Erase all that the portfolio holds of a user.

    Run again after a crash it finishes, and where nothing is left it changes nothing.
    """
    rows = PortfolioRow.belonging_to(user_id)
    while some := list(islice(rows, ERASED_TOGETHER)):
        dynamo.commit(*(row.erased() for row in some))
    log.info("portfolio.erased")


def _refuse_the_future(purchase_date: date, now: datetime) -> None:
    if rules.is_in_the_future(purchase_date=purchase_date, now=now):
        raise PurchaseInTheFuture(details={"purchase_date": [PurchaseInTheFuture.message]})


def _existing(user_id: str, asset_id: str) -> Asset:
    asset = Asset.of(user_id, asset_id)
    if asset is None:
        raise UnknownAsset
    return asset


def _commit_with_profile(asset: Asset, *, now: datetime) -> None:
    """Store a new asset, and the profile with the user's first.

    The profile is looked for first, because a transaction on it for every asset would cost four
    times a plain write and make a user's simultaneous additions collide.
    """
    if Profile.of(asset.user_id) is None:
        opened = Profile.opened(
            user_id=asset.user_id, base_currency=rules.DEFAULT_CURRENCY, now=now
        )
        try:
            dynamo.commit(opened, asset.added())
        except dynamo.ConditionFailed:
            log.info("portfolio.profile_opened_meanwhile")
        else:
            return
    dynamo.commit(asset.added())


def _holdings(
    assets: Iterable[Asset], *, now: datetime, stale_after_seconds: int
) -> list[_Holding]:
    """The assets with their valuations; the quote of a symbol held several times is read once."""
    assets = list(assets)
    quotes = prices.latest_quotes(
        wanted={(asset.asset_type, asset.symbol) for asset in assets},
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    return [
        _Holding(
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


def _valued_alone(asset: Asset, *, now: datetime, stale_after_seconds: int) -> ValuedAsset:
    (holding,) = _holdings([asset], now=now, stale_after_seconds=stale_after_seconds)
    return _shown(holding)


def _shown(holding: _Holding) -> ValuedAsset:
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


def _total(holdings: Iterable[_Holding]) -> rules.Totals:
    return rules.total(
        valuations=(holding.valuation for holding in holdings), currency=rules.DEFAULT_CURRENCY
    )


def _unpriced(holdings: Iterable[_Holding]) -> list[Unpriced]:
    return list(_each_unpriced(holdings))


def _each_unpriced(holdings: Iterable[_Holding]) -> Iterator[Unpriced]:
    for holding in holdings:
        reason = rules.why_uncounted(holding.valuation, currency=rules.DEFAULT_CURRENCY)
        if reason is not None:
            yield Unpriced(
                asset_id=holding.asset.asset_id, symbol=holding.asset.symbol, reason=reason
            )


def _told(row: PortfolioRow, *attributes: str) -> dict[str, Any]:
    return {attribute: getattr(row, attribute) for attribute in attributes}
