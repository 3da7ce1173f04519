"""At which URLs does somebody keep the files of a project?"""

import time
from http import HTTPStatus
from typing import Any

from app.core import auth, clock, errors, json
from app.core.dynamo import InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut, PageArgs
from app.extensions import providers
from app.workspace.routes import uploads
from app.workspace.schemas import files as schemas
from app.workspace.service import files as service
from app.workspace.service import projects, uploading

FILES = "/projects/<string(maxlength=64):project_id>/files"
ONE_FILE = "/files/<string(maxlength=64):file_id>"
# API Gateway gives up after 29 s.
WAIT_SECONDS = 20.0

blp = Blueprint("files", __name__, description="CSV files that questions are asked of")
blp.before_request(uploads.make_room)


@blp.route(FILES, methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.doc(requestBody=uploads.BODY)
@blp.response(201, schemas.UploadedFileOut)
@blp.alt_response(202, schema=schemas.UploadedFileOut, description="It is still being read.")
@blp.failures(
    errors.BadRequest,
    json.MalformedJson,
    errors.UnsupportedMediaType,
    errors.Unprocessable,
    projects.UnknownProject,
    uploading.TooManyFiles,
    uploading.FileTooLarge,
    uploading.NoFile,
    uploading.UnreadableFile,
    uploading.FilesUnavailable,
)
@idempotent
def upload_file(project_id: str) -> Any:
    """Upload a CSV

    Up to 4 MiB as the form's field `file`. Encoding, delimiter, heading and types are found. What is no CSV is
    refused with the line, and not kept. Larger ones, up to 100 MB: send JSON, POST the file to where the answer says,
    then `/files/{file_id}/complete`.
    """
    user_id, now = auth.principal().user_id, clock.now()
    if uploads.is_announced():
        return uploading.announce_file(
            user_id=user_id,
            project_id=project_id,
            **uploads.announced(),
            storage=providers.object_storage,
            now=now,
        )
    file = uploading.upload_file(
        user_id=user_id,
        project_id=project_id,
        **uploads.sent(),
        storage=providers.object_storage,
        jobs=providers.job_queue,
        wait=uploading.Waiting(sleep=time.sleep, seconds=WAIT_SECONDS),
        now=now,
    )
    return file, _status(file, HTTPStatus.CREATED)


@blp.route(f"{ONE_FILE}/complete", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.response(200, schemas.FileOut)
@blp.alt_response(202, schema=schemas.FileOut, description="It is still being read.")
@blp.failures(
    service.UnknownFile, uploading.NotUploaded, uploading.UnreadableFile, uploading.FilesUnavailable
)
@idempotent
def complete_file(file_id: str) -> Any:
    """Say that a file has been uploaded

    It is read then, as if it had come with a request.
    """
    file = uploading.complete_file(
        user_id=auth.principal().user_id,
        file_id=file_id,
        storage=providers.object_storage,
        jobs=providers.job_queue,
        wait=uploading.Waiting(sleep=time.sleep, seconds=WAIT_SECONDS),
        now=clock.now(),
    )
    return file, _status(file, HTTPStatus.OK)


@blp.route(FILES, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.FileListOut)
@blp.failures(projects.UnknownProject, InvalidCursor)
def list_files(page: dict[str, Any], project_id: str) -> dict[str, Any]:
    """List a project's files

    The newest first.
    """
    found, next_cursor = service.list_files(
        user_id=auth.principal().user_id, project_id=project_id, **page
    )
    return {"files": found, "next_cursor": next_cursor}


@blp.route(ONE_FILE, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.response(200, schemas.ShownFileOut)
@blp.failures(service.UnknownFile)
def show_file(file_id: str) -> service.ShownFile:
    """Show a file

    With its first rows, and a link to it that lasts 15 minutes.
    """
    return service.show_file(
        user_id=auth.principal().user_id,
        file_id=file_id,
        storage=providers.object_storage,
        now=clock.now(),
    )


@blp.route(ONE_FILE, methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.response(200, MessageOut)
@blp.failures(service.UnknownFile)
def remove_file(file_id: str) -> dict[str, str]:
    """Delete a file

    It is gone at once, what was uploaded within moments. It can't be brought back.
    """
    service.remove_file(
        user_id=auth.principal().user_id,
        file_id=file_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"message": "File deleted successfully"}


def _status(file: Any, done: HTTPStatus) -> HTTPStatus:
    return HTTPStatus.ACCEPTED if file.status == "processing" else done
