"""At which URLs does a user keep assets and see what they are worth?"""

import time
from typing import Any

from app.core import auth, clock
from app.core.dynamo import InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut, PageArgs
from app.extensions import providers
from app.portfolio import rules, schemas, service
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
@blp.failures(prices.UnknownSymbol, service.PurchaseInTheFuture)
@idempotent
def add_asset(body: dict[str, Any]) -> service.ValuedAsset:
    """Add an asset

    Each call adds an asset of its own, even of a symbol that is held already. A symbol that the
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

    Crypto and stocks together, in the order of their ids, each with what it is worth now.
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
@blp.failures(service.UnknownAsset, service.PurchaseInTheFuture)
def change_asset(body: dict[str, Any], asset_id: str) -> service.ValuedAsset:
    """Correct an asset

    Changes the quantity, the price paid or the date; what is left out stays as it is.
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
@blp.failures(service.UnknownAsset)
def remove_asset(asset_id: str) -> dict[str, str]:
    """Delete an asset

    It is gone at once and can't be brought back.
    """
    service.remove_asset(user_id=auth.principal().user_id, asset_id=asset_id)
    return {"message": "Asset deleted successfully"}


@blp.route("/crypto", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.PortfolioOut)
def get_crypto_portfolio() -> service.Portfolio:
    """Show the crypto portfolio

    All crypto assets, the oldest first, and their totals in USD. The totals count the assets whose
    price is known in USD; `unpriced` names the others, each with the reason.
    """
    return _valued(rules.CRYPTO)


@blp.route("/stocks", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.PortfolioOut)
def get_stock_portfolio() -> service.Portfolio:
    """Show the stock portfolio

    All stocks, the oldest first, and their totals in USD. The totals count the stocks whose price
    is known in USD; `unpriced` names the others, each with the reason.
    """
    return _valued(rules.STOCK)


@blp.route("/summary", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.SummaryOut)
def get_portfolio_summary() -> service.Summary:
    """Sum the portfolio up

    How many assets there are, and what they come to in USD. The counts are of every asset; the
    amounts count the assets whose price is known in USD, and `unpriced` names the others, each with
    the reason.
    """
    return service.summarise(
        user_id=auth.principal().user_id,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )


def _valued(asset_type: str) -> service.Portfolio:
    return service.value_assets(
        user_id=auth.principal().user_id,
        asset_type=asset_type,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )
