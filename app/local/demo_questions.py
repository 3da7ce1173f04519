"""Which questions were asked of the data in the demo world, and how does the tour ask one?

A file may still be read, and an answer still be found, when the API has answered already; so both are waited for.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from app.local import demo_workspace
from app.local.api_client import Answer, ApiClient

SESSION: Final = "First questions"
QUESTIONS: Final = (
    "Total precipitation by year in seattle_weather",
    "Which weather is the most common in seattle_weather?",
)
TOUR_FILE: Final = "seattle-weather.csv"
TOUR_QUESTION: Final = "What is the average temp_max by year?"
WITHIN_SECONDS: Final = 60.0
LOOK_AGAIN_SECONDS: Final = 0.5
OK: Final = frozenset({200, 201, 202})
WORKING: Final = frozenset({"uploading", "processing", "pending"})


class NoAnswerError(Exception):
    """The API refused something on the way to an answer, or gave none; the text says which and why."""


class Asker:
    """Somebody who is signed in, and asks.

    Args:
        sleep: waits some seconds, between two looks.
        now_seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        client: ApiClient,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._now_seconds = now_seconds

    def ask_first_questions(self) -> int:
        """Ask the demo user's questions, but for those that were asked before; how many that were.

        Raises:
            NoAnswerError: when the API refuses something.
        """
        projects = self.call("GET", "/projects")["projects"]
        name = demo_workspace.PROJECT["name"]
        project = next(row for row in projects if row["name"] == name)
        self.wait_for_files(project["id"])
        sessions = self.call("GET", f"/projects/{project['id']}/sessions")["sessions"]
        session = next((row for row in sessions if row["name"] == SESSION), None)
        if session is None:
            session = self.call("POST", f"/projects/{project['id']}/sessions", {"name": SESSION})
        there = self.call("GET", f"/sessions/{session['id']}/messages")["messages"]
        asked = {row["content"] for row in there}
        missing = [question for question in QUESTIONS if question not in asked]
        for question in missing:
            self.answer_to(session["id"], question)
        return len(missing)

    def wait_for_files(self, project_id: str) -> None:
        """Wait until every file of a project was read.

        Raises:
            NoAnswerError: when one can't be, or not in time.
        """
        path = f"/projects/{project_id}/files"
        files = self._once_done(path, lambda body: body["files"])
        for file in files:
            if file["status"] != "completed":
                raise NoAnswerError(f"{file['filename']} should be ready; it is {file['status']}.")

    def answer_to(self, session_id: str, question: str) -> Any:
        """Ask, and wait for the answer.

        Raises:
            NoAnswerError: when there is none.
        """
        path = f"/sessions/{session_id}/messages"
        asked = self.call("POST", path, {"content": question})["ai_response"]
        said = [asked]
        if asked["status"] in WORKING:
            said = self._once_done(path, lambda body: _of(body["messages"], asked["id"]))
        if not said or said[0]["status"] != "completed":
            raise NoAnswerError(f"{question} should be answered; there is {said}.")
        return said[0]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request; the body of its answer.

        Raises:
            NoAnswerError: when the API refuses it.
        """
        return body_of(self._client.call(method, path, body), f"{method} {path}")

    def _once_done(self, path: str, rows: Callable[[Any], list[Any]]) -> list[Any]:
        deadline = self._now_seconds() + WITHIN_SECONDS
        while True:
            found = rows(self.call("GET", path))
            if not any(row["status"] in WORKING for row in found):
                return found
            if self._now_seconds() > deadline:
                raise NoAnswerError(
                    f"{path} should be done within {WITHIN_SECONDS:.0f} seconds: look at the lines of worker."
                )
            self._sleep(LOOK_AGAIN_SECONDS)


def body_of(answer: Answer, what: str) -> Any:
    """The body of a success.

    Raises:
        NoAnswerError: when it is none.
    """
    if answer.status not in OK:
        raise NoAnswerError(f"The API refused {what}: {answer.status} {answer.body}")
    return answer.body


def _of(messages: list[Any], message_id: str) -> list[Any]:
    return [row for row in messages if row["id"] == message_id]
