"""At which URLs does a user set price alerts?"""

import time
from typing import Any

from app.core import auth, clock, dynamo
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers
from app.portfolio.schemas import alerts as schemas
from app.portfolio.service import alerts as service
from app.prices import service as prices

# How long a new alert waits for a worker to learn whether its symbol exists.
SYMBOL_WAIT_SECONDS = 3.0
ONE_ALERT = "/alerts/<string(maxlength=64):alert_id>"

blp = Blueprint(
    "alerts",
    __name__,
    url_prefix="/portfolio",
    description="Being told when a price crosses a line",
)


@blp.route("/alerts", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.AlertIn)
@blp.response(201, schemas.AlertOut)
@blp.failures(prices.UnknownSymbol, service.TooManyAlerts, dynamo.Busy)
@idempotent
def set_price_alert(body: dict[str, Any]) -> service.PriceAlert:
    """Set a price alert

    An email and a push tell when the price crosses the line; prices are looked at every 5 minutes.

    `above` fires when the price comes from below the threshold to the threshold or over it, `below` the other way
    round. A price that is past the line already has to come back first. `percent_change` fires when the price
    differs, up or down, by so many percent from the reference: the price when the alert was set, then the one at
    which it last fired.

    After it fired it stays silent for `cooldown_seconds`. `above` and `below` fire anew at the first crossing after
    that, so the price must have come back across the line; `percent_change` at the first price that is far enough
    from the new reference. An account holds 100 alerts; of one account, 50 a day are mailed and the others pushed only.
    """
    return service.set_alert(
        user_id=auth.principal().user_id,
        **body,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=SYMBOL_WAIT_SECONDS,
        stale_after_seconds=providers.settings.price_stale_after_seconds,
    )


@blp.route("/alerts", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.AlertListOut)
def list_price_alerts() -> dict[str, Any]:
    """List price alerts

    All of them, the oldest first.
    """
    alerts = service.list_alerts(user_id=auth.principal().user_id, now=clock.now())
    return {"alerts": alerts, "next_cursor": None}


@blp.route(ONE_ALERT, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.AlertOut)
@blp.failures(service.UnknownAlert)
def get_price_alert(alert_id: str) -> service.PriceAlert:
    """Show a price alert

    With when, how often and at which price it fired.
    """
    return service.get_alert(user_id=auth.principal().user_id, alert_id=alert_id, now=clock.now())


@blp.route(ONE_ALERT, methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.response(200, MessageOut)
@blp.failures(service.UnknownAlert, dynamo.Busy)
def remove_price_alert(alert_id: str) -> dict[str, str]:
    """Delete a price alert

    It never fires again.
    """
    service.remove_alert(user_id=auth.principal().user_id, alert_id=alert_id)
    return {"message": "Price alert deleted successfully"}
