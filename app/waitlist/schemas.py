"""What do the waitlist's requests and answers look like in JSON?"""

from marshmallow import fields, validate

from app.core.schemas import PageArgs, QueryArgs, Schema, Text, Timestamp
from app.waitlist import rules

LONGEST_EMAIL = 254
LONGEST_TOKEN = 128
LONGEST_CODE = 32
MOST_FEATURES = 20
MOST_INVITED = 100
FEATURE = Text(minimum=1, maximum=64)
CODE_EXAMPLE = "K7MPQ2WXRT"
RESULTS = ("invited", "already_invited", "has_account")


class JoinIn(Schema):
    """Somebody who wants to be let in."""

    email = fields.String(
        required=True,
        validate=validate.Length(min=3, max=LONGEST_EMAIL),
        metadata={"format": "email"},
    )
    source = Text(
        minimum=1,
        maximum=64,
        load_default="website",
        metadata={"default": "website", "description": "Where they heard of it"},
    )
    referral_code = Text(
        minimum=1,
        maximum=LONGEST_CODE,
        load_default=None,
        allow_none=True,
        metadata={"description": "The code of who brought them"},
    )
    interested_features = fields.List(
        FEATURE, load_default=list, validate=validate.Length(max=MOST_FEATURES)
    )


class JoinedOut(Schema):
    """A place on the list."""

    email = fields.String(required=True)
    position = fields.Integer(required=True)
    referral_code = fields.String(required=True, attribute="code")


class ConfirmIn(Schema):
    """The token of the welcome email."""

    token = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_TOKEN))


class ConfirmedOut(Schema):
    """That the address is confirmed."""

    confirmed = fields.Boolean(required=True, metadata={"description": "Always true."})
    position = fields.Integer(required=True)


class ReferralsOut(Schema):
    """What anyone may know of a place whose code they have."""

    referral_code = fields.String(required=True, attribute="code")
    position = fields.Integer(required=True)
    referrals = fields.Integer(
        required=True,
        metadata={"description": "How many who came with this code have confirmed their address"},
    )


class EntryOut(ReferralsOut):
    """Somebody on the list, as administrators see them."""

    email = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(rules.STATUSES))
    source = fields.String(required=True)
    referred_by = fields.String(
        required=True, allow_none=True, metadata={"description": "The code that they came with"}
    )
    interested_features = fields.List(fields.String(), required=True)
    joined_at = Timestamp(required=True)
    confirmed_at = Timestamp(required=True, allow_none=True)
    invited_at = Timestamp(required=True, allow_none=True)


class WaitlistOut(Schema):
    """Part of the list, by position."""

    waitlist = fields.List(fields.Nested(EntryOut), required=True, attribute="entries")
    next_cursor = fields.String(required=True, allow_none=True)


class WaitlistArgs(PageArgs):
    """Which part of the list."""


class ExportArgs(QueryArgs):
    """Which part of the list is exported."""

    cursor = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=2_048),
        metadata={"description": "X-Next-Cursor of the part before."},
    )


class InviteIn(Schema):
    """Whom to let in."""

    emails = fields.List(
        fields.String(
            validate=validate.Length(min=3, max=LONGEST_EMAIL), metadata={"format": "email"}
        ),
        required=True,
        validate=validate.Length(min=1, max=MOST_INVITED),
    )


class InviteResultOut(Schema):
    """What became of one address."""

    email = fields.String(required=True)
    result = fields.String(required=True, validate=validate.OneOf(RESULTS))
    position = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "null where the address is not on the waitlist"},
    )


class InvitedOut(Schema):
    """What became of each address."""

    results = fields.List(fields.Nested(InviteResultOut), required=True)
