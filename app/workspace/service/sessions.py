"""What does somebody do with the sessions of a project?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import dynamo, errors, ids
from app.providers.job_queue.interface import JobQueue
from app.workspace.models import Message, Project, Session
from app.workspace.service import removing
from app.workspace.service.projects import get_project

UNNAMED = "New session"
MOST_SESSIONS = 1_000
SHOWN_MESSAGES = 100


class UnknownSession(errors.NotFound):
    """The caller has no such session."""

    code = "chat_session_not_found"
    message = "You have no session with this id."


class TooManySessions(errors.Conflict):
    """The project is full."""

    code = "too_many_sessions"
    message = (
        f"A project holds at most {MOST_SESSIONS} sessions. Delete one, or begin another project."
    )


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A session and the last of its messages, the oldest first."""

    session: Session
    messages: Sequence[Message]


def list_sessions(
    *, user_id: str, project_id: str, limit: int, cursor: str | None
) -> tuple[list[Session], str | None]:
    """A project's sessions, the newest first, and the cursor of what follows.

    Raises:
        UnknownProject: the user has none such.
    """
    get_project(user_id=user_id, project_id=project_id)
    page = Session.page_in(project_id=project_id, limit=limit, cursor=cursor)
    return list(page.items), page.next_cursor


def get_session(*, user_id: str, session_id: str) -> Session:
    """One of the user's sessions.

    Raises:
        UnknownSession: the user has none such.
    """
    session = Session.of(session_id)
    if session is None or session.user_id != user_id:
        raise UnknownSession
    return session


def show_session(*, user_id: str, session_id: str) -> Conversation:
    """One of the user's sessions, with the last messages.

    Raises:
        UnknownSession: the user has none such.
    """
    session = get_session(user_id=user_id, session_id=session_id)
    messages = Message.last_in(session_id=session_id, count=SHOWN_MESSAGES)
    return Conversation(session=session, messages=messages)


def begin_session(*, user_id: str, project_id: str, name: str | None, now: datetime) -> Session:
    """Begin a session; without a name, its first question gives it one.

    Raises:
        UnknownProject: the user has none such.
        TooManySessions: the project is full.
    """
    session = Session.begun(
        session_id=ids.new_id(),
        project_id=project_id,
        user_id=user_id,
        name=name or UNNAMED,
        was_named=name is not None,
        now=now,
    )
    counted = Project.gaining_session(project_id=project_id, user_id=user_id, most=MOST_SESSIONS)
    try:
        dynamo.commit(session.arrival(), counted)
    except dynamo.ConditionFailed:
        get_project(user_id=user_id, project_id=project_id)
        raise TooManySessions from None
    return session


def rename_session(*, user_id: str, session_id: str, name: str, now: datetime) -> Session:
    """Name a session.

    Raises:
        UnknownSession: the user has none such.
    """
    try:
        dynamo.commit(Session.renaming(session_id=session_id, user_id=user_id, name=name, now=now))
    except dynamo.ConditionFailed:
        raise UnknownSession from None
    return get_session(user_id=user_id, session_id=session_id)


def remove_session(*, user_id: str, session_id: str, jobs: JobQueue, now: datetime) -> None:
    """Remove a session at once, and what was said in it by a task.

    Raises:
        UnknownSession: the user has none such.
    """
    session = get_session(user_id=user_id, session_id=session_id)
    wanted = removing.of_session(session_id=session_id, now=now)
    try:
        dynamo.commit(
            session.removal(), wanted, Project.losing_session(project_id=session.project_id)
        )
    except dynamo.ConditionFailed as error:
        # Either somebody was faster, or the project went, and its own removal takes the session along.
        raise UnknownSession from error
    removing.ask(kind=removing.SESSION, thing_id=session_id, jobs=jobs)
