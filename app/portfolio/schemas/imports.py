"""What do imports look like in JSON, and the form that begins one?"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.core import json
from app.core.schemas import QueryArgs, Schema, Timestamp
from app.portfolio.rules.imports.formats import FORMATS
from app.portfolio.rules.imports.mapping import COLUMNS, SETTINGS

LONGEST_MAPPING = 8_192
LONGEST_COLUMN = 2_000


class MappingText(fields.String):
    """A flat JSON object of texts, written as the text of a form's field."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > LONGEST_MAPPING:
            message = f"Must have at most {LONGEST_MAPPING} characters."
            raise ValidationError(message)
        try:
            found = json.loads(text or "{}")
        except json.MalformedJson as error:
            message = f"Must be a JSON object: {error.details.get('reason')}."
            raise ValidationError(message) from None
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            message = 'Must be a JSON object of texts, such as {"date": "Trade Date"}.'
            raise ValidationError(message)
        return found


class FormSwitch(fields.Boolean):
    """True or false as a form's field tells it."""

    truthy = {"true", "1", "yes", "on"}  # noqa: RUF012 - marshmallow's attribute
    falsy = {"false", "0", "no", "off", ""}  # noqa: RUF012 - the same


class ImportForm(Schema):
    """A form's fields besides its file."""

    format = fields.String(load_default=None, validate=validate.OneOf(FORMATS))
    mapping = MappingText(load_default=dict)
    dry_run = FormSwitch(load_default=False)


class ImportRowOut(Schema):
    """What became of a line."""

    line = fields.Integer(
        required=True,
        metadata={"description": "Where it begins, from 1; in JSON the activity's number."},
    )
    result = fields.String(
        required=True, validate=validate.OneOf(["imported", "duplicate", "refused"])
    )
    reason = fields.String(required=True, allow_none=True)
    transaction_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of the first row that it became, or that was there already."},
    )


class ImportOut(Schema):
    """An import, without what became of each line."""

    id = fields.String(required=True, attribute="import_id")
    status = fields.String(
        required=True,
        validate=validate.OneOf(["pending", "processing", "completed", "failed"]),
    )
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    dry_run = fields.Boolean(required=True)
    filename = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    progress = fields.Method(
        "_progress",
        required=True,
        metadata={"type": "integer", "description": "Lines that were seen to, in percent."},
    )
    total_rows = fields.Integer(
        required=True,
        allow_none=True,
        attribute="total",
        metadata={"description": "Lines that tell of something; null until they were counted."},
    )
    imported = fields.Integer(required=True, metadata={"description": "Lines."})
    duplicates = fields.Integer(required=True, metadata={"description": "Lines."})
    refused = fields.Integer(required=True, metadata={"description": "Lines."})
    mapping = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "How columns were read, where the format has none of its own."},
    )
    unknown_columns = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Columns that nothing was read from."},
    )
    missing = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "What no column tells, so that the mapping must."},
    )
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it failed."}
    )
    created_at = Timestamp(required=True)
    finished_at = Timestamp(required=True, allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Of what is not counted yet there are none."""
        found = super().get_attribute(obj, attr, default)
        counts = {"imported", "duplicates", "refused"}
        return 0 if found is None and attr in counts else found

    def _progress(self, found: Any) -> int:
        if found.finished_at is not None and found.error is None:
            return 100
        return int(100 * found.done / found.total) if found.total else 0


class ShownImportOut(ImportOut):
    """An import with what became of each line, once it is completed."""

    rows = fields.List(fields.Nested(ImportRowOut), required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Lines are beside the import."""
        return obj.rows if attr == "rows" else super().get_attribute(obj.found, attr, default)

    def _progress(self, shown: Any) -> int:
        return super()._progress(shown.found)


class ImportListOut(Schema):
    """Some imports, the newest first."""

    imports = fields.List(fields.Nested(ImportOut), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "null on the last page"}
    )


class ExportArgs(QueryArgs):
    """Which part of the ledger is wanted."""

    cursor = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=2_048),
        metadata={"description": "X-Next-Cursor of the part before."},
    )


FORM_DOCUMENT: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "format": {
                        "type": "string",
                        "enum": list(FORMATS),
                        "description": "Found by what is in the file, if it is left out.",
                    },
                    "mapping": {
                        "type": "string",
                        "description": "A JSON object: what a column holds -> its name. It may have: "
                        f"{', '.join((*COLUMNS, *SETTINGS))}.",
                        "example": '{"date": "Trade Date", "date_order": "day_first"}',
                    },
                    "dry_run": {"type": "boolean", "default": False},
                },
            }
        }
    },
}
