"""What do notices about emails look like, and the answer to them?"""

from marshmallow import EXCLUDE, fields, validate

from app.core.schemas import Schema

LONGEST_MESSAGE = 256 * 1024
"""The largest message that SNS carries."""


class NoticeIn(Schema):
    """An SNS message. SNS may add fields, so those that are not named are left alone."""

    class Meta:
        """Unknown fields are not an error."""

        unknown = EXCLUDE

    Type = fields.String(
        required=True,
        validate=validate.OneOf(
            ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
        ),
    )
    MessageId = fields.String(required=True, validate=validate.Length(max=200))
    TopicArn = fields.String(required=True, validate=validate.Length(max=400))
    Message = fields.String(required=True, validate=validate.Length(max=LONGEST_MESSAGE))
    Timestamp = fields.String(required=True, validate=validate.Length(max=100))
    SignatureVersion = fields.String(required=True, validate=validate.OneOf(["1", "2"]))
    Signature = fields.String(required=True, validate=validate.Length(max=2_048))
    SigningCertURL = fields.String(required=True, validate=validate.Length(max=500))
    Subject = fields.String(allow_none=True, validate=validate.Length(max=500))
    SubscribeURL = fields.String(validate=validate.Length(max=2_048))
    Token = fields.String(validate=validate.Length(max=2_048))


class NoticeTakenOut(Schema):
    """What a notice led to."""

    suppressed = fields.Integer(
        required=True,
        metadata={"description": "How many addresses are newly not mailed any more."},
    )
