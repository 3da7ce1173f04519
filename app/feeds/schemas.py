"""What do feeds look like in JSON?"""

from marshmallow import fields, validate

from app.core import schemas
from app.feeds import rules

LONGEST_AFTER = 32


class PollArgs(schemas.QueryArgs):
    """Where to read on, and how long to wait."""

    after = fields.String(
        validate=validate.Length(max=LONGEST_AFTER),
        metadata={
            "description": "`next_after` of the poll before, or the id of an event; `latest` for what happens from now "
            "on. Without it, from the oldest event that is kept."
        },
    )
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=rules.LONGEST_WAIT_SECONDS),
        metadata={"description": "Seconds to wait for an event where there is none yet."},
    )
    limit = fields.Integer(
        load_default=rules.MOST_READ,
        validate=validate.Range(min=1, max=rules.MOST_READ),
        metadata={"description": "How many events at most."},
    )


class FeedEventOut(schemas.Schema):
    """An event."""

    id = fields.String(
        required=True,
        metadata={"description": "A whole number, one more than that of the event before."},
    )
    event = fields.String(
        required=True, validate=validate.OneOf(list(dict.fromkeys(rules.EVENT_OF.values())))
    )
    data = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "Amounts are strings."}
    )


class PollOut(schemas.Schema):
    """Events in order, and where to read on."""

    events = fields.List(fields.Nested(FeedEventOut), required=True)
    next_after = fields.String(
        required=True, metadata={"description": "What to pass as `after` next."}
    )
