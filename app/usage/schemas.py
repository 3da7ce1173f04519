"""What does usage look like as JSON?"""

from typing import Any

from marshmallow import fields, validate

from app.core.schemas import Date, Money, QueryArgs, Schema, Timestamp
from app.usage import rules

MOST_AT_ONCE = 1_000
MOST_MONTHS = 24
LONGEST_FEATURE = 64
UNITS = validate.Range(min=1, max=MOST_AT_ONCE)
NO_LIMIT = "-1 where there is none"


class UsageArgs(QueryArgs):
    """Which period is asked about."""

    period = fields.String(
        load_default=rules.CURRENT_MONTH,
        validate=validate.Regexp(
            rules.PERIOD_PATTERN,
            error="Must be current_month, last_month, current_year or a month such as 2026-11.",
        ),
        metadata={"description": "current_month, last_month, current_year or YYYY-MM"},
    )


class UseIn(Schema):
    """Units that were used."""

    increment = fields.Integer(
        load_default=1, strict=True, validate=UNITS, metadata={"description": "How many."}
    )


class UsageCheckArgs(QueryArgs):
    """What is wanted."""

    feature = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_FEATURE),
        metadata={"description": f"One of {', '.join(rules.FEATURES)}"},
    )
    count = fields.Integer(load_default=1, validate=UNITS)


class UsageHistoryArgs(QueryArgs):
    """How far back."""

    months = fields.Integer(
        load_default=12,
        validate=validate.Range(min=1, max=MOST_MONTHS),
        metadata={"description": "How many, this month among them."},
    )


class UsageStandingOut(Schema):
    """A count beside its limit; what is null has no limit of its own in this period."""

    count = fields.Integer(required=True)
    limit = fields.Integer(
        required=True, allow_none=True, metadata={"description": f"Units; {NO_LIMIT}"}
    )
    remaining = fields.Integer(
        required=True, allow_none=True, metadata={"description": f"Units; {NO_LIMIT}"}
    )
    percentage = Money(
        required=True,
        allow_none=True,
        metadata={"description": "count in percent of limit, 2 decimals half-up; 0 without one"},
    )


def _each_feature(field: Any, name: str) -> type[Schema]:
    """A schema with a field for each feature."""
    made: type[Schema] = Schema.from_dict(dict.fromkeys(rules.FEATURES, field), name=name)  # type: ignore[assignment]
    return made


StandingsOut = _each_feature(fields.Nested(UsageStandingOut, required=True), "UsageStandingsOut")
LimitsOut = _each_feature(
    fields.Integer(required=True, metadata={"description": f"Units; {NO_LIMIT}"}), "UsageLimitsOut"
)
CountsOut = _each_feature(fields.Integer(required=True), "UsageCountsOut")


class UsageOut(Schema):
    """What was used in a period, every feature present."""

    period = fields.String(required=True, metadata={"description": "As it was asked for"})
    plan = fields.String(required=True, metadata={"description": "The plan held today"})
    usage = fields.Nested(StandingsOut, required=True)
    limits = fields.Nested(
        LimitsOut,
        required=True,
        metadata={"description": "The plan's: of a month, and of api_calls a day (UTC)"},
    )
    resets_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When this month's counts start anew; null for other periods"},
    )


class UsageCountedOut(Schema):
    """A count after it was raised."""

    feature = fields.String(required=True)
    new_count = fields.Integer(required=True)
    limit = fields.Integer(required=True, metadata={"description": f"Units; {NO_LIMIT}"})
    remaining = fields.Integer(required=True, metadata={"description": f"Units; {NO_LIMIT}"})


class UsageAllowanceOut(Schema):
    """Whether so many more are included."""

    allowed = fields.Boolean(required=True)
    remaining = fields.Integer(required=True, metadata={"description": f"Units; {NO_LIMIT}"})
    limit = fields.Integer(required=True, metadata={"description": f"Units; {NO_LIMIT}"})
    current_count = fields.Integer(
        required=True, metadata={"description": "Of this month; of api_calls, of today (UTC)"}
    )


class UsedMonthOut(Schema):
    """One month, every feature present."""

    period = fields.String(required=True, metadata={"description": "YYYY-MM"})
    usage = fields.Nested(CountsOut, required=True)


class UsageHistoryOut(Schema):
    """Months, this one first."""

    history = fields.List(fields.Nested(UsedMonthOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class UsageTotalsArgs(QueryArgs):
    """Which days are asked about."""

    start = Date(
        load_default=None, metadata={"description": "The first day; 29 days before end unless told"}
    )
    end = Date(load_default=None, metadata={"description": "The last day; today unless told"})


class UsageTotalOut(Schema):
    """What everybody on one plan used of one feature on one day (UTC)."""

    date = Date(required=True)
    plan = fields.String(required=True)
    feature = fields.String(required=True)
    count = fields.Integer(required=True)


class UsageTotalsOut(Schema):
    """The totals of some days, in order; what nobody used is left out."""

    start = Date(required=True)
    end = Date(required=True)
    usage = fields.List(fields.Nested(UsageTotalOut), required=True)
    rolled_up_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the latest of these days was summed; null where none was"},
    )
