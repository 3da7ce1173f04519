"""How does a file come into a project? With a request, or straight to the store; a worker reads either in one way."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.core import dynamo, errors, ids, waiting
from app.providers.job_queue import interface as job_queue
from app.providers.job_queue.interface import JobQueue
from app.providers.object_storage import interface as object_storage
from app.providers.object_storage.interface import ObjectStorage
from app.workspace.models import File, Project
from app.workspace.rules import files as rules
from app.workspace.service import removing
from app.workspace.service.files import UnknownFile, drop, get_file, objects_to_go
from app.workspace.service.projects import get_project

READ: Final = "workspace.read_file"
MEBIBYTE: Final = 1024 * 1024
LARGEST_SENT: Final = 4 * MEBIBYTE
LARGEST_UPLOAD: Final = 100 * MEBIBYTE
MOST_FILES: Final = 100
CSV: Final = "text/csv"
UPLOAD_LASTS: Final = timedelta(hours=1)


class TooManyFiles(errors.Conflict):
    """The project is full."""

    code = "too_many_files"
    message = f"A project holds at most {MOST_FILES} files. Delete one, or begin another project."


class FileTooLarge(errors.TooLarge):
    """More than a request carries."""

    code = "file_too_large"
    message = (
        f"A request carries a file of up to {LARGEST_SENT // MEBIBYTE} MiB. For up to "
        f"{LARGEST_UPLOAD // MEBIBYTE} MiB send JSON instead, "
        '{"filename": ..., "size": ...}, and the answer says where the file goes.'
    )


class NoFile(errors.Unprocessable):
    """The form has no file, or an empty one."""

    code = "file_missing"
    message = "Send the CSV as the form's field `file`, with its filename."


class UnreadableFile(errors.Unprocessable):
    """The file is no CSV; the details say what is wrong, and in which line."""

    code = "not_a_csv"
    message = "The file can't be read as a CSV."


class NotUploaded(errors.Conflict):
    """There is nothing to read yet."""

    code = "file_not_uploaded"
    message = "The file has not arrived. POST it to `upload.url` with `upload.fields` first."


class FilesUnavailable(errors.ServiceUnavailable):
    """What keeps files, or the queue to those who read them, does not answer."""

    code = "files_unavailable"
    message = "Files can't be reached at the moment. Try again shortly."


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that is to come, and where it goes."""

    file: File
    upload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How a request waits for a worker to read its file.

    Attributes:
        sleep: how to wait, `time.sleep`.
        seconds: the longest that it does.
    """

    sleep: Callable[[float], None]
    seconds: float


def upload_file(
    *,
    user_id: str,
    project_id: str,
    filename: str,
    content: bytes,
    storage: ObjectStorage,
    jobs: JobQueue,
    wait: Waiting,
    now: datetime,
) -> File:
    """Keep a file that came with its request, and have it read.

    Returns:
        the file, whose status is `processing` where the worker is not done in time.

    Raises:
        UnknownProject: the user has none such.
        NoFile: it is empty.
        FileTooLarge: of more than 4 MiB.
        TooManyFiles: the project is full.
        UnreadableFile: it is no CSV, and was not kept.
        FilesUnavailable: nothing changed.
    """
    if not content:
        raise NoFile
    if len(content) > LARGEST_SENT:
        raise FileTooLarge
    get_project(user_id=user_id, project_id=project_id)
    file = _announced(
        user_id=user_id,
        project_id=project_id,
        filename=filename,
        size=len(content),
        status=rules.PROCESSING,
        now=now,
    )
    with _reached():
        storage.put(key=file.s3_key, body=content, content_type=CSV)
    try:
        _commit_arrival(file)
    except errors.AppError:
        dynamo.commit(objects_to_go(file=file, now=now))
        removing.ask_at_once(kind=removing.FILE, thing_id=file.file_id, jobs=jobs)
        raise
    try:
        return _read(file_id=file.file_id, jobs=jobs, wait=wait, now=now)
    except FilesUnavailable:
        drop(file=file, jobs=jobs, now=now)
        raise


def announce_file(
    *,
    user_id: str,
    project_id: str,
    filename: str,
    size: int,
    storage: ObjectStorage,
    now: datetime,
) -> Upload:
    """Let a larger file come straight to the store; `complete_file` has it read.

    Raises:
        UnknownProject: the user has none such.
        TooManyFiles: the project is full.
    """
    file = _announced(
        user_id=user_id,
        project_id=project_id,
        filename=filename,
        size=size,
        status=rules.UPLOADING,
        now=now,
    )
    _commit_arrival(file)
    form = storage.upload_form(
        key=file.s3_key, content_type=CSV, most_bytes=LARGEST_UPLOAD, lasts=UPLOAD_LASTS
    )
    where = {"url": form.url, "form_fields": form.fields, "expires_at": now + UPLOAD_LASTS}
    return Upload(file=file, upload=where)


def complete_file(
    *,
    user_id: str,
    file_id: str,
    storage: ObjectStorage,
    jobs: JobQueue,
    wait: Waiting,
    now: datetime,
) -> File:
    """Have a file read that came straight to the store; said again, it is asked for again.

    Returns:
        the file, whose status is `processing` where the worker is not done in time.

    Raises:
        UnknownFile: the user has none such.
        NotUploaded: it has not arrived.
        UnreadableFile: it is no CSV, and was not kept.
        FilesUnavailable: nothing changed.
    """
    file = get_file(user_id=user_id, file_id=file_id)
    if file.status == rules.READY:
        return file
    if file.status == rules.UPLOADING:
        with _reached():
            size = storage.size_of(key=file.s3_key)
        if size is None:
            raise NotUploaded
        _commit_unless_done(File.uploaded(file_id=file_id, size=size, now=now))
    return _read(file_id=file_id, jobs=jobs, wait=wait, now=now)


def _announced(
    *, user_id: str, project_id: str, filename: str, size: int, status: str, now: datetime
) -> File:
    return File.announced(
        file_id=ids.new_id(),
        project_id=project_id,
        user_id=user_id,
        filename=rules.clean_filename(filename),
        size=size,
        status=status,
        now=now,
    )


def _commit_arrival(file: File) -> None:
    counted = Project.gaining_file(
        project_id=file.project_id, user_id=file.user_id, most=MOST_FILES
    )
    try:
        dynamo.commit(file.arrival(), counted)
    except dynamo.ConditionFailed:
        get_project(user_id=file.user_id, project_id=file.project_id)
        raise TooManyFiles from None


def _read(*, file_id: str, jobs: JobQueue, wait: Waiting, now: datetime) -> File:
    """The one way in which every file is read: a worker is asked, and waited for as long as a request may.

    Raises:
        UnknownFile: it was removed meanwhile.
        UnreadableFile: it is no CSV; nothing of it is kept.
        FilesUnavailable: no worker was asked.
    """
    with _reached():
        jobs.ask(READ, {"file_id": file_id})
    file = File.of(file_id)
    for delay in waiting.poll_delays(wait.seconds):
        if file is None or file.status != rules.PROCESSING:
            break
        wait.sleep(delay)
        file = File.of(file_id)
    if file is None:
        raise UnknownFile
    if file.status == rules.REFUSED:
        drop(file=file, jobs=jobs, now=now)
        raise _unreadable(file)
    return file


def _unreadable(file: File) -> UnreadableFile:
    """Why a file was refused, as an error."""
    line = None if file.refused_line is None else int(file.refused_line)
    return UnreadableFile(message=file.refusal, details={"filename": file.filename, "line": line})


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (
        *(object_storage.TryAgain, object_storage.GiveUp),
        *(job_queue.TryAgain, job_queue.GiveUp),
    ) as error:
        raise FilesUnavailable from error


def _commit_unless_done(write: dynamo.Write) -> None:
    """Another request may have said the same meanwhile, which is as good."""
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        return
