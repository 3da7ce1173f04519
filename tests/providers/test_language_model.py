"""What the product may rely on, whichever model answers: Bedrock's, through the local AWS, or the planner."""

import json
import socket
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from app.config import Settings
from app.providers.language_model.bedrock import BedrockModel
from app.providers.language_model.interface import (
    ASSISTANT,
    CUT_OFF,
    FINISHED,
    GARBLED,
    REFUSED,
    USER,
    WANTS_TOOLS,
    GiveUp,
    Tool,
    ToolResult,
    TryAgain,
    Turn,
)
from app.providers.language_model.planner import Planner
from app.providers.registry import Providers
from tests.local.standin_clients import ask, served
from tests.providers.price_sources import told_source

MODEL = "amazon.nova-lite-v1:0"
CONVERSE = "/converse"
QUERY = Tool(
    name="query",
    description="Run one SELECT.",
    parameters={"type": "object", "properties": {"sql": {"type": "string"}}, "required": ["sql"]},
)
TABLES = [
    {
        "table": "sales",
        "file": "sales.csv",
        "row_count": 4,
        "columns": [
            {
                "name": "amount",
                "type": "decimal",
                "nulls": 0,
                "distinct": 4,
                "minimum": 1.25,
                "maximum": 20.25,
                "quantiles": [5, 7.75, 10.5],
                "samples": [10.5, 20.25],
            }
        ],
    }
]
SYSTEM = f"Answer.\n<tables>{json.dumps(TABLES)}</tables>\n"
QUESTION = Turn(role=USER, text="How many rows are there?")


@pytest.fixture
def standins(aws_server):
    with served(lambda: datetime(2026, 11, 20, 12, tzinfo=UTC), aws_server.model_port) as url:
        yield url


@pytest.fixture
def bedrock(aws_server, standins):
    return BedrockModel(
        model_id=MODEL, region="us-east-1", endpoint_url=aws_server.url, timeout_seconds=10
    )


@pytest.fixture(params=["bedrock", "planner"])
def model(request):
    return Planner() if request.param == "planner" else request.getfixturevalue("bedrock")


def converse(model, *turns, tools=(QUERY,)):
    return model.converse(
        system=SYSTEM, turns=list(turns) or [QUESTION], tools=tools, most_tokens=500
    )


def tell(standins, mode):
    ask(f"{standins}/_control", method="POST", body={"bedrock": mode})


class TestEveryModel:
    def test_has_a_name(self, model):
        assert model.name

    def test_asks_for_a_query_and_then_says_what_it_gave(self, model):
        wanted = converse(model)

        assert (wanted.stop, len(wanted.calls)) == (WANTS_TOOLS, 1)
        call = wanted.calls[0]
        assert call.name == "query"
        assert "sales" in call.arguments["sql"]

        gave = json.dumps({"columns": ["n"], "rows": [[4]], "row_count": 1, "truncated": False})
        said = converse(
            model,
            QUESTION,
            Turn(role=ASSISTANT, text=wanted.text, calls=wanted.calls),
            Turn(role=USER, results=(ToolResult(call_id=call.call_id, content=gave),)),
        )

        assert (said.stop, said.calls) == (FINISHED, ())
        assert "4" in said.text
        assert said.input_tokens > 0
        assert said.output_tokens > 0

    def test_reads_what_was_said_before(self, model):
        reply = converse(
            model,
            Turn(role=USER, text="Hello"),
            Turn(role=ASSISTANT, text="Hello. What would you like to know?"),
            QUESTION,
        )

        assert reply.stop == WANTS_TOOLS

    def test_hears_of_an_error(self, model):
        wanted = converse(model)
        failed = ToolResult(
            call_id=wanted.calls[0].call_id,
            content=json.dumps({"error": "There is no table 'sales'."}),
            failed=True,
        )

        reply = converse(
            model,
            QUESTION,
            Turn(role=ASSISTANT, calls=wanted.calls),
            Turn(role=USER, results=(failed,)),
        )

        assert reply.stop in {WANTS_TOOLS, FINISHED}


class TestBedrock:
    def test_repeats_what_was_throttled(self, bedrock, standins):
        tell(standins, "throttled")

        assert converse(bedrock).stop == WANTS_TOOLS

    @pytest.mark.parametrize("mode", ["429", "500", "garbage"])
    def test_says_when_asking_again_may_help(self, bedrock, standins, mode):
        tell(standins, mode)

        with pytest.raises(TryAgain):
            converse(bedrock)

    def test_tells_a_refusal(self, bedrock, standins):
        tell(standins, "refusal")

        assert converse(bedrock).stop == REFUSED

    def test_tells_an_answer_that_was_cut_off(self, bedrock, standins):
        tell(standins, "cut_off")
        wanted = converse(Planner())
        gave = json.dumps({"columns": ["n"], "rows": [[4]], "row_count": 1, "truncated": False})

        reply = converse(
            bedrock,
            QUESTION,
            Turn(role=ASSISTANT, calls=wanted.calls),
            Turn(
                role=USER,
                results=(ToolResult(call_id=wanted.calls[0].call_id, content=gave),),
            ),
        )

        assert reply.stop == CUT_OFF

    def test_tells_a_call_that_cannot_be_read(self, bedrock, standins):
        tell(standins, "bad_tool_call")

        reply = converse(bedrock)

        assert (reply.stop, reply.calls) == (GARBLED, ())


class TestBedrockOnTheWire:
    """What ministack never answers, by a server that answers as it is told."""

    @pytest.fixture
    def source(self):
        with told_source() as told:
            yield told

    @pytest.fixture
    def told(self, source):
        return BedrockModel(
            model_id=MODEL, region="us-east-1", endpoint_url=source.url, timeout_seconds=2
        )

    @pytest.mark.parametrize(
        ("reason", "stop"),
        [
            ("end_turn", FINISHED),
            ("stop_sequence", FINISHED),
            ("max_tokens", CUT_OFF),
            ("model_context_window_exceeded", CUT_OFF),
            ("guardrail_intervened", REFUSED),
            ("content_filtered", REFUSED),
            ("malformed_tool_use", GARBLED),
            ("tool_use", GARBLED),  # without a tool
        ],
    )
    def test_knows_every_reason_to_stop(self, told, source, reason, stop):
        source.tell(CONVERSE, answered(reason))

        assert converse(told).stop == stop

    def test_sends_no_empty_text(self, told, source):
        source.tell(CONVERSE, answered("end_turn"))
        sent = []
        told._client.meta.events.register(
            "provide-client-params.bedrock-runtime.Converse",
            lambda params, **_: sent.append(params),
        )

        converse(told, QUESTION, Turn(role=ASSISTANT, text="Yes."), Turn(role=USER, text="And?"))

        (body,) = sent
        assert [message["role"] for message in body["messages"]] == [USER, ASSISTANT, USER]
        assert body["inferenceConfig"]["maxTokens"] == 500
        assert body["toolConfig"]["tools"][0]["toolSpec"]["name"] == "query"

    def test_says_when_nobody_listens(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            port = silent.getsockname()[1]
        gone = BedrockModel(
            model_id=MODEL,
            region="us-east-1",
            endpoint_url=f"http://127.0.0.1:{port}",
            timeout_seconds=1,
        )
        with pytest.raises(TryAgain):
            converse(gone)


def answered(reason):
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": "Yes."}]}},
        "stopReason": reason,
        "usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4},
        "metrics": {"latencyMs": 1},
    }


class TestRegistry:
    @pytest.mark.parametrize(
        ("environ", "name"),
        [
            ({"ENV": "local"}, MODEL),
            ({"ENV": "local", "LANGUAGE_MODEL": "planner"}, "planner"),
            ({"ENV": "dev"}, "planner"),
            ({"ENV": "dev", "BEDROCK_MODEL_ID": "anthropic.some-model"}, "anthropic.some-model"),
        ],
    )
    def test_chooses_by_the_settings(self, environ, name):
        settings = Settings.from_env({"JWT_SECRET": "s" * 40, **environ})

        assert Providers(settings).language_model.name == name

    def test_never_sends_live_questions_to_the_local_aws(self):
        settings = Settings.from_env(
            {
                "ENV": "local",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
                "LANGUAGE_MODEL": "live",
                "BEDROCK_MODEL_ID": MODEL,
                "BEDROCK_REGION": "eu-west-1",
            }
        )

        client = cast("Any", Providers(settings).language_model)._client

        assert client.meta.endpoint_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"

    def test_gives_up_where_the_host_refuses(self):
        with told_source() as source:
            source.tell(CONVERSE, {"message": "no"}, status=403)
            model = BedrockModel(model_id=MODEL, region="us-east-1", endpoint_url=source.url)
            with pytest.raises(GiveUp):
                converse(model)
