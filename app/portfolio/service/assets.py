"""How does a user add, change and remove assets?"""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.core import dynamo, errors, ids
from app.portfolio import rules
from app.portfolio.models import Asset, Profile
from app.portfolio.service.valuation import ValuedAsset, holdings_of, shown, valued_alone
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)


class UnknownAsset(errors.NotFound):
    """The user has no asset with this id: it never was, is gone, or is another user's."""

    code = "asset_not_found"
    message = "You have no asset with this id."


class PurchaseInTheFuture(errors.Unprocessable):
    """Nobody can have bought on that date yet."""

    code = "purchase_date_in_future"
    message = "purchase_date is still to come. Give the day on which the asset was bought."


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
    return valued_alone(asset=asset, now=now, stale_after_seconds=stale_after_seconds)


def get_asset(
    *, user_id: str, asset_id: str, now: datetime, stale_after_seconds: int
) -> ValuedAsset:
    """One asset of the user and what it is worth.

    Raises:
        UnknownAsset: the user has none with this id.
    """
    asset = _existing(user_id, asset_id)
    return valued_alone(asset=asset, now=now, stale_after_seconds=stale_after_seconds)


def list_assets(
    *, user_id: str, limit: int, cursor: str | None, now: datetime, stale_after_seconds: int
) -> tuple[list[ValuedAsset], str | None]:
    """Some of the user's assets by id, and the cursor of the next ones (None at the end)."""
    page = Asset.page_owned_by(user_id, limit=limit, cursor=cursor)
    holdings = holdings_of(assets=page.items, now=now, stale_after_seconds=stale_after_seconds)
    return [shown(holding=holding) for holding in holdings], page.next_cursor


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
    return valued_alone(asset=asset, now=now, stale_after_seconds=stale_after_seconds)


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
    try:
        dynamo.commit(asset.added())
    except dynamo.ConditionFailed:
        # No id is given twice: it is this very asset, stored by a first try whose answer was lost.
        log.info("portfolio.asset_stored_already", extra={"asset_id": asset.asset_id})
