"""What does the JSON of an allocation look like?"""

from marshmallow import fields, validate

from app.core import schemas
from app.portfolio.rules.allocation import WARNINGS
from app.portfolio.schemas.assets import UnpricedOut


class ShareOut(schemas.Schema):
    """A part of the whole."""

    value = schemas.Money(required=True, metadata={"description": "In `currency` of the answer"})
    percentage = schemas.Money(
        required=True,
        metadata={"description": "Of total_value, 2 decimals; together they are 100.00"},
    )


class AssetShareOut(ShareOut):
    """An asset's part. Several assets of one symbol stand by themselves."""

    asset_id = fields.String(required=True)
    asset_type = fields.String(required=True, validate=validate.OneOf(["crypto", "stock"]))
    symbol = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, metadata={"description": "The asset's own"})


class TypeShareOut(ShareOut):
    """The part of all assets of a type."""

    asset_type = fields.String(required=True, validate=validate.OneOf(["crypto", "stock"]))


class CurrencyShareOut(ShareOut):
    """The part of all assets in a currency."""

    currency = fields.String(required=True)


class ConcentrationOut(schemas.Schema):
    """Something that a lot depends on."""

    code = fields.String(
        required=True,
        validate=validate.OneOf(WARNINGS),
        metadata={
            "description": "symbol_concentration: over 25 % in one symbol. crypto_concentration: over 50 % in "
            "crypto. foreign_currency_concentration: over 50 % in other currencies than the base currency"
        },
    )
    message = fields.String(required=True)
    percentage = schemas.Money(required=True, metadata={"description": "How much it is"})


class AllocationOut(schemas.Schema):
    """How what is held is spread, the largest part first."""

    total_value = schemas.Money(required=True, attribute="totals.value")
    currency = fields.String(required=True, metadata={"description": "The user's base currency"})
    by_asset = fields.List(fields.Nested(AssetShareOut), required=True, attribute="shares.by_asset")
    by_type = fields.List(fields.Nested(TypeShareOut), required=True, attribute="shares.by_type")
    by_currency = fields.List(
        fields.Nested(CurrencyShareOut), required=True, attribute="shares.by_currency"
    )
    warnings = fields.List(
        fields.Nested(ConcentrationOut), required=True, attribute="shares.warnings"
    )
    as_of = schemas.Timestamp(
        required=True,
        allow_none=True,
        attribute="totals.as_of",
        metadata={"description": "The oldest price counted; null when none was"},
    )
    stale = fields.Boolean(
        required=True,
        attribute="totals.stale",
        metadata={"description": "Whether any price counted is stale"},
    )
    unpriced = fields.List(
        fields.Nested(UnpricedOut),
        required=True,
        metadata={"description": "The assets that are left out, each with the reason"},
    )
