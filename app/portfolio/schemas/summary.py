"""What does the JSON of a summary look like, now and of a past day?"""

from marshmallow import fields, validate

from app.core import schemas
from app.portfolio.schemas.assets import TotalsOut


class SummaryArgs(schemas.QueryArgs):
    """Which day is wanted."""

    as_of = schemas.Date(
        load_default=None,
        metadata={
            "description": "The end of this day (UTC), today or before; without it, this moment",
            "example": "2026-10-30",
        },
    )


class PastAssetOut(schemas.Schema):
    """What was held of an asset at the end of a day, and the price that values it."""

    asset_id = fields.String(required=True)
    asset_type = fields.String(required=True, validate=validate.OneOf(["crypto", "stock"]))
    symbol = fields.String(required=True)
    currency = fields.String(
        required=True, metadata={"description": "The asset's own, of price and value"}
    )
    quantity = schemas.Money(
        required=True, metadata={"description": "Units of that day, before later splits"}
    )
    price = schemas.Money(
        required=True,
        allow_none=True,
        metadata={
            "description": "The close of that day, or the last before it, of one unit of that "
            "day; null when none is known"
        },
    )
    price_date = schemas.Date(
        required=True, allow_none=True, metadata={"description": "The day whose close price is"}
    )
    value = schemas.Money(
        required=True, allow_none=True, metadata={"description": "price x quantity"}
    )
    exchange_rate = schemas.Money(
        required=True,
        allow_none=True,
        metadata={
            "description": "What one unit of currency cost in that of the totals: 1 where they "
            "are the same, null where it is not known"
        },
    )
    exchange_rate_date = schemas.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The day whose rate it is; null where nothing is converted"},
    )


class SummaryOut(TotalsOut):
    """All of a user's assets in figures; amounts are in the base currency."""

    crypto_count = fields.Integer(
        required=True, metadata={"description": "Every crypto asset, priced or not"}
    )
    stock_count = fields.Integer(
        required=True, metadata={"description": "Every stock, priced or not"}
    )
    total_assets = fields.Integer(
        required=True, metadata={"description": "crypto_count + stock_count"}
    )
    crypto_value = schemas.Money(
        required=True,
        metadata={"description": "What the priced crypto assets are worth"},
    )
    stock_value = schemas.Money(
        required=True, metadata={"description": "What the priced stocks are worth"}
    )
    assets = fields.List(
        fields.Nested(PastAssetOut),
        metadata={"description": "With as_of only: what was held, and the prices used"},
    )
    pending = fields.List(
        fields.String(),
        metadata={
            "description": "With as_of only: symbols and currencies whose closes are being "
            "loaded. Ask again in a few seconds; until then older closes, or none, are used"
        },
    )
