"""How does an export come with a request? As a form's file, with a few fields beside it."""

from typing import Any, Final

from flask import request
from marshmallow import ValidationError

from app.core import errors
from app.portfolio.rules.imports.rows import LARGEST_FILE
from app.portfolio.schemas.imports import ImportForm
from app.portfolio.service import imports as service

AROUND_THE_FILE: Final = 64 * 1024
"""Bytes of a form besides its file. Together they fit, in base64, into the 6 MB that Lambda takes."""
MULTIPART: Final = "multipart/form-data"


def make_room(route: str) -> None:
    """Let this one route take more than the others do.

    Raises:
        ImportTooLarge: more than that.
    """
    if request.endpoint != route:
        return
    request.max_content_length = LARGEST_FILE + AROUND_THE_FILE
    if (request.content_length or 0) > request.max_content_length:
        raise service.ImportTooLarge


def sent() -> dict[str, Any]:
    """The file and the fields beside it, as `start_import` takes them.

    Raises:
        UnsupportedMediaType: it is no form.
        NoImportFile: the form has no file.
        Unprocessable: the details name each field that is wrong.
    """
    if request.mimetype != MULTIPART:
        raise errors.UnsupportedMediaType(
            f"Send a form, with the header 'Content-Type: {MULTIPART}'.",
            details={"content_type": request.content_type or ""},
        )
    try:
        file = request.files.get("file")
        if file is None:
            raise service.NoImportFile
        told = ImportForm().load(request.form.to_dict())
        return {
            "filename": file.filename or "",
            "content": file.read(),
            "format_name": told["format"],
            "given": told["mapping"],
            "dry_run": told["dry_run"],
        }
    except ValidationError as error:
        raise errors.Unprocessable(details={"form": error.normalized_messages()}) from None  # type: ignore[no-untyped-call]
    finally:
        request.close()  # a large one is on the disk
