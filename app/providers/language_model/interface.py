"""What can be asked of a language model, and in which ways can it fail to answer?

A conversation is a list of turns. The model either says something, or asks for tools to be used: then the next turn
holds what each of those uses gave, and the model is asked again. It keeps nothing between two calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

USER: Final = "user"
ASSISTANT: Final = "assistant"

FINISHED: Final = "finished"  # it said what it had to say
WANTS_TOOLS: Final = "wants_tools"  # `calls` are to be made first
CUT_OFF: Final = (
    "cut_off"  # it reached the longest answer, or the longest conversation that it can read
)
REFUSED: Final = "refused"  # it, or a guardrail in front of it, will not speak about this
GARBLED: Final = (
    "garbled"  # it asked for a tool in a way that can't be read; asked again, it may do better
)


class TryAgain(Exception):
    """The model did not answer; the same call may work later.

    Attributes:
        retry_after_seconds: how long to wait, where the model's host said so.
    """

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class GiveUp(Exception):
    """The model's host refused the call, and will again: no permission, no such model, a call it can't read."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Something that the model may have done.

    Attributes:
        parameters: a JSON Schema of an object: what a call of it says.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """That the model wants a tool used. Nothing in it was checked, and the tool may not exist."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What a use of a tool gave.

    Attributes:
        call_id: the call's own.
        content: JSON, as text; an object with the one key `error` where it failed.
    """

    call_id: str
    content: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one side said.

    Attributes:
        role: USER or ASSISTANT; two turns that follow each other have different ones, and the first is USER's.
        text: may be empty where there are calls or results.
        calls: only of ASSISTANT.
        results: only of USER: one for each call of the turn before, in its order.
    """

    role: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the model answered.

    Attributes:
        stop: FINISHED, WANTS_TOOLS, CUT_OFF, REFUSED or GARBLED.
        text: in every case but FINISHED it may be empty.
        calls: at least one where `stop` is WANTS_TOOLS; else none.
        input_tokens, output_tokens: what the call cost.
    """

    stop: str
    text: str
    calls: tuple[ToolCall, ...]
    input_tokens: int
    output_tokens: int


class LanguageModel(Protocol):
    """A model, as the product sees it."""

    @property
    def name(self) -> str:
        """Which model it is."""

    def converse(
        self, *, system: str, turns: Sequence[Turn], tools: Sequence[Tool], most_tokens: int
    ) -> Reply:
        """Say what follows in a conversation.

        Args:
            system: what the model is told before anybody speaks.
            turns: at least one; the last is USER's.
            most_tokens: the longest answer.

        Raises:
            TryAgain, GiveUp: there is no answer.
        """
