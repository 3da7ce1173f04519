"""What do messages look like in JSON?"""

from marshmallow import fields, validate

from app.core.schemas import Schema, Text, Timestamp
from app.workspace.rules import answers


class QuestionIn(Schema):
    """A question."""

    content = Text(
        minimum=1,
        maximum=answers.LONGEST_QUESTION,
        required=True,
        metadata={"example": "What is the total revenue by region?"},
    )


class FeedbackIn(Schema):
    """What an answer was worth."""

    rating = fields.String(required=True, validate=validate.OneOf([answers.UP, answers.DOWN]))
    comment = Text(minimum=1, maximum=answers.LONGEST_COMMENT, load_default=None, allow_none=True)


class CitationOut(Schema):
    """A query that an answer rests on, and what it gave."""

    sql = fields.String(required=True)
    columns = fields.List(fields.String(), required=True)
    rows = fields.List(
        fields.List(fields.Raw(allow_none=True)),
        required=True,
        metadata={"description": f"The first {answers.CITED_ROWS} at most."},
    )
    row_count = fields.Integer(required=True)
    truncated = fields.Boolean(
        required=True,
        metadata={"description": "The query had more rows than the 1,000 that are read."},
    )
    result_hash = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "SHA-256 of all the rows, whatever their order."},
    )
    file_ids = fields.List(fields.String(), required=True)
    live_tables = fields.List(fields.String(), required=True)


class RepeatedCitationOut(CitationOut):
    """A query that was run again."""

    previous_hash = fields.String(required=True)
    matches = fields.Boolean(required=True)
    problem = fields.String(required=True, allow_none=True)


class RerunOut(Schema):
    """A rerun of the queries of an answer."""

    id = fields.String(required=True)
    status = fields.String(
        required=True, validate=validate.OneOf(["processing", "completed", "failed"])
    )
    matches = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether every query gave the same; null while it runs."},
    )
    citations = fields.List(fields.Nested(RepeatedCitationOut), required=True)


class ModelTokensOut(Schema):
    """What an answer cost."""

    model = fields.String()
    input_tokens = fields.Integer()
    output_tokens = fields.Integer()


class ChatMessageOut(Schema):
    """What somebody asked, or what they were answered."""

    id = fields.String(required=True, attribute="message_id")
    content = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf([answers.USER, answers.ASSISTANT]))
    status = fields.String(
        required=True,
        validate=validate.OneOf([answers.SENT, answers.PENDING, answers.ANSWERED, answers.FAILED]),
    )
    created_at = Timestamp(required=True)
    answered_at = Timestamp(required=True, allow_none=True)
    error = fields.String(
        required=True,
        allow_none=True,
        attribute="failure",
        metadata={"description": "Why there is no answer. The unit was given back: ask again."},
    )
    citations = fields.List(fields.Nested(CitationOut), required=True, attribute="cited")
    usage = fields.Nested(ModelTokensOut, required=True, allow_none=True)
    unverified = fields.List(
        fields.String(),
        required=True,
        attribute="doubts",
        metadata={"description": "Numbers of the answer that no result holds."},
    )
    has_chart = fields.Boolean(
        required=True, metadata={"description": "Whether /messages/{id}/chart.svg is there."}
    )
    rating = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([answers.UP, answers.DOWN])
    )


class ExchangeOut(Schema):
    """A question, and its answer where it has come."""

    user_message = fields.Nested(ChatMessageOut, required=True)
    ai_response = fields.Nested(ChatMessageOut, required=True)


class MessageListOut(Schema):
    """A page of messages."""

    messages = fields.List(fields.Nested(ChatMessageOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SuggestionsOut(Schema):
    """Questions worth asking."""

    suggestions = fields.List(fields.String(), required=True)
