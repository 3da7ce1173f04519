"""At which URLs does a user see what everything held is worth together?"""

import time
from typing import Any

from app.core import auth, clock
from app.core.openapi import Blueprint
from app.extensions import providers
from app.portfolio import rules, service
from app.portfolio.schemas.assets import PortfolioOut
from app.portfolio.schemas.summary import SummaryArgs, SummaryOut
from app.portfolio.service import past

# How long a summary of a past day waits for a worker to load closes.
CLOSES_WAIT_SECONDS = 3.0

blp = Blueprint(
    "totals", __name__, url_prefix="/portfolio", description="What a portfolio comes to"
)


@blp.route("/crypto", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, PortfolioOut)
def get_crypto_portfolio() -> service.Portfolio:
    """Show the crypto portfolio

    All crypto assets, the oldest first, and their totals in the base currency (USD until it is
    changed). The totals count the assets whose price is known and can be converted; `unpriced`
    names the others, each with the reason.
    """
    return _valued(rules.CRYPTO)


@blp.route("/stocks", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, PortfolioOut)
def get_stock_portfolio() -> service.Portfolio:
    """Show the stock portfolio

    All stocks, the oldest first, and their totals in the base currency (USD until it is changed).
    The totals count the stocks whose price is known and can be converted; `unpriced` names the
    others, each with the reason.
    """
    return _valued(rules.STOCK)


@blp.route("/summary", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(SummaryArgs, location="query")
@blp.response(200, SummaryOut)
@blp.failures(past.AsOfInTheFuture)
def get_portfolio_summary(query: dict[str, Any]) -> service.Summary:
    """Sum the portfolio up

    How many assets there are, and what they come to in the base currency (USD until it is changed).
    The counts are of every asset; the amounts count the assets whose price is known and can be
    converted, and `unpriced` names the others, each with the reason.

    With `as_of` it is what was held at the end of that day by the ledger, at that day's closes and
    rates or the last before it; `assets` then names each price used and its day. Closes that are
    not there yet are loaded, for up to 3 seconds; what has not come by then stands in `pending`.
    """
    day, user_id = query["as_of"], auth.principal().user_id
    stale_after_seconds = providers.settings.price_stale_after_seconds
    if day is None:
        return service.summarise(
            user_id=user_id, now=clock.now(), stale_after_seconds=stale_after_seconds
        )
    return past.summarise_past(
        user_id=user_id,
        day=day,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=CLOSES_WAIT_SECONDS,
        stale_after_seconds=stale_after_seconds,
    )


def _valued(asset_type: str) -> service.Portfolio:
    return service.value_assets(
        user_id=auth.principal().user_id,
        asset_type=asset_type,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )
