"""What does a watchlist look like in JSON?"""

from marshmallow import fields, validate

from app.core import schemas
from app.portfolio.schemas.assets import UpperCaseText

WATCHABLE = ("crypto", "stock", "currency")
SYMBOL = "[A-Za-z0-9.^=&-]{1,20}"
SYMBOL_WANTED = "Use 1 to 20 letters, digits or . ^ = & -"


class WatchIn(schemas.Schema):
    """A symbol to keep an eye on."""

    asset_type = fields.String(required=True, validate=validate.OneOf(WATCHABLE))
    symbol = UpperCaseText(
        pattern=SYMBOL,
        wanted=SYMBOL_WANTED,
        required=True,
        metadata={"description": "Upper-cased: BTC, AAPL, BRK-B, EUR", "example": "BTC"},
    )


class WatchedOut(schemas.Schema):
    """A watched symbol and what one unit costs. What is not known is null, never 0."""

    id = fields.String(required=True, attribute="watch_id")
    asset_type = fields.String(required=True, validate=validate.OneOf(WATCHABLE))
    symbol = fields.String(required=True)
    name = fields.String(
        required=True, allow_none=True, metadata={"description": "As the market calls it"}
    )
    price = schemas.Money(
        required=True,
        allow_none=True,
        metadata={"description": "Of one unit; null when none is known"},
    )
    currency = fields.String(required=True, metadata={"description": "Of the price"})
    day_change_percentage = schemas.Money(
        required=True,
        allow_none=True,
        metadata={
            "description": "Since 24 hours ago (crypto) or the close before (stock), in percent, 2 decimals half-up"
        },
    )
    price_as_of = schemas.Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the market last confirmed the price"},
    )
    stale = fields.Boolean(
        required=True,
        metadata={"description": "The price is older than it should be, or not known"},
    )
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Why no newer price came: not_priced_yet, unknown_symbol, "
            "source_unavailable or source_refused"
        },
    )
    created_at = schemas.Timestamp(required=True)


class WatchlistOut(schemas.Schema):
    """All that a user watches, what was added first first."""

    watchlist = fields.List(fields.Nested(WatchedOut), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "Always null: the list is whole"}
    )
