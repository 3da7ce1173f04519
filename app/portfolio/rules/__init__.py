"""What follows from a user's ledger and from prices, without anything stored or asked?"""

from app.portfolio.rules.valuation import (
    ASSET_TYPES,
    CRYPTO,
    DEFAULT_CURRENCY,
    NO_EXCHANGE_RATE,
    NO_PRICE,
    REASONS,
    STOCK,
    Price,
    Totals,
    Valuation,
    is_in_the_future,
    total,
    value_holding,
    why_uncounted,
)

__all__ = [
    "ASSET_TYPES",
    "CRYPTO",
    "DEFAULT_CURRENCY",
    "NO_EXCHANGE_RATE",
    "NO_PRICE",
    "REASONS",
    "STOCK",
    "Price",
    "Totals",
    "Valuation",
    "is_in_the_future",
    "total",
    "value_holding",
    "why_uncounted",
]
