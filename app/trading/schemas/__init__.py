"""What do the bot's pushes and reports look like in JSON?"""

from app.trading.schemas.pushes import TRADE_OR_BATCH, EquityIn, TradesIn, TradesPushedOut
from app.trading.schemas.reports import (
    CALENDAR,
    CURVE,
    CurveArgs,
    LedgerArgs,
    LedgerOut,
    ProfitOut,
    RangeArgs,
    StatsOut,
    StatusOut,
)
from app.trading.schemas.shared import EquityOut, TradeOut

__all__ = [
    "CALENDAR",
    "CURVE",
    "TRADE_OR_BATCH",
    "CurveArgs",
    "EquityIn",
    "EquityOut",
    "LedgerArgs",
    "LedgerOut",
    "ProfitOut",
    "RangeArgs",
    "StatsOut",
    "StatusOut",
    "TradeOut",
    "TradesIn",
    "TradesPushedOut",
]
