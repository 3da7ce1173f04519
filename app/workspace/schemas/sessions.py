"""What do sessions look like in JSON?"""

from marshmallow import fields

from app.core.schemas import Schema, Text, Timestamp
from app.workspace.schemas.messages import ChatMessageOut

LONGEST_NAME = 100


class SessionIn(Schema):
    """A new session."""

    name = Text(
        minimum=1,
        maximum=LONGEST_NAME,
        load_default=None,
        allow_none=True,
        metadata={"description": "Without one, the first question names the session."},
    )


class SessionUpdate(Schema):
    """Another name for a session."""

    name = Text(minimum=1, maximum=LONGEST_NAME, required=True)


class SessionOut(Schema):
    """A session."""

    id = fields.String(required=True, attribute="session_id")
    project_id = fields.String(required=True)
    name = fields.String(required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class SessionWithMessagesOut(Schema):
    """A session, and the last of what was said in it."""

    id = fields.String(required=True, attribute="session.session_id")
    project_id = fields.String(required=True, attribute="session.project_id")
    name = fields.String(required=True, attribute="session.name")
    created_at = Timestamp(required=True, attribute="session.created_at")
    updated_at = Timestamp(required=True, attribute="session.updated_at")
    messages = fields.List(fields.Nested(ChatMessageOut), required=True)


class SessionListOut(Schema):
    """A page of sessions."""

    sessions = fields.List(fields.Nested(SessionOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
