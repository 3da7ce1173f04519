"""What does the JSON of a user's preferences for the portfolio look like?"""

from marshmallow import fields

from app.core import schemas
from app.portfolio.schemas.assets import UpperCaseText

CURRENCY = "[A-Za-z]{3}"
CURRENCY_WANTED = "Use an ISO 4217 code of 3 letters, such as USD."


class PreferencesUpdate(schemas.Schema):
    """What to change; what is left out stays."""

    base_currency = UpperCaseText(
        pattern=CURRENCY,
        wanted=CURRENCY_WANTED,
        metadata={"description": "ISO 4217 code that totals are in", "example": "EUR"},
    )
    weekly_digest = schemas.Switch(
        metadata={"description": "Whether to mail how the portfolio did, once a week"}
    )


class PreferencesOut(schemas.Schema):
    """What holds for the whole portfolio."""

    base_currency = fields.String(required=True, metadata={"example": "USD"})
    weekly_digest = fields.Boolean(required=True)
