"""What does somebody do with the files of a project, once they are there?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.core import dynamo, errors
from app.providers.job_queue.interface import JobQueue
from app.providers.object_storage.interface import ObjectStorage
from app.workspace.models import File, Project
from app.workspace.rules import files as rules
from app.workspace.service import removing
from app.workspace.service.projects import get_project

LINK_LASTS: Final = timedelta(minutes=15)


class UnknownFile(errors.NotFound):
    """The caller has no such file."""

    code = "file_not_found"
    message = "You have no file with this id."


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """A file with a link to it as it was uploaded.

    Attributes:
        url: None until it has been uploaded.
    """

    file: File
    url: str | None
    url_expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file as SQL sees it.

    Attributes:
        name: an identifier that needs no quotes, made from the filename.
        object_key: where its Parquet is kept.
        columns: name, type, nulls, distinct, minimum, maximum, quantiles, samples, unit, format of each.
    """

    name: str
    file_id: str
    filename: str
    object_key: str
    columns: Sequence[Mapping[str, Any]]
    row_count: int


def list_files(
    *, user_id: str, project_id: str, limit: int, cursor: str | None
) -> tuple[list[File], str | None]:
    """A project's files, the newest first, and the cursor of what follows.

    Raises:
        UnknownProject: the user has none such.
    """
    get_project(user_id=user_id, project_id=project_id)
    page = File.page_in(project_id=project_id, limit=limit, cursor=cursor)
    return list(page.items), page.next_cursor


def get_file(*, user_id: str, file_id: str) -> File:
    """One of the user's files.

    Raises:
        UnknownFile: the user has none such.
    """
    file = File.of(file_id)
    if file is None or file.user_id != user_id:
        raise UnknownFile
    return file


def show_file(*, user_id: str, file_id: str, storage: ObjectStorage, now: datetime) -> ShownFile:
    """One of the user's files, with a link that ends.

    Raises:
        UnknownFile: the user has none such.
    """
    file = get_file(user_id=user_id, file_id=file_id)
    if file.status == rules.UPLOADING:
        return ShownFile(file=file, url=None, url_expires_at=None)
    url = storage.download_url(
        key=file.s3_key, filename=rules.plain_filename(file.filename), lasts=LINK_LASTS
    )
    return ShownFile(file=file, url=url, url_expires_at=now + LINK_LASTS)


def remove_file(*, user_id: str, file_id: str, jobs: JobQueue, now: datetime) -> None:
    """Remove a file at once, and its objects by a task.

    Raises:
        UnknownFile: the user has none such.
    """
    file = get_file(user_id=user_id, file_id=file_id)
    if not drop(file=file, jobs=jobs, now=now):
        raise UnknownFile


def tables_of(*, project_id: str, user_id: str) -> list[Table]:
    """The files of a project that can be asked, as SQL sees them, the oldest first."""
    ready = [
        file
        for file in File.all_in(project_id)
        if file.user_id == user_id and file.status == rules.READY
    ]
    names = rules.table_names([file.filename for file in ready])
    return [
        Table(
            name=name,
            file_id=file.file_id,
            filename=file.filename,
            object_key=file.parquet_key,
            columns=file.columns,
            row_count=int(file.row_count),
        )
        for name, file in zip(names, ready, strict=True)
    ]


def drop(*, file: File, jobs: JobQueue, now: datetime) -> bool:
    """Remove a file at once, and its objects by a task; whether it was still there."""
    counted = Project.losing_file(project_id=file.project_id)
    try:
        dynamo.commit(file.removal(), objects_to_go(file=file, now=now), counted)
    except dynamo.ConditionFailed:
        return False
    # Said at once: where this ends in an error, what was enqueued would be forgotten.
    removing.ask_at_once(kind=removing.FILE, thing_id=file.file_id, jobs=jobs)
    return True


def objects_to_go(*, file: File, now: datetime) -> dynamo.Write:
    """Note that a file's objects are to go."""
    return removing.of_file(
        user_id=file.user_id, project_id=file.project_id, file_id=file.file_id, now=now
    )
