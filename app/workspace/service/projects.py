"""What does somebody do with projects?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core import dynamo, errors, ids
from app.providers.job_queue.interface import JobQueue
from app.workspace.models import Project
from app.workspace.service import removing


class UnknownProject(errors.NotFound):
    """The caller has no such project."""

    code = "project_not_found"
    message = "You have no project with this id."


def list_projects(
    *, user_id: str, limit: int, cursor: str | None
) -> tuple[list[Project], str | None]:
    """A user's projects, the newest first, and the cursor of what follows."""
    page = Project.page_of(user_id=user_id, limit=limit, cursor=cursor)
    return list(page.items), page.next_cursor


def get_project(*, user_id: str, project_id: str) -> Project:
    """One of the user's projects.

    Raises:
        UnknownProject: the user has none such.
    """
    project = Project.of(project_id)
    if project is None or project.user_id != user_id:
        raise UnknownProject
    return project


def begin_project(*, user_id: str, name: str, description: str | None, now: datetime) -> Project:
    """Make a project."""
    project = Project.begun(
        project_id=ids.new_id(), user_id=user_id, name=name, description=description, now=now
    )
    dynamo.commit(project.arrival())
    return project


def change_project(
    *, user_id: str, project_id: str, changes: Mapping[str, Any], now: datetime
) -> Project:
    """Change a project's name or description; what is left out stays.

    Raises:
        UnknownProject: the user has none such.
    """
    try:
        dynamo.commit(
            Project.change(project_id=project_id, user_id=user_id, changes=changes, now=now)
        )
    except dynamo.ConditionFailed:
        raise UnknownProject from None
    return get_project(user_id=user_id, project_id=project_id)


def remove_project(*, user_id: str, project_id: str, jobs: JobQueue, now: datetime) -> None:
    """Remove a project at once, and what stands in it by a task.

    Raises:
        UnknownProject: the user has none such.
    """
    wanted = removing.of_project(user_id=user_id, project_id=project_id, now=now)
    try:
        dynamo.commit(Project.removal(project_id=project_id, user_id=user_id), wanted)
    except dynamo.ConditionFailed:
        raise UnknownProject from None
    removing.ask(kind=removing.PROJECT, thing_id=project_id, jobs=jobs)
