"""How is a question answered, once, however often a worker is told to?

A worker claims the answer for a while, and again before every step; another that is told meanwhile leaves it. If the
first dies, its claim ends and a job has the question asked again.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.core import dynamo
from app.providers.language_model.interface import LanguageModel
from app.providers.object_storage import interface as object_storage
from app.providers.object_storage.interface import ObjectStorage
from app.usage import service as usage
from app.workspace.models import Message, Project
from app.workspace.rules import answers
from app.workspace.service import files, live_tables, prompting
from app.workspace.service.live_tables import LiveTable
from app.workspace.service.querying import Tables
from app.workspace.service.talking import CanNotAnswer, Talk

log = logging.getLogger(__name__)

CLAIM_LASTS: Final = timedelta(seconds=120)
"""Longer than any one step: three tries of a model with 20 s each, or a query."""
LONGEST: Final = timedelta(minutes=3)
STORAGE_DOWN: Final = "The files could not be read at the moment. Try again in a minute."
BROKEN: Final = "Something went wrong on our side; nothing was counted. Try again."


@dataclass(frozen=True, kw_only=True)
class Means:
    """What answering needs of the world.

    Attributes:
        folder: an empty folder on the disk.
        tell_time, sleep: the clock, and how to wait.
    """

    model: LanguageModel
    storage: ObjectStorage
    folder: Path
    tell_time: Callable[[], datetime]
    sleep: Callable[[float], None]
    price_stale_after_seconds: int


def answer_question(*, message_id: str, means: Means) -> None:
    """Answer the question that this pending answer belongs to, or note why it can't be."""
    answer = Message.of(message_id)
    if answer is None or answer.role != answers.ASSISTANT:
        return
    now = means.tell_time()
    if answer.status == answers.PENDING and not _claimed(answer, now):
        return
    if answer.status == answers.PENDING:
        _work(answer, means, began_at=now)
    settle(message_id=message_id)


def settle(*, message_id: str) -> None:
    """Keep the unit of an answer that came, and give back that of one that did not. Repeating it is harmless."""
    answer = Message.of(message_id)
    if answer is None or answer.status == answers.PENDING:
        return
    finish = usage.commit if answer.status == answers.ANSWERED else usage.give_back
    finish(user_id=answer.user_id, reservation_id=answer.reservation_id)


def _claimed(answer: Message, now: datetime) -> bool:
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(answer.claim(now=now, until=now + CLAIM_LASTS))
        return True
    return False


def _work(answer: Message, means: Means, *, began_at: datetime) -> None:
    question = Message.of(answer.question_id)
    if question is None:
        return
    talk = _prepared(answer, question, means, began_at)
    try:
        said = talk.hold()
        _note(answer.answered(said, now=means.tell_time()))
        log.info("workspace.answered", extra={"queries": len(said.citations), **_cost(talk)})
    except (CanNotAnswer, object_storage.TryAgain, object_storage.GiveUp) as problem:
        reason = str(problem) if isinstance(problem, CanNotAnswer) else STORAGE_DOWN
        _note(answer.failed(failure=reason, usage=talk.usage, now=means.tell_time()))
        log.info("workspace.not_answered", extra=_cost(talk))
    except Exception:
        # Whoever asked need not wait for somebody to mend what is broken here.
        _note(answer.failed(failure=BROKEN, usage=talk.usage, now=means.tell_time()))
        raise


def _note(written: dynamo.Write) -> None:
    """Store how it ended, unless it was given up on or removed meanwhile: then nobody waits for it."""
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(written)


def _cost(talk: Talk) -> dict[str, int]:
    return {"input_tokens": talk.input_tokens, "output_tokens": talk.output_tokens}


def _prepared(answer: Message, question: Message, means: Means, began_at: datetime) -> Talk:
    tables = files.tables_of(project_id=answer.project_id, user_id=answer.user_id)
    live = live_tables_of(
        project_id=answer.project_id,
        user_id=answer.user_id,
        now=began_at,
        stale_after_seconds=means.price_stale_after_seconds,
    )
    earlier = Message.last_before(
        session_id=answer.session_id, moment=question.created_at, limit=prompting.MOST_EARLIER
    )

    def go_on() -> None:
        now = means.tell_time()
        if now - began_at > LONGEST:
            raise CanNotAnswer("It took longer than 3 minutes. Ask for less at once.")
        with suppress(dynamo.ConditionFailed):
            dynamo.commit(answer.keep_claim(until=now + CLAIM_LASTS))
            return
        raise CanNotAnswer("Nobody waits for this answer any more.")

    asked = Tables(files=tables, live_tables=live, storage=means.storage, folder=means.folder)
    return Talk(
        model=means.model,
        system=prompting.system_text(tables=tables, live=live, now=began_at),
        turns=prompting.turns_of(earlier=earlier, question=question.content),
        ask=asked.ask,
        go_on=go_on,
        sleep=means.sleep,
    )


def live_tables_of(
    *, project_id: str, user_id: str, now: datetime, stale_after_seconds: int
) -> list[LiveTable]:
    """The live tables that a project holds, as they are now."""
    project = Project.of(project_id)
    if project is None or project.user_id != user_id:
        return []
    return live_tables.read(
        names=project.live, user_id=user_id, now=now, stale_after_seconds=stale_after_seconds
    )
