"""What do the closing of an account and the export of its data look like in JSON?"""

from marshmallow import fields, validate

from app.core.schemas import Schema, Timestamp


class ClosingIn(Schema):
    """The password, where the account has one."""

    password = fields.String(validate=validate.Length(min=1, max=1_024), load_only=True)


class ExportOut(Schema):
    """A link to the archive."""

    url = fields.String(required=True, metadata={"description": "Download it without a token."})
    expires_at = Timestamp(
        required=True, metadata={"description": "Until when the link works; ask again for another."}
    )


class ExportPendingOut(Schema):
    """The archive is being made."""

    status = fields.String(required=True, validate=validate.Equal("processing"))
