"""What do analytics look like as JSON?"""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.analytics import rules
from app.core.schemas import Date, Money, QueryArgs, Schema, Text, Timestamp

LONGEST_ID = 128
MOST_NAMES = 200
FEWEST_STEPS, MOST_STEPS = 2, 10
MOST_WEEKS = 26
MOST_VALUES = 100
EVENT_TYPE = validate.Regexp(
    rules.EVENT_TYPE_PATTERN,
    error="Must be 1 to 64 letters, digits, spaces and _ . : / -, beginning with a letter or digit.",
)
DAYS = validate.Range(min=1, max=rules.MOST_DAYS)
ONE_OR_MANY = "Send either one event (event_type and the rest) or events, and not both."


def _days() -> fields.Integer:
    return fields.Integer(
        load_default=30,
        validate=DAYS,
        metadata={"description": "How many, today among them (UTC)."},
    )


def _event_type(**options: Any) -> fields.String:
    return fields.String(validate=EVENT_TYPE, metadata={"description": "What happened."}, **options)


def _not_too_deep(data: Any) -> None:
    if rules.depth(data) > rules.DEEPEST:
        raise ValidationError(f"Must not be nested deeper than {rules.DEEPEST}.")


class EventIn(Schema):
    """Something that happened."""

    event_type = _event_type(required=True)
    event_data = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        validate=[validate.Length(max=MOST_NAMES), _not_too_deep],
        metadata={
            "description": "What there is to say of it; at most 200 names, and 32 kB as JSON in ASCII.",
        },
    )
    event_id = Text(
        minimum=1,
        maximum=LONGEST_ID,
        load_default=None,
        metadata={"description": "Counts once, however often it is sent; a UUID is good."},
    )
    anonymous_id = Text(
        minimum=1,
        maximum=LONGEST_ID,
        load_default=None,
        metadata={
            "description": "A visitor's own id. Sent with a token once, it makes the visitor that user."
        },
    )
    timestamp = Timestamp(
        load_default=None,
        metadata={"description": "At most 90 days old and 5 minutes ahead; now where left out."},
    )


class TrackIn(EventIn):
    """One event, or up to 100."""

    event_type = _event_type()
    events = fields.List(
        fields.Nested(EventIn),
        validate=validate.Length(min=1, max=rules.MOST_EVENTS),
        metadata={"description": "Several events, instead of the other fields."},
    )

    @validates_schema(pass_original=True)
    def _one_or_many(self, data: Any, original: Any, **_: Any) -> None:
        sent = set(original) & set(EventIn().fields)
        if ("events" in data) == bool(sent) or ("events" not in data and "event_type" not in data):
            raise ValidationError(ONE_OR_MANY)


class TrackedOut(Schema):
    """What was counted."""

    tracked = fields.Integer(required=True, metadata={"description": "Counted now."})
    duplicates = fields.Integer(required=True, metadata={"description": "Counted before."})


class OverviewArgs(QueryArgs):
    """Which events, and how far back."""

    event_type = _event_type(required=True)
    days = _days()


class HoursArgs(QueryArgs):
    """Which events, and how far back."""

    event_type = _event_type(required=True)
    days = fields.Integer(
        load_default=2,
        validate=validate.Range(min=1, max=rules.MOST_DAYS_OF_HOURS),
        metadata={"description": "How many, today among them (UTC); up to the hour it is."},
    )


class HourOut(Schema):
    """An hour's count."""

    hour = Timestamp(required=True, metadata={"description": "When it began (UTC)"})
    count = fields.Integer(required=True)


class HoursOut(Schema):
    """An event type by the hour."""

    event_type = fields.String(required=True)
    days = fields.Integer(required=True)
    total_events = fields.Integer(required=True)
    hourly_stats = fields.List(
        fields.Nested(HourOut),
        required=True,
        metadata={"description": "Every hour, the earliest first."},
    )


class EventOut(Schema):
    """An event."""

    event_id = fields.String(required=True)
    event_type = fields.String(required=True)
    timestamp = Timestamp(required=True)
    user_id = fields.String(required=True, allow_none=True)
    anonymous_id = fields.String(required=True, allow_none=True)
    event_data = fields.Dict(required=True)


class DayOut(Schema):
    """A day's count."""

    date = Date(required=True)
    count = fields.Integer(required=True)


class OverviewOut(Schema):
    """An event type over some days."""

    event_type = fields.String(required=True)
    days = fields.Integer(required=True)
    total_events = fields.Integer(required=True)
    unique_users = fields.Integer(
        required=True,
        metadata={
            "description": "People, each once: users, and visitors who are not known to be one."
        },
    )
    daily_stats = fields.List(
        fields.Nested(DayOut),
        required=True,
        metadata={"description": "Every day, the earliest first."},
    )
    events = fields.List(
        fields.Nested(EventOut), required=True, metadata={"description": "The newest 100."}
    )


class FunnelArgs(QueryArgs):
    """Which steps, and how far back."""

    steps = Text(
        required=True,
        minimum=1,
        maximum=MOST_STEPS * 65,
        metadata={"description": "2 to 10 event types in order, with commas between them."},
    )
    days = _days()

    @validates_schema
    def _types(self, data: Any, **_: Any) -> None:
        steps = step_names(data["steps"])
        if not FEWEST_STEPS <= len(steps) <= MOST_STEPS:
            raise ValidationError(f"Must be {FEWEST_STEPS} to {MOST_STEPS} event types.", "steps")
        for step in steps:
            try:
                EVENT_TYPE(step)
            except ValidationError as error:
                raise ValidationError(error.messages, "steps") from None


def step_names(steps: str) -> list[str]:
    """The event types of a funnel."""
    return [step.strip() for step in steps.split(",")]


class StepOut(Schema):
    """One step of a funnel."""

    event_type = fields.String(required=True)
    users = fields.Integer(
        required=True,
        metadata={"description": "Who came so far, each step at or after the one before."},
    )
    percentage = Money(
        required=True, metadata={"description": "Of the first step's, 2 decimals half-up"}
    )


class FunnelOut(Schema):
    """A funnel."""

    days = fields.Integer(required=True)
    steps = fields.List(fields.Nested(StepOut), required=True)


class RetentionArgs(QueryArgs):
    """Who, coming back to what, and how far back."""

    event_type = _event_type(required=True)
    returning = fields.String(
        load_default=None,
        validate=EVENT_TYPE,
        metadata={"description": "What counts as coming back; the same event where left out."},
    )
    weeks = fields.Integer(
        load_default=8,
        validate=validate.Range(min=1, max=MOST_WEEKS),
        metadata={"description": "How many, this week among them. They begin on Monday (UTC)."},
    )


class CohortOut(Schema):
    """Those who began in one week."""

    week = Date(required=True, metadata={"description": "Its Monday"})
    users = fields.Integer(required=True)
    returned = fields.List(
        fields.Integer(),
        required=True,
        metadata={
            "description": "How many came back in that week, the next, and so on until this one."
        },
    )


class RetentionOut(Schema):
    """Retention by week."""

    event_type = fields.String(required=True)
    returning = fields.String(required=True)
    cohorts = fields.List(fields.Nested(CohortOut), required=True)


class PropertiesArgs(QueryArgs):
    """Which property of which events, and how far back."""

    event_type = _event_type(required=True)
    property = Text(
        required=True,
        minimum=1,
        maximum=LONGEST_ID,
        metadata={"description": "A name in event_data."},
    )
    days = _days()
    limit = fields.Integer(load_default=10, validate=validate.Range(min=1, max=MOST_VALUES))


class ValueOut(Schema):
    """A value and how many events have it."""

    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "Text, a number, true, false or null; [list] or [object] for these."
        },
    )
    count = fields.Integer(required=True)


class PropertiesOut(Schema):
    """The most frequent values."""

    event_type = fields.String(required=True)
    property = fields.String(required=True)
    days = fields.Integer(required=True)
    total_events = fields.Integer(required=True)
    missing = fields.Integer(required=True, metadata={"description": "Events without it."})
    values = fields.List(fields.Nested(ValueOut), required=True)
