"""What administrators see and send, in JSON."""

from marshmallow import fields, validate

from app.accounts.schemas.account import PLANS, ROLES, STATUSES, ApiV1MeOut
from app.core.schemas import PageArgs, QueryArgs, Schema, Timestamp


class PendingArgs(PageArgs):
    """Which part of those who wait."""


class UsersArgs(PageArgs):
    """Which accounts."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


class PendingUserOut(Schema):
    """Somebody who awaits approval."""

    id = fields.String(required=True, attribute="user_id")
    username = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)


class UserOut(ApiV1MeOut):
    """An account, as administrators see it."""

    phone = fields.String(required=True, allow_none=True)
    plan = fields.String(required=True, validate=validate.OneOf(PLANS))
    email_verified = fields.Boolean(required=True)
    last_login_at = Timestamp(required=True, allow_none=True)


class UsersOut(Schema):
    """A page of accounts."""

    users = fields.List(fields.Nested(UserOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ModeratedOut(Schema):
    """What was done to an account."""

    message = fields.String(required=True)
    user_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class RoleIn(Schema):
    """The role that an account is to have."""

    role = fields.String(required=True, validate=validate.OneOf(("viewer", "admin")))


class RoleChangedOut(Schema):
    """The role before and after."""

    message = fields.String(required=True)
    user_id = fields.String(required=True)
    previous_role = fields.String(required=True, validate=validate.OneOf(ROLES))
    new_role = fields.String(required=True, validate=validate.OneOf(ROLES))


class AuditArgs(QueryArgs):
    """Which part of the record."""

    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=100))
    offset = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=1_000_000),
        metadata={"description": "How many of the newest to skip."},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=2_048),
        metadata={"description": "X-Next-Cursor of the page before; offset is ignored then."},
    )
    admin_id = fields.String(load_default=None, validate=validate.Length(min=1, max=128))
    target_user_id = fields.String(load_default=None, validate=validate.Length(min=1, max=128))
    action = fields.String(load_default=None, validate=validate.Length(min=1, max=64))


class AuditEntryOut(Schema):
    """One thing that an administrator did."""

    id = fields.String(required=True, attribute="entry_id")
    admin_id = fields.String(required=True)
    action = fields.String(required=True)
    target_user_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null where it was done to nobody, as with a job"},
    )
    metadata = fields.Dict(required=True)
    created_at = Timestamp(required=True)


class AuditVerificationOut(Schema):
    """Whether the record is whole."""

    whole = fields.Boolean(required=True)
    entries = fields.Integer(required=True)
    first_broken = fields.Integer(required=True, allow_none=True)
    head_hash = fields.String(required=True)
