from app.core import clock as clocks
from app.core.waiting import Patience
from app.workspace.models import Message
from app.workspace.service import asking, rerunning
from tests.workspace.chatting import BY_REGION, SALES, ToldModel, queries, says, worker
from tests.workspace.conftest import make_project, make_session, send_file

__all__ = ["worker"]


def test_a_request_looks_until_the_worker_is_done(client, owner, worker):
    project = make_project(client, owner)
    send_file(client, owner, project["id"], SALES)
    session = make_session(client, owner, project["id"])
    worker.model = ToldModel(queries(BY_REGION), says("South sold most."))
    worker.asleep = True

    def wake(_: float) -> None:
        worker.asleep = False
        for message in Message.all_in(session["id"]):
            worker.answer(message.message_id)

    exchange = asking.ask_question(
        user_id=owner.user_id,
        session_id=session["id"],
        content="Where?",
        plan="free",
        jobs=worker,
        patience=Patience(sleep=wake, seconds=1),
        now=clocks.now(),
    )
    assert exchange.ai_response.content == "South sold most."

    worker.asleep = True
    naps: list[float] = []
    found = rerunning.rerun_citations(
        user_id=owner.user_id,
        message_id=exchange.ai_response.message_id,
        jobs=worker,
        patience=Patience(sleep=naps.append, seconds=1),
        now=clocks.now(),
    )
    assert found["status"] == rerunning.RUNNING
    assert sum(naps) == 1
