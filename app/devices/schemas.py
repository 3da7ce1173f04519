"""What do devices look like as JSON? Their tokens come in and never go out."""

from marshmallow import fields, validate

from app.core.schemas import Schema, Text, Timestamp
from app.devices import rules

LONGEST_TOKEN = 4_096
VISIBLE = validate.Regexp(r"^[!-~]+$", error="Must be visible ASCII characters without spaces.")


class DeviceIn(Schema):
    """A device that wants notifications."""

    token = Text(
        required=True,
        minimum=1,
        maximum=LONGEST_TOKEN,
        validate=VISIBLE,
        metadata={"description": "The registration token that Firebase gave the app"},
    )
    platform = fields.String(
        load_default=rules.IOS,
        validate=validate.OneOf(rules.PLATFORMS),
        metadata={"default": "ios"},
    )


class DeviceOut(Schema):
    """A device, without its token."""

    id = fields.String(required=True, attribute="device_id")
    platform = fields.String(required=True, validate=validate.OneOf(rules.PLATFORMS))
    token_suffix = fields.String(
        required=True, metadata={"description": "How its token ends, to tell devices apart"}
    )
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class DeviceListOut(Schema):
    """A user's devices, all of them."""

    devices = fields.List(fields.Nested(DeviceOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
