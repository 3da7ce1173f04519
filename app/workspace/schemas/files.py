"""What do files look like in JSON?"""

from typing import Any

from marshmallow import fields, missing, validate

from app.core.schemas import Schema, Text, Timestamp
from app.workspace.rules import files as rules

LARGEST_UPLOAD = 100 * 1024 * 1024


class FileIn(Schema):
    """A file that is to be uploaded straight to the store."""

    filename = Text(
        minimum=1,
        maximum=rules.LONGEST_FILENAME,
        required=True,
        metadata={"example": "customers.csv"},
    )
    size = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=LARGEST_UPLOAD),
        metadata={"description": "Bytes.", "example": 31_457_280},
    )


class ColumnOut(Schema):
    """A column, and what stands in it."""

    name = fields.String(required=True)
    type = fields.String(
        required=True,
        validate=validate.OneOf(["text", "integer", "decimal", "date", "timestamp", "boolean"]),
    )
    nulls = fields.Integer(required=True, metadata={"description": "Rows without a value."})
    distinct = fields.Integer(required=True, metadata={"description": "Different values."})
    minimum = fields.Raw(required=True, allow_none=True)
    maximum = fields.Raw(required=True, allow_none=True)
    quantiles = fields.List(
        fields.Raw(),
        required=True,
        metadata={"description": "Of numbers: below them lie a quarter, half, three quarters."},
    )
    samples = fields.List(fields.Raw(), required=True)
    unit = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The currency or % that stood beside every number."},
    )
    format = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "How days and moments were written, as in strptime."},
    )


class FileOut(Schema):
    """A file, and what was found in it."""

    id = fields.String(required=True, attribute="file_id")
    project_id = fields.String(required=True)
    filename = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    status = fields.String(
        required=True,
        validate=validate.OneOf([rules.UPLOADING, rules.PROCESSING, rules.READY, rules.REFUSED]),
    )
    encoding = fields.String(required=True, allow_none=True)
    delimiter = fields.String(required=True, allow_none=True)
    columns = fields.List(
        fields.Nested(ColumnOut),
        required=True,
        allow_none=True,
        metadata={"description": "Null until the file has been read."},
    )
    row_count = fields.Integer(required=True, allow_none=True)
    error = fields.String(
        required=True,
        allow_none=True,
        attribute="refusal",
        metadata={"description": "Why a file that took long to read was refused."},
    )
    refused_line = fields.Integer(required=True, allow_none=True)
    created_at = Timestamp(required=True)


class _BesideAFile(FileOut):
    """What is shown besides a file, by an object that has it as `file`; or a file alone."""

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Look at the object first, and then at its file."""
        own = super().get_attribute(obj, attr, missing)
        return (
            own
            if own is not missing
            else super().get_attribute(getattr(obj, "file", obj), attr, default)
        )


class UploadFormOut(Schema):
    """Where a file goes: a POST of a form with these fields, and `file` as the last."""

    url = fields.String(required=True)
    form_fields = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, data_key="fields"
    )
    expires_at = Timestamp(required=True)


class UploadedFileOut(_BesideAFile):
    """A file that came with its request, or that is to come by `upload`."""

    upload = fields.Nested(
        UploadFormOut,
        metadata={"description": "Only in answer to JSON."},
    )


class ShownFileOut(_BesideAFile):
    """A file with a link and its first rows."""

    preview = fields.List(
        fields.List(fields.String(allow_none=True)),
        required=True,
        allow_none=True,
        metadata={
            "description": "The first rows as they stand in the file, long cells cut; null until it has been read."
        },
    )
    url = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "A link to the file as it was uploaded."},
    )
    url_expires_at = Timestamp(required=True, allow_none=True)


class FileListOut(Schema):
    """A page of files."""

    files = fields.List(fields.Nested(FileOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
