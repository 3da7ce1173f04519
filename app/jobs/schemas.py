"""What do recurring jobs and dead letters look like as JSON?"""

from marshmallow import fields, validate

from app.core.schemas import QueryArgs, Schema, Timestamp

MOST_DEAD_LETTERS = 100


class JobOut(Schema):
    """A recurring job and how it stands."""

    name = fields.String(required=True, metadata={"description": "The task that it runs"})
    schedule = fields.String(
        required=True, metadata={"description": "The interval in words, or a cron expression"}
    )
    timezone = fields.String(
        required=True, metadata={"description": "The wall clock that a cron expression is read on"}
    )
    last_run_at = Timestamp(required=True, allow_none=True)
    last_result = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["succeeded", "failed", "retrying"]),
    )
    last_duration_ms = fields.Integer(required=True, allow_none=True)
    next_run_at = Timestamp(required=True)
    lag_seconds = fields.Integer(
        required=True,
        metadata={"description": "How long the oldest due time without a run has been waiting"},
    )


class JobsOut(Schema):
    """Every recurring job."""

    jobs = fields.List(fields.Nested(JobOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class JobStartedOut(Schema):
    """A job that was started besides its schedule."""

    message = fields.String(required=True)
    name = fields.String(required=True)


class DeadLettersArgs(QueryArgs):
    """How many messages to look at."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MOST_DEAD_LETTERS))


class DeadLetterOut(Schema):
    """A message that was given up on. Its arguments are not shown: they may be personal."""

    message_id = fields.String(required=True)
    task = fields.String(
        required=True, allow_none=True, metadata={"description": "null where it can't be read"}
    )
    task_id = fields.String(required=True, allow_none=True)
    sent_at = Timestamp(required=True)
    tries = fields.Integer(required=True)


class DeadLettersOut(Schema):
    """Messages that were given up on."""

    dead_letters = fields.List(fields.Nested(DeadLetterOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RedrivenOut(Schema):
    """How many messages were sent again."""

    redriven = fields.Integer(required=True)
