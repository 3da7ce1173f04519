"""Where do viewers see the equity curve drawn?"""

from typing import Any

from flask import Response, request

from app.core import auth, charts, clock
from app.core.openapi import Blueprint
from app.trading import schemas, service

KEPT_SECONDS = 60

blp = Blueprint(
    "trading-pictures",
    __name__,
    url_prefix="/api/v1",
    description="What the trading bot did, drawn",
)


@blp.route("/equity-curve.svg", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.arguments(schemas.RangeArgs, location="query")
@blp.response(200, {"type": "string"}, content_type="image/svg+xml")
@blp.alt_response(304, description="The picture is the one that If-None-Match names")
@blp.failures(service.InvalidDatetime, service.InvalidRange)
def draw_equity_curve(args: dict[str, Any]) -> Response:
    """Draw the equity curve

    The curve of the range, or of the last 30 days, as a picture that fits light and dark surroundings and tells a
    screen reader what it shows. It may be kept for a minute by the caller, and asked for again with its ETag.
    """
    picture = service.draw_equity_curve(**args, now=clock.now())
    response = Response(picture, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = charts.POLICY
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    response.vary.update(["Authorization", "X-API-Key"])
    response.add_etag()
    response.make_conditional(request)
    return response
