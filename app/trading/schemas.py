"""What the bot's reports look like in JSON."""

from marshmallow import fields

from app.core.schemas import Schema


class StatusOut(Schema):
    """What the bot is doing."""

    running = fields.Boolean(required=True)
    uptime_seconds = fields.Integer(
        required=True,
        metadata={"description": "Seconds since it started; 0 while it stands still."},
    )
