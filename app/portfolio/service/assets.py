"""How does a user add, change and remove assets?"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from app.core import errors, ids, money
from app.portfolio import rules
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.rules import entries
from app.portfolio.rules.new_entries import NewEntry
from app.portfolio.service import ledger
from app.portfolio.service.ledger import Change, Pool, UnknownAsset
from app.portfolio.service.market import keep_priced
from app.portfolio.service.valuation import ValuedAsset, holdings_of, shown, valued_alone
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

# What a purchase's fields are called in its transaction.
_COLUMNS: Final = {
    "quantity": "quantity",
    "purchase_price": "price",
    "purchase_date": "executed_at",
}


class PurchaseInTheFuture(errors.Unprocessable):
    """Nobody can have bought on that date yet."""

    code = "purchase_date_in_future"
    message = "purchase_date is still to come. Give the day on which the asset was bought."


class AssetHasSales(errors.Conflict):
    """Units of the asset went out, so its purchase is part of the past of others."""

    code = "asset_has_sales"
    message = (
        "Some of this asset was sold or transferred away. Correct or delete its transactions instead: "
        "GET /portfolio/transactions?asset_id= lists them."
    )


class AssetIsPosition(errors.Conflict):
    """The asset began with no purchase of its own."""

    code = "asset_is_position"
    message = (
        "This asset follows from its transactions alone. Correct those instead: "
        "GET /portfolio/transactions?asset_id= lists them."
    )


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

    It begins with that purchase as its first transaction. Its symbol is kept fresh from now on. The first write of a
    user opens the profile too.

    Args:
        sleep: how to wait (`time.sleep`) for a worker to ask the market about a symbol never seen.
        wait_seconds: the longest such wait; after it the asset is accepted without a price.

    Raises:
        PurchaseInTheFuture: the date is still to come everywhere.
        prices.UnknownSymbol: the market says that it knows no such symbol.
        ledger.TooManyTransactions.
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
    keep_priced(asset_type=asset_type, symbol=symbol, currency=currency, now=now, jobs=jobs)
    asset = ledger.until_alone(
        step=lambda: _opened(
            user_id=user_id,
            name=name,
            row=NewEntry(
                type=entries.BUY,
                asset_type=asset_type,
                symbol=symbol,
                quantity=quantity,
                price=purchase_price,
                fee=money.ZERO,
                currency=currency,
                executed_at=_start_of(purchase_date),
            ),
            now=now,
        )
    )
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
    """Correct the purchase that the asset began with: `changes` may hold quantity, purchase_price and purchase_date.

    Simultaneous changes of different fields all last; no change writes nothing.

    Raises:
        UnknownAsset: the user has none with this id (any more).
        PurchaseInTheFuture: the date is still to come everywhere.
        AssetIsPosition, AssetHasSales: its transactions are to be corrected instead.
        ledger.HoldingTooLarge.
    """
    if not changes:
        return get_asset(
            user_id=user_id, asset_id=asset_id, now=now, stale_after_seconds=stale_after_seconds
        )
    if "purchase_date" in changes:
        _refuse_the_future(changes["purchase_date"], now)
    asset = ledger.until_alone(
        step=lambda: _opened_otherwise(user_id, asset_id, changes=changes, now=now)
    )
    log.info("portfolio.asset_changed", extra={"asset_id": asset_id})
    return valued_alone(asset=asset, now=now, stale_after_seconds=stale_after_seconds)


def remove_asset(*, user_id: str, asset_id: str, now: datetime) -> None:
    """Delete an asset with its transactions. Of several who try at once, one succeeds.

    Many transactions go some at a time, the newest first, and the asset with the last; where the process ends
    midway, asking again deletes the rest.

    Raises:
        UnknownAsset: the user has none with this id (any more).
        AssetHasSales: its transactions are to be deleted instead.
    """
    ledger.until_alone(step=lambda: _removed(user_id, asset_id, now=now))
    log.info("portfolio.asset_removed", extra={"asset_id": asset_id})


def _opened(*, user_id: str, name: str | None, row: NewEntry, now: datetime) -> Asset:
    """A new asset, stored with the purchase that it begins with."""
    asset_id = ids.new_id()
    opening = Transaction.written_down(user_id=user_id, asset_id=asset_id, row=row, now=now)
    asset = Asset.bought(
        user_id=user_id,
        asset_id=asset_id,
        asset_type=str(row.asset_type),
        symbol=str(row.symbol),
        name=name,
        currency=row.currency,
        quantity=row.quantity,
        purchase_price=row.price,
        purchase_date=opening.entry().day,
        opening_id=opening.transaction_id,
        now=now,
    )
    pool = Pool(asset=asset, rows={}, profile=Profile.of(user_id))
    ledger.apply(pool=pool, change=Change(added=[opening]), now=now)
    return asset


def _opened_otherwise(
    user_id: str, asset_id: str, *, changes: Mapping[str, Any], now: datetime
) -> Asset:
    pool = _unsold(user_id, asset_id)
    opening = pool.rows.get(pool.asset.opening_id or "")
    if opening is None:
        raise AssetIsPosition(details={"asset_id": asset_id})
    facts = {_COLUMNS[name]: value for name, value in changes.items()}
    if "executed_at" in facts:
        facts["executed_at"] = _start_of(facts["executed_at"])
    corrected = opening.corrected(changes=facts, now=now)
    ledger.apply(pool=pool, change=Change(edited=[(opening, corrected)]), now=now)
    return pool.asset


def _removed(user_id: str, asset_id: str, *, now: datetime) -> None:
    pool = _unsold(user_id, asset_id)
    left = [pool.rows[entry.transaction_id] for entry in entries.ordered(pool.entries())]
    while left:
        newest = left[-ledger.ROWS_TOGETHER :]
        ledger.apply(pool=pool, change=Change(removed=newest), now=now)
        left = left[: -ledger.ROWS_TOGETHER]


def _unsold(user_id: str, asset_id: str) -> Pool:
    pool = ledger.read_pool(user_id=user_id, asset_id=asset_id)
    if pool is None:
        raise UnknownAsset
    if any(row.type in entries.GOING_OUT for row in pool.rows.values()):
        raise AssetHasSales(details={"asset_id": asset_id})
    return pool


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _refuse_the_future(purchase_date: date, now: datetime) -> None:
    if rules.is_in_the_future(purchase_date=purchase_date, now=now):
        raise PurchaseInTheFuture(details={"purchase_date": [PurchaseInTheFuture.message]})


def _existing(user_id: str, asset_id: str) -> Asset:
    asset = Asset.of(user_id, asset_id)
    if asset is None:
        raise UnknownAsset
    return asset
