"""What can be done with the bot's trading: it is told, counted, paired, drawn and judged."""

from app.trading.service.calendar import DayOfCalendar, get_calendar
from app.trading.service.curve import TooManyPoints, equity_curve
from app.trading.service.equity import (
    EquityConflict,
    PushedEquity,
    Snapshot,
    push_equity,
    snapshot_equity,
)
from app.trading.service.ingest import PushedTrades, TradeConflict, push_trade, push_trades
from app.trading.service.ledger import LedgerPage, TooDeep, list_trades
from app.trading.service.picture import draw_equity_curve
from app.trading.service.profit import Balance, balance
from app.trading.service.rollup import DayRollup, roll_up_daily_pnl
from app.trading.service.scheduled import close_day_before, push_heartbeat, send_heartbeat
from app.trading.service.settlement import settle_round_trips
from app.trading.service.stats import Stats, get_stats
from app.trading.service.status import Status, get_status, start, stop
from app.trading.service.when import InvalidDatetime, InvalidRange, TimestampInFuture

__all__ = [
    "Balance",
    "DayOfCalendar",
    "DayRollup",
    "EquityConflict",
    "InvalidDatetime",
    "InvalidRange",
    "LedgerPage",
    "PushedEquity",
    "PushedTrades",
    "Snapshot",
    "Stats",
    "Status",
    "TimestampInFuture",
    "TooDeep",
    "TooManyPoints",
    "TradeConflict",
    "balance",
    "close_day_before",
    "draw_equity_curve",
    "equity_curve",
    "get_calendar",
    "get_stats",
    "get_status",
    "list_trades",
    "push_equity",
    "push_heartbeat",
    "push_trade",
    "push_trades",
    "roll_up_daily_pnl",
    "send_heartbeat",
    "settle_round_trips",
    "snapshot_equity",
    "start",
    "stop",
]
