"""What can be asked of past prices, in which states is it, and why can't it be answered?

A run is a backtest or an optimisation: some symbols, and days from `start` to `end`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

BACKTEST: Final = "backtest"
OPTIMISATION: Final = "optimization"
KINDS: Final = (BACKTEST, OPTIMISATION)

PENDING: Final = "pending"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
STATUSES: Final = (PENDING, COMPLETED, FAILED)

CRYPTO: Final = "crypto"
STOCK: Final = "stock"
ASSET_TYPES: Final = (CRYPTO, STOCK)

MOST_SYMBOLS: Final = 30
FEWEST_TO_CHOOSE: Final = 2
LONGEST_DAYS: Final = 3_660
"""Ten years, with a week for whoever counts leap years by hand."""

NONE: Final = "none"
MONTHLY: Final = "monthly"
QUARTERLY: Final = "quarterly"
YEARLY: Final = "yearly"
REBALANCES: Final = (NONE, MONTHLY, QUARTERLY, YEARLY)
LARGEST_FEE: Final = Decimal(10)

MIN_VARIANCE: Final = "min_variance"
MAX_SHARPE: Final = "max_sharpe"
RISK_PARITY: Final = "risk_parity"
OBJECTIVES: Final = (MIN_VARIANCE, MAX_SHARPE, RISK_PARITY)

# What people write for a third or a seventh need not add up to the last digit.
OFF_BY: Final = Decimal("0.001")

# Stocks are traded on about 252 days a year; crypto is on every one.
STOCK_DAYS_A_YEAR: Final = 252
CRYPTO_DAYS_A_YEAR: Final = 365


class Unusable(Exception):
    """It can't be computed from the prices that there are.

    Attributes:
        code: snake_case, for programs.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A symbol of a run.

    Attributes:
        label: what the run calls it: `AAPL`, or `crypto:BTC` where its type is not the run's.
        share: its part of a backtest's portfolio; None in an optimisation.
    """

    label: str
    asset_type: str
    symbol: str
    share: Decimal | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """What prices are kept by."""
        return self.asset_type, self.symbol


def wanted(*, label: str, asset_type: str, share: Decimal | None = None) -> Wanted:
    """A symbol as somebody wrote it, in a run whose symbols are of `asset_type` unless they say otherwise.

    >>> wanted(label="crypto:BTC", asset_type="stock").pair
    ('crypto', 'BTC')
    >>> wanted(label="stock:AAPL", asset_type="stock").label
    'AAPL'
    """
    before, colon, symbol = label.rpartition(":")
    own = before if colon else asset_type
    return Wanted(
        label=symbol if own == asset_type else f"{own}:{symbol}",
        asset_type=own,
        symbol=symbol,
        share=share,
    )


def days_a_year(asset_types: set[str]) -> int:
    """How many daily returns make a year: 365 where all is crypto, 252 where a stock is among it.

    Days count only where every symbol has a close, so one stock leaves the days on which stocks are traded.
    """
    return CRYPTO_DAYS_A_YEAR if asset_types == {CRYPTO} else STOCK_DAYS_A_YEAR


def stored(one: Wanted) -> dict[str, Any]:
    """A symbol of a run as it is kept."""
    return {
        "label": one.label,
        "asset_type": one.asset_type,
        "symbol": one.symbol,
        "share": None if one.share is None else str(one.share),
    }


def restored(kept: dict[str, Any]) -> Wanted:
    """A symbol of a run from what was kept."""
    share = kept["share"]
    return Wanted(
        label=kept["label"],
        asset_type=kept["asset_type"],
        symbol=kept["symbol"],
        share=None if share is None else Decimal(share),
    )


def is_too_long(*, start: date, end: date) -> bool:
    """Whether a run over these days is longer than ten years."""
    return (end - start).days > LONGEST_DAYS
