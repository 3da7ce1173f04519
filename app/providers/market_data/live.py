"""Which source answers for which kind of asset? CoinGecko for crypto, Yahoo for stocks and currencies.

The same real clients are used on a laptop and on a server; on a laptop only the addresses differ.
"""

from collections.abc import Sequence
from datetime import date

from app.providers.market_data.coingecko import CoinGecko
from app.providers.market_data.currencies import YahooCurrencies
from app.providers.market_data.interface import (
    CRYPTO,
    CURRENCY,
    STOCK,
    DailyClose,
    GiveUp,
    ProviderQuote,
)
from app.providers.market_data.yahoo import Yahoo


class LiveMarketData:
    """The real clients behind `MarketData`. Making one imports and asks nothing."""

    def __init__(
        self,
        *,
        coingecko_base_url: str | None,
        yahoo_rewrite: str | None,
        coingecko_api_key: str | None,
        timeout_seconds: float,
    ) -> None:
        """Choose the addresses.

        Args:
            coingecko_base_url: ends in "/api/v3/"; None for CoinGecko's own.
            yahoo_rewrite: where `<yahoo_rewrite>/<original host>/...` stands in for Yahoo; None for
                Yahoo itself.
            coingecko_api_key: None for the free tier.
            timeout_seconds: how long one request may take.
        """
        self._coingecko = CoinGecko(
            base_url=coingecko_base_url, api_key=coingecko_api_key, timeout_seconds=timeout_seconds
        )
        self._yahoo = Yahoo(rewrite_to=yahoo_rewrite, timeout_seconds=timeout_seconds)
        self._currencies = YahooCurrencies(self._yahoo)

    def quotes(self, *, asset_type: str, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        """See `MarketData.quotes`."""
        return self._source_of(asset_type).quotes(symbols) if symbols else {}

    def daily_closes(
        self, *, asset_type: str, symbol: str, start: date, end: date
    ) -> list[DailyClose]:
        """See `MarketData.daily_closes`."""
        return self._source_of(asset_type).daily_closes(symbol=symbol, start=start, end=end)

    def _source_of(self, asset_type: str) -> CoinGecko | Yahoo | YahooCurrencies:
        match asset_type:
            case _ if asset_type == CRYPTO:
                return self._coingecko
            case _ if asset_type == STOCK:
                return self._yahoo
            case _ if asset_type == CURRENCY:
                return self._currencies
            case _:
                message = f"there is no source of prices for {asset_type!r}"
                raise GiveUp(message)
