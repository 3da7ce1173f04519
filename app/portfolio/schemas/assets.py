"""What does the JSON of a portfolio look like?"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.core import schemas

EARLIEST_PURCHASE = date(1900, 1, 1)


class UpperCaseText(fields.String):
    """A code in capitals; small letters, and spaces around it, are accepted and mended.

    Args:
        pattern: what the text must match as it came, spaces around it aside.
        wanted: the sentence for a text that doesn't.
    """

    def __init__(self, *, pattern: str, wanted: str, **kwargs: Any) -> None:
        metadata = {**kwargs.pop("metadata", {}), "pattern": f"^ *{pattern} *$"}
        super().__init__(metadata=metadata, **kwargs)
        self.pattern = re.compile(f" *{pattern} *")
        self.wanted = wanted

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            raise ValidationError(self.wanted)
        return text.strip(" ").upper()


def _is_late_enough(day: date) -> None:
    if day < EARLIEST_PURCHASE:
        message = f"Must not be before {EARLIEST_PURCHASE.isoformat()}."
        raise ValidationError(message)


def _asset_type(**options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(["crypto", "stock"]), **options)


def _quantity(**options: Any) -> schemas.Money:
    return schemas.Money(
        positive=True, metadata={"description": "Units held", "example": 0.5}, **options
    )


def _purchase_price(**options: Any) -> schemas.Money:
    return schemas.Money(
        minimum=Decimal(0),
        metadata={"description": "Paid for one unit, in the asset's currency", "example": 42000.5},
        **options,
    )


def _purchase_date(**options: Any) -> schemas.Date:
    return schemas.Date(
        validate=_is_late_enough,
        metadata={
            "description": "The day it was bought, not in the future",
            "example": "2024-01-15",
        },
        **options,
    )


class AssetIn(schemas.Schema):
    """What was bought."""

    asset_type = _asset_type(required=True)
    symbol = UpperCaseText(
        # As exchanges and data vendors write them: BTC, BRK-B, ^GSPC, EURUSD=X, 0700.HK, M&M.NS.
        pattern="[A-Za-z0-9.^=&-]{1,20}",
        wanted="Use 1 to 20 letters, digits or . ^ = & -",
        required=True,
        metadata={"description": "Upper-cased: BTC, AAPL, BRK-B, 0700.HK", "example": "BTC"},
    )
    quantity = _quantity(required=True)
    purchase_price = _purchase_price(required=True)
    purchase_date = _purchase_date(required=True)
    name = schemas.Text(
        minimum=1,
        maximum=255,
        load_default=None,
        allow_none=True,
        metadata={"description": "What the user calls it", "example": "Bitcoin"},
    )
    currency = UpperCaseText(
        pattern="[A-Za-z]{3}",
        wanted="Use an ISO 4217 code of 3 letters, such as USD.",
        load_default="USD",
        metadata={"description": "ISO 4217 code of purchase_price", "example": "USD"},
    )


class AssetUpdate(schemas.Schema):
    """What to correct; what is left out stays."""

    quantity = _quantity()
    purchase_price = _purchase_price()
    purchase_date = _purchase_date()


class AssetOut(schemas.Schema):
    """An asset and what it is worth. What depends on a price that is not known is null, never 0."""

    asset_id = fields.String(required=True)
    user_id = fields.String(required=True)
    asset_type = _asset_type(required=True)
    symbol = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    currency = fields.String(
        required=True, metadata={"description": "Of every amount of this asset"}
    )
    quantity = schemas.Money(required=True)
    purchase_price = schemas.Money(required=True)
    purchase_date = schemas.Date(required=True)
    current_price = schemas.Money(
        required=True,
        allow_none=True,
        metadata={"description": "Of one unit; null when none is known in the asset's currency"},
    )
    current_value = schemas.Money(
        required=True, allow_none=True, metadata={"description": "current_price x quantity"}
    )
    gain_loss = schemas.Money(
        required=True,
        allow_none=True,
        metadata={"description": "current_value - purchase_price x quantity"},
    )
    gain_loss_percentage = schemas.Money(
        required=True,
        allow_none=True,
        metadata={
            "description": "gain_loss in percent of the cost, 2 decimals half-up; 0 where it cost 0"
        },
    )
    price_as_of = schemas.Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the market last confirmed current_price"},
    )
    stale = fields.Boolean(
        required=True,
        metadata={"description": "current_price is older than it should be, or not known"},
    )
    created_at = schemas.Timestamp(required=True)
    updated_at = schemas.Timestamp(required=True)


class AssetListOut(schemas.Schema):
    """One page of assets, in the order of their ids."""

    assets = fields.List(fields.Nested(AssetOut), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "null on the last page"}
    )


class UnpricedOut(schemas.Schema):
    """An asset that no total counts."""

    asset_id = fields.String(required=True)
    symbol = fields.String(required=True)
    reason = fields.String(
        required=True,
        validate=validate.OneOf(["no_price", "no_exchange_rate"]),
        metadata={
            "description": "no_price: none is known. no_exchange_rate: none is known between "
            "the currencies of the price, the asset and the totals"
        },
    )


class TotalsOut(schemas.Schema):
    """Totals over the assets that are priced; the others stand in `unpriced`."""

    currency = fields.String(
        required=True,
        metadata={
            "description": "Of all totals: the user's base_currency. What is in another is "
            "converted at the rate of the moment, to 18 decimals half-up",
            "example": "USD",
        },
    )
    total_value = schemas.Money(
        required=True,
        attribute="totals.value",
        metadata={"description": "Sum of current_value over the priced assets"},
    )
    total_invested = schemas.Money(
        required=True,
        attribute="totals.invested",
        metadata={
            "description": "What the priced assets cost; an asset in `unpriced` is not counted"
        },
    )
    total_gain_loss = schemas.Money(
        required=True,
        attribute="totals.gain_loss",
        metadata={"description": "total_value - total_invested"},
    )
    total_gain_loss_percentage = schemas.Money(
        required=True,
        attribute="totals.gain_loss_percentage",
        metadata={
            "description": "total_gain_loss in percent of total_invested, 2 decimals half-up; "
            "0 where that is 0"
        },
    )
    as_of = schemas.Timestamp(
        required=True,
        allow_none=True,
        attribute="totals.as_of",
        metadata={"description": "The oldest price or rate counted; null when none was"},
    )
    stale = fields.Boolean(
        required=True,
        attribute="totals.stale",
        metadata={"description": "Whether any price or rate counted is stale"},
    )
    unpriced = fields.List(
        fields.Nested(UnpricedOut),
        required=True,
        metadata={"description": "The assets that the totals leave out, each with the reason"},
    )


class PortfolioOut(TotalsOut):
    """A user's assets of one type, the oldest first, and their totals in the base currency."""

    user_id = fields.String(required=True)
    assets = fields.List(fields.Nested(AssetOut), required=True)
