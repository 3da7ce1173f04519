"""What is stored of the bot: whether it runs, what it traded, what it is worth, and the sums of both."""

from app.trading.models.equity import EquityExtent, EquitySnapshot, EquitySpan
from app.trading.models.round_trips import OpenLots, Repair, RoundTripDay
from app.trading.models.status import SystemStatus
from app.trading.models.tallies import Tally
from app.trading.models.trades import Trade

__all__ = [
    "EquityExtent",
    "EquitySnapshot",
    "EquitySpan",
    "OpenLots",
    "Repair",
    "RoundTripDay",
    "SystemStatus",
    "Tally",
    "Trade",
]
