"""Does Bedrock's real client get from the laptop's AWS what it would get from Bedrock?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from app.local.standins import bedrock
from app.providers.language_model.bedrock import BedrockModel
from app.providers.language_model.interface import (
    ASSISTANT,
    CUT_OFF,
    FINISHED,
    GARBLED,
    REFUSED,
    USER,
    WANTS_TOOLS,
    Tool,
    ToolResult,
    TryAgain,
    Turn,
)
from tests.local.standin_clients import ask, served

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SYSTEM = 'Rules.\n<tables>[{"table": "sales", "columns": [{"name": "amount", "type": "integer"}]}]</tables>'
TOOLS = (
    Tool(
        name="query",
        description="Runs SQL.",
        parameters={"type": "object", "properties": {"sql": {"type": "string"}}},
    ),
)
QUESTION = (Turn(role=USER, text="What is the total amount?"),)
RESULT = '{"columns": ["total amount", "values"], "rows": [[42, 3]], "row_count": 1}'
ANSWER = "The total amount is 42, from 3 values."


@dataclass(frozen=True)
class Bedrock:
    """The real client, and the control door of the model behind it."""

    model: BedrockModel
    standins_url: str

    def converse(self, turns=QUESTION):
        return self.model.converse(system=SYSTEM, turns=turns, tools=TOOLS, most_tokens=500)

    def answer(self):
        """The whole loop with one tool: what is said when the query gave a result."""
        asked = self.converse()
        (call,) = asked.calls
        given = ToolResult(call_id=call.call_id, content=RESULT)
        return self.converse(
            (*QUESTION, Turn(role=ASSISTANT, calls=asked.calls), Turn(role=USER, results=(given,)))
        )

    def mode(self, mode: str) -> None:
        ask(f"{self.standins_url}/_control", method="POST", body={"bedrock": mode})

    def calls(self) -> int:
        return len(ask(f"{self.standins_url}/_log"))


@pytest.fixture
def client(aws_server) -> Iterator[Bedrock]:
    with served(lambda: NOW, port=aws_server.model_port) as url:
        model = BedrockModel(
            model_id="amazon.nova-lite-v1:0",
            region="us-east-1",
            endpoint_url=aws_server.url,
            timeout_seconds=2,
        )
        yield Bedrock(model, url)
        ask(f"{url}/_control", method="POST", body={"bedrock": "ok"})


class TestConverse:
    def test_asks_for_the_tool_and_then_answers(self, client):
        asked = client.converse()
        assert asked.stop == WANTS_TOOLS
        assert asked.calls[0].name == "query"
        assert asked.calls[0].arguments["sql"].startswith('SELECT sum("amount")')
        answered = client.answer()
        assert (answered.stop, answered.text) == (FINISHED, ANSWER)
        assert answered.input_tokens > asked.input_tokens > 0
        assert answered.output_tokens > 0

    def test_is_repeated_when_throttled(self, client):
        client.mode("throttled")
        assert client.converse().stop == WANTS_TOOLS
        assert client.calls() == 2

    def test_gives_up_for_now_when_throttled_again_and_again(self, client):
        client.mode("429")
        with pytest.raises(TryAgain, match="429 ThrottlingException"):
            client.converse()
        assert client.calls() == 3

    @pytest.mark.parametrize(
        ("mode", "error"),
        [("500", "500 InternalServerException"), ("garbage", "424 ModelErrorException")],
    )
    def test_says_that_the_model_failed(self, client, mode, error):
        client.mode(mode)
        with pytest.raises(TryAgain, match=error):
            client.converse()

    def test_does_not_wait_for_ever(self, client):
        client.mode("hang")
        with pytest.raises(TryAgain, match="did not answer"):
            client.converse()

    def test_tells_a_refusal(self, client):
        client.mode("refusal")
        assert client.converse().stop == REFUSED

    def test_tells_that_an_answer_was_cut_off(self, client):
        client.mode("cut_off")
        answered = client.answer()
        assert (answered.stop, answered.text) == (CUT_OFF, ANSWER[:12])

    def test_tells_a_tool_call_that_can_not_be_read(self, client):
        client.mode("bad_tool_call")
        assert client.converse().stop == GARBLED

    def test_mends_sql_that_was_wrong(self, client):
        client.mode("wrong_sql")
        asked = client.converse()
        assert asked.calls[0].arguments == {"sql": bedrock.WRONG_SQL}
        failed = ToolResult(
            call_id=asked.calls[0].call_id, content='{"error": "no such table"}', failed=True
        )
        mended = client.converse(
            (*QUESTION, Turn(role=ASSISTANT, calls=asked.calls), Turn(role=USER, results=(failed,)))
        )
        assert mended.calls[0].arguments["sql"].startswith('SELECT sum("amount")')

    def test_can_invent_a_number(self, client):
        client.mode("invents")
        assert client.answer().text == bedrock.INVENTED


class TestWithoutAModel:
    def test_says_that_bedrock_is_not_available(self, aws_server):
        model = BedrockModel(
            model_id="amazon.nova-lite-v1:0",
            region="us-east-1",
            endpoint_url=aws_server.url,
            timeout_seconds=2,
        )
        with pytest.raises(TryAgain, match="503 ServiceUnavailableException"):
            model.converse(system=SYSTEM, turns=QUESTION, tools=TOOLS, most_tokens=500)


class TestWireFormat:
    @pytest.fixture
    def complete(self):
        def asked(**body):
            return bedrock.completion(body, mode="ok", now=NOW)

        return asked

    def test_reads_text_in_parts_and_tools_that_follow_each_other(self, complete):
        calls = [
            {"id": name, "type": "function", "function": {"name": "query", "arguments": arguments}}
            for name, arguments in (("a", '{"sql": "SELECT 1"}'), ("b", "not json"))
        ]
        made = complete(
            model="m",
            messages=[
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": [{"type": "text", "text": "How many rows?"}]},
                {"role": "assistant", "content": None, "tool_calls": calls},
                {"role": "tool", "tool_call_id": "a", "content": RESULT},
                {"role": "tool", "tool_call_id": "b", "content": "nonsense"},
            ],
            tools=[{"type": "function", "function": {"name": "query", "parameters": {}}}],
        )
        (choice,) = made["choices"]
        assert choice["finish_reason"] == "tool_calls"
        (call,) = choice["message"]["tool_calls"]
        assert call["id"] == "query-3"
        assert made["usage"]["total_tokens"] > 0

    def test_refuses_what_is_no_conversation(self, client):
        with pytest.raises(OSError, match="400"):
            ask(f"{client.standins_url}/bedrock/v1/chat/completions", method="POST", body=[])
