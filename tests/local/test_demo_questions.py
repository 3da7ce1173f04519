"""Does the demo world hold two answered questions, however often its filling is begun?"""

from typing import Any

import pytest

from app.local import demo_workspace
from app.local.api_client import Answer
from app.local.demo_questions import QUESTIONS, Asker, NoAnswerError


class ScriptedApi:
    """A project whose files are read at the second look, and whose questions are answered at once."""

    def __init__(self) -> None:
        self.sessions: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.looks = 0
        self.refuses = False

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        if self.refuses:
            return Answer(403, {"message": "no"})
        return Answer(200, self.answers(method, path, body))

    def answers(self, method: str, path: str, body: Any) -> Any:
        if path == "/projects":
            return {"projects": [{"id": "p", "name": demo_workspace.PROJECT["name"]}]}
        if path == "/projects/p/files":
            self.looks += 1
            status = "processing" if self.looks == 1 else "completed"
            return {"files": [{"filename": "a.csv", "status": status}]}
        if path == "/projects/p/sessions" and method == "POST":
            self.sessions.append({"id": "s", **body})
            return self.sessions[-1]
        if path == "/projects/p/sessions":
            return {"sessions": self.sessions}
        if method == "GET":
            return {"messages": self.messages}
        self.messages.append({"content": body["content"]})
        return {"ai_response": {"id": "m", "status": "completed", "content": "7"}}


@pytest.fixture
def api() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
def asker(api: ScriptedApi) -> Asker:
    return Asker(api, sleep=lambda _seconds: None)  # type: ignore[arg-type] # it calls as the client does


class TestAskFirstQuestions:
    def test_asks_each_once(self, api: ScriptedApi, asker: Asker) -> None:
        assert asker.ask_first_questions() == 2
        assert [row["content"] for row in api.messages] == list(QUESTIONS)
        assert asker.ask_first_questions() == 0
        assert len(api.sessions) == 1

    def test_asks_what_a_start_that_was_ended_left_out(
        self, api: ScriptedApi, asker: Asker
    ) -> None:
        api.messages.append({"content": QUESTIONS[0]})
        assert asker.ask_first_questions() == 1
        assert api.messages[-1]["content"] == QUESTIONS[1]

    def test_tells_what_was_refused(self, api: ScriptedApi, asker: Asker) -> None:
        api.refuses = True
        with pytest.raises(NoAnswerError, match="The API refused GET /projects: 403"):
            asker.ask_first_questions()
