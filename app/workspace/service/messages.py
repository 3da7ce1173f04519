"""What does somebody do with what was said in a session?"""

from collections.abc import Mapping
from typing import Any

from app.core import charts, dynamo, errors
from app.workspace.models import Message, Project
from app.workspace.rules import answers, pictures, suggestions
from app.workspace.service import files, sessions


class UnknownMessage(errors.NotFound):
    """The caller has no such message."""

    code = "message_not_found"
    message = "You have no message with this id."


class NotAnAnswer(errors.Conflict):
    """The message is a question, or an answer that did not come."""

    code = "not_an_answer"
    message = "This needs an answer that came: a message of the assistant whose status is answered."


class NoChart(errors.NotFound):
    """The answer has no picture."""

    code = "no_chart"
    message = "There is no picture of this message: its `has_chart` is false."


def list_messages(
    *, user_id: str, session_id: str, limit: int, cursor: str | None
) -> tuple[list[Message], str | None]:
    """What was said in a session, the oldest first, and the cursor of what follows.

    Raises:
        UnknownSession: the user has none such.
    """
    sessions.get_session(user_id=user_id, session_id=session_id)
    page = Message.page_in(session_id=session_id, limit=limit, cursor=cursor)
    return list(page.items), page.next_cursor


def get_message(*, user_id: str, message_id: str) -> Message:
    """One of the user's messages.

    Raises:
        UnknownMessage: the user has none such.
    """
    message = Message.of(message_id)
    if message is None or message.user_id != user_id:
        raise UnknownMessage
    return message


def get_answer(*, user_id: str, message_id: str) -> Message:
    """One of the messages by which the user was answered, or is to be.

    Raises:
        UnknownMessage: the user has none such.
        NotAnAnswer: it is a question.
    """
    message = get_message(user_id=user_id, message_id=message_id)
    if message.role != answers.ASSISTANT:
        raise NotAnAnswer
    return message


def rate_answer(*, user_id: str, message_id: str, rating: str, comment: str | None) -> Message:
    """Say what an answer was worth; said again, it replaces what was said before.

    Raises:
        UnknownMessage: the user has none such.
        NotAnAnswer: it is no answer that came.
    """
    answer = get_answer(user_id=user_id, message_id=message_id)
    try:
        dynamo.commit(answer.rated(rating=rating, comment=comment))
    except dynamo.ConditionFailed:
        raise NotAnAnswer from None
    return get_message(user_id=user_id, message_id=message_id)


def suggest_questions(*, user_id: str, session_id: str) -> list[str]:
    """What is worth asking of the tables that a session is about.

    Raises:
        UnknownSession: the user has none such.
    """
    session = sessions.get_session(user_id=user_id, session_id=session_id)
    tables: list[Mapping[str, Any]] = [
        {"name": table.name, "row_count": table.row_count, "columns": table.columns}
        for table in files.tables_of(project_id=session.project_id, user_id=user_id)
    ]
    project = Project.of(session.project_id)
    return suggestions.questions_about(tables, live=[] if project is None else project.live)


def draw_chart(*, user_id: str, message_id: str) -> str:
    """The picture of an answer, as SVG.

    Raises:
        UnknownMessage: the user has none such.
        NoChart: it has no picture.
    """
    message = get_message(user_id=user_id, message_id=message_id)
    if message.chart is None:
        raise NoChart
    try:
        return _drawn(message.chart)
    except charts.CanNotDraw as error:
        raise NoChart(f"This can't be drawn: {error}") from None


def _drawn(chart: Mapping[str, Any]) -> str:
    points, names = chart["points"], chart["y"]
    told = f"{len(points)} values of {', '.join(names)} by {chart['x']}."
    if chart["kind"] == pictures.BAR:
        return charts.bar(title=chart["title"], description=told, bars=points, caption=names[0])
    if chart["kind"] == pictures.SCATTER:
        return charts.scatter(
            title=chart["title"],
            description=told,
            points=points,
            across=chart["x"],
            up=names[0],
        )
    lines = [
        charts.Series(
            name=name,
            points=[(pictures.moment_of(point[0]) or point[0], point[at]) for point in points],
        )
        for at, name in enumerate(names, 1)
    ]
    return charts.line(title=chart["title"], description=told, series=lines)
