"""At which URL does a user see how a portfolio is spread?"""

from app.core import auth, clock
from app.core.openapi import Blueprint
from app.extensions import providers
from app.portfolio.schemas.allocation import AllocationOut
from app.portfolio.service import allocation as service

blp = Blueprint(
    "allocation",
    __name__,
    url_prefix="/portfolio",
    description="How a portfolio is spread",
)


@blp.route("/allocation", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, AllocationOut)
def get_allocation() -> service.Allocation:
    """Show how the portfolio is spread

    By asset, type and currency, in percent of what could be counted in the base currency, with a
    warning where much depends on one thing: over 25 % in one symbol, over 50 % in crypto, over 50 %
    in other currencies. `unpriced` names the assets that are left out.
    """
    return service.allocation_of(
        user_id=auth.principal().user_id,
        now=clock.now(),
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )
