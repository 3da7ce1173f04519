"""Do the queries that an answer cites still give what they gave?

A rerun is free. It stands on the answer, so that it can be read later; while one is under way, whoever asks for
another waits for it.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from app.core import dynamo, errors, ids, waiting
from app.core.waiting import Patience
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain
from app.workspace.models import Message
from app.workspace.rules import answers
from app.workspace.service import messages

log = logging.getLogger(__name__)

RERUN: Final = "workspace.rerun_citations"
RUNNING: Final = "processing"
DONE: Final = "completed"
NOT_ASKED: Final = "failed"
UNDER_WAY: Final = timedelta(minutes=2)


class NothingToRerun(errors.Conflict):
    """The answer cites no query."""

    code = "nothing_to_rerun"
    message = "This answer cites no query, so there is nothing to run again."


class RerunNotAsked(errors.ServiceUnavailable):
    """No worker was reached."""

    code = "rerun_not_asked"
    message = "The queries could not be run again at the moment. Try again shortly."


def rerun_citations(
    *, user_id: str, message_id: str, jobs: JobQueue, patience: Patience, now: datetime
) -> Mapping[str, Any]:
    """Run the queries of an answer again, and say for each whether it gives the same.

    Raises:
        UnknownMessage: the user has none such.
        NotAnAnswer: it is no answer that came.
        NothingToRerun: it cites no query.
        RerunNotAsked: no worker was reached.
    """
    answer = messages.get_answer(user_id=user_id, message_id=message_id)
    if answer.status != answers.ANSWERED:
        raise messages.NotAnAnswer
    if not answer.citations:
        raise NothingToRerun
    if not _is_under_way(answer, now):
        _begin(answer, jobs, now)
    answer = messages.get_answer(user_id=user_id, message_id=message_id)
    for delay in waiting.poll_delays(patience.seconds):
        if answer.rerun is None or answer.rerun["status"] == DONE:
            break
        patience.sleep(delay)
        answer = messages.get_answer(user_id=user_id, message_id=message_id)
    if answer.rerun is None:  # answered anew meanwhile
        raise messages.NotAnAnswer
    found: Mapping[str, Any] = answer.rerun
    return found


def _is_under_way(answer: Message, now: datetime) -> bool:
    rerun = answer.rerun
    if rerun is None or rerun["status"] != RUNNING:
        return False
    return now - datetime.fromisoformat(rerun["began_at"]) < UNDER_WAY


def _begin(answer: Message, jobs: JobQueue, now: datetime) -> None:
    rerun_id = ids.new_id()
    begun: dict[str, Any] = {
        "id": rerun_id,
        "status": RUNNING,
        "matches": None,
        "began_at": now.isoformat(),
        "citations": [],
    }
    try:
        dynamo.commit(answer.running_again(begun))
        jobs.ask(RERUN, {"message_id": answer.message_id, "rerun_id": rerun_id})
    except dynamo.ConditionFailed:
        raise messages.NotAnAnswer from None
    except (TryAgain, GiveUp) as error:
        dynamo.commit(answer.running_again({**begun, "status": NOT_ASKED}))
        raise RerunNotAsked from error
