"""Which stocks, coins and currencies does the stand-in market know, and what are they worth?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Stock:
    """A share or a fund, as Yahoo knows it; `price` is in USD, `exchange` is Yahoo's short code."""

    symbol: str
    name: str
    kind: str
    exchange: str
    price: Decimal
    yearly_volatility: float


@dataclass(frozen=True)
class Coin:
    """A coin, as CoinGecko knows it: `id` is what its API asks for, `supply` is in whole coins."""

    id: str
    symbol: str
    name: str
    price: Decimal
    yearly_volatility: float
    supply: int


@dataclass(frozen=True)
class Currency:
    """An ISO 4217 currency; `price` is what one unit costs in USD."""

    currency: str
    price: Decimal
    yearly_volatility: float


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be asked for, by the name under which it is asked."""

    stocks: Mapping[str, Stock]
    coins: Mapping[str, Coin]
    currencies: Mapping[str, Currency]

    def coin_of_symbol(self, symbol: str) -> Coin | None:
        """The coin with this ticker, whatever its case."""
        wanted = symbol.upper()
        return next((coin for coin in self.coins.values() if coin.symbol == wanted), None)


@cache
def load() -> Catalogue:
    """The catalogue that ships with the code."""
    text = resources.files(__package__).joinpath("catalogue.json").read_text("utf-8")
    rows = json.loads(text)
    for row in (row for kind in rows.values() for row in kind):
        row["price"] = Decimal(row["price"])
    return Catalogue(
        stocks={row["symbol"]: Stock(**row) for row in rows["stocks"]},
        coins={row["id"]: Coin(**row) for row in rows["coins"]},
        currencies={row["currency"]: Currency(**row) for row in rows["currencies"]},
    )
