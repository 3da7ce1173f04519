"""What can be done with prices: read them, keep them fresh, and read those of past days."""

from app.prices.service.exchange import (
    Rate,
    daily_rates,
    rate_symbols,
    rates,
    rates_from,
)
from app.prices.service.history import (
    COMPLETED,
    FAILED,
    PENDING,
    History,
    HistoryState,
    PriceSourceBusy,
    ask_for_histories,
    daily_closes,
    get_history,
    history_states,
    last_closes,
    load_history,
)
from app.prices.service.quotes import (
    CURRENCY,
    Pair,
    Quote,
    UnknownSymbol,
    ensure_known_symbol,
    fresh_quotes,
    keep_tracked,
    latest_quotes,
    track,
)
from app.prices.service.refreshing import refresh_quotes, refresh_symbols
from app.providers.market_data.interface import DailyClose

__all__ = [
    "COMPLETED",
    "CURRENCY",
    "FAILED",
    "PENDING",
    "DailyClose",
    "History",
    "HistoryState",
    "Pair",
    "PriceSourceBusy",
    "Quote",
    "Rate",
    "UnknownSymbol",
    "ask_for_histories",
    "daily_closes",
    "daily_rates",
    "ensure_known_symbol",
    "fresh_quotes",
    "get_history",
    "history_states",
    "keep_tracked",
    "last_closes",
    "latest_quotes",
    "load_history",
    "rate_symbols",
    "rates",
    "rates_from",
    "refresh_quotes",
    "refresh_symbols",
    "track",
]
