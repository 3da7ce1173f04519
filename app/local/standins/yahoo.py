"""What does Yahoo Finance answer to yfinance? Cookie and crumb first, then quotes and charts.

One difference is meant: a stock's quote moves at night and at weekends too, so that a demo on a
Sunday shows something; its daily bars keep to weekdays. The crumb is demanded as the real one
demands it; the cookie is set but not demanded, because yfinance keeps a real cookie in the user's
home and then doesn't fetch another.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app.local.standins import yahoo_chart
from app.local.standins.faults import Faults
from app.local.standins.market import Listing, Market

NAME = "yahoo"
CRUMB = "Ab1.cD2/eF3"
COOKIE = "d=AQABBStandIn&S=AQAAAg"
CONSENT_PAGE = (
    '<html><form method="post"><input name="csrfToken" value="t0k3n"/>'
    '<input name="sessionId" value="3_cc-session_stand-in"/></form></html>'
)
RATE_LIMITED = "Too Many Requests\r\n"
SET_UP_HOSTS = ("fc.yahoo.com", "guce.yahoo.com", "consent.yahoo.com")
EXCHANGES = {"NMS": "NasdaqGS", "NYQ": "NYSE", "PCX": "NYSEArca", "CCC": "CCC", "CCY": "CCY"}

Answer = Response | tuple[Response, int]


def blueprint(*, market: Market, faults: Faults, now: Callable[[], datetime]) -> Blueprint:
    """Yahoo under /yahoo/<original host>."""
    blp = Blueprint(NAME, __name__, url_prefix="/yahoo/<host>")
    _add_faults(blp, faults, now)
    _add_set_up(blp)
    _add_market_data(blp, market, now)
    return blp


def _add_faults(blp: Blueprint, faults: Faults, now: Callable[[], datetime]) -> None:
    @blp.url_value_preprocessor
    def drop_host(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        """No answer depends on the host: query1 and query2 are the same service."""
        if values:
            values.pop("host")

    @blp.before_request
    def misbehave() -> Answer | None:
        host_and_path = request.path.removeprefix("/yahoo/")
        faults.record(
            provider=NAME,
            method=request.method,
            path=host_and_path,
            query=request.args.to_dict(),
            at=now(),
        )
        if host_and_path.split("/")[0] in SET_UP_HOSTS:
            return None
        return _failure(faults.mode_once_answering(NAME))


def _failure(mode: str) -> Answer | None:
    if mode == "429":
        return Response(RATE_LIMITED, 429, mimetype="text/plain")
    if mode == "500":
        return _error("finance", 500, "Internal Server Error", "Internal Server Error")
    if mode == "garbage":
        return Response("<html>Will be right back...</html>", mimetype="text/html")
    return None


def _add_set_up(blp: Blueprint) -> None:
    """The cookie (fc.yahoo.com, or the consent pages that yfinance falls back to) and the crumb."""

    @blp.get("/", strict_slashes=False)
    def cookie() -> Answer:
        answer = Response("", 404)
        answer.set_cookie("A3", COOKIE, max_age=31_536_000)
        return answer

    @blp.get("/consent")
    def consent() -> Answer:
        return Response(CONSENT_PAGE, mimetype="text/html")

    @blp.post("/v2/collectConsent")
    def collect_consent() -> Answer:
        return Response("", 200)

    @blp.get("/copyConsent")
    def copy_consent() -> Answer:
        answer = Response("", 200)
        answer.set_cookie("A3", COOKIE, max_age=31_536_000)
        return answer

    @blp.get("/v1/test/getcrumb")
    def crumb() -> Answer:
        return Response(CRUMB, mimetype="text/plain")


def _add_market_data(blp: Blueprint, market: Market, now: Callable[[], datetime]) -> None:
    @blp.get("/v7/finance/quote")
    def quote() -> Answer:
        at = now()
        if request.args.get("crumb") != CRUMB:
            return _error("finance", 401, "Unauthorized", "Invalid Crumb")
        wanted = dict.fromkeys(request.args.get("symbols", "").upper().split(","))
        known = (listing for symbol in wanted if (listing := market.listing(symbol)))
        rows = [_quote_row(market, listing, at) for listing in known]
        return jsonify(quoteResponse={"result": rows, "error": None})

    @blp.get("/v8/finance/chart/<symbol>")
    def chart(symbol: str) -> Answer:
        at = now()
        listing = market.listing(symbol.upper())
        if listing is None:
            sentence = "No data found, symbol may be delisted"
            return _error("chart", 404, "Not Found", sentence)
        try:
            span = yahoo_chart.span(
                period1=request.args.get("period1"),
                period2=request.args.get("period2"),
                range_name=request.args.get("range"),
                interval=request.args.get("interval") or "1d",
                at=at,
            )
        except yahoo_chart.InvalidSpanError as error:
            return _error("chart", error.status, error.code, str(error))
        result = yahoo_chart.result(market=market, listing=listing, span=span, at=at)
        result["meta"] |= _names(listing)
        return jsonify(chart={"result": [result], "error": None})


def _quote_row(market: Market, listing: Listing, at: datetime) -> dict[str, Any]:
    price = market.listed_price(listing.symbol, at)
    previous = market.listed_price(listing.symbol, _previous_close_at(listing, at))
    change = price - previous
    return {
        **_names(listing),
        "symbol": listing.symbol,
        "language": "en-US",
        "region": "US",
        "quoteType": listing.kind,
        "currency": listing.currency,
        "exchange": listing.exchange,
        "exchangeTimezoneName": yahoo_chart.time_zone(listing),
        "marketState": "REGULAR",
        "regularMarketPrice": float(price),
        "regularMarketPreviousClose": float(previous),
        "regularMarketChange": float(change),
        "regularMarketChangePercent": float(change / previous * 100),
        "regularMarketTime": int(at.timestamp()),
        "tradeable": False,
    }


def _names(listing: Listing) -> dict[str, str]:
    return {
        "shortName": listing.name,
        "longName": listing.name,
        "fullExchangeName": EXCHANGES[listing.exchange],
    }


def _previous_close_at(listing: Listing, at: datetime) -> datetime:
    """When the session before today's ended."""
    day = at.date() - timedelta(days=1)
    while not yahoo_chart.trades_on(listing, day):
        day -= timedelta(days=1)
    return yahoo_chart.session(listing, day).end


def _error(envelope: str, status: int, code: str, sentence: str) -> Answer:
    error = {"code": code, "description": sentence}
    return jsonify({envelope: {"result": None, "error": error}}), status
