"""What signing in by phone looks like in JSON."""

from typing import Any

from marshmallow import fields, validate

from app.core.schemas import Schema


def _phone(**kwargs: Any) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Regexp(r"^\+[1-9][0-9]{6,14}\Z", error="Must be E.164, as +14155550100."),
        metadata={"description": "E.164: a plus, the country, the number."},
        **kwargs,
    )


class StartIn(Schema):
    """Whose phone is to get a code."""

    phone = _phone()


class StartOut(Schema):
    """A code is on its way."""

    session = fields.String(required=True, metadata={"description": "Send it with the code."})
    phone = _phone()
    dev_otp = fields.String(metadata={"description": "The code, only with SMS_DEV_ECHO=true."})


class VerifyIn(Schema):
    """The code that came by text message."""

    phone = _phone()
    otp = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9]{6}\Z", error="Must be six digits."),
        load_only=True,
    )
    session = fields.String(
        required=True,
        validate=validate.Length(min=1, max=512),
        load_only=True,
        metadata={"description": "As /auth/start answered it."},
    )


class PhoneTokensOut(Schema):
    """Tokens of a new sign-in by phone."""

    access_token = fields.String(required=True)
    id_token = fields.String(
        required=True, metadata={"description": "Who signed in; opens no door."}
    )
    refresh_token = fields.String(required=True)
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds that access and id token last."}
    )
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
