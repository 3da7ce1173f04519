"""How does the local AWS answer for Bedrock when the model behind it fails, refuses, or is cut off?

ministack forwards Converse to MINISTACK_BEDROCK_PROXY_URL, but answers a made-up text whenever that fails, and never
tells that an answer was refused or cut off. Here it answers as Bedrock does: by an error of Bedrock's, or by the stop
reason. A part of the scripts that run in `.venv-aws`, so it imports nothing of InvestForge.
"""

import json
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any

from ministack.services import bedrock_runtime

ERRORS = {
    HTTPStatus.TOO_MANY_REQUESTS: ("ThrottlingException", 429),
    HTTPStatus.BAD_REQUEST: ("ValidationException", 400),
    HTTPStatus.SERVICE_UNAVAILABLE: ("ServiceUnavailableException", 503),
}
STOPS = {"length": "max_tokens", "content_filter": "content_filtered"}
FINISHED_BY = "finish_reason"

answer_of_blocks = bedrock_runtime._converse_blocks_from_message  # noqa: SLF001 - there is no other door
converse = bedrock_runtime._converse  # noqa: SLF001
payload_tools = bedrock_runtime._openai_tools  # noqa: SLF001
payload_messages = bedrock_runtime._openai_messages  # noqa: SLF001


class ModelError(Exception):
    """The model behind Bedrock gave no answer; what Bedrock answers then."""

    def __init__(self, code: str, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.status, self.sentence = code, status, sentence


def answer_as_bedrock_does() -> None:
    """From now on; it changes ministack in this process."""
    bedrock_runtime._proxy_openai_chat_message = _ask  # noqa: SLF001
    bedrock_runtime._converse_blocks_from_message = _blocks  # noqa: SLF001
    bedrock_runtime._converse = _converse  # noqa: SLF001


def _converse(model_id: str, headers: Any, body: Any) -> Any:
    try:
        return converse(model_id, headers, body)
    except ModelError as error:
        shown = json.dumps({"message": error.sentence, "__type": error.code}).encode()
        kind = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
        return error.status, kind, shown


def _ask(
    model_id: str, messages: Any, system: Any, inference: Any, tool_config: Any = None
) -> tuple[dict[str, Any] | None, tuple[int, int] | None]:
    """The model's message, and how many tokens went in and out."""
    url = bedrock_runtime._PROXY_URL  # noqa: SLF001
    if not url:
        return None, None
    tools, _ = payload_tools(tool_config)
    payload = {
        "model": model_id,
        "messages": payload_messages(messages, system),
        "max_tokens": (inference or {}).get("maxTokens"),
        "tools": tools,
    }
    answer = _posted(f"{url}/v1/chat/completions", json.dumps(payload).encode())
    try:
        choice, usage = answer["choices"][0], answer["usage"]
        message = {**choice["message"], FINISHED_BY: choice["finish_reason"]}
        return message, (usage["prompt_tokens"], usage["completion_tokens"])
    except (KeyError, IndexError, TypeError) as error:
        raise ModelError("ModelErrorException", 424, "The model's answer can't be read.") from error


def _posted(url: str, payload: bytes) -> Any:
    call = urllib.request.Request(url, payload, {"Content-Type": "application/json"})  # noqa: S310 - on this machine
    try:
        with urllib.request.urlopen(  # noqa: S310
            call,
            timeout=bedrock_runtime._PROXY_TIMEOUT_S,  # noqa: SLF001
        ) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        code, status = ERRORS.get(HTTPStatus(error.code), ("InternalServerException", 500))
        raise ModelError(code, status, f"The model answered {error.code}.") from error
    except OSError as error:
        raise ModelError(
            "ServiceUnavailableException", 503, "The model can't be reached."
        ) from error
    except ValueError as error:
        raise ModelError("ModelErrorException", 424, "The model's answer can't be read.") from error


def _blocks(message: dict[str, Any]) -> tuple[list[Any], str]:
    blocks, stop = answer_of_blocks(message)
    return blocks, STOPS.get(message.get(FINISHED_BY, ""), stop)
