"""What is a stock, a coin or a currency worth at a moment, in the stand-in market?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.local.standins import catalogue, walk

FX_SUFFIX = "=X"
CURRENCY_CODE_LENGTH = 3


@dataclass(frozen=True)
class Listing:
    """Something that Yahoo lists: `round_the_clock` for what trades at weekends too."""

    symbol: str
    name: str
    kind: str
    exchange: str
    currency: str
    round_the_clock: bool


@dataclass(frozen=True)
class Market:
    """All prices of one seed. Every answer is a pure function of its arguments."""

    seed: int

    def listing(self, symbol: str) -> Listing | None:
        """What Yahoo lists under a symbol such as AAPL, BTC-USD or EURUSD=X; None if nothing."""
        known = catalogue.load()
        if stock := known.stocks.get(symbol):
            return Listing(
                symbol, stock.name, stock.kind, stock.exchange, "USD", round_the_clock=False
            )
        if symbol.endswith("-USD") and (coin := known.coin_of_symbol(symbol[:-4])):
            return Listing(
                symbol, f"{coin.name} USD", "CRYPTOCURRENCY", "CCC", "USD", round_the_clock=True
            )
        if pair := self._currency_pair(symbol):
            return Listing(
                symbol, "/".join(pair), "CURRENCY", "CCY", pair[1], round_the_clock=False
            )
        return None

    def listed_price(self, symbol: str, at: datetime) -> Decimal:
        """The price of a listed symbol, in its own currency.

        Raises:
            KeyError: when nothing is listed under that symbol.
        """
        known = catalogue.load()
        if stock := known.stocks.get(symbol):
            return _as_quoted(self._moved(f"stock:{symbol}", stock, at), decimals=2)
        if symbol.endswith("-USD") and (coin := known.coin_of_symbol(symbol[:-4])):
            return self.coin_price(coin.id, at)
        if pair := self._currency_pair(symbol):
            rate = self.usd_per(pair[0], at) / self.usd_per(pair[1], at)
            return _significant(rate, digits=6)
        raise KeyError(symbol)

    def coin_price(self, coin_id: str, at: datetime, *, quoted_in: str = "USD") -> Decimal:
        """The price of a coin, in a currency or another coin's ticker (CoinGecko offers btc, eth).

        Raises:
            KeyError: when the coin or what it is quoted in is unknown.
        """
        known = catalogue.load()
        price = self._moved(f"coin:{coin_id}", known.coins[coin_id], at)
        if quoted_in != "USD":
            price = price / self._usd_of(quoted_in, at)
        decimals = 2 if price >= 100 else 4  # noqa: PLR2004 - where CoinGecko stops showing cents
        return _as_quoted(price, decimals=decimals) if price >= 1 else _significant(price, digits=6)

    def usd_per(self, currency: str, at: datetime) -> Decimal:
        """What one unit of a currency costs in USD.

        Raises:
            KeyError: when the currency is unknown.
        """
        if currency == "USD":
            return Decimal(1)
        known = catalogue.load().currencies[currency]
        return self._moved(f"currency:{currency}", known, at)

    def _usd_of(self, name: str, at: datetime) -> Decimal:
        coin = catalogue.load().coin_of_symbol(name)
        return self.coin_price(coin.id, at) if coin else self.usd_per(name, at)

    def _moved(
        self,
        key: str,
        item: catalogue.Stock | catalogue.Coin | catalogue.Currency,
        at: datetime,
    ) -> Decimal:
        factor = walk.factor(
            key=key, seed=self.seed, at=at, yearly_volatility=item.yearly_volatility
        )
        # Nine digits are more than any price shows, and hide the last bit of a float, which may
        # differ between machines.
        return item.price * Decimal(f"{factor:.9f}")

    def _currency_pair(self, symbol: str) -> tuple[str, str] | None:
        """EURUSD=X is (EUR, USD); JPY=X is Yahoo's short form of USDJPY=X."""
        if not symbol.endswith(FX_SUFFIX):
            return None
        codes = symbol.removesuffix(FX_SUFFIX)
        if len(codes) == CURRENCY_CODE_LENGTH:
            codes = f"USD{codes}"
        pair = codes[:CURRENCY_CODE_LENGTH], codes[CURRENCY_CODE_LENGTH:]
        known = {"USD", *catalogue.load().currencies}
        return pair if pair[0] != pair[1] and known.issuperset(pair) else None


def _as_quoted(price: Decimal, *, decimals: int) -> Decimal:
    return price.quantize(Decimal(1).scaleb(-decimals))


def _significant(price: Decimal, *, digits: int) -> Decimal:
    return price.quantize(Decimal(1).scaleb(price.adjusted() - digits + 1))
