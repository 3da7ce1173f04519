"""At which URLs does somebody keep the sessions of a project?"""

from typing import Any

from app.core import auth, clock
from app.core.dynamo import InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut, PageArgs
from app.extensions import providers
from app.workspace.models import Session
from app.workspace.schemas import sessions as schemas
from app.workspace.service import projects
from app.workspace.service import sessions as service

SESSIONS = "/projects/<string(maxlength=64):project_id>/sessions"
ONE_SESSION = "/sessions/<string(maxlength=64):session_id>"

blp = Blueprint("conversations", __name__, description="Conversations about the data of a project")


@blp.route(SESSIONS, methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.arguments(schemas.SessionIn)
@blp.response(201, schemas.SessionOut)
@blp.failures(projects.UnknownProject, service.TooManySessions)
@idempotent
def begin_session(body: dict[str, Any], project_id: str) -> Session:
    """Begin a session

    Without a name, its first question gives it one.
    """
    return service.begin_session(
        user_id=auth.principal().user_id, project_id=project_id, **body, now=clock.now()
    )


@blp.route(SESSIONS, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.SessionListOut)
@blp.failures(projects.UnknownProject, InvalidCursor)
def list_project_sessions(page: dict[str, Any], project_id: str) -> dict[str, Any]:
    """List a project's sessions

    The newest first.
    """
    found, next_cursor = service.list_sessions(
        user_id=auth.principal().user_id, project_id=project_id, **page
    )
    return {"sessions": found, "next_cursor": next_cursor}


@blp.route(ONE_SESSION, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.response(200, schemas.SessionWithMessagesOut)
@blp.failures(service.UnknownSession)
def show_session(session_id: str) -> service.Conversation:
    """Show a session with its messages

    The last hundred of them, the oldest first; `/messages` lists all.
    """
    return service.show_session(user_id=auth.principal().user_id, session_id=session_id)


@blp.route(ONE_SESSION, methods=["PUT"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.arguments(schemas.SessionUpdate)
@blp.response(200, schemas.SessionOut)
@blp.failures(service.UnknownSession)
def rename_session(body: dict[str, Any], session_id: str) -> Session:
    """Name a session"""
    return service.rename_session(
        user_id=auth.principal().user_id, session_id=session_id, **body, now=clock.now()
    )


@blp.route(ONE_SESSION, methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.response(200, MessageOut)
@blp.failures(service.UnknownSession)
def remove_session(session_id: str) -> dict[str, str]:
    """Delete a session

    It is gone at once; its messages follow within moments. Neither can be brought back.
    """
    service.remove_session(
        user_id=auth.principal().user_id,
        session_id=session_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"message": "Session deleted successfully"}
