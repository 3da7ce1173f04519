"""What can be asked of a source of prices, and in which two ways can it fail?

A source answers with exact decimals. It fails with `TryAgain` (its trouble passes: too many
requests, a timeout, a 5xx, an answer that makes no sense) or with `GiveUp` (asking again changes
nothing). No exception of a vendor's library gets past it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

CRYPTO: Final = "crypto"
STOCK: Final = "stock"
CURRENCY: Final = "currency"


@dataclass(frozen=True, kw_only=True)
class ProviderQuote:
    """What one unit of a symbol costs.

    Attributes:
        symbol: as it was asked for, in upper case.
        price: more than 0, with every digit that the source sent.
        currency: ISO 4217; prices in pence, cents or agorot are turned into the main unit.
        quoted_at: when the source says the price was made, in UTC.
        source: "coingecko" or "yahoo".
        name: what people call it, where the source knows.
        day_change_percentage: since 24 hours ago (crypto) or the close before (others), in percent.
    """

    symbol: str
    price: Decimal
    currency: str
    quoted_at: datetime
    source: str
    name: str | None
    day_change_percentage: Decimal | None


@dataclass(frozen=True, kw_only=True)
class DailyClose:
    """The last price of a finished day: a UTC day for crypto, a trading day for stocks and currencies."""

    date: date
    close: Decimal


class TryAgain(Exception):
    """The source can't answer now.

    Attributes:
        retry_after_seconds: how long the source asks to be left alone, where it says so.
        answered: quotes of the batches that did succeed before, so that they are not asked for
            again.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: int | None = None,
        answered: Mapping[str, ProviderQuote] | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.answered = dict(answered or {})


class GiveUp(Exception):
    """The source refuses, and would refuse again (a wrong key, a question it doesn't allow)."""


class UnknownSymbolAtProvider(GiveUp):
    """The source knows no such symbol."""


class MarketData(Protocol):
    """Where prices come from."""

    def quotes(self, *, asset_type: str, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        """The latest quotes, in the fewest calls that the source allows.

        Args:
            asset_type: "crypto", "stock" or "currency" (ISO 4217 codes; the price is in USD).
            symbols: tickers in upper case, any number; repeated ones cost nothing.

        Returns:
            quotes by symbol; a symbol that the source doesn't know, or has no price for, is
            missing.

        Raises:
            TryAgain: some batch failed; `answered` holds the quotes of the batches before it.
            GiveUp: the source refuses for good.
        """

    def daily_closes(
        self, *, asset_type: str, symbol: str, start: date, end: date
    ) -> list[DailyClose]:
        """The close of each day from `start` to `end`, both included, oldest first.

        Days without one are missing. Stock closes are adjusted for splits and not for dividends.
        CoinGecko's free tier knows the past 365 days.

        Raises:
            UnknownSymbolAtProvider: there is no such symbol.
            TryAgain: the source can't answer now.
            GiveUp: the source refuses for good.
        """
