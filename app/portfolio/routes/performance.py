"""Where does a user see how the portfolio did, in figures and as a picture?"""

import time
from typing import Any

from flask import Response, request

from app.core import auth, charts, clock
from app.core.openapi import Blueprint
from app.extensions import providers
from app.portfolio.schemas import performance as schemas
from app.portfolio.service import performance as performance_service
from app.portfolio.service import performance_picture
from app.prices import service as prices

# How long a report waits for a worker to load closes that nobody asked for before.
CLOSES_WAIT_SECONDS = 3.0
KEPT_SECONDS = 60

blp = Blueprint(
    "performance",
    __name__,
    url_prefix="/portfolio",
    description="How well a portfolio did",
)


@blp.route("/performance", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(schemas.PerformanceArgs, location="query")
@blp.response(200, schemas.PerformanceOut)
@blp.failures(
    performance_service.InvalidPeriod, performance_service.InvalidBenchmark, prices.UnknownSymbol
)
def get_performance(args: dict[str, Any]) -> performance_service.Performance:
    """Tell how the portfolio did

    The time-weighted return links the returns of days, so deposits don't count; the money-weighted one is the yearly
    rate that explains all payments. A purchase is a deposit and a sale a withdrawal, because no account of cash is
    kept; dividends and interest are returns that were paid out. Closes that nobody asked for before are loaded, for up
    to 3 seconds; what has not come by then is named in `pending`, and the figures are of what there is.
    """
    return _performance(args)


@blp.route("/performance.svg", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(schemas.PerformanceArgs, location="query")
@blp.response(200, {"type": "string"}, content_type="image/svg+xml")
@blp.alt_response(304, description="The picture is the one that If-None-Match names")
@blp.failures(
    performance_service.InvalidPeriod, performance_service.InvalidBenchmark, prices.UnknownSymbol
)
def draw_performance(args: dict[str, Any]) -> Response:
    """Draw how the portfolio did

    The value of every day, and beside it what would be there if all payments had gone into the benchmark instead, as
    a picture that fits light and dark surroundings and tells a screen reader what it shows. It may be kept for a
    minute by the caller, and asked for again with its ETag.
    """
    picture = performance_picture.picture_of(performance=_performance(args))
    response = Response(picture, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = charts.POLICY
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    response.vary.update(["Authorization", "X-API-Key"])
    response.add_etag()
    response.make_conditional(request)
    return response


def _performance(args: dict[str, Any]) -> performance_service.Performance:
    return performance_service.performance_of(
        user_id=auth.principal().user_id,
        **args,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=CLOSES_WAIT_SECONDS,
    )
