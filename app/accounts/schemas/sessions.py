"""What do sign-ins and a change of password look like in JSON?"""

from marshmallow import fields, validate

from app.core.schemas import Schema, Timestamp

LONGEST_PASSWORD = 1_024


class SignInOut(Schema):
    """One sign-in: a device and where it was last used from."""

    id = fields.String(required=True, attribute="sign_in_id")
    user_agent = fields.String(required=True, allow_none=True)
    ip = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    last_used_at = Timestamp(
        required=True, metadata={"description": "When it began or last refreshed its tokens."}
    )
    current = fields.Boolean(
        required=True, metadata={"description": "Whether this request came from it."}
    )


class SignInsOut(Schema):
    """A page of sign-ins."""

    sessions = fields.List(fields.Nested(SignInOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PasswordIn(Schema):
    """Another password. The current one is needed where the account has one."""

    current_password = fields.String(
        validate=validate.Length(min=1, max=LONGEST_PASSWORD), load_only=True
    )
    new_password = fields.String(
        required=True, validate=validate.Length(min=8, max=LONGEST_PASSWORD), load_only=True
    )
