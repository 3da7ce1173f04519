"""What do stocks, funds and currencies cost, as Yahoo Finance says through yfinance?

Of yfinance only its transport (`YfData`) is used: it keeps Yahoo's cookie and crumb, and imitates a
browser. `download()` and `Ticker` would ask once per symbol and pass a 429 off as an empty table.
The session beneath it is ours: it points the hosts at a stand-in where one is given, bounds every
wait, and raises what a status means before yfinance can try another cookie.

yfinance (and pandas with it) and curl_cffi are imported at the first call: only a worker needs
them.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core import money
from app.providers.market_data import wire
from app.providers.market_data.interface import (
    DailyClose,
    ProviderQuote,
    TryAgain,
    UnknownSymbolAtProvider,
)

if TYPE_CHECKING:
    from yfinance.data import YfData

SOURCE: Final = "yahoo"
SYMBOLS_PER_CALL: Final = 100
QUOTE_URL: Final = "https://query1.finance.yahoo.com/v7/finance/quote"
CHART_URL: Final = "https://query2.finance.yahoo.com/v8/finance/chart/{symbol}"
# This host only sets a cookie, and does so with whatever status it happens to have.
COOKIE_HOST: Final = "fc.yahoo.com"
NOT_FOUND: Final = 404
BAD_CRUMB: Final = (401, 403)
REFUSALS: Final = 400
A_DAY: Final = timedelta(days=1)
# Quoted in hundredths of the currency: pence in London, cents in Johannesburg, agorot in Tel Aviv.
HUNDREDTHS: Final = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS"}


class Yahoo:
    """Quotes and daily closes of what Yahoo lists: AAPL, BRK-B, 0700.HK, ^GSPC, EURUSD=X."""

    def __init__(self, *, rewrite_to: str | None, timeout_seconds: float) -> None:
        """Nothing is imported or asked yet.

        Args:
            rewrite_to: `https://<host>/<path>` is asked as `<rewrite_to>/<host>/<path>`; None asks
                Yahoo.
            timeout_seconds: for each request whole.
        """
        self._rewrite_to = rewrite_to
        self._timeout_seconds = timeout_seconds
        self._transport: YfData | None = None

    def quotes(self, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        """Quotes by symbol, 100 a call; see `MarketData.quotes`."""
        wanted = list(dict.fromkeys(symbols))
        quotes: dict[str, ProviderQuote] = {}
        try:
            for first in range(0, len(wanted), SYMBOLS_PER_CALL):
                quotes |= self._quotes_of(wanted[first : first + SYMBOLS_PER_CALL])
        except TryAgain as trouble:
            trouble.answered = quotes
            raise
        return quotes

    def daily_closes(self, *, symbol: str, start: date, end: date) -> list[DailyClose]:
        """The close of each trading day, adjusted for splits; see `MarketData.daily_closes`."""
        status, body = self._ask(
            CHART_URL.format(symbol=symbol),
            {
                "period1": _unix_seconds(start),
                "period2": _unix_seconds(end + A_DAY + A_DAY),
                "interval": "1d",
            },
        )
        chart = wire.mapping(wire.mapping(body, source=SOURCE).get("chart"), source=SOURCE)
        if status == NOT_FOUND or chart.get("error"):
            message = f"{SOURCE} knows no such symbol"
            raise UnknownSymbolAtProvider(message)
        results = wire.sequence(chart.get("result"), source=SOURCE)
        closes = _closes_of_days(wire.mapping(results[0] if results else None, source=SOURCE))
        return [
            DailyClose(date=day, close=closes[day]) for day in sorted(closes) if start <= day <= end
        ]

    def _quotes_of(self, batch: Sequence[str]) -> dict[str, ProviderQuote]:
        status, body = self._ask(QUOTE_URL, {"symbols": ",".join(batch)})
        if status == NOT_FOUND:
            raise wire.garbage(source=SOURCE, what="404 to a batch of quotes")
        response = wire.mapping(
            wire.mapping(body, source=SOURCE).get("quoteResponse"), source=SOURCE
        )
        found = [
            wire.mapping(facts, source=SOURCE)
            for facts in wire.sequence(response.get("result"), source=SOURCE)
        ]
        return {
            facts["symbol"]: quote
            for facts in found
            if facts.get("symbol") in batch and (quote := _quote(facts))
        }

    def _ask(self, url: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        """Make one call; its status (200 or 404) and its exact JSON.

        No error of yfinance or curl gets past here. After any failure the next call begins anew
        with another cookie and crumb: yfinance would keep a crumb that is the text of an error
        page.
        """
        from curl_cffi.requests.exceptions import RequestException
        from yfinance.exceptions import YFException

        transport, self._transport = self._transport or self._new_transport(), None
        kept = False
        try:
            response = transport.get(url, params=parameters, timeout=self._timeout_seconds)
            status, body = _status_and_body(response)
            self._transport, kept = transport, True
        except (RequestException, YFException, AttributeError, KeyError, TypeError):
            # The last three are what yfinance ends with when Yahoo's consent page is not what it
            # expects.
            message = f"{SOURCE} did not answer"
            raise TryAgain(message) from None
        finally:
            if not kept:
                transport._session.close()  # noqa: SLF001 - the session is the one made here
        return status, body

    def _new_transport(self) -> "YfData":
        from yfinance.data import YfData

        class Transport(YfData):  # type: ignore[misc, unused-ignore]
            """Keeps its cookie in memory: yfinance's own file is shared between processes.

            yfinance looks there before each call, and fetches another cookie when there is none.
            """

            def _load_cookie_curlCffi(self) -> bool:  # noqa: N802 - yfinance's name
                return self._cookie_strategy == "basic" and len(self._session.cookies) > 0

            def _save_cookie_curlCffi(self) -> bool:  # noqa: N802 - yfinance's name
                return False

        session = _session(rewrite_to=self._rewrite_to, timeout_seconds=self._timeout_seconds)
        # YfData's metaclass would hand out one instance to all; each of ours has a cookie of its
        # own.
        made: YfData = type.__call__(Transport, session=session)
        return made


def _status_and_body(response: Any) -> tuple[int, Any]:
    status: int = response.status_code
    if status in BAD_CRUMB:
        raise wire.garbage(source=SOURCE, what=f"{status}: the cookie or crumb was not accepted")
    if status >= REFUSALS and status != NOT_FOUND:
        raise wire.refused(source=SOURCE, status=status)
    return status, wire.exact_json(response.content, source=SOURCE)


def _session(*, rewrite_to: str | None, timeout_seconds: float) -> Any:
    from curl_cffi.requests import Session
    from curl_cffi.requests.exceptions import Timeout

    class BoundedSession(Session):  # type: ignore[type-arg, misc, unused-ignore]
        """A browser's session that gives up in time and says at once what a status means."""

        def request(  # type: ignore[override, unused-ignore]
            self, method: Any, url: str, **options: Any
        ) -> Any:
            host = urlsplit(url).netloc
            where = f"{rewrite_to}/{url.split('://', 1)[1]}" if rewrite_to else url
            try:
                # yfinance waits 30 s for a cookie and a crumb whatever it is told.
                response = super().request(method, where, **{**options, "timeout": timeout_seconds})
            except Timeout:
                message = f"{SOURCE} did not answer in time"
                raise TryAgain(message) from None
            if host != COOKIE_HOST:
                wire.raise_for_trouble(
                    source=SOURCE, status=response.status_code, headers=response.headers
                )
            return response

    return BoundedSession(impersonate="chrome")


def _quote(facts: dict[str, Any]) -> ProviderQuote | None:
    amount = wire.price(facts.get("regularMarketPrice"), source=SOURCE)
    if amount is None:
        return None
    currency, hundredths = _main_unit(facts.get("currency"))
    before = wire.price(facts.get("regularMarketPreviousClose"), source=SOURCE)
    name = facts.get("longName") or facts.get("shortName")
    return ProviderQuote(
        symbol=facts["symbol"],
        price=amount.scaleb(-2) if hundredths else amount,
        currency=currency,
        quoted_at=wire.moment(facts.get("regularMarketTime"), source=SOURCE),
        source=SOURCE,
        name=str(name) if name else None,
        day_change_percentage=money.percentage(money.subtract(amount, before), before)
        if before is not None
        else None,
    )


def _main_unit(currency: Any) -> tuple[str, bool]:
    """The currency's ISO code, and whether prices come in hundredths of it."""
    if not isinstance(currency, str) or not currency:
        raise wire.garbage(source=SOURCE, what="a price without a currency")
    return HUNDREDTHS.get(currency, currency.upper()), currency in HUNDREDTHS


def _closes_of_days(result: dict[str, Any]) -> dict[date, Decimal]:
    """Closes by the exchange's own calendar day; without trades there are no timestamps at all."""
    meta = wire.mapping(result.get("meta"), source=SOURCE)
    _, hundredths = _main_unit(meta.get("currency"))
    zone = _zone(meta.get("exchangeTimezoneName"))
    stamps = wire.sequence(result.get("timestamp", []), source=SOURCE)
    indicators = wire.mapping(result.get("indicators", {}), source=SOURCE)
    series = wire.sequence(indicators.get("quote", []), source=SOURCE)
    amounts = (
        wire.sequence(wire.mapping(series[0], source=SOURCE).get("close", []), source=SOURCE)
        if series
        else []
    )
    if len(amounts) != len(stamps):
        raise wire.garbage(source=SOURCE, what="a chart whose closes and days differ in number")
    closes: dict[date, Decimal] = {}
    for stamp, amount in zip(stamps, amounts, strict=True):
        close = wire.price(amount, source=SOURCE)
        if close is not None:
            day = wire.moment(stamp, source=SOURCE).astimezone(zone).date()
            closes[day] = close.scaleb(-2) if hundredths else close
    return closes


def _zone(name: Any) -> ZoneInfo:
    """The exchange's time zone; gmtoffset is today's, and wrong beyond a clock change."""
    try:
        return ZoneInfo(name)
    except (ValueError, TypeError, AttributeError, OSError, ZoneInfoNotFoundError):
        raise wire.garbage(source=SOURCE, what="a chart without a time zone") from None


def _unix_seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
