"""What may the bot push?"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.schemas import Money, Schema, Text, Timestamp
from app.trading.rules.ranges import EARLIEST
from app.trading.schemas.shared import Symbol, TradeOut, side

LONGEST_TRADE_ID = 128
MOST_TRADES = 100
MOST_PNL = Decimal(10) ** 12
"""Sums of as many trades as anybody makes must fit the 38 digits of DynamoDB's numbers."""

NEEDED = ("trade_id", "symbol", "side", "size")


def _is_countable(pnl: Decimal) -> None:
    if abs(pnl) >= MOST_PNL:
        message = "Must have at most 12 digits before the point."
        raise ValidationError(message)


def _is_of_our_time(moment: Any) -> None:
    if moment is not None and moment < EARLIEST:
        message = "Must be after 1970-01-01. Send ISO 8601, such as 2026-11-20T14:30:00Z."
        raise ValidationError(message)


def _timestamp(**options: Any) -> Timestamp:
    return Timestamp(
        validate=_is_of_our_time,
        metadata={"description": "When; left out, now", "example": "2026-11-20T11:30:00+00:00"},
        **options,
    )


def _trade_id(**options: Any) -> Text:
    return Text(
        minimum=1,
        maximum=LONGEST_TRADE_ID,
        metadata={"description": "The bot's own id; pushed again, the trade counts once"},
        **options,
    )


def _size(**options: Any) -> Money:
    return Money(positive=True, metadata={"description": "How much changed hands"}, **options)


def _pnl(**options: Any) -> Money:
    return Money(
        validate=_is_countable,
        metadata={"description": "What it realised; below zero, a loss. An opening trade has 0"},
        **options,
    )


class TradeIn(Schema):
    """A trade of a batch."""

    trade_id = _trade_id(required=True)
    symbol = Symbol(required=True, metadata={"example": "BTC/USD"})
    side = side(required=True)
    size = _size(required=True)
    pnl = _pnl()
    timestamp = _timestamp()


class TradesIn(Schema):
    """One trade, by its own fields, or up to 100 in `trades`."""

    trade_id = _trade_id()
    symbol = Symbol(metadata={"example": "BTC/USD"})
    side = side()
    size = _size()
    pnl = _pnl()
    timestamp = _timestamp()
    trades = fields.List(
        fields.Nested(TradeIn),
        validate=validate.Length(min=1, max=MOST_TRADES),
        metadata={"description": "A batch, in place of the other fields"},
    )

    @validates_schema
    def is_one_or_many(self, data: Mapping[str, Any], **_: Any) -> None:
        """Either `trades` alone, or what one trade needs."""
        if "trades" in data:
            beside = sorted(set(data) - {"trades"})
            if beside:
                message = "Must be left out where trades is given."
                raise ValidationError({name: [message] for name in beside})
            return
        missing = [name for name in NEEDED if name not in data]
        if missing:
            message = "Missing data for required field."
            raise ValidationError({name: [message] for name in missing})


TRADE_OR_BATCH: dict[str, Any] = {
    "anyOf": [
        {"$ref": "#/components/schemas/TradeOut"},
        {
            "type": "object",
            "properties": {
                "created": {"type": "integer"},
                "duplicates": {"type": "integer"},
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/TradeOut"}},
            },
            "required": ["created", "duplicates", "items"],
            "additionalProperties": False,
        },
    ]
}
"""What a push of trades answers: the one trade, or a batch's count and its trades."""


class TradesPushedOut(Schema):
    """What became of a batch of trades."""

    created = fields.Integer(required=True, metadata={"description": "How many are new"})
    duplicates = fields.Integer(
        required=True, metadata={"description": "How many had been pushed before"}
    )
    items = fields.List(
        fields.Nested(TradeOut), required=True, metadata={"description": "In the order pushed"}
    )


class EquityIn(Schema):
    """What the bot is worth."""

    equity = Money(required=True, metadata={"description": "In the account's currency"})
    timestamp = _timestamp(load_default=None)
