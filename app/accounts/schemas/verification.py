"""What verifying an email and choosing a forgotten password anew look like in JSON."""

from marshmallow import fields, validate

from app.core.schemas import Schema, Text


def _token() -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(min=1, max=4_096),
        load_only=True,
        metadata={"description": "As the email holds it."},
    )


class VerifyEmailIn(Schema):
    """The token of a verification email."""

    token = _token()


class VerifyEmailOut(Schema):
    """The email is verified."""

    email_verified = fields.Boolean(required=True)


class ForgotPasswordIn(Schema):
    """Whose password was forgotten."""

    email = Text(minimum=1, maximum=254, required=True)


class ResetPasswordIn(Schema):
    """The token of a reset email, and the password that is to be."""

    token = _token()
    password = fields.String(
        required=True, validate=validate.Length(min=8, max=1_024), load_only=True
    )
