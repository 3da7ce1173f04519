"""What does CoinGecko's API answer? The endpoints that price a portfolio, in its own JSON."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app.local.standins import catalogue
from app.local.standins.catalogue import Coin
from app.local.standins.faults import Faults
from app.local.standins.market import Market

NAME = "coingecko"
RETRY_AFTER_SECONDS = 60
PUBLIC_HISTORY_DAYS = 365
FIVE_MINUTES, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
HOURLY_UP_TO_DAYS = 90
FLAGS = ("include_market_cap", "include_24hr_vol", "include_24hr_change")
DAILY_VOLUME_SHARE = Decimal("0.04")

Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]


class RefusedError(Exception):
    """A request that the real API refuses, with its status and its body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def blueprint(*, market: Market, faults: Faults, now: Callable[[], datetime]) -> Blueprint:
    """CoinGecko under /coingecko/api/v3."""
    blp = Blueprint(NAME, __name__, url_prefix="/coingecko/api/v3")
    _add_faults(blp, faults, now)
    _add_prices(blp, market, now)
    _add_history(blp, market, now)
    _add_lists(blp)
    return blp


def _add_faults(blp: Blueprint, faults: Faults, now: Callable[[], datetime]) -> None:
    @blp.before_request
    def misbehave() -> Answer | None:
        faults.record(
            provider=NAME,
            method=request.method,
            path=request.path.removeprefix("/coingecko"),
            query=request.args.to_dict(),
            at=now(),
        )
        return _failure(faults.mode_once_answering(NAME))

    @blp.errorhandler(RefusedError)
    def refuse(error: RefusedError) -> Answer:
        return jsonify(error.body), error.status


def _failure(mode: str) -> Answer | None:
    if mode == "429":
        sentence = (
            "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing "
            "to subscribe to our API plans for higher rate limits."
        )
        body = {"status": {"error_code": 429, "error_message": sentence}}
        return jsonify(body), 429, {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if mode == "500":
        return Response("<html><title>500</title></html>", 500, mimetype="text/html")
    if mode == "garbage":
        return Response("<!DOCTYPE html><title>Just a moment...</title>", mimetype="text/html")
    return None


def _add_prices(blp: Blueprint, market: Market, now: Callable[[], datetime]) -> None:
    @blp.get("/simple/price")
    def simple_price() -> Answer:
        at = now()
        currencies = _names("vs_currencies")
        coins = catalogue.load().coins
        if "symbols" in request.args and "ids" not in request.args:
            found = {name: catalogue.load().coin_of_symbol(name) for name in _names("symbols")}
        else:
            found = {name: coins.get(name) for name in _names("ids")}
        priced = {
            name: _simple_price(market, coin, currencies, at)
            for name, coin in found.items()
            if coin
        }
        return jsonify(priced)

    @blp.get("/coins/markets")
    def coins_markets() -> Answer:
        at = now()
        currency = _known_currency(market, at)
        wanted = _names("ids") if "ids" in request.args else list(catalogue.load().coins)
        known = (coin for name in wanted if (coin := catalogue.load().coins.get(name)))
        rows = [_market_row(market, coin, currency, at) for coin in known]
        size = request.args.get("per_page", 100, type=int)
        first = (request.args.get("page", 1, type=int) - 1) * size
        return jsonify(rows[first : first + size])


def _simple_price(
    market: Market, coin: Coin, currencies: list[str], at: datetime
) -> dict[str, float | int]:
    """One coin of /simple/price; a currency that CoinGecko doesn't know is left out, as there."""
    wanted = {flag for flag in FLAGS if request.args.get(flag) == "true"}
    row: dict[str, float | int] = {}
    for currency in currencies:
        try:
            price = market.coin_price(coin.id, at, quoted_in=currency.upper())
        except KeyError:
            continue
        row[currency] = float(price)
        if "include_market_cap" in wanted:
            row[f"{currency}_market_cap"] = float(price * coin.supply)
        if "include_24hr_vol" in wanted:
            row[f"{currency}_24h_vol"] = float(price * coin.supply * DAILY_VOLUME_SHARE)
        if "include_24hr_change" in wanted:
            row[f"{currency}_24h_change"] = _day_change(market, coin, currency, at)
    if request.args.get("include_last_updated_at") == "true":
        row["last_updated_at"] = int(at.timestamp())
    return row


def _day_change(market: Market, coin: Coin, currency: str, at: datetime) -> float:
    """The change over 24 hours in percent, with the many digits that CoinGecko shows."""
    price = market.coin_price(coin.id, at, quoted_in=currency.upper())
    before = market.coin_price(coin.id, at - DAY, quoted_in=currency.upper())
    return float((price / before - 1) * 100)


def _market_row(market: Market, coin: Coin, currency: str, at: datetime) -> dict[str, Any]:
    price = market.coin_price(coin.id, at, quoted_in=currency.upper())
    return {
        "id": coin.id,
        "symbol": coin.symbol.lower(),
        "name": coin.name,
        "current_price": float(price),
        "market_cap": float(price * coin.supply),
        "total_volume": float(price * coin.supply * DAILY_VOLUME_SHARE),
        "price_change_percentage_24h": round(_day_change(market, coin, currency, at), 5),
        "circulating_supply": float(coin.supply),
        "last_updated": at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
    }


def _add_history(blp: Blueprint, market: Market, now: Callable[[], datetime]) -> None:
    @blp.get("/coins/<coin_id>/market_chart")
    def market_chart(coin_id: str) -> Answer:
        end = now()
        days = _days(_required("days"))
        return _chart(market, coin_id, start=end - timedelta(days=days), end=end, at=end)

    @blp.get("/coins/<coin_id>/market_chart/range")
    def market_chart_range(coin_id: str) -> Answer:
        at = now()
        start, end = _moment(_required("from")), _moment(_required("to"))
        return _chart(market, coin_id, start=start, end=min(end, at), at=at)


def _chart(market: Market, coin_id: str, *, start: datetime, end: datetime, at: datetime) -> Answer:
    """Prices every 5 minutes within a day, hourly within 90 days, daily at 00:00 UTC beyond."""
    coin = catalogue.load().coins.get(coin_id)
    if coin is None:
        raise RefusedError(404, {"error": "coin not found"})
    currency = _known_currency(market, at)
    if start < at - timedelta(days=PUBLIC_HISTORY_DAYS, hours=1):
        raise RefusedError(401, _beyond_public_history(at))
    days = (end - start) / DAY
    step = DAY if days > HOURLY_UP_TO_DAYS else HOUR if days > 1 else FIVE_MINUTES
    if request.args.get("interval") == "daily":
        step = DAY
    moments = _grid(start, end, step)
    prices = [
        (moment, market.coin_price(coin.id, moment, quoted_in=currency.upper()))
        for moment in moments
    ]
    return jsonify(
        prices=_series(prices, Decimal(1)),
        market_caps=_series(prices, Decimal(coin.supply)),
        total_volumes=_series(prices, coin.supply * DAILY_VOLUME_SHARE),
    )


def _grid(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    """Whole steps since the epoch, then the end itself, which is how the real chart ends."""
    size = int(step.total_seconds())
    first = -(-int(start.timestamp()) // size) * size
    last = int(end.timestamp())
    return [datetime.fromtimestamp(second, UTC) for second in range(first, last, size)] + [end]


def _series(prices: list[tuple[datetime, Decimal]], times: Decimal) -> list[list[float]]:
    return [[int(moment.timestamp() * 1000), float(price * times)] for moment, price in prices]


def _beyond_public_history(at: datetime) -> dict[str, Any]:
    sentence = (
        "Your request exceeds the allowed time range. Public API users are limited to querying "
        "historical data within the past 365 days. "
        "Upgrade to a paid plan to enjoy full historical data."
    )
    status = {"timestamp": at.isoformat(), "error_code": 10012, "error_message": sentence}
    return {"error": {"status": status}}


def _add_lists(blp: Blueprint) -> None:
    @blp.get("/ping")
    def ping() -> Answer:
        return jsonify(gecko_says="(V3) To the Moon!")

    @blp.get("/coins/list")
    def coins_list() -> Answer:
        return jsonify([_name_row(coin) for coin in catalogue.load().coins.values()])

    @blp.get("/search")
    def search() -> Answer:
        text = request.args.get("query", "").lower()
        coins = catalogue.load().coins.values()
        rows = [
            {**_name_row(coin), "api_symbol": coin.id, "symbol": coin.symbol}
            for coin in coins
            if text in (coin.id, coin.symbol.lower()) or text in coin.name.lower()
        ]
        return jsonify(coins=rows, exchanges=[], icos=[], categories=[], nfts=[])

    @blp.get("/simple/supported_vs_currencies")
    def supported_vs_currencies() -> Answer:
        return jsonify(["btc", "eth", "usd", *(c.lower() for c in catalogue.load().currencies)])


def _name_row(coin: Coin) -> dict[str, str]:
    return {"id": coin.id, "symbol": coin.symbol.lower(), "name": coin.name}


def _required(name: str) -> str:
    value = request.args.get(name, "")
    if not value:
        raise RefusedError(422, {"error": f"Missing parameter {name}"})
    return value


def _names(name: str) -> list[str]:
    return [part.strip().lower() for part in _required(name).split(",") if part.strip()]


def _days(text: str) -> float:
    """`days` of /market_chart; "max" is refused later, like everything beyond 365 days."""
    try:
        return 36_500 if text == "max" else float(text)
    except ValueError:
        raise RefusedError(400, {"error": "Invalid days"}) from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise RefusedError(400, {"error": "Invalid timestamp"}) from None


def _known_currency(market: Market, at: datetime) -> str:
    currency = _required("vs_currency").lower()
    try:
        market.coin_price("bitcoin", at, quoted_in=currency.upper())
    except KeyError:
        raise RefusedError(422, {"error": "invalid vs_currency"}) from None
    return currency
