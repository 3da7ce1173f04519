"""What the pages about the API look like in JSON."""

from marshmallow import fields, validate

from app.core.schemas import Schema


class AliveOut(Schema):
    """The process answers."""

    status = fields.String(required=True, validate=validate.Equal("ok"))
    version = fields.String(required=True)


class CheckOut(Schema):
    """One thing that was looked at."""

    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("ok", "down")))
    detail = fields.String(required=True)


class HealthOut(Schema):
    """Everything that the API leans on."""

    status = fields.String(required=True, validate=validate.OneOf(("ok", "down")))
    version = fields.String(required=True)
    checks = fields.List(fields.Nested(CheckOut), required=True)


class WelcomeOut(Schema):
    """Where things are."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    documentation = fields.String(required=True)
    openapi = fields.String(required=True)
    health = fields.String(required=True)
    sign_up = fields.String(required=True)
