"""At which URLs are prices read?"""

import time
from typing import Any

from app.core import auth, clock, errors
from app.core.openapi import Blueprint
from app.extensions import providers
from app.prices import schemas, service

WAIT_SECONDS = 3.0

blp = Blueprint(
    "prices",
    __name__,
    url_prefix="/prices",
    description="What crypto, stocks and currencies cost, now and before",
)


@blp.route("", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, scope="portfolio:read")
@blp.arguments(schemas.PricesIn)
@blp.response(200, schemas.QuoteOut(many=True))
def get_prices(body: dict[str, Any]) -> list[service.Quote]:
    """Get prices

    In the order asked. Prices that are missing or stale are fetched, for up to 3 seconds; what has
    not come by then is answered as it stands, with `stale` and, where the reason is known, `error`.
    A price that is not known is null. Of a currency (EUR) it is what one unit costs in USD.
    """
    return service.fresh_quotes(
        **body,
        jobs=providers.job_queue,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
        sleep=time.sleep,
        wait_seconds=WAIT_SECONDS,
    )


@blp.route("/<any(crypto, stock, currency):asset_type>/<symbol>/history", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, scope="portfolio:read")
@blp.arguments(schemas.HistoryArgs, location="query")
@blp.response(200, schemas.HistoryOut)
@blp.alt_response(
    202,
    schema=schemas.HistoryOut,
    description="The closes are being loaded: ask again in a few seconds.",
)
@blp.failures(service.UnknownSymbol, errors.NotFound)
def get_price_history(
    query: dict[str, Any], asset_type: str, symbol: str
) -> tuple[service.History, int]:
    """Get daily closes

    The days that were traded, oldest first; those of stocks are adjusted for splits and not for
    dividends, those of currencies are USD for one unit (USD itself has none). Crypto goes back one
    year. While they are being loaded the answer is 202 with those that are there already.
    """
    history = service.get_history(
        asset_type=asset_type,
        symbol=symbol,
        range_name=query["range"],
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=WAIT_SECONDS,
    )
    return history, 202 if history.status == service.PENDING else 200
