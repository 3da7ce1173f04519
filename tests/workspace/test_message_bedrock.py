"""Does the chat hold with the real client of Bedrock, through the local AWS, whatever the model behind it does?"""

from datetime import UTC, datetime

import pytest

from app.providers.language_model.bedrock import BedrockModel
from tests.local.standin_clients import ask as tell
from tests.local.standin_clients import served
from tests.workspace.chatting import SALES, impatience, worker
from tests.workspace.conftest import make_project, make_session, send_file

__all__ = ["impatience", "worker"]


@pytest.fixture
def standins(aws_server):
    with served(lambda: datetime(2026, 11, 20, 12, tzinfo=UTC), aws_server.model_port) as url:
        yield url


@pytest.fixture
def asked(client, owner, worker, aws_server, standins):
    """Ask one question of a file of sales, while the model behind Bedrock is in a mode."""
    worker.model = BedrockModel(
        model_id="amazon.nova-lite-v1:0", region="us-east-1", endpoint_url=aws_server.url
    )
    project = make_project(client, owner)
    send_file(client, owner, project["id"], SALES)
    session = make_session(client, owner, project["id"])

    def asked(mode, content="What is the total amount by region?"):
        tell(f"{standins}/_control", method="POST", body={"bedrock": mode})
        answer = client.post(
            f"/sessions/{session['id']}/messages",
            json={"content": content},
            headers=owner.headers,
        )
        return answer.json["ai_response"]

    return asked


class TestChatThroughBedrock:
    @pytest.mark.parametrize("mode", ["ok", "throttled", "wrong_sql"])
    def test_answers_all_the_same(self, asked, mode):
        said = asked(mode)

        assert said["status"] == "completed", said["error"]
        (citation,) = said["citations"]
        assert sorted(citation["rows"]) == [["North", 15.5], ["South", 20.25], ["West", 1.25]]
        assert "20.25" in said["content"]
        assert said["unverified"] == []
        assert said["usage"]["input_tokens"] > 0

    @pytest.mark.parametrize(
        ("mode", "reason"),
        [
            ("refusal", "declined"),
            ("cut_off", "cut off"),
            ("bad_tool_call", "no readable answer"),
        ],
    )
    def test_fails_with_a_reason(self, asked, mode, reason):
        said = asked(mode)

        assert said["status"] == "failed"
        assert reason in said["error"]

    @pytest.mark.parametrize("mode", ["500", "429"])
    def test_fails_where_the_model_is_silent(self, asked, mode):
        said = asked(mode)

        assert said["status"] == "failed"
        assert "too busy" in said["error"]

    def test_marks_a_number_that_is_made_up(self, asked):
        said = asked("invents")

        assert said["content"].endswith("Not found in any result: 987654321.5.")
        assert said["unverified"] == ["987654321.5"]
