"""What accounts look like in JSON, at /auth, /users/me and /api/v1."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.schemas import Schema, Switch, Text, Timestamp

PLANS = ("free", "growth", "pro")
ROLES = ("user", "viewer", "admin")
STATUSES = ("pending", "active", "disabled", "deleted")


def _password(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=8, max=1_024), load_only=True, **kwargs)


class ProfileOut(Schema):
    """An account, as its holder sees it."""

    user_id = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    username = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    first_name = fields.String(required=True, allow_none=True)
    last_name = fields.String(required=True, allow_none=True)
    plan = fields.String(required=True, validate=validate.OneOf(PLANS))
    intended_plan = fields.String(
        required=True, allow_none=True, metadata={"description": "The plan asked for at signup."}
    )
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    email_verified = fields.Boolean(required=True)
    stripe_customer_id = fields.String(required=True, allow_none=True)
    preferences = fields.Dict(required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    last_login_at = Timestamp(required=True, allow_none=True)


class SignUpIn(Schema):
    """A new account."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = _password(required=True)
    first_name = Text(maximum=100, allow_none=True)
    last_name = Text(maximum=100, allow_none=True)
    full_name = Text(
        maximum=200, allow_none=True, metadata={"description": "Split at the first space."}
    )
    username = fields.String(validate=validate.Regexp(r"^[A-Za-z0-9_]{3,30}$"), allow_none=True)
    plan = fields.String(
        validate=validate.OneOf(PLANS), metadata={"description": "Remembered as intended_plan."}
    )
    referral_source = Text(maximum=200, allow_none=True)
    preferences = fields.Dict(keys=Text(minimum=1, maximum=100), allow_none=True)


class LoginIn(Schema):
    """Who signs in: by email or by username."""

    email = Text(maximum=254)
    username = Text(maximum=254)
    password = fields.String(
        required=True, validate=validate.Length(min=1, max=1_024), load_only=True
    )

    @validates_schema
    def _names_somebody(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("email")) == bool(data.get("username")):
            message = "Send either email or username."
            raise ValidationError(message, "email")


class TokensOut(Schema):
    """Tokens of a new sign-in."""

    user_id = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds that the access token lasts."}
    )
    user = fields.Nested(ProfileOut, required=True)


class RefreshIn(Schema):
    """The refresh token, unless it comes as the Bearer token."""

    refresh_token = fields.String(validate=validate.Length(min=1, max=4_096), load_only=True)


class RefreshedOut(Schema):
    """A new access token."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds that it lasts."})
    id_token = fields.String(
        metadata={"description": "Who signed in; only where that was by phone."}
    )
    refresh_token = fields.String(
        metadata={"description": "The next one; only where refresh tokens rotate."}
    )


class LogoutIn(Schema):
    """What else to end besides this sign-in."""

    refresh_token = fields.String(validate=validate.Length(min=1, max=4_096), load_only=True)
    everywhere = Switch(
        load_default=False,
        metadata={"description": "End every sign-in of the account."},
    )


class ProfileUpdate(Schema):
    """What a holder may change; what is not named stays."""

    first_name = Text(maximum=100, allow_none=True)
    last_name = Text(maximum=100, allow_none=True)
    username = fields.String(validate=validate.Regexp(r"^[A-Za-z0-9_]{3,30}$"))
    preferences = fields.Dict(
        keys=Text(minimum=1, maximum=100),
        metadata={"description": "Merged into what is kept; a name given as null is removed."},
    )
    plan = fields.String(metadata={"description": "Refused: a plan changes by checkout."})


class ApiV1SignUpIn(Schema):
    """A request for an account. What is wrong with a field is told as 400 with its own code."""

    username = fields.String(required=True, validate=validate.Length(max=300))
    email = fields.String(required=True, validate=validate.Length(max=300))
    password = fields.String(required=True, validate=validate.Length(max=1_024), load_only=True)


class ApiV1SignUpOut(Schema):
    """The request was kept."""

    message = fields.String(required=True)
    status = fields.String(required=True)


class ApiV1LoginIn(Schema):
    """Who signs in; an email is accepted as the username."""

    username = Text(minimum=1, maximum=254, required=True)
    password = fields.String(
        required=True, validate=validate.Length(min=1, max=1_024), load_only=True
    )


class ApiV1TokensOut(Schema):
    """Tokens of a new sign-in."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("bearer"))


class ApiV1RefreshedOut(Schema):
    """A new access token."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    refresh_token = fields.String(
        metadata={"description": "The next one; only where refresh tokens rotate."}
    )


class ApiV1LogoutIn(Schema):
    """The refresh token to end besides."""

    refresh_token = fields.String(validate=validate.Length(min=1, max=4_096), load_only=True)


class ApiV1MeOut(Schema):
    """The caller."""

    id = fields.String(required=True, attribute="user_id")
    username = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
