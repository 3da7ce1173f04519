"""At which URLs does a user keep a watchlist?"""

import time
from typing import Any

from app.core import auth, clock, dynamo
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers
from app.portfolio.schemas import watchlist as schemas
from app.portfolio.service import watchlist as service
from app.prices import service as prices

# How long a new symbol waits for a worker to learn whether it exists.
SYMBOL_WAIT_SECONDS = 3.0

blp = Blueprint(
    "watchlist", __name__, url_prefix="/portfolio", description="Symbols to keep an eye on"
)


@blp.route("/watchlist", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.WatchlistOut)
def get_watchlist() -> dict[str, Any]:
    """Show the watchlist

    Each symbol with its price and how that changed in a day. The prices are those that the refresh last heard.
    """
    watched = service.list_watched(
        user_id=auth.principal().user_id,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )
    return {"watchlist": watched, "next_cursor": None}


@blp.route("/watchlist", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.WatchIn)
@blp.response(201, schemas.WatchedOut, description="On the watchlist.")
@blp.alt_response(200, schema=schemas.WatchedOut, description="It was on the watchlist already.")
@blp.failures(prices.UnknownSymbol, service.WatchlistFull, dynamo.Busy)
@idempotent
def watch_symbol(body: dict[str, Any]) -> tuple[service.WatchedSymbol, int]:
    """Watch a symbol

    Its price is kept fresh from now on. A watchlist holds 100 symbols, each once: one that is on it already is
    answered with 200.
    """
    watched, is_new = service.watch(
        user_id=auth.principal().user_id,
        **body,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=SYMBOL_WAIT_SECONDS,
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )
    return watched, 201 if is_new else 200


@blp.route("/watchlist/<string(maxlength=64):watch_id>", methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.response(200, MessageOut)
@blp.failures(service.NotWatched, dynamo.Busy)
def stop_watching(watch_id: str) -> dict[str, str]:
    """Stop watching a symbol

    It leaves the watchlist at once.
    """
    service.stop_watching(user_id=auth.principal().user_id, watch_id=watch_id)
    return {"message": "Removed from the watchlist"}
