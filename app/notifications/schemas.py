"""What does it look like to ask for an email to an account?"""

from marshmallow import fields, validate

from app.core.schemas import Schema, Text

_USER_ID = {
    "description": "Whom to mail: yourself, if you leave it out; anyone, if you are an admin."
}


class WelcomeIn(Schema):
    """Whom to welcome."""

    user_id = Text(minimum=1, maximum=100, load_default=None, metadata=_USER_ID)


class NotificationIn(Schema):
    """What to say to whom."""

    subject = Text(required=True, minimum=1, maximum=200)
    message = Text(
        required=True,
        minimum=1,
        maximum=5_000,
        metadata={
            "description": "Plain text. An empty line starts a paragraph; markup is shown as it is."
        },
    )
    type = fields.String(
        load_default="notification",
        validate=validate.Regexp(r"\A[a-z][a-z0-9_]{0,49}\Z"),
        metadata={"description": "What it is about, in a word of yours."},
    )
    user_id = Text(minimum=1, maximum=100, load_default=None, metadata=_USER_ID)


class QueuedOut(Schema):
    """An email that is on its way."""

    message = fields.String(required=True)
    email_id = fields.String(required=True)
