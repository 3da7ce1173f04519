"""Does the chat of document 002 work, at its URLs and as it is written there?"""

import pytest

from app.workspace.models import Message
from tests.workspace.chatting import ToldModel, impatience, says, worker
from tests.workspace.conftest import make_project, make_session

__all__ = ["impatience", "worker"]

QUESTION_BODY = """\
{
  "content": "How should I analyze this customer data?"
}
"""
ANSWER = "I'd recommend starting with exploratory data analysis..."


@pytest.fixture
def owner(sign_up):
    """Somebody with a project."""
    return sign_up()


@pytest.fixture
def session(client, owner, worker):
    """A session in it."""
    project = make_project(client, owner, name="Customer Analysis")
    return make_session(client, owner, project["id"])


class TestChat:
    def test_send_message_and_get_the_answer(self, client, owner, session, worker):
        worker.model = ToldModel(says(ANSWER))

        answer = client.post(
            f"/sessions/{session['id']}/messages",
            data=QUESTION_BODY,
            content_type="application/json",
            headers=owner.headers,
        )

        assert answer.status_code == 200
        asked, said = answer.json["user_message"], answer.json["ai_response"]
        assert {"id", "content", "role", "created_at"} <= set(asked) & set(said)
        assert (asked["content"], asked["role"]) == (
            "How should I analyze this customer data?",
            "user",
        )
        assert (said["content"], said["role"]) == (ANSWER, "assistant")

    def test_message_history(self, client, owner, session, worker):
        worker.model = ToldModel(says(ANSWER))
        client.post(
            f"/sessions/{session['id']}/messages",
            data=QUESTION_BODY,
            content_type="application/json",
            headers=owner.headers,
        )

        history = client.get(f"/sessions/{session['id']}/messages", headers=owner.headers).json
        shown = client.get(f"/sessions/{session['id']}", headers=owner.headers).json

        assert [one["role"] for one in history["messages"]] == ["user", "assistant"]
        assert shown["messages"] == history["messages"]

    def test_the_table_holds_what_the_document_says(self, client, owner, session, worker):
        worker.model = ToldModel(says(ANSWER))
        answer = client.post(
            f"/sessions/{session['id']}/messages",
            data=QUESTION_BODY,
            content_type="application/json",
            headers=owner.headers,
        )

        stored = Message.of(answer.json["user_message"]["id"]).to_dynamodb_dict()

        assert {"message_id", "session_id", "content", "role", "created_at"} <= set(stored)
