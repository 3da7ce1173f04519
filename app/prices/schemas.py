"""What does the JSON of prices look like?"""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.core import schemas

ASSET_TYPES = ("crypto", "stock", "currency")
RANGES = ("7d", "30d", "90d", "1y", "5y", "max")
MOST_SYMBOLS = 100
# As exchanges and data vendors write them: BTC, BRK-B, ^GSPC, EURUSD=X, 0700.HK, M&M.NS.
SYMBOL = "[A-Za-z0-9.^=&-]{1,20}"


class Symbol(fields.String):
    """A ticker in capitals; small letters, and spaces around it, are accepted and mended."""

    pattern = re.compile(f" *{SYMBOL} *")

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"pattern": f"^ *{SYMBOL} *$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            message = "Must be a ticker such as BTC, AAPL, BRK-B or EUR, of 20 characters at most."
            raise ValidationError(message)
        return text.strip(" ").upper()


class PricesIn(schemas.Schema):
    """Whose prices are wanted."""

    asset_type = fields.String(
        required=True,
        validate=validate.OneOf(ASSET_TYPES),
        metadata={"description": "currency: the price of EUR is what one euro costs in USD."},
    )
    symbols = fields.List(
        Symbol(metadata={"example": "BTC"}),
        required=True,
        validate=validate.Length(min=1, max=MOST_SYMBOLS),
    )


class QuoteOut(schemas.Schema):
    """What one unit of a symbol costs."""

    symbol = fields.String(required=True)
    price = schemas.Money(
        required=True,
        allow_none=True,
        metadata={"description": "Null while it is not known; never 0."},
    )
    currency = fields.String(required=True, metadata={"example": "USD"})
    timestamp = schemas.Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the source last confirmed the price."},
    )
    source = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "coingecko or yahoo; null for USD, which is 1 by definition."},
    )
    age_seconds = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Seconds since timestamp."}
    )
    stale = fields.Boolean(
        required=True, metadata={"description": "Missing, or older than a price should be."}
    )
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Why no newer price came: not_priced_yet, unknown_symbol, "
            "source_unavailable or source_refused."
        },
    )


class HistoryArgs(schemas.QueryArgs):
    """Which days are wanted."""

    range = fields.String(
        load_default="30d",
        validate=validate.OneOf(RANGES),
        metadata={"description": "Up to and including the last finished day (UTC)."},
    )


class CloseOut(schemas.Schema):
    """One day's close."""

    date = schemas.Date(required=True)
    close = schemas.Money(required=True)


class HistoryOut(schemas.Schema):
    """Daily closes, oldest first."""

    asset_type = fields.String(required=True, validate=validate.OneOf(ASSET_TYPES))
    symbol = fields.String(required=True)
    currency = fields.String(required=True)
    range = fields.String(required=True, validate=validate.OneOf(RANGES))
    closes = fields.List(fields.Nested(CloseOut), required=True)
    status = fields.String(
        required=True, validate=validate.OneOf(["completed", "pending", "failed"])
    )
    error = fields.String(required=True, allow_none=True)
