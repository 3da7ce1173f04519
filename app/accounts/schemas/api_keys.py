"""What do API keys look like in JSON? The key itself is shown once, when it is made."""

from marshmallow import fields, validate

from app.accounts.rules import scopes
from app.core.schemas import Schema, Text, Timestamp


class ApiKeyIn(Schema):
    """A key that is to be made."""

    name = Text(required=True, minimum=1, maximum=100)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(scopes.SCOPES)),
        required=True,
        validate=validate.Length(min=1, max=len(scopes.SCOPES)),
        metadata={"description": "What it may do; never more than its owner's role."},
    )
    expires_at = Timestamp(
        load_default=None,
        allow_none=True,
        metadata={"description": "When it stops working; without it, when it is revoked."},
    )


class ApiKeyOut(Schema):
    """A key, without the key."""

    id = fields.String(required=True, attribute="key_id")
    name = fields.String(required=True)
    prefix = fields.String(
        required=True, metadata={"description": "How the key begins, to tell keys apart."}
    )
    scopes = fields.List(fields.String(), required=True)
    created_at = Timestamp(required=True)
    expires_at = Timestamp(required=True, allow_none=True)
    last_used_at = Timestamp(
        required=True, allow_none=True, metadata={"description": "Exact to the hour."}
    )


class NewApiKeyOut(ApiKeyOut):
    """A key that was just made."""

    key = fields.String(
        metadata={
            "description": "The key itself, only now: send it as X-API-Key. An answer that is replayed by its "
            "Idempotency-Key holds none."
        }
    )


class ApiKeysOut(Schema):
    """A user's keys, all of them."""

    api_keys = fields.List(fields.Nested(ApiKeyOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
