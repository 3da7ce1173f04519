"""At which URL does a user settle what holds for the whole portfolio?"""

import time
from typing import Any

from app.core import auth, clock
from app.core.openapi import Blueprint
from app.extensions import providers
from app.portfolio.schemas import preferences as schemas
from app.portfolio.service import preferences as service

# How long a change waits for a worker to learn whether a currency exists.
CURRENCY_WAIT_SECONDS = 3.0

blp = Blueprint(
    "preferences",
    __name__,
    url_prefix="/portfolio",
    description="What holds for the whole portfolio",
)


@blp.route("/preferences", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.PreferencesOut)
def get_preferences() -> service.Preferences:
    """Show the portfolio's preferences

    Until they are changed, totals are in USD and the weekly digest is sent.
    """
    return service.get_preferences(user_id=auth.principal().user_id)


@blp.route("/preferences", methods=["PUT"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.PreferencesUpdate)
@blp.response(200, schemas.PreferencesOut)
@blp.failures(service.UnknownCurrency)
def change_preferences(body: dict[str, Any]) -> service.Preferences:
    """Change the portfolio's preferences

    What is left out stays as it is. Assets keep their own currency; their totals are told in
    base_currency from now on. A currency that the market says it doesn't know is refused; when it
    can't be asked, it is accepted, and what can't be converted yet stands in `unpriced`.
    """
    return service.change_preferences(
        user_id=auth.principal().user_id,
        changes=body,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=CURRENCY_WAIT_SECONDS,
    )
