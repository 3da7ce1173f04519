"""How does a file come with a request? As a form's field, or announced as JSON; one URL takes both."""

from typing import Any, Final

from flask import request
from marshmallow import ValidationError

from app.core import errors, json
from app.workspace.schemas import files as schemas
from app.workspace.service import uploading as service

ROUTE: Final = "files.upload_file"
AROUND_THE_FILE: Final = 64 * 1024
"""Bytes of a form besides its file. Together they fit, in base64, into the 6 MB that Lambda takes."""
MULTIPART: Final = "multipart/form-data"
BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
        "application/json": {"schema": schemas.FileIn},
    },
}


def make_room() -> None:
    """Let this one route take more than the others do.

    Raises:
        FileTooLarge: more than that.
    """
    if request.endpoint != ROUTE:
        return
    request.max_content_length = service.LARGEST_SENT + AROUND_THE_FILE
    if (request.content_length or 0) > request.max_content_length:
        raise service.FileTooLarge


def is_announced() -> bool:
    """Whether the request only says what is to come.

    Raises:
        UnsupportedMediaType: it is neither JSON nor a form with a file.
    """
    if request.is_json:
        return True
    if request.mimetype == MULTIPART:
        return False
    raise errors.UnsupportedMediaType(details={"content_type": request.content_type or ""})


def announced() -> dict[str, Any]:
    """The name and size of a file that is to come.

    Raises:
        Unprocessable: the details name each field that is wrong.
    """
    try:
        found: dict[str, Any] = schemas.FileIn().load(json.loads(request.get_data(cache=True)))
    except ValidationError as error:
        raise errors.Unprocessable(details={"json": error.normalized_messages()}) from None  # type: ignore[no-untyped-call]
    return found


def sent() -> dict[str, Any]:
    """The name and content of the form's file.

    Raises:
        NoFile: there is none.
    """
    file = request.files.get("file")
    try:
        if file is None:
            raise service.NoFile
        return {"filename": file.filename or "", "content": file.read()}
    finally:
        request.close()  # a large one is on the disk
