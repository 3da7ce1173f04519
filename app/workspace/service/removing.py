"""How does what stood in a removed project, session or file go?

The thing itself goes at once, in one transaction with the note that its contents are to go. A task removes them; it
can stop anywhere and run again. An index may show a row only a moment after it was written, so the note stays until a
later look finds nothing more: a job looks after every note.
"""

import logging
from datetime import datetime, timedelta

from app.core import dynamo
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain
from app.providers.object_storage.interface import ObjectStorage
from app.workspace.models import File, Message, Removal, Session
from app.workspace.rules import files as rules

log = logging.getLogger(__name__)

REMOVE = "workspace.remove_contents"
PROJECT, SESSION, FILE, USER = "project", "session", "file", "user"
# Longer than a presigned upload, which may still be under way, and than any request or index.
SETTLED_AFTER = timedelta(hours=3)


def of_project(*, user_id: str, project_id: str, now: datetime) -> dynamo.Write:
    """Note that a project's sessions, messages, files and objects are to go."""
    return Removal.wanted(
        kind=PROJECT,
        thing_id=project_id,
        prefix=rules.project_folder(user_id=user_id, project_id=project_id),
        now=now,
    )


def of_session(*, session_id: str, now: datetime) -> dynamo.Write:
    """Note that a session's messages are to go."""
    return Removal.wanted(kind=SESSION, thing_id=session_id, prefix=None, now=now)


def of_file(*, user_id: str, project_id: str, file_id: str, now: datetime) -> dynamo.Write:
    """Note that a file's objects are to go."""
    prefix = rules.folder(user_id=user_id, project_id=project_id, file_id=file_id)
    return Removal.wanted(kind=FILE, thing_id=file_id, prefix=prefix, now=now)


def of_user(*, user_id: str, now: datetime) -> dynamo.Write:
    """Note that all of a closed account's objects are to go."""
    prefix = rules.user_folder(user_id=user_id)
    return Removal.wanted(kind=USER, thing_id=user_id, prefix=prefix, now=now)


def ask(*, kind: str, thing_id: str, jobs: JobQueue) -> None:
    """Have the contents removed, once the request has succeeded."""
    jobs.enqueue(REMOVE, {"kind": kind, "thing_id": thing_id})


def ask_at_once(*, kind: str, thing_id: str, jobs: JobQueue) -> None:
    """Have the contents removed, whatever becomes of the request.

    The note stays in any case, and a job looks after it.
    """
    try:
        jobs.ask(REMOVE, {"kind": kind, "thing_id": thing_id})
    except (TryAgain, GiveUp):
        log.warning("workspace.removal_not_sent", extra={"kind": kind})


def remove_contents(*, kind: str, thing_id: str, storage: ObjectStorage, now: datetime) -> None:
    """Remove what stood in a removed thing, and forget the note once nothing can follow."""
    note = Removal.of(kind=kind, thing_id=thing_id)
    if note is None:
        return
    removed = remove_rows(kind=kind, thing_id=thing_id)
    if note.prefix is not None:
        storage.delete_under(prefix=note.prefix)
    if removed == 0 and now - note.requested_at >= SETTLED_AFTER:
        dynamo.commit(note.done())
    log.info("workspace.contents_removed", extra={"kind": kind, "rows": removed})


def resume_removals(*, jobs: JobQueue) -> None:
    """Ask again for everything that is noted."""
    for note in Removal.unfinished():
        ask(kind=note.kind, thing_id=note.thing_id, jobs=jobs)


def remove_rows(*, kind: str, thing_id: str) -> int:
    """Remove what stands in a project or session; return how many rows."""
    if kind == SESSION:
        return _remove_messages(thing_id)
    if kind == PROJECT:
        return _remove_sessions(thing_id) + _remove_files(thing_id)
    return 0


def _remove_sessions(project_id: str) -> int:
    removed = 0
    for session in Session.all_in(project_id):
        removed += _remove_messages(session.session_id) + 1
        commit_if_there(write=session.removal())
    return removed


def _remove_messages(session_id: str) -> int:
    removed = 0
    for message in Message.all_in(session_id):
        dynamo.commit(message.removal())
        removed += 1
    return removed


def _remove_files(project_id: str) -> int:
    removed = 0
    for file in File.all_in(project_id):
        commit_if_there(write=file.removal())
        removed += 1
    return removed


def commit_if_there(*, write: dynamo.Write) -> None:
    """Another run may have removed it meanwhile, which is as good."""
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        return
