"""How are the queries of an answer run again? A worker's work, on a disk of its own."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from app.core import dynamo
from app.workspace.models import Message
from app.workspace.service import answering, files
from app.workspace.service.answering import Means
from app.workspace.service.querying import Tables
from app.workspace.service.rerunning import DONE
from app.workspace.service.talking import QueryProblem, cited

log = logging.getLogger(__name__)


def repeat_queries(*, message_id: str, rerun_id: str, means: Means) -> None:
    """Run the queries that an answer cites again, and note what they give now.

    Raises:
        object_storage's TryAgain or GiveUp: it is to be done again later.
    """
    answer = Message.of(message_id)
    if answer is None or answer.rerun is None or answer.rerun["id"] != rerun_id:
        return
    tables = Tables(
        files=files.tables_of(project_id=answer.project_id, user_id=answer.user_id),
        live_tables=answering.live_tables_of(
            project_id=answer.project_id,
            user_id=answer.user_id,
            now=means.tell_time(),
            stale_after_seconds=means.price_stale_after_seconds,
        ),
        storage=means.storage,
        folder=means.folder,
    )
    found = [_repeated(citation, tables) for citation in answer.citations]
    matches = all(citation["matches"] for citation in found)
    done = {**answer.rerun, "status": DONE, "matches": matches, "citations": found}
    with suppress(dynamo.ConditionFailed):  # answered anew meanwhile
        dynamo.commit(answer.running_again(done))
    log.info("workspace.rerun", extra={"queries": len(found), "matches": matches})


def _repeated(citation: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    before, query = citation["result_hash"], citation["sql"]
    try:
        result, told = tables.ask(query)
    except QueryProblem as problem:
        return {
            **citation,
            "rows": [],
            "row_count": 0,
            "result_hash": None,
            "previous_hash": before,
            "matches": False,
            "problem": str(problem),
        }
    now = cited(query=query, result=result, told=told)
    return {
        **now,
        "previous_hash": before,
        "matches": now["result_hash"] == before,
        "problem": None,
    }
