"""How do followers learn of prices that changed? From events on the feed `prices`, for many symbols each."""

import logging
from collections.abc import Mapping
from datetime import datetime

from app.core import dynamo
from app.prices import rules
from app.prices.models import QuoteRow
from app.providers.market_data.interface import ProviderQuote

log = logging.getLogger(__name__)

CHANNEL = "prices"


def tell_changes(
    *,
    asset_type: str,
    before: Mapping[tuple[str, str], QuoteRow],
    stored: Mapping[str, ProviderQuote],
    now: datetime,
) -> bool:
    """Append the prices that differ from those before; whether there were any.

    What can't be appended now is not told: the next change is, and the prices themselves are stored already.
    """
    # The worker alone tells. A request that reads a price does without feeds, and accounts behind them (docs/adr/0012).
    from app.feeds import service as feeds

    changed = [
        {"symbol": symbol, "price": format(quote.price, "f"), "currency": quote.currency}
        for symbol, quote in sorted(stored.items())
        if (row := before.get((asset_type, symbol))) is None or row.price != quote.price
    ]
    events = [
        feeds.NewEvent(
            event="price",
            data={"asset_type": asset_type, "timestamp": now.isoformat(), "prices": some},
        )
        for some in rules.batches(changed, rules.SYMBOLS_AN_EVENT)
    ]
    try:
        for few in rules.batches(events, rules.EVENTS_AN_APPEND):
            feeds.append(channel=CHANNEL, events=few, now=now)
    except dynamo.Busy:
        log.warning("prices.not_told", extra={"asset_type": asset_type, "count": len(changed)})
        return False
    return bool(events)
