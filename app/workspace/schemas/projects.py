"""What do projects and sessions look like in JSON?"""

from typing import Any

from marshmallow import fields, validate

from app.core.schemas import Schema, Text, Timestamp
from app.workspace.rules import live_tables

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 500


def _name(**options: Any) -> Text:
    return Text(
        minimum=1, maximum=LONGEST_NAME, metadata={"example": "Customer Analysis"}, **options
    )


def _description(**options: Any) -> Text:
    return Text(
        maximum=LONGEST_DESCRIPTION,
        allow_none=True,
        metadata={"example": "Analyzing customer behavior data"},
        **options,
    )


class ProjectIn(Schema):
    """A new project."""

    name = _name(required=True)
    description = _description(load_default=None)


class ProjectUpdate(Schema):
    """What changes of a project; what is left out stays."""

    name = _name()
    description = _description()
    live_tables = fields.List(
        fields.String(validate=validate.OneOf(live_tables.NAMES)),
        validate=validate.Length(max=len(live_tables.NAMES)),
        metadata={
            "description": "Tables without a file, read anew for every question: `portfolio` holds one's assets."
        },
    )


class ProjectOut(Schema):
    """A project."""

    id = fields.String(required=True, attribute="project_id")
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    live_tables = fields.List(fields.String(), required=True, attribute="live")
    session_count = fields.Integer(required=True)
    file_count = fields.Integer(required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class ProjectListOut(Schema):
    """A page of projects."""

    projects = fields.List(fields.Nested(ProjectOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
