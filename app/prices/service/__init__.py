"""What can be done with prices: read them, keep them fresh, and read those of past days."""

from app.prices.service.history import (
    PENDING,
    History,
    PriceSourceBusy,
    daily_closes,
    get_history,
    load_history,
)
from app.prices.service.quotes import (
    Quote,
    UnknownSymbol,
    ensure_known_symbol,
    fresh_quotes,
    keep_tracked,
    latest_quotes,
    track,
)
from app.prices.service.refreshing import refresh_quotes, refresh_symbols

__all__ = [
    "PENDING",
    "History",
    "PriceSourceBusy",
    "Quote",
    "UnknownSymbol",
    "daily_closes",
    "ensure_known_symbol",
    "fresh_quotes",
    "get_history",
    "keep_tracked",
    "latest_quotes",
    "load_history",
    "refresh_quotes",
    "refresh_symbols",
    "track",
]
