"""What do price alerts look like in JSON?"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core import schemas
from app.portfolio.rules import alerts as rules
from app.portfolio.schemas.assets import UpperCaseText
from app.portfolio.schemas.watchlist import SYMBOL, SYMBOL_WANTED, WATCHABLE

LONGEST_NOTE = 200


class AlertIn(schemas.Schema):
    """What somebody wants to be told of."""

    asset_type = fields.String(required=True, validate=validate.OneOf(WATCHABLE))
    symbol = UpperCaseText(
        pattern=SYMBOL,
        wanted=SYMBOL_WANTED,
        required=True,
        metadata={"description": "Upper-cased: BTC, AAPL, BRK-B, EUR", "example": "BTC"},
    )
    condition = fields.String(
        required=True,
        validate=validate.OneOf(rules.CONDITIONS),
        metadata={"description": "above and below a price, or a percent_change up or down"},
    )
    threshold = schemas.Money(
        positive=True,
        required=True,
        metadata={
            "description": "above, below: a price in the currency that the symbol is quoted in. "
            f"percent_change: percent, {rules.LARGEST_PERCENTAGE:,} at most",
            "example": 100000,
        },
    )
    cooldown_seconds = fields.Integer(
        strict=True,
        load_default=int(rules.DEFAULT_COOLDOWN.total_seconds()),
        validate=validate.Range(
            min=int(rules.SHORTEST_COOLDOWN.total_seconds()),
            max=int(rules.LONGEST_COOLDOWN.total_seconds()),
        ),
        metadata={"description": "For how long it stays silent after it fired; a day by default"},
    )
    note = schemas.Text(
        minimum=1,
        maximum=LONGEST_NOTE,
        load_default=None,
        allow_none=True,
        metadata={"description": "What to remind yourself of", "example": "Sell a third"},
    )

    @validates_schema
    def _percentage_is_not_absurd(self, data: Mapping[str, Any], **_: Any) -> None:
        is_percentage = data.get("condition") == rules.PERCENT_CHANGE
        if is_percentage and data["threshold"] > rules.LARGEST_PERCENTAGE:
            message = (
                f"Must be at most {rules.LARGEST_PERCENTAGE} percent; it is {data['threshold']:f}."
            )
            raise ValidationError(message, "threshold")


class AlertOut(schemas.Schema):
    """A price alert."""

    id = fields.String(required=True, attribute="alert_id")
    asset_type = fields.String(required=True, validate=validate.OneOf(WATCHABLE))
    symbol = fields.String(required=True)
    condition = fields.String(required=True, validate=validate.OneOf(rules.CONDITIONS))
    threshold = schemas.Money(required=True)
    cooldown_seconds = fields.Integer(required=True)
    note = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True, metadata={"description": "false during the cool-down"})
    rests_until = schemas.Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the cool-down ends; null while active"},
    )
    reference_price = schemas.Money(
        required=True,
        allow_none=True,
        metadata={
            "description": "What percent_change is measured from: the price when the alert was set, "
            "then the one at which it last fired"
        },
    )
    times_triggered = fields.Integer(required=True)
    last_triggered_at = schemas.Timestamp(required=True, allow_none=True)
    last_triggered_price = schemas.Money(required=True, allow_none=True)
    created_at = schemas.Timestamp(required=True)


class AlertListOut(schemas.Schema):
    """All of a user's alerts, the oldest first."""

    alerts = fields.List(fields.Nested(AlertOut), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "Always null: the list is whole"}
    )
