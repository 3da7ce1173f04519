"""How does an uploaded file become a table that can be asked? A worker's work, on a disk of its own."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.core import dynamo
from app.providers.object_storage.interface import NotThere, ObjectStorage
from app.workspace.engine import ingest
from app.workspace.models import File
from app.workspace.rules import files as rules

log = logging.getLogger(__name__)

PARQUET = "application/vnd.apache.parquet"
LOST = "The file is not there any more. Upload it again."
# The task tries five times within 5 minutes, and a worker that dies keeps a message hidden for a while each time.
GIVE_UP_AFTER: Final = timedelta(minutes=45)
GIVEN_UP: Final = (
    "No worker could read the file. Upload it again, or in smaller parts if it fails again."
)
MOST_LOOKED_AFTER: Final = 200


def read_file(*, file_id: str, folder: Path, storage: ObjectStorage, now: datetime) -> None:
    """Read a file, keep it as Parquet beside the original, and note what is in it, or why it is refused.

    Run again it does the same, and where the file was read or removed meanwhile, nothing.

    Args:
        folder: an empty folder on the disk, for as long as this takes.

    Raises:
        object_storage's TryAgain or GiveUp: it is to be read again later.
    """
    file = File.of(file_id)
    if file is None or file.status != rules.PROCESSING:
        return
    source, target = folder / rules.ORIGINAL, folder / "made" / rules.CONVERTED
    target.parent.mkdir()
    try:
        storage.fetch(key=file.s3_key, to=source)
        profile = ingest.convert(source=source, target=target)
    except NotThere:
        _note(File.refused(file_id=file_id, reason=LOST, line=None, now=now))
        return
    except ingest.NotACsv as refusal:
        _note(File.refused(file_id=file_id, reason=refusal.reason, line=refusal.line, now=now))
        log.info("workspace.file_refused", extra={"line": refusal.line})
        return
    storage.put_file(key=file.parquet_key, path=target, content_type=PARQUET)
    _note(_as_read(file_id, profile, now))
    log.info("workspace.file_read", extra={"rows": profile.row_count, "bytes": int(file.size)})


def look_after_files(*, now: datetime) -> None:
    """Give up on files that no worker has read in time, for whatever reason it died; the reason says what to do."""
    given_up = File.waiting_since(now - GIVE_UP_AFTER, limit=MOST_LOOKED_AFTER)
    for file_id in given_up:
        _note(File.refused(file_id=file_id, reason=GIVEN_UP, line=None, now=now))
    if given_up:
        log.warning("workspace.files_given_up", extra={"count": len(given_up)})


def _as_read(file_id: str, profile: ingest.Profile, now: datetime) -> dynamo.Write:
    return File.read(
        file_id=file_id,
        encoding=profile.encoding,
        delimiter=profile.delimiter,
        row_count=profile.row_count,
        columns=[column.as_json() for column in profile.columns],
        preview=profile.preview,
        now=now,
    )


def _note(write: dynamo.Write) -> None:
    """Say it, unless the file was removed or another worker was faster."""
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        log.info("workspace.file_settled_already")
