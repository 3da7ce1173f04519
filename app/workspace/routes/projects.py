"""At which URLs does somebody keep projects?"""

from typing import Any

from app.core import auth, clock
from app.core.dynamo import InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut, PageArgs
from app.extensions import providers
from app.workspace.models import Project
from app.workspace.schemas import projects as schemas
from app.workspace.service import projects as service

ONE_PROJECT = "/projects/<string(maxlength=64):project_id>"

blp = Blueprint("projects", __name__, description="Projects: data, and conversations about it")


@blp.route("/projects", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.arguments(schemas.ProjectIn)
@blp.response(201, schemas.ProjectOut)
@idempotent
def begin_project(body: dict[str, Any]) -> Project:
    """Make a project"""
    return service.begin_project(user_id=auth.principal().user_id, **body, now=clock.now())


@blp.route("/projects", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.ProjectListOut)
@blp.failures(InvalidCursor)
def list_projects(page: dict[str, Any]) -> dict[str, Any]:
    """List projects

    The newest first, each with how many sessions and files it holds.
    """
    found, next_cursor = service.list_projects(user_id=auth.principal().user_id, **page)
    return {"projects": found, "next_cursor": next_cursor}


@blp.route(ONE_PROJECT, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.response(200, schemas.ProjectOut)
@blp.failures(service.UnknownProject)
def get_project(project_id: str) -> Project:
    """Show a project"""
    return service.get_project(user_id=auth.principal().user_id, project_id=project_id)


@blp.route(ONE_PROJECT, methods=["PUT"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.arguments(schemas.ProjectUpdate)
@blp.response(200, schemas.ProjectOut)
@blp.failures(service.UnknownProject)
def change_project(body: dict[str, Any], project_id: str) -> Project:
    """Change a project

    Its name, its description or both; what is left out stays as it is.
    """
    return service.change_project(
        user_id=auth.principal().user_id, project_id=project_id, changes=body, now=clock.now()
    )


@blp.route(ONE_PROJECT, methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.response(200, MessageOut)
@blp.failures(service.UnknownProject)
def remove_project(project_id: str) -> dict[str, str]:
    """Delete a project

    It is gone at once; its sessions, messages and files follow within moments. None can be brought back.
    """
    service.remove_project(
        user_id=auth.principal().user_id,
        project_id=project_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"message": "Project deleted successfully"}
