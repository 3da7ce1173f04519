"""What does crypto cost, as CoinGecko says through pycoingecko?

pycoingecko never tries again, hides Retry-After and parses prices into floats. So its own
`requests` session carries a hook that sees each answer first: it raises what the status means, and
keeps the body parsed with exact decimals, which is what this module reads instead of what
pycoingecko returns.

pycoingecko and requests are imported at the first call: only a worker needs them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from app.providers.market_data import coins, wire
from app.providers.market_data.interface import (
    DailyClose,
    ProviderQuote,
    TryAgain,
    UnknownSymbolAtProvider,
)

if TYPE_CHECKING:
    from pycoingecko import CoinGeckoAPI
    from requests import Response

SOURCE: Final = "coingecko"
CURRENCY: Final = "USD"
IDS_PER_CALL: Final = 250
# Without a paid plan a question that reaches further back is refused whole, so it is cut to what is
# allowed.
FREE_HISTORY: Final = timedelta(days=363)
PAID_HOST: Final = "pro-api.coingecko.com"
NOT_FOUND: Final = 404
REFUSALS: Final = 400
A_DAY: Final = timedelta(days=1)


@dataclass
class _Answer:
    """The body of the last answer, exactly; None until one came that can be read."""

    body: Any = None


class CoinGecko:
    """Quotes and daily closes of the coins in `coins.csv`."""

    def __init__(
        self, *, base_url: str | None, api_key: str | None, timeout_seconds: float
    ) -> None:
        """Nothing is imported or asked yet.

        Args:
            base_url: ends in "/api/v3/"; None for CoinGecko's public one. With a paid plan's URL
                the key is sent as such.
            api_key: sent as a header when set, so that it never stands in a URL that an error could
                show.
            timeout_seconds: for connecting, and again for each wait for bytes.
        """
        self._base_url = base_url
        self._api_key = api_key
        self._timeout_seconds = timeout_seconds
        self._paid = PAID_HOST in (base_url or "")

    def quotes(self, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        """Quotes by ticker, 250 coins a call; see `MarketData.quotes`."""
        wanted = [
            found for symbol in dict.fromkeys(symbols) if (found := coins.directory().get(symbol))
        ]
        quotes: dict[str, ProviderQuote] = {}
        try:
            for first in range(0, len(wanted), IDS_PER_CALL):
                quotes |= self._quotes_of(wanted[first : first + IDS_PER_CALL])
        except TryAgain as trouble:
            trouble.answered = quotes
            raise
        return quotes

    def daily_closes(self, *, symbol: str, start: date, end: date) -> list[DailyClose]:
        """The last price of each UTC day; see `MarketData.daily_closes`."""
        coin = coins.directory().get(symbol)
        if coin is None:
            message = f"{SOURCE} has no coin for this ticker in coins.csv"
            raise UnknownSymbolAtProvider(message)
        first = start if self._paid else max(start, end - FREE_HISTORY)
        body = self._ask(
            lambda api: api.get_coin_market_chart_range_by_id(
                coin.id, CURRENCY.lower(), _unix_seconds(first), _unix_seconds(end + A_DAY)
            )
        )
        points = wire.sequence(wire.mapping(body, source=SOURCE).get("prices"), source=SOURCE)
        closes = _last_of_each_day(points)
        return [
            DailyClose(date=day, close=closes[day]) for day in sorted(closes) if first <= day <= end
        ]

    def _quotes_of(self, batch: Sequence[coins.Coin]) -> dict[str, ProviderQuote]:
        body = self._ask(
            lambda api: api.get_price(
                ids=[coin.id for coin in batch],
                vs_currencies=CURRENCY.lower(),
                include_24hr_change=True,
                include_last_updated_at=True,
                precision="full",
            )
        )
        answered = wire.mapping(body, source=SOURCE)
        found = (
            (coin, wire.mapping(answered[coin.id], source=SOURCE))
            for coin in batch
            if coin.id in answered
        )
        return {coin.symbol: quote for coin, facts in found if (quote := _quote(coin, facts))}

    def _ask(self, call: Callable[["CoinGeckoAPI"], object]) -> Any:
        """Make one call and return its exact JSON; errors of pycoingecko and requests end here.

        Their texts hold the URL, so they are neither shown nor chained.
        """
        from requests.exceptions import RequestException

        answer = _Answer()
        api = self._client(answer)
        try:
            with api.session:
                call(api)
        except RequestException:
            message = f"{SOURCE} did not answer"
            raise TryAgain(message) from None
        return answer.body

    def _client(self, answer: _Answer) -> "CoinGeckoAPI":
        from pycoingecko import CoinGeckoAPI
        from requests.adapters import HTTPAdapter

        def read(response: "Response", *_: object, **__: object) -> None:
            content = response.content  # read whole, so that the connection is let go of
            wire.raise_for_trouble(
                source=SOURCE, status=response.status_code, headers=response.headers
            )
            if response.status_code == NOT_FOUND:
                message = f"{SOURCE} knows no such coin"
                raise UnknownSymbolAtProvider(message)
            if response.status_code >= REFUSALS:
                raise wire.refused(source=SOURCE, status=response.status_code)
            answer.body = wire.exact_json(content, source=SOURCE)

        api = CoinGeckoAPI()
        api.request_timeout = self._timeout_seconds
        # pycoingecko's own five tries sleep within the call; when to try again is for the caller to
        # say.
        api.session.mount("https://", HTTPAdapter(max_retries=0))
        api.session.hooks["response"].append(read)
        if self._base_url is not None:
            api.api_base_url = self._base_url
        if self._api_key:
            plan = "pro" if self._paid else "demo"
            api.session.headers[f"x-cg-{plan}-api-key"] = self._api_key
        return api


def _quote(coin: coins.Coin, facts: dict[str, Any]) -> ProviderQuote | None:
    price = wire.price(facts.get("usd"), source=SOURCE)
    if price is None:
        return None
    return ProviderQuote(
        symbol=coin.symbol,
        price=price,
        currency=CURRENCY,
        quoted_at=wire.moment(facts.get("last_updated_at"), source=SOURCE),
        source=SOURCE,
        name=coin.name,
        day_change_percentage=wire.percentage(facts.get("usd_24h_change"), source=SOURCE),
    )


def _unix_seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _last_of_each_day(points: Sequence[Any]) -> dict[date, Decimal]:
    """The last price of each UTC day.

    CoinGecko spaces its points by 5 minutes, hours or days, by how much is asked for. A point at
    midnight is the end of the day before: that is where CoinGecko's daily points lie.
    """
    closes: dict[date, Decimal] = {}
    for point in points:
        match wire.sequence(point, source=SOURCE):
            case [milliseconds, amount]:
                at = wire.number(milliseconds, source=SOURCE) or Decimal(0)
                close = wire.price(amount, source=SOURCE)
                if close is not None:
                    closes[wire.moment((at - 1) / 1000, source=SOURCE).date()] = close
            case _:
                raise wire.garbage(source=SOURCE, what="a chart of another shape")
    return closes
