"""What may be asked of the reports, and what do they answer?"""

from typing import Any

from marshmallow import fields, validate

from app.core.schemas import QueryArgs, Schema, Timestamp
from app.trading.rules.curve import FEWEST_POINTS
from app.trading.rules.days import COLOURS
from app.trading.schemas.shared import Amount, Figure, Symbol, TradeOut, side

CURVE: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 2,
        "maxItems": 2,
        "example": ["2026-11-20T12:00:00+00:00", "10500.00"],
    },
}
CALENDAR: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "pnl": {"type": "string"},
            "color": {"type": "string", "enum": list(COLOURS)},
        },
        "required": ["pnl", "color"],
        "additionalProperties": False,
    },
    "example": {"2026-11-20": {"pnl": "12.50", "color": "green"}},
}


def _moment(description: str) -> fields.String:
    return fields.String(load_default=None, metadata={"description": description})


class RangeArgs(QueryArgs):
    """From when to when."""

    start = _moment("ISO 8601 moment or date; included")
    end = _moment("ISO 8601 moment or date; included")


class CurveArgs(RangeArgs):
    """Which part of the curve, and how much of it."""

    limit = fields.Integer(
        load_default=None,
        validate=validate.Range(min=1, max=1_000),
        metadata={"description": "Only so many of the newest snapshots"},
    )
    points = fields.Integer(
        load_default=None,
        validate=validate.Range(min=FEWEST_POINTS, max=10_000),
        metadata={
            "description": "At most so many points, chosen so that the shape and the peaks stay"
        },
    )


class LedgerArgs(RangeArgs):
    """Which trades."""

    page = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1),
        metadata={
            "description": "page x page_size may be at most 10,000; beyond, go on with cursor"
        },
    )
    page_size = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=2_048),
        metadata={"description": "next_cursor of the page before, in place of page"},
    )
    symbol = Symbol(load_default=None)
    side = side(load_default=None)


class LedgerOut(Schema):
    """A page of trades, newest first."""

    items = fields.List(fields.Nested(TradeOut), required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)
    total = fields.Integer(
        required=True, metadata={"description": "How many trades match, on all pages"}
    )
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "null on the last page"}
    )


class StatusOut(Schema):
    """What the bot is doing."""

    running = fields.Boolean(required=True)
    uptime_seconds = fields.Integer(
        required=True,
        metadata={"description": "Seconds since it started; 0 while it stands still."},
    )


def _share() -> fields.Float:
    return fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Trades that gained, over all; 4 decimals, null without trades"},
    )


class ProfitOut(Schema):
    """What the bot is worth now and has gained; null where that is not known."""

    current_balance = Amount(
        required=True, allow_none=True, metadata={"description": "The newest snapshot"}
    )
    total_pl_amount = Amount(
        required=True,
        allow_none=True,
        metadata={"description": "Gained since BASELINE_EQUITY, or since the first snapshot"},
    )
    total_pl_percent = Figure(
        required=True, allow_none=True, metadata={"description": "2 decimals half-up"}
    )
    win_rate = _share()


class _FiguresOut(Schema):
    """What some trades came to."""

    trade_count = fields.Integer(required=True, attribute="totals.trade_count")
    win_count = fields.Integer(
        required=True, attribute="totals.win_count", metadata={"description": "pnl above 0"}
    )
    loss_count = fields.Integer(
        required=True, attribute="totals.loss_count", metadata={"description": "pnl below 0"}
    )
    win_rate = _share()
    gross_profit = Amount(required=True, attribute="totals.gross_profit")
    gross_loss = Amount(
        required=True,
        attribute="totals.gross_loss",
        metadata={"description": "What was lost, as an amount of 0 or more"},
    )
    net_profit = Amount(required=True, attribute="totals.net_profit")
    profit_factor = Figure(
        required=True,
        allow_none=True,
        metadata={"description": "gross_profit over gross_loss; null where nothing was lost"},
    )
    expectancy = Amount(
        required=True, allow_none=True, metadata={"description": "net_profit of a trade"}
    )
    best_trade = Amount(required=True, allow_none=True, attribute="totals.best")
    worst_trade = Amount(required=True, allow_none=True, attribute="totals.worst")


class SymbolFiguresOut(_FiguresOut):
    """The trades of a symbol."""

    symbol = fields.String(required=True, attribute="name")


class WeekFiguresOut(_FiguresOut):
    """The trades of a week."""

    week = fields.String(
        required=True, attribute="name", metadata={"description": "ISO 8601: 2026-W47"}
    )


class MonthFiguresOut(_FiguresOut):
    """The trades of a month."""

    month = fields.String(required=True, attribute="name", metadata={"description": "2026-11"})


class DrawdownOut(Schema):
    """The worst fall of the equity from a peak, in percent of the peak."""

    amount = Amount(required=True)
    percent = Figure(required=True, allow_none=True, metadata={"description": "2 decimals half-up"})
    start = Timestamp(required=True, allow_none=True, metadata={"description": "The peak"})
    end = Timestamp(required=True, allow_none=True, metadata={"description": "The trough"})


def _ratio(description: str) -> Figure:
    return Figure(required=True, allow_none=True, metadata={"description": description})


class StatsOut(_FiguresOut):
    """How well the bot trades; what can't be told is null."""

    average_duration_seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of the round trips closed in the range: buy to sell and short to cover, "
            "first in, first out by symbol"
        },
    )
    max_drawdown = fields.Nested(DrawdownOut, required=True)
    sharpe = _ratio("Of daily returns, a year of 365 days, risk-free rate 0")
    sortino = _ratio("The same, over the downside deviation")
    calmar = _ratio("cagr over max_drawdown.percent")
    cagr = _ratio("Compound annual growth in percent; null for under 30 days")
    by_symbol = fields.List(fields.Nested(SymbolFiguresOut), required=True)
    by_week = fields.List(fields.Nested(WeekFiguresOut), required=True)
    by_month = fields.List(fields.Nested(MonthFiguresOut), required=True)
