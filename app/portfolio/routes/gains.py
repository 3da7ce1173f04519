"""At which URL does a user read, or download, what a year's sales gained?"""

import time
from typing import Any

from flask import Response

from app.core import auth, clock
from app.core.dynamo import InvalidCursor
from app.core.openapi import Blueprint
from app.core.waiting import Patience
from app.extensions import providers
from app.portfolio.rules import gain_sums, gains
from app.portfolio.schemas import gains as schemas
from app.portfolio.service import gains as service

# How long a report waits for a worker to load exchange rates of past days.
RATES_WAIT_SECONDS = 5.0

blp = Blueprint(
    "gains", __name__, url_prefix="/portfolio", description="What a year's sales gained"
)


@blp.route("/gains", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(schemas.GainsArgs, location="query")
@blp.alt_response(200, schema={"type": "string"}, content_type="text/csv")
@blp.response(200, schemas.GainsOut)
@blp.failures(InvalidCursor)
def get_gains(args: dict[str, Any]) -> dict[str, Any] | Response:
    """Show what a year's sales gained

    Every sale of the year with the purchases that its units came from, how long those were held and
    what was gained; dividends, interest and fees; sums for each asset and for the whole year. Amounts
    are in the asset's currency and in the base currency, each at the exchange rate of its day; a row
    whose rate is not known is named in `uncounted` and not summed. With `format=csv` the rows come as
    a CSV, and `X-Next-Cursor` is there when more follow; a cell that a spreadsheet would take for a
    formula begins with an apostrophe.
    """
    found = service.gains_of(
        user_id=auth.principal().user_id,
        year=args["year"],
        cost_basis=args["cost_basis"],
        cursor=args["cursor"],
        jobs=providers.job_queue,
        now=clock.now(),
        patience=Patience(sleep=time.sleep, seconds=RATES_WAIT_SECONDS),
    )
    return _download(found) if args["format"] == schemas.CSV else _told(found)


def _told(found: service.Gains) -> dict[str, Any]:
    return vars(found) | {
        "disposals": [row for row in found.rows if isinstance(row, gains.Sale)],
        "income": [row for row in found.rows if isinstance(row, gains.Receipt)],
        "fees": [row for row in found.rows if isinstance(row, gains.Payment)],
        "uncounted": [
            {"subject": row.subject, "reason": service.NO_RATE}
            for row in gain_sums.uncounted(found.rows)
        ],
    }


def _download(found: service.Gains) -> Response:
    response = Response(service.as_csv(found=found), mimetype="text/csv")
    name = f"gains-{found.year}-{found.cost_basis}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if found.next_cursor:
        response.headers["X-Next-Cursor"] = found.next_cursor
    return response
