"""At which URLs does a user keep assets?"""

import time
from typing import Any

from app.core import auth, clock
from app.core.dynamo import Busy, InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut, PageArgs
from app.extensions import providers
from app.portfolio import service
from app.portfolio.schemas import assets as schemas
from app.prices import service as prices

# How long a new asset waits for a worker to learn whether its symbol exists.
SYMBOL_WAIT_SECONDS = 3.0

# No asset has a longer id, and DynamoDB refuses keys over 1,024 bytes.
ONE_ASSET = "/assets/<string(maxlength=64):asset_id>"

blp = Blueprint(
    "portfolio", __name__, url_prefix="/portfolio", description="Assets and what they are worth"
)


@blp.route("/assets", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.AssetIn)
@blp.response(201, schemas.AssetOut)
@blp.failures(prices.UnknownSymbol, service.PurchaseInTheFuture, service.TooManyTransactions, Busy)
@idempotent
def add_asset(body: dict[str, Any]) -> service.ValuedAsset:
    """Add an asset

    Each call adds an asset of its own, even of a symbol that is held already; the purchase is its first transaction.
    A symbol that the
    market says it doesn't know is refused; when the market can't be asked, the asset is accepted
    without a price and valued as soon as one is known.
    """
    return service.add_asset(
        user_id=auth.principal().user_id,
        **body,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=SYMBOL_WAIT_SECONDS,
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )


@blp.route("/assets", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.AssetListOut)
@blp.failures(InvalidCursor)
def list_assets(page: dict[str, Any]) -> dict[str, Any]:
    """List assets

    Crypto and stocks together, in the order of their ids, each with what it is worth now. What was sold to the last
    unit is left out.
    """
    assets, next_cursor = service.list_assets(
        user_id=auth.principal().user_id,
        **page,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )
    return {"assets": assets, "next_cursor": next_cursor}


@blp.route(ONE_ASSET, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.AssetOut)
@blp.failures(service.UnknownAsset)
def get_asset(asset_id: str) -> service.ValuedAsset:
    """Show an asset

    With what it is worth now, in its own currency.
    """
    return service.get_asset(
        user_id=auth.principal().user_id,
        asset_id=asset_id,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )


@blp.route(ONE_ASSET, methods=["PUT"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.AssetUpdate)
@blp.response(200, schemas.AssetOut)
@blp.failures(
    service.UnknownAsset,
    service.PurchaseInTheFuture,
    service.AssetHasSales,
    service.AssetIsPosition,
    service.HoldingTooLarge,
    Busy,
)
def change_asset(body: dict[str, Any], asset_id: str) -> service.ValuedAsset:
    """Correct an asset

    Changes the quantity, the price paid or the date of the purchase that it began with; what is left out stays as it
    is. Once units were sold or transferred away, its transactions are to be corrected instead.
    """
    return service.change_asset(
        user_id=auth.principal().user_id,
        asset_id=asset_id,
        changes=body,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )


@blp.route(ONE_ASSET, methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.response(200, MessageOut)
@blp.failures(service.UnknownAsset, service.AssetHasSales, Busy)
def remove_asset(asset_id: str) -> dict[str, str]:
    """Delete an asset

    It is gone at once, with its transactions, and can't be brought back. Once units were sold or transferred away,
    its transactions are to be deleted instead.
    """
    service.remove_asset(user_id=auth.principal().user_id, asset_id=asset_id, now=clock.now())
    return {"message": "Asset deleted successfully"}
