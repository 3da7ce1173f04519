"""What does one unit of a currency cost in USD, as Yahoo's currency pairs say?

A pair comes in few decimals, as the market writes it: 1.0834 USD for a euro, 25,405 dong for a dollar. The other way
round, six decimals would leave a dong at 0.000039 USD, with two digits of it. So those pairs are asked that are quoted
in USD by convention (EURUSD=X), and for all other currencies the pair quoted in them (VND=X), turned round here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from app.core import money
from app.providers.market_data.interface import (
    DailyClose,
    ProviderQuote,
    TryAgain,
    UnknownSymbolAtProvider,
)
from app.providers.market_data.yahoo import SOURCE, Yahoo

USD: Final = "USD"
# What the market quotes in dollars for one unit of it, and not the other way round.
QUOTED_IN_USD: Final = frozenset({"EUR", "GBP", "AUD", "NZD"})
CODE_LETTERS: Final = 3


class YahooCurrencies:
    """Rates by ISO 4217 code: EUR is what one euro costs in USD. USD itself has none."""

    def __init__(self, yahoo: Yahoo) -> None:
        """Rates come over the connection that stocks use."""
        self._yahoo = yahoo

    def quotes(self, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        """Rates by code; see `MarketData.quotes`."""
        codes = {_pair(symbol): symbol for symbol in symbols if _is_code(symbol)}
        if not codes:
            return {}
        try:
            found = self._yahoo.quotes(list(codes))
        except TryAgain as trouble:
            trouble.answered = _by_code(trouble.answered, codes)
            raise
        return _by_code(found, codes)

    def daily_closes(self, *, symbol: str, start: date, end: date) -> list[DailyClose]:
        """The rate at the close of each day that was traded; see `MarketData.daily_closes`."""
        if not _is_code(symbol):
            message = f"{SOURCE} knows no such currency"
            raise UnknownSymbolAtProvider(message)
        closes = self._yahoo.daily_closes(symbol=_pair(symbol), start=start, end=end)
        return [DailyClose(date=day.date, close=_in_usd(symbol, day.close)) for day in closes]


def _is_code(symbol: str) -> bool:
    """Whether a currency other than USD can have this code. Another symbol is never put into a pair."""
    return len(symbol) == CODE_LETTERS and symbol.isascii() and symbol.isalpha() and symbol != USD


def _pair(code: str) -> str:
    """Yahoo's name of the pair: EURUSD=X is dollars for a euro, JPY=X yen for a dollar."""
    return f"{code}USD=X" if code in QUOTED_IN_USD else f"{code}=X"


def _in_usd(code: str, rate: Decimal) -> Decimal:
    return rate if code in QUOTED_IN_USD else money.ratio(Decimal(1), rate)


def _by_code(found: dict[str, ProviderQuote], codes: dict[str, str]) -> dict[str, ProviderQuote]:
    return {
        codes[pair]: replace(
            quote,
            symbol=codes[pair],
            price=_in_usd(codes[pair], quote.price),
            currency=USD,
            name=f"{codes[pair]}/{USD}",
            day_change_percentage=_change_in_usd(codes[pair], quote.day_change_percentage),
        )
        for pair, quote in found.items()
    }


def _change_in_usd(code: str, percent: Decimal | None) -> Decimal | None:
    """The day's change of the currency itself: where the dollar rose by 25 % in it, it fell by 20 %."""
    if percent is None or code in QUOTED_IN_USD:
        return percent
    hundred = Decimal(100)
    return money.percentage(-percent, hundred + percent)
