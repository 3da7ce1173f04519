"""How are amounts, symbols and trades written at /api/v1? Amounts as text, as document 004 shows them."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.core.schemas import Schema, Timestamp
from app.trading.rules.trades import SIDES
from app.trading.rules.written import amount_text, digits_text

SYMBOL_PATTERN = r"[A-Za-z0-9._/:=^&-]{1,32}"


class Amount(fields.String):
    """An amount of money out, as text with every digit and at least two behind the point."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        text = None if value is None else amount_text(value)
        return super()._serialize(text, attr, obj, **kwargs)


class Size(fields.String):
    """How much changed hands, as text with every digit."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return super()._serialize(digits_text(value), attr, obj, **kwargs)


class Figure(fields.String):
    """A ratio or a percentage out, as text with the digits that it was rounded to."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        text = None if value is None else format(value, "f")
        return super()._serialize(text, attr, obj, **kwargs)


class Symbol(fields.String):
    """What is traded; upper-cased."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {**kwargs.pop("metadata", {}), "pattern": f"^ *{SYMBOL_PATTERN} *$"}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(f" *{SYMBOL_PATTERN} *", text):
            message = "Use 1 to 32 letters, digits or . _ / : = ^ & -"
            raise ValidationError(message)
        return text.strip(" ").upper()


def side(**options: Any) -> fields.String:
    """Which way a trade goes."""
    return fields.String(validate=validate.OneOf(SIDES), **options)


class TradeOut(Schema):
    """A trade."""

    id = fields.String(
        required=True, attribute="trade_id", metadata={"description": "The bot's trade_id"}
    )
    symbol = fields.String(required=True)
    side = side(required=True)
    size = Size(required=True)
    pnl = Amount(required=True, metadata={"description": "What it realised; below zero, a loss"})
    timestamp = Timestamp(required=True)


class EquityOut(Schema):
    """What the bot was worth at a moment."""

    timestamp = Timestamp(required=True)
    equity = Amount(required=True)
