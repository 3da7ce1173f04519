"""How does somebody import a file, and see what became of it?

What can't be read at all is refused at once and not kept. The rest is a worker's work: the request waits for it for a
while, and a job looks after those that nobody carries out.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.core import dynamo, errors, ids, json
from app.core.waiting import Patience, poll_delays
from app.portfolio.models.imports import FAILED, Import, folder_of
from app.portfolio.rules.imports import formats
from app.portfolio.rules.imports.formats import Source
from app.portfolio.rules.imports.rows import LARGEST_FILE, NotImportable
from app.providers.job_queue import interface as job_queue
from app.providers.job_queue.interface import JobQueue
from app.providers.object_storage import interface as object_storage
from app.providers.object_storage.interface import NotThere, ObjectStorage

log = logging.getLogger(__name__)

IMPORT: Final = "portfolio.import_file"
ASK_AGAIN_AFTER: Final = timedelta(minutes=1)
GIVE_UP_AFTER: Final = timedelta(minutes=30)
MOST_LOOKED_AFTER: Final = 200
LONGEST_FILENAME: Final = 255
GIVEN_UP: Final = (
    "It was not read to its end in time. Send it again: what was imported is not added twice."
)


class UnknownImport(errors.NotFound):
    """The user has no import with this id."""

    code = "import_not_found"
    message = "You have no import with this id. They are kept for 90 days."


class NoImportFile(errors.Unprocessable):
    """The form has no file, or an empty one."""

    code = "import_file_missing"
    message = "Send the export as the form's field `file`, with its filename."


class ImportTooLarge(errors.TooLarge):
    """More than a request carries."""

    code = "import_too_large"
    message = f"A file may have {LARGEST_FILE // 1024 // 1024} MiB. Split it, and import its parts."


class NotReadable(errors.Unprocessable):
    """The file as a whole can't be read; the details help to mend it."""

    code = "import_not_readable"
    message = "The file can't be read as an export of transactions."


class ImportsUnavailable(errors.ServiceUnavailable):
    """What keeps files does not answer."""

    code = "imports_unavailable"
    message = "Files can't be reached at the moment. Try again shortly."


@dataclass(frozen=True, kw_only=True)
class ShownImport:
    """An import, and what became of each line of its file once it is done."""

    found: Import
    rows: Sequence[Mapping[str, Any]] = field(default=())


def start_import(
    *,
    user_id: str,
    filename: str,
    content: bytes,
    format_name: str | None,
    given: Mapping[str, str],
    dry_run: bool,
    storage: ObjectStorage,
    jobs: JobQueue,
    patience: Patience,
    folder: Path,
    now: datetime,
) -> ShownImport:
    """Have a file imported, or looked through, and wait for that.

    Args:
        given: a mapping of columns, where the sender has one.
        folder: an empty folder on the disk.

    Returns:
        the import, which is not over where no worker was done in time.

    Raises:
        NoImportFile, ImportTooLarge, NotReadable: nothing was kept.
        ImportsUnavailable: nothing was imported.
    """
    if not content:
        raise NoImportFile
    if len(content) > LARGEST_FILE:
        raise ImportTooLarge
    source = _recognised(content, format_name, given, dry_run=dry_run)
    sent = _sent(source, user_id, filename, len(content), given, dry_run=dry_run, now=now)
    if source.missing:  # a dry run, whose answer is the mapping
        dynamo.commit(sent.arrival())
        return ShownImport(found=sent)
    try:
        storage.put(key=sent.file_key, body=content, content_type="application/octet-stream")
    except (object_storage.TryAgain, object_storage.GiveUp) as error:
        raise ImportsUnavailable from error
    dynamo.commit(sent.arrival())
    _ask(sent, jobs)
    over = _waited_for(sent, patience)
    return get_import(user_id=user_id, import_id=over.import_id, storage=storage, folder=folder)


def get_import(
    *, user_id: str, import_id: str, storage: ObjectStorage, folder: Path
) -> ShownImport:
    """One of the user's imports, with what became of each line.

    Args:
        folder: an empty folder on the disk.

    Raises:
        UnknownImport.
        ImportsUnavailable: the lines can't be read at the moment.
    """
    found = Import.of(user_id, import_id)
    if found is None:
        raise UnknownImport
    if found.imported is None:
        return ShownImport(found=found)
    path = folder / "rows.json"
    try:
        storage.fetch(key=found.rows_key, to=path)
    except NotThere:  # it is gone a little before its import
        return ShownImport(found=found)
    except (object_storage.TryAgain, object_storage.GiveUp) as error:
        raise ImportsUnavailable from error
    return ShownImport(found=found, rows=json.loads(path.read_bytes()))


def list_imports(
    *, user_id: str, limit: int, cursor: str | None
) -> tuple[list[Import], str | None]:
    """Some of the user's imports, the newest first, and the cursor of what follows."""
    page = Import.page(user_id, limit=limit, cursor=cursor)
    return page.items, page.next_cursor


def look_after_imports(*, jobs: JobQueue, now: datetime) -> None:
    """Have carried out what nobody carries out, and give up on what has waited too long."""
    for user_id, import_id in Import.waiting_since(now - ASK_AGAIN_AFTER, limit=MOST_LOOKED_AFTER):
        found = Import.of(user_id, import_id)
        if found is None or found.is_over:
            continue
        if now - found.asked_at >= GIVE_UP_AFTER:
            with suppress(dynamo.ConditionFailed):  # it ended at this very moment
                dynamo.commit(found.failed(error=GIVEN_UP, now=now))
                log.warning("portfolio.import_given_up")
        elif found.claimed_until is None or found.claimed_until < now:
            jobs.enqueue(IMPORT, {"user_id": user_id, "import_id": import_id})


def export_imports(*, user_id: str) -> list[dict[str, Any]]:
    """What is held of a user's imports; what they brought is among the transactions."""
    return [
        {
            "import_id": found.import_id,
            "filename": found.filename,
            "format": found.format,
            "dry_run": found.dry_run,
            "imported": found.imported,
            "created_at": found.created_at,
        }
        for found in Import.owned_by(user_id)
    ]


def erase_imports(*, user_id: str) -> None:
    """Erase the rows of a user's imports; `erase_files` is for their objects."""
    for found in Import.owned_by(user_id):
        dynamo.commit(found.erased())


def erase_files(*, user_id: str, storage: ObjectStorage) -> None:
    """Erase the files that a user sent, and what became of their lines.

    Raises:
        object_storage's TryAgain or GiveUp: some may be left.
    """
    storage.delete_under(prefix=folder_of(user_id))


def _recognised(
    content: bytes, format_name: str | None, given: Mapping[str, str], *, dry_run: bool
) -> Source:
    try:
        source = formats.recognised(content, format=format_name, given=given)
    except NotImportable as problem:
        raise NotReadable(problem.reason, details=problem.details) from None
    if source.missing and not dry_run:
        raise NotReadable(
            _lacking(source),
            details={
                "format": source.format,
                "mapping": source.columns.told if source.columns else {},
                "missing": list(source.missing),
                "unknown_columns": source.columns.unknown if source.columns else [],
            },
        )
    return source


def _lacking(source: Source) -> str:
    return (
        f"Which columns hold {', '.join(source.missing)} can't be told from the header. "
        'Say so in `mapping`, such as {"date": "Trade Date"}; a dry run shows what was understood.'
    )


def _sent(
    source: Source,
    user_id: str,
    filename: str,
    size: int,
    given: Mapping[str, str],
    *,
    dry_run: bool,
    now: datetime,
) -> Import:
    sent = Import.sent(
        user_id=user_id,
        import_id=ids.new_id(),
        format_name=source.format,
        dry_run=dry_run,
        filename=_named(filename),
        size=size,
        given=given,
        mapping=source.columns.told if source.columns else {},
        unknown_columns=source.columns.unknown if source.columns else [],
        missing=source.missing,
        now=now,
    )
    if source.missing:
        sent.status, sent.error, sent.waiting, sent.finished_at = (
            FAILED,
            _lacking(source),
            None,
            now,
        )
    return sent


def _named(filename: str) -> str:
    """A name without a path or what can't be seen."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:LONGEST_FILENAME] or "export"


def _ask(sent: Import, jobs: JobQueue) -> None:
    try:
        jobs.ask(IMPORT, {"user_id": sent.user_id, "import_id": sent.import_id})
    except (job_queue.TryAgain, job_queue.GiveUp):
        # Everything is stored: the job that looks after imports asks again.
        log.warning("portfolio.import_not_sent")


def _waited_for(sent: Import, patience: Patience) -> Import:
    found = Import.of(sent.user_id, sent.import_id) or sent
    for delay in poll_delays(patience.seconds):
        if found.is_over:
            break
        patience.sleep(delay)
        found = Import.of(sent.user_id, sent.import_id) or sent
    return found
