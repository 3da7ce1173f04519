"""At which URLs does somebody ask about their data, and look at the answers?"""

import time
from http import HTTPStatus
from typing import Any

from flask import Response

from app.core import auth, charts, clock
from app.core.dynamo import Busy, InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import PageArgs
from app.core.waiting import Patience
from app.extensions import providers
from app.usage import service as usage
from app.workspace.models import Message
from app.workspace.rules.answers import PENDING
from app.workspace.schemas import messages as schemas
from app.workspace.service import asking, rerunning, sessions
from app.workspace.service import messages as service

SESSION_MESSAGES = "/sessions/<string(maxlength=64):session_id>/messages"
ONE_MESSAGE = "/messages/<string(maxlength=64):message_id>"
# API Gateway gives up after 29 s.
WAIT_SECONDS = 25.0

blp = Blueprint("messages", __name__, description="Questions about one's data, and their answers")


@blp.route(SESSION_MESSAGES, methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.arguments(schemas.QuestionIn)
@blp.response(200, schemas.ExchangeOut)
@blp.alt_response(202, schema=schemas.ExchangeOut, description="The answer is still to come.")
@blp.failures(
    sessions.UnknownSession,
    service.UnknownMessage,
    asking.SessionFull,
    usage.UsageLimitExceeded,
    Busy,
)
@idempotent
def ask_question(body: dict[str, Any], session_id: str) -> Any:
    """Ask a question

    The answer rests on queries over the project's tables and cites them. It costs one unit of `analyses`, which comes
    back where no answer does. After 25 s without one the status is 202, and it appears among the session's messages.
    """
    principal = auth.principal()
    exchange = asking.ask_question(
        user_id=principal.user_id,
        session_id=session_id,
        content=body["content"],
        plan=principal.plan,
        jobs=providers.job_queue,
        patience=_patience(),
        now=clock.now(),
    )
    return exchange, _status(exchange)


@blp.route(SESSION_MESSAGES, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.MessageListOut)
@blp.failures(sessions.UnknownSession, InvalidCursor)
def list_messages(page: dict[str, Any], session_id: str) -> dict[str, Any]:
    """List a session's messages

    The oldest first.
    """
    found, next_cursor = service.list_messages(
        user_id=auth.principal().user_id, session_id=session_id, **page
    )
    return {"messages": found, "next_cursor": next_cursor}


@blp.route("/sessions/<string(maxlength=64):session_id>/suggestions", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.response(200, schemas.SuggestionsOut)
@blp.failures(sessions.UnknownSession)
def suggest_questions(session_id: str) -> dict[str, Any]:
    """Suggest questions

    What is worth asking of the columns of the project's tables; nothing where it has none.
    """
    found = service.suggest_questions(user_id=auth.principal().user_id, session_id=session_id)
    return {"suggestions": found}


@blp.route(f"{ONE_MESSAGE}/regenerate", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.response(200, schemas.ExchangeOut)
@blp.alt_response(202, schema=schemas.ExchangeOut, description="The answer is still to come.")
@blp.failures(
    service.UnknownMessage,
    service.NotAnAnswer,
    asking.StillAnswering,
    usage.UsageLimitExceeded,
    Busy,
)
@idempotent
def ask_again(message_id: str) -> Any:
    """Ask again

    Another answer in place of one that came or failed. It costs a unit again.
    """
    principal = auth.principal()
    exchange = asking.ask_again(
        user_id=principal.user_id,
        message_id=message_id,
        plan=principal.plan,
        jobs=providers.job_queue,
        patience=_patience(),
        now=clock.now(),
    )
    return exchange, _status(exchange)


@blp.route(f"{ONE_MESSAGE}/rerun", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.response(200, schemas.RerunOut)
@blp.alt_response(202, schema=schemas.RerunOut, description="It still runs: ask again.")
@blp.failures(
    service.UnknownMessage,
    service.NotAnAnswer,
    rerunning.NothingToRerun,
    rerunning.RerunNotAsked,
)
@idempotent
def rerun_citations(message_id: str) -> Any:
    """Run an answer's queries again

    Says for each whether it gives the same as it did, by the hash of its result. It costs nothing.
    """
    found = rerunning.rerun_citations(
        user_id=auth.principal().user_id,
        message_id=message_id,
        jobs=providers.job_queue,
        patience=_patience(),
        now=clock.now(),
    )
    return found, HTTPStatus.ACCEPTED if found["status"] == rerunning.RUNNING else HTTPStatus.OK


@blp.route(f"{ONE_MESSAGE}/feedback", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:write")
@blp.arguments(schemas.FeedbackIn)
@blp.response(200, schemas.ChatMessageOut)
@blp.failures(service.UnknownMessage, service.NotAnAnswer)
@idempotent
def rate_answer(body: dict[str, Any], message_id: str) -> Message:
    """Rate an answer

    Up or down, with a comment or without. Said again, it replaces what was said before.
    """
    return service.rate_answer(user_id=auth.principal().user_id, message_id=message_id, **body)


@blp.route(f"{ONE_MESSAGE}/chart.svg", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="workspace:read")
@blp.response(200, {"type": "string"}, content_type="image/svg+xml")
@blp.failures(service.UnknownMessage, service.NoChart)
def draw_chart(message_id: str) -> Response:
    """Draw an answer

    The picture of an answer whose `has_chart` is true. It fits light and dark surroundings, and tells a screen reader
    what it shows.
    """
    picture = service.draw_chart(user_id=auth.principal().user_id, message_id=message_id)
    response = Response(picture, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = charts.POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _patience() -> Patience:
    return Patience(sleep=time.sleep, seconds=WAIT_SECONDS)


def _status(exchange: asking.Exchange) -> HTTPStatus:
    is_pending = exchange.ai_response.status == PENDING
    return HTTPStatus.ACCEPTED if is_pending else HTTPStatus.OK
