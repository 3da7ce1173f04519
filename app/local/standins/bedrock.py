"""What does a language model answer on a laptop? The planner, in the wire format of OpenAI's chat completions.

The local AWS forwards Bedrock's Converse to `POST /bedrock/v1/chat/completions`, so that the real client and the
real loop of tools are in use. Besides what every stand-in can be told, it can be `throttled` (every other call is),
refuse (`refusal`), stop in mid-sentence (`cut_off`), ask first for SQL that is wrong (`wrong_sql`) or for a tool in a
way that can't be read (`bad_tool_call`), and say a number that is in no result (`invents`).
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from app.local.standins.faults import Faults
from app.providers.language_model.interface import (
    ASSISTANT,
    FINISHED,
    USER,
    Reply,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from app.providers.language_model.planner import Planner

NAME: Final = "bedrock"
MODES: Final = ("throttled", "refusal", "cut_off", "wrong_sql", "bad_tool_call", "invents")
PATH: Final = "/v1/chat/completions"
WRONG_SQL: Final = "SELECT no_such_column FROM no_such_table"
INVENTED: Final = "It is 987654321.5."
MOST_TOKENS: Final = 4096
LETTERS_OF_A_CUT_ANSWER: Final = 12

Answer = Response | tuple[Response, int]


def blueprint(*, faults: Faults, now: Callable[[], datetime]) -> Blueprint:
    """The model under /bedrock."""
    blp = Blueprint(NAME, __name__, url_prefix="/bedrock")
    turns_taken = _EveryOther()

    @blp.post(PATH)
    def complete() -> Answer:
        faults.record(provider=NAME, method="POST", path=PATH, query={}, at=now())
        mode = faults.mode_once_answering(NAME)
        if mode == "429" or (mode == "throttled" and turns_taken.is_odd()):
            return _refused(429, "Too many requests, please wait before trying again.")
        if mode == "500":
            return _refused(500, "The model did not work.")
        if mode == "garbage":
            return Response("<html>Sorry...</html>", mimetype="text/html")
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            return _refused(400, "'messages' must be an array.")
        return jsonify(completion(body, mode=mode, now=now()))

    return blp


class _EveryOther:
    """Says yes to the first, third, fifth call; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._odd = False

    def is_odd(self) -> bool:
        with self._lock:
            self._odd = not self._odd
            return self._odd


def _refused(status: int, sentence: str) -> tuple[Response, int]:
    return jsonify(error={"message": sentence, "type": "error", "code": None}), status


def completion(body: Mapping[str, Any], *, mode: str, now: datetime) -> dict[str, Any]:
    """A chat completion: what follows in the conversation of `body`."""
    system, turns = _conversation(body["messages"])
    tools = tuple(_tool(row) for row in body.get("tools") or ())
    most_tokens = int(body.get("max_tokens") or MOST_TOKENS)
    reply = Planner().converse(system=system, turns=turns, tools=tools, most_tokens=most_tokens)
    message, finish = _misbehaving(_message(reply), _finish(reply), reply, turns, mode)
    return {
        "id": f"chatcmpl-{int(now.timestamp())}-{len(turns)}",
        "object": "chat.completion",
        "created": int(now.timestamp()),
        "model": str(body.get("model", "")),
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": reply.input_tokens,
            "completion_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
        },
    }


def _finish(reply: Reply) -> str:
    return "stop" if reply.stop == FINISHED else "tool_calls"


def _message(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
            }
            for call in reply.calls
        ]
    return message


def _misbehaving(
    message: dict[str, Any], finish: str, reply: Reply, turns: Sequence[Turn], mode: str
) -> tuple[dict[str, Any], str]:
    """The same answer, made worse as the mode says."""
    tried = any(turn.calls for turn in turns)
    if mode == "refusal":
        return {"role": "assistant", "content": None}, "content_filter"
    if mode == "cut_off" and reply.text:
        return {**message, "content": reply.text[:LETTERS_OF_A_CUT_ANSWER]}, "length"
    if mode == "wrong_sql" and reply.calls and not tried:
        call = replace(reply.calls[0], call_id="wrong-1", arguments={"sql": WRONG_SQL})
        return _message(replace(reply, calls=(call,))), finish
    if mode == "bad_tool_call" and reply.calls and not tried:
        message["tool_calls"][0]["function"]["arguments"] = '{"sql": '
        return message, finish
    if mode == "invents" and reply.text and tried:
        return {**message, "content": INVENTED}, finish
    return message, finish


def _conversation(messages: Sequence[Any]) -> tuple[str, list[Turn]]:
    """The system text, and the turns; the results of several tools are one turn."""
    system: list[str] = []
    turns: list[Turn] = []
    for message in messages:
        role, text = message.get("role"), _text(message.get("content"))
        if role in {"system", "developer"}:
            system.append(text)
        elif role == "tool":
            given = ToolResult(call_id=str(message.get("tool_call_id")), content=text)
            if turns and turns[-1].results:
                turns[-1] = replace(turns[-1], results=(*turns[-1].results, given))
            else:
                turns.append(Turn(role=USER, results=(given,)))
        elif role == "assistant":
            calls = tuple(_call(row) for row in message.get("tool_calls") or ())
            turns.append(Turn(role=ASSISTANT, text=text, calls=calls))
        else:
            turns.append(Turn(role=USER, text=text))
    return "\n".join(system), turns


def _text(content: Any) -> str:
    """A message's text, which is a string or a list of parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _call(row: Mapping[str, Any]) -> ToolCall:
    function = row.get("function") or {}
    try:
        arguments = json.loads(function.get("arguments") or "{}")
    except ValueError:
        arguments = {}
    return ToolCall(
        call_id=str(row.get("id")),
        name=str(function.get("name")),
        arguments=arguments if isinstance(arguments, dict) else {},
    )


def _tool(row: Mapping[str, Any]) -> Tool:
    function = row.get("function") or {}
    return Tool(
        name=str(function.get("name")),
        description=str(function.get("description", "")),
        parameters=function.get("parameters") or {},
    )
