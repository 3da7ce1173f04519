"""Where do viewers look at what the bot did?"""

from typing import Any

from flask import Response, jsonify

from app.core import auth, clock, dynamo
from app.core.openapi import Blueprint
from app.extensions import providers
from app.trading import schemas, service
from app.trading.rules.written import amount_text

blp = Blueprint(
    "trading", __name__, url_prefix="/api/v1", description="What the trading bot does, for viewers"
)


@blp.route("/equity-curve", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.arguments(schemas.CurveArgs, location="query")
@blp.response(200, schemas.CURVE)
@blp.failures(service.InvalidDatetime, service.InvalidRange, service.TooManyPoints)
def get_equity_curve(args: dict[str, Any]) -> Response:
    """Show the equity curve

    `[timestamp, equity]` pairs, oldest first, of the last 30 days unless `start` or `end` say otherwise. Everything
    in the range comes, up to 10,000 snapshots; of more, ask for `points`: a picture of so many points that keeps the
    shape and every peak (Largest-Triangle-Three-Buckets, with the lowest and the highest point).
    """
    curve = service.equity_curve(**args, now=clock.now())
    return jsonify([[moment.isoformat(), amount_text(equity)] for moment, equity in curve])


@blp.route("/profit", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.response(200, schemas.ProfitOut)
def get_profit() -> service.Balance:
    """Show the profit

    The newest balance, and what was gained since `BASELINE_EQUITY`, or since the first snapshot without it.
    """
    return service.balance(baseline=providers.settings.baseline_equity)


@blp.route("/calendar", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.arguments(schemas.RangeArgs, location="query")
@blp.response(200, schemas.CALENDAR)
@blp.failures(service.InvalidDatetime, service.InvalidRange)
def get_calendar(args: dict[str, Any]) -> Response:
    """Show the days

    Every trading day of the range, at most 366, with what was gained or lost on it. Days are cut at midnight in
    Chicago; a moment stands for the day that it is in. Without a range, the last 30 days.
    """
    calendar = service.get_calendar(**args, now=clock.now())
    return jsonify(
        {
            one.day.isoformat(): {"pnl": amount_text(one.pnl), "color": one.colour}
            for one in calendar
        }
    )


@blp.route("/status", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.response(200, schemas.StatusOut)
def get_status() -> service.Status:
    """Ask whether the bot is running"""
    return service.get_status(now=clock.now())


@blp.route("/trades", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.arguments(schemas.LedgerArgs, location="query")
@blp.response(200, schemas.LedgerOut)
@blp.failures(service.InvalidDatetime, service.InvalidRange, service.TooDeep, dynamo.InvalidCursor)
def list_trades(args: dict[str, Any]) -> service.LedgerPage:
    """List the trades

    Newest first. `page` counts up to 10,000 trades; beyond, go on with `cursor`.
    """
    return service.list_trades(**args)


@blp.route("/stats", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.arguments(schemas.RangeArgs, location="query")
@blp.response(200, schemas.StatsOut)
@blp.failures(service.InvalidDatetime, service.InvalidRange)
def get_stats(args: dict[str, Any]) -> dict[str, Any]:
    """Judge the trading

    Of all time, or of the trading days of the range. Returns are of day ends; the drawdown is of every snapshot.
    """
    found = service.get_stats(**args, now=clock.now())
    return {**vars(found), **vars(found.figures)}
