"""Where does the bot report? With an API key that holds `trading:write`, or as an admin."""

from typing import Any

from flask import Response, jsonify

from app.core import auth, clock
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.extensions import providers
from app.trading import schemas, service

CREATED, REPEATED = 201, 200

blp = Blueprint(
    "trading-pushes", __name__, url_prefix="/api/v1", description="What the trading bot tells"
)


@blp.route("/trades", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, role="admin", scope="trading:write")
@blp.arguments(schemas.TradesIn)
@blp.response(201, schemas.TRADE_OR_BATCH)
@blp.alt_response(200, schema=schemas.TradeOut, description="It was pushed before")
@blp.failures(service.TradeConflict, service.TimestampInFuture)
@idempotent
def push_trades(body: dict[str, Any]) -> Response:
    """Push trades

    One, by its own fields, which answers 201 with the trade, or 200 where it was pushed before; or up to 100 in
    `trades`, which answers 201 with `created`, `duplicates` and `items`. A `trade_id` counts once, however often it
    is pushed; with other contents it is refused, and with it all that came along. Trades may come in any order: one
    that comes late corrects its day.
    """
    if "trades" in body:
        done = service.push_trades(trades=body["trades"], jobs=providers.job_queue, now=clock.now())
        return _answer(schemas.TradesPushedOut().dump(done), CREATED)
    trade, is_new = service.push_trade(trade=body, jobs=providers.job_queue, now=clock.now())
    return _answer(schemas.TradeOut().dump(trade), CREATED if is_new else REPEATED)


@blp.route("/equity", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, role="admin", scope="trading:write")
@blp.arguments(schemas.EquityIn)
@blp.response(201, schemas.EquityOut)
@blp.alt_response(200, schema=schemas.EquityOut, description="It was pushed before")
@blp.failures(service.EquityConflict, service.TimestampInFuture)
@idempotent
def push_equity(body: dict[str, Any]) -> Response:
    """Push the equity

    What the bot is worth. Snapshots may come in any order; the same one again is 200 and changes nothing, another
    one for the same moment is refused.
    """
    pushed = service.push_equity(**body, jobs=providers.job_queue, now=clock.now())
    shown = schemas.EquityOut().dump(pushed.snapshot)
    return _answer(shown, CREATED if pushed.is_new else REPEATED)


@blp.route("/status/start", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, role="admin", scope="trading:write")
@blp.response(200, schemas.StatusOut)
def start_bot() -> service.Status:
    """Say that the bot started

    Said again, the first time counts.
    """
    return service.start(jobs=providers.job_queue, now=clock.now())


@blp.route("/status/stop", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, role="admin", scope="trading:write")
@blp.response(200, schemas.StatusOut)
def stop_bot() -> service.Status:
    """Say that the bot stopped

    Said again, nothing changes.
    """
    return service.stop(jobs=providers.job_queue, now=clock.now())


def _answer(shown: Any, status: int) -> Response:
    response = jsonify(shown)
    response.status_code = status
    return response
