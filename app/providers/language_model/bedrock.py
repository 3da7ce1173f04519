"""How does a model on Amazon Bedrock answer? By the Converse API, which is the same for every model there."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from app.providers.language_model.interface import (
    CUT_OFF,
    FINISHED,
    GARBLED,
    REFUSED,
    WANTS_TOOLS,
    GiveUp,
    Reply,
    Tool,
    ToolCall,
    TryAgain,
    Turn,
)

CONNECT_TIMEOUT_SECONDS: Final = 2
CALL_ATTEMPTS: Final = 3
SERVER_ERRORS: Final = 500
PASSING_CODES: Final = frozenset(
    {
        "InternalServerException",
        "ModelErrorException",
        "ModelNotReadyException",
        "ModelTimeoutException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
STOPS: Final = {
    "end_turn": FINISHED,
    "stop_sequence": FINISHED,
    "tool_use": WANTS_TOOLS,
    "max_tokens": CUT_OFF,
    "model_context_window_exceeded": CUT_OFF,
    "content_filtered": REFUSED,
    "guardrail_intervened": REFUSED,
    "refusal": REFUSED,
    "malformed_model_output": GARBLED,
    "malformed_tool_use": GARBLED,
}


class BedrockModel:
    """One model. The client is made when the first question comes, since it costs a start 60 ms and more."""

    def __init__(
        self,
        *,
        model_id: str,
        region: str,
        endpoint_url: str | None = None,
        timeout_seconds: float = 20.0,
    ) -> None:
        self._model_id = model_id
        self._region = region
        self._endpoint_url = endpoint_url
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._made_client: Any = None

    @property
    def name(self) -> str:
        """The model's id."""
        return self._model_id

    def converse(
        self, *, system: str, turns: Sequence[Turn], tools: Sequence[Tool], most_tokens: int
    ) -> Reply:
        """Ask the model; see `LanguageModel.converse`. botocore repeats what was throttled, twice."""
        request: dict[str, Any] = {
            "modelId": self._model_id,
            "system": [{"text": system}],
            "messages": [{"role": turn.role, "content": _blocks(turn)} for turn in turns],
            "inferenceConfig": {"maxTokens": most_tokens, "temperature": 0.0},
        }
        if tools:
            request["toolConfig"] = {"tools": [_specified(tool) for tool in tools]}
        try:
            return _understood(self._client.converse(**request))
        except ClientError as error:
            raise _failure(error) from error
        # No answer, or one that botocore or we can't read: a missing key, a number or a date that is none.
        except (BotoCoreError, ResponseParserError, KeyError, TypeError, ValueError) as error:
            raise TryAgain(f"Bedrock did not answer: {type(error).__name__}") from error

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made_client is None:
                self._made_client = botocore.session.get_session().create_client(
                    "bedrock-runtime",
                    region_name=self._region,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, self._timeout_seconds),
                        read_timeout=self._timeout_seconds,
                        retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS},
                    ),
                )
            return self._made_client


def _blocks(turn: Turn) -> list[dict[str, Any]]:
    """The turn's content: results come first, as Bedrock wants them, and no text is empty."""
    blocks: list[dict[str, Any]] = [
        {
            "toolResult": {
                "toolUseId": result.call_id,
                "content": [{"text": result.content}],
                "status": "error" if result.failed else "success",
            }
        }
        for result in turn.results
    ]
    if turn.text.strip():
        blocks.append({"text": turn.text})
    blocks += [
        {
            "toolUse": {
                "toolUseId": call.call_id,
                "name": call.name,
                "input": dict(call.arguments),
            }
        }
        for call in turn.calls
    ]
    return blocks


def _specified(tool: Tool) -> dict[str, Any]:
    return {
        "toolSpec": {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": {"json": dict(tool.parameters)},
        }
    }


def _understood(answer: Mapping[str, Any]) -> Reply:
    stop = STOPS.get(answer["stopReason"], FINISHED)
    content = answer["output"]["message"]["content"]
    calls = tuple(
        ToolCall(
            call_id=block["toolUse"]["toolUseId"],
            name=block["toolUse"]["name"],
            arguments=_arguments(block["toolUse"]),
        )
        for block in content
        if "toolUse" in block
    )
    if stop == WANTS_TOOLS and not calls:
        stop = GARBLED
    return Reply(
        stop=stop,
        text="\n".join(block["text"] for block in content if "text" in block),
        calls=calls if stop == WANTS_TOOLS else (),
        input_tokens=int(answer["usage"]["inputTokens"]),
        output_tokens=int(answer["usage"]["outputTokens"]),
    )


def _arguments(use: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the call says; a model may write something that is no object."""
    given = use.get("input")
    return given if isinstance(given, dict) else {}


def _failure(error: ClientError) -> TryAgain | GiveUp:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    text = f"Bedrock answered {status} {code}"
    if code in PASSING_CODES or status >= SERVER_ERRORS:
        return TryAgain(text)
    return GiveUp(text)
