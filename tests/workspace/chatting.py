"""How does a test talk about data? With a model that says what it is told to, and a worker that answers at once."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core import clock
from app.extensions import EXTENSION
from app.providers.language_model.interface import (
    CUT_OFF,
    FINISHED,
    WANTS_TOOLS,
    Reply,
    Tool,
    ToolCall,
    Turn,
)
from app.workspace.service import answering, repeating
from app.workspace.service.asking import ANSWER
from app.workspace.service.rerunning import RERUN
from tests.workspace.conftest import FileReader, make_project, make_session, send_file

SALES = b"""region,amount,sold_on
North,10.50,2024-01-05
South,20.25,2024-01-07
North,5.00,2024-02-01
West,1.25,2024-02-03
"""
BY_REGION = "SELECT region, sum(amount) AS total FROM sales GROUP BY region ORDER BY total DESC"


def says(text: str, *, stop: str = FINISHED) -> Reply:
    """The model says something."""
    return Reply(stop=stop, text=text, calls=(), input_tokens=100, output_tokens=10)


def queries(*sqls: str, chart: Mapping[str, Any] | None = None, name: str = "query") -> Reply:
    """The model asks for queries."""
    given = {} if chart is None else {"chart": dict(chart)}
    calls = tuple(
        ToolCall(call_id=f"call-{number}", name=name, arguments={"sql": sql, **given})
        for number, sql in enumerate(sqls)
    )
    return Reply(stop=WANTS_TOOLS, text="", calls=calls, input_tokens=100, output_tokens=20)


CUT = says("The total is", stop=CUT_OFF)


class ToldModel:
    """A model that replies what it is told to, in turn, and remembers what it was asked."""

    name = "told"

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, list[Turn]]] = []

    def converse(
        self, *, system: str, turns: Sequence[Turn], tools: Sequence[Tool], most_tokens: int
    ) -> Reply:
        """Say the next."""
        assert [tool.name for tool in tools] == ["query"]
        assert most_tokens > 0
        self.asked.append((system, list(turns)))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


class ChatWorker(FileReader):
    """A queue whose worker does what the workspace asks, as soon as it is asked; `asleep` it leaves questions."""

    def __init__(self, providers: Any) -> None:
        super().__init__()
        self.providers = providers
        self.model: Any = ToldModel()
        self.asleep = False

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Do it."""
        given = dict(arguments or {})
        if task == ANSWER and not self.asleep:
            self.answer(**given)
        elif task == RERUN and not self.asleep:
            with self.means() as means:
                repeating.repeat_queries(**given, means=means)
        else:
            super().ask(task, arguments)

    def answer(self, message_id: str) -> None:
        """Answer a question."""
        with self.means() as means:
            answering.answer_question(message_id=message_id, means=means)

    @contextmanager
    def means(self) -> Iterator[answering.Means]:
        """What answering needs."""
        with tempfile.TemporaryDirectory() as folder:
            yield answering.Means(
                model=self.model,
                storage=self.providers.object_storage,
                folder=Path(folder),
                tell_time=clock.now,
                sleep=lambda _: None,
                price_stale_after_seconds=900,
            )


@pytest.fixture
def worker(app):
    """A worker that answers at once, in place of the app's queue."""
    providers = app.extensions[EXTENSION]
    made = ChatWorker(providers)
    providers.job_queue = made
    return made


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Requests look at what there is and go: nobody sleeps in a test."""
    monkeypatch.setattr("app.workspace.routes.messages.WAIT_SECONDS", 0)


@pytest.fixture
def session(client, owner, worker):
    """A session in a project that holds a file of sales."""
    project = make_project(client, owner)
    sent = send_file(client, owner, project["id"], SALES)
    assert sent.status_code == 201, sent.json
    return make_session(client, owner, project["id"]) | {"file_id": sent.json["id"]}


def ask(client, person, session, content="What is the total by region?"):
    return client.post(
        f"/sessions/{session['id']}/messages", json={"content": content}, headers=person.headers
    )


def analyses_of(client, person):
    shown = client.get("/users/usage", headers=person.headers).json
    return shown["usage"]["analyses"]["count"]


def history(client, person, session):
    return client.get(f"/sessions/{session['id']}/messages", headers=person.headers).json[
        "messages"
    ]
