"""How does somebody ask a question, and wait for its answer?

The question, its pending answer, the unit that it costs and what analytics hear of it are one transaction. A worker
answers; the request looks at the answer until it is there, for a bounded time, and a job looks after those that nobody
answered.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.analytics import service as analytics
from app.core import dynamo, errors, ids, waiting
from app.core.waiting import Patience
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain
from app.usage import service as usage
from app.workspace.models import Message, Session
from app.workspace.rules import answers
from app.workspace.service import messages, sessions

log = logging.getLogger(__name__)

ANSWER: Final = "workspace.answer_question"
FEATURE: Final = "analyses"
ASKED: Final = "question_asked"
MOST_MESSAGES: Final = 2_000
ASK_AGAIN_AFTER: Final = timedelta(minutes=1)
GIVE_UP_AFTER: Final = timedelta(minutes=15)
MOST_LOOKED_AFTER: Final = 200
GIVEN_UP: Final = "Nobody answered in time; nothing was counted. Ask again."


class SessionFull(errors.Conflict):
    """The session holds as much as it may."""

    code = "session_full"
    message = f"A session holds at most {MOST_MESSAGES} messages. Begin another session."


class StillAnswering(errors.Conflict):
    """The answer is on its way already."""

    code = "still_answering"
    message = "This answer is still on its way. Wait for it in the session's messages."


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and its answer, which may be pending."""

    user_message: Message
    ai_response: Message


def ask_question(
    *,
    user_id: str,
    session_id: str,
    content: str,
    plan: str,
    jobs: JobQueue,
    patience: Patience,
    now: datetime,
) -> Exchange:
    """Ask, and wait for the answer for a while. It costs a unit of `analyses` if it comes.

    Raises:
        UnknownSession: the user has none such.
        SessionFull: it holds as many messages as it may.
        UsageLimitExceeded: the plan includes no more; nothing was stored.
    """
    session = sessions.get_session(user_id=user_id, session_id=session_id)
    question = Message.question(
        message_id=ids.new_id(),
        session_id=session_id,
        project_id=session.project_id,
        user_id=user_id,
        content=content,
        now=now,
    )
    answer = question.answer(message_id=ids.new_id())
    counted = Session.gaining_messages(
        session_id=session_id, user_id=user_id, count=2, most=MOST_MESSAGES, now=now
    )
    told = analytics.happened(event_type=ASKED, user_id=user_id, event_data={"plan": plan}, now=now)
    try:
        usage.reserve(
            user_id=user_id,
            feature=FEATURE,
            plan=plan,
            reservation_id=answer.reservation_id,
            jobs=jobs,
            now=now,
            writes=(counted, question.arrival(), answer.arrival(), *told),
        )
    except dynamo.ConditionFailed:
        sessions.get_session(user_id=user_id, session_id=session_id)
        raise SessionFull from None
    _name(session, question=content, now=now)
    return _answered(question, answer.message_id, jobs=jobs, patience=patience)


def ask_again(
    *,
    user_id: str,
    message_id: str,
    plan: str,
    jobs: JobQueue,
    patience: Patience,
    now: datetime,
) -> Exchange:
    """Have a question answered anew, in place of the answer that came or failed. It costs a unit again.

    Raises:
        UnknownMessage: the user has none such.
        NotAnAnswer: it is a question.
        StillAnswering: the answer has not come yet.
        UsageLimitExceeded: the plan includes no more; the answer stays as it was.
    """
    answer = messages.get_answer(user_id=user_id, message_id=message_id)
    if answer.status == answers.PENDING:
        raise StillAnswering
    # The worker that ended the last try may have died before it said so.
    settle = usage.commit if answer.status == answers.ANSWERED else usage.give_back
    settle(user_id=user_id, reservation_id=answer.reservation_id)
    question = messages.get_message(user_id=user_id, message_id=answer.question_id)
    reservation_id = answers.reservation_of(message_id=message_id, attempt=int(answer.attempt) + 1)
    try:
        usage.reserve(
            user_id=user_id,
            feature=FEATURE,
            plan=plan,
            reservation_id=reservation_id,
            jobs=jobs,
            now=now,
            writes=(answer.asked_again(reservation_id=reservation_id, now=now),),
        )
    except dynamo.ConditionFailed:
        raise StillAnswering from None
    return _answered(question, message_id, jobs=jobs, patience=patience)


def look_after_answers(*, jobs: JobQueue, now: datetime) -> None:
    """Have asked again what nobody answers, and give up on what has waited too long."""
    given_up = 0
    for message_id in Message.waiting_since(now - ASK_AGAIN_AFTER, limit=MOST_LOOKED_AFTER):
        answer = Message.of(message_id)
        if answer is None or answer.status != answers.PENDING:
            continue
        if now - answer.asked_at < GIVE_UP_AFTER:
            jobs.enqueue(ANSWER, {"message_id": message_id})
            continue
        with suppress(dynamo.ConditionFailed):  # the answer came at this very moment
            dynamo.commit(answer.failed(failure=GIVEN_UP, usage={}, now=now))
            given_up += 1
        usage.give_back(user_id=answer.user_id, reservation_id=answer.reservation_id)
    if given_up:
        log.warning("workspace.answers_given_up", extra={"count": given_up})


def _name(session: Session, *, question: str, now: datetime) -> None:
    if session.was_named:
        return
    titled = Session.titling(
        session_id=session.session_id, title=answers.title_of(question), now=now
    )
    with suppress(dynamo.ConditionFailed):  # its owner named it at this very moment
        dynamo.commit(titled)


def _answered(question: Message, answer_id: str, *, jobs: JobQueue, patience: Patience) -> Exchange:
    """The question with its answer, or with the pending one once the patience ends.

    Raises:
        UnknownMessage: the session was removed meanwhile.
    """
    try:
        jobs.ask(ANSWER, {"message_id": answer_id})
    except (TryAgain, GiveUp):
        # Everything is stored: the job that looks after answers asks again.
        log.warning("workspace.question_not_sent")
        return Exchange(user_message=question, ai_response=_looked_at(question, answer_id))
    answer = _looked_at(question, answer_id)
    for delay in waiting.poll_delays(patience.seconds):
        if answer.status != answers.PENDING:
            break
        patience.sleep(delay)
        answer = _looked_at(question, answer_id)
    return Exchange(user_message=question, ai_response=answer)


def _looked_at(question: Message, answer_id: str) -> Message:
    return messages.get_message(user_id=question.user_id, message_id=answer_id)
