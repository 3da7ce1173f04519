"""What does the workspace hold of a user, and how does it go with the account?"""

import logging
from datetime import datetime
from typing import Any

from app.core import dynamo
from app.providers.object_storage.interface import ObjectStorage
from app.workspace.models import File, Message, Project, Session
from app.workspace.rules import files as rules
from app.workspace.service import removing

log = logging.getLogger(__name__)


def export_owned_by(*, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """All that the workspace holds of a user, by kind.

    Files are told of; what is in them stands where they were uploaded from, and behind GET /files/{file_id}.
    """
    projects = list(Project.owned_by(user_id))
    sessions = [one for project in projects for one in Session.all_in(project.project_id)]
    files = [one for project in projects for one in File.all_in(project.project_id)]
    return {
        "projects": [
            _told(one, "project_id", "name", "description", "created_at", "updated_at")
            for one in projects
        ],
        "sessions": [
            _told(one, "session_id", "project_id", "name", "created_at", "updated_at")
            for one in sessions
        ],
        "files": [
            _told(one, "file_id", "project_id", "filename", "size", "row_count", "created_at")
            for one in files
        ],
        "messages": [
            _told(message, "message_id", "session_id", "role", "content", "created_at")
            for session in sessions
            for message in Message.all_in(session.session_id)
        ],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Erase every row of a user's; running it again is harmless. `erase_files` is for what they uploaded."""
    for project in Project.owned_by(user_id):
        removing.remove_rows(kind=removing.PROJECT, thing_id=project.project_id)
        removing.commit_if_there(
            write=Project.removal(project_id=project.project_id, user_id=user_id)
        )
    log.info("workspace.erased")


def erase_files(*, user_id: str, storage: ObjectStorage, now: datetime) -> None:
    """Erase what a user uploaded, and remember to look again: an upload may be under way.

    Raises:
        object_storage's TryAgain or GiveUp: some may be left.
    """
    dynamo.commit(removing.of_user(user_id=user_id, now=now))
    storage.delete_under(prefix=rules.user_folder(user_id=user_id))


def _told(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
