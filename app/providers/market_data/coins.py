"""Which coin of CoinGecko does a ticker mean?

CoinGecko has ids and not tickers, and thousands of its coins share a ticker with a famous one. So
the ticker of each large coin is mapped by hand in `coins.csv`. That is knowledge of one vendor,
which is why it lies here and not in the prices domain: nothing above a provider knows that
CoinGecko has ids.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).with_name("coins.csv")


@dataclass(frozen=True, kw_only=True)
class Coin:
    """One coin: its ticker, CoinGecko's id of it, and its name."""

    symbol: str
    id: str
    name: str


@cache
def directory() -> dict[str, Coin]:
    """Every coin that is known, by ticker; read once."""
    lines = DIRECTORY.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        row["symbol"]: Coin(symbol=row["symbol"], id=row["id"], name=row["name"]) for row in rows
    }
