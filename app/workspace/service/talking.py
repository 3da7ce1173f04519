"""How does a question become an answer? The model asks for queries until it has what it needs, and then says it.

What it says is checked: a number that no result holds goes back to it, and what it still says after that is marked.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from app.core import json
from app.providers.language_model.interface import (
    ASSISTANT,
    CUT_OFF,
    FINISHED,
    GARBLED,
    REFUSED,
    USER,
    WANTS_TOOLS,
    GiveUp,
    LanguageModel,
    Reply,
    ToolCall,
    ToolResult,
    TryAgain,
    Turn,
)
from app.workspace.engine.results import Result
from app.workspace.models.messages import Said
from app.workspace.rules import answers, figures, pictures
from app.workspace.service import prompting

log = logging.getLogger(__name__)

MOST_TOKENS: Final = 2_000
MOST_REPLIES: Final = 14
MOST_QUERIES: Final = 8
MOST_ERRORS: Final = 4
MOST_CORRECTIONS: Final = 2
SHOWN_ROWS: Final = 100
SHOWN_CHARACTERS: Final = 30_000
PAUSES: Final = (1.0, 3.0)
"""Seconds before a model that did not answer is asked again."""
UNFOUNDED: Final = "These numbers are in no result:"
UNREADABLE: Final = "That could not be read. I will send one call of `query`, or an answer."
MARKED: Final = "Not found in any result:"


class CanNotAnswer(Exception):
    """There will be no answer this time; the text is a sentence for whoever asked."""


class QueryProblem(Exception):
    """A query gave no result; the text is for the model."""


class Talk:
    """One question's conversation with the model.

    Attributes:
        input_tokens, output_tokens: what it cost so far, also where it ends without an answer.
    """

    def __init__(
        self,
        *,
        model: LanguageModel,
        system: str,
        turns: Sequence[Turn],
        ask: Callable[[str], tuple[Result, Mapping[str, Any]]],
        go_on: Callable[[], None],
        sleep: Callable[[float], None],
    ) -> None:
        """Prepare it.

        Args:
            ask: runs a query; gives its result and what else its citation tells. Raises QueryProblem.
            go_on: called before every call of the model; raises CanNotAnswer where the time is up.
        """
        self._model = model
        self._system = system
        self._turns = list(turns)
        self._ask = ask
        self._go_on = go_on
        self._sleep = sleep
        self._citations: list[dict[str, Any]] = []
        self._values: list[Any] = []
        self._question = turns[-1].text
        self._words = [turn.text for turn in turns]
        self._chart: dict[str, Any] | None = None
        self._queries = self._errors = self._corrections = 0
        self.input_tokens = self.output_tokens = 0

    @property
    def usage(self) -> dict[str, Any]:
        """What it cost."""
        return {
            "model": self._model.name,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
        }

    def hold(self) -> Said:
        """Talk until there is an answer.

        Raises:
            CanNotAnswer.
        """
        for _ in range(MOST_REPLIES):
            reply = self._replied()
            if reply.stop == WANTS_TOOLS:
                self._use_tools(reply)
            elif reply.stop == GARBLED or (reply.stop == FINISHED and not reply.text.strip()):
                self._ask_for_readable()
            elif reply.stop == FINISHED:
                missing = self._unfounded(reply.text)
                if not missing or self._corrections == MOST_CORRECTIONS:
                    return self._said(reply.text, missing)
                self._correct(reply.text, missing)
            else:
                raise CanNotAnswer(_stopped(reply))
        raise CanNotAnswer("The model found no end. Ask for less at once, or in other words.")

    def _replied(self) -> Reply:
        for pause in (*PAUSES, None):
            self._go_on()
            try:
                reply = self._model.converse(
                    system=self._system,
                    turns=self._turns,
                    tools=[prompting.TOOL],
                    most_tokens=MOST_TOKENS,
                )
            except TryAgain as error:
                log.warning("workspace.model_silent", extra={"reason": str(error)})
                if pause is not None:
                    self._sleep(max(pause, min(error.retry_after_seconds or 0, 10)))
            except GiveUp as error:
                log.error("workspace.model_refuses", extra={"reason": str(error)})  # noqa: TRY400
                raise CanNotAnswer("The model can't be used at the moment.") from None
            else:
                self.input_tokens += reply.input_tokens
                self.output_tokens += reply.output_tokens
                return reply
        raise CanNotAnswer("The model is too busy or does not answer. Try again in a minute.")

    def _use_tools(self, reply: Reply) -> None:
        results = tuple(self._used(call) for call in reply.calls)
        self._turns.append(Turn(role=ASSISTANT, text=reply.text, calls=reply.calls))
        self._turns.append(Turn(role=USER, results=results))

    def _used(self, call: ToolCall) -> ToolResult:
        try:
            content = self._queried(call)
        except QueryProblem as problem:
            self._count_error(f"No query could answer this. The last problem: {problem}")
            content = json.dumps({"error": str(problem)})
            return ToolResult(call_id=call.call_id, content=content, failed=True)
        return ToolResult(call_id=call.call_id, content=content)

    def _queried(self, call: ToolCall) -> str:
        query, wanted = call.arguments.get("sql"), call.arguments.get("chart")
        if call.name != prompting.QUERY:
            raise QueryProblem(f"There is no tool {call.name[:50]!r}; the only one is `query`.")
        if not isinstance(query, str) or not query.strip():
            raise QueryProblem("The argument `sql` is missing: send one SELECT statement.")
        if self._queries == MOST_QUERIES:
            raise QueryProblem("That was the last query. Answer with the results there are.")
        self._queries += 1
        result, told = self._ask(query)
        self._note(query, result, told, wanted if isinstance(wanted, dict) else None)
        return _shown(result)

    def _note(
        self,
        query: str,
        result: Result,
        told: Mapping[str, Any],
        wanted: Mapping[str, Any] | None,
    ) -> None:
        self._citations.append(cited(query=query, result=result, told=told))
        self._words.append(query)
        self._words.extend(result.columns)
        self._values.extend(value for row in result.rows for value in row)
        self._values.append(result.row_count)
        drawn = pictures.drawn(wanted=wanted, columns=result.columns, rows=result.rows)
        self._chart = drawn or self._chart

    def _count_error(self, sentence: str) -> None:
        self._errors += 1
        if self._errors > MOST_ERRORS:
            raise CanNotAnswer(sentence[:500])

    def _unfounded(self, text: str) -> list[str]:
        return figures.unfounded(answer=text, values=self._values, words=self._words)

    def _ask_for_readable(self) -> None:
        """Put the question once more, with a word between: the same conversation would get the same reply."""
        self._count_error("The model gave no readable answer. Ask again.")
        self._turns.append(Turn(role=ASSISTANT, text=UNREADABLE))
        self._turns.append(Turn(role=USER, text=self._question))

    def _correct(self, text: str, missing: Sequence[str]) -> None:
        self._corrections += 1
        self._turns.append(Turn(role=ASSISTANT, text=text))
        asked = f"{UNFOUNDED} {', '.join(missing)}. Query for them, or say it with numbers that results hold."
        self._turns.append(Turn(role=USER, text=asked))

    def _said(self, text: str, missing: Sequence[str]) -> Said:
        note = f"\n\n{MARKED} {', '.join(missing[:20])}." if missing else ""
        room = answers.LONGEST_ANSWER - len(note)
        content = text.strip()
        if len(content) > room:
            content = content[: room - 1] + answers.ELLIPSIS
        return Said(
            content=content + note,
            citations=self._citations[-answers.MOST_CITATIONS :],
            chart=self._chart,
            usage=self.usage,
            unverified=list(missing[:20]),
        )


def cited(*, query: str, result: Result, told: Mapping[str, Any]) -> dict[str, Any]:
    """A query and its result as an answer keeps them: the first rows of it, and the hash of all."""
    room, rows = answers.CITED_CHARACTERS, []
    for row in result.rows[: answers.CITED_ROWS]:
        room -= len(json.dumps(row))
        if room < 0:
            break
        rows.append(list(row))
    return {
        "sql": query,
        "columns": list(result.columns),
        "rows": rows,
        "row_count": result.row_count,
        "truncated": result.truncated,
        "result_hash": result.result_hash,
        **told,
    }


def _shown(result: Result) -> str:
    """A result as the model reads it."""
    room, rows = SHOWN_CHARACTERS, []
    for row in result.rows[:SHOWN_ROWS]:
        room -= len(json.dumps(row))
        if room < 0:
            break
        rows.append(row)
    return json.dumps(
        {
            "columns": result.columns,
            "rows": rows,
            "row_count": result.row_count,
            "truncated": result.truncated or len(rows) < len(result.rows),
        }
    )


def _stopped(reply: Reply) -> str:
    if reply.stop == CUT_OFF:
        return "The answer was cut off, as it grew too long. Ask for less at once."
    if reply.stop == REFUSED:
        return "The model declined to answer this question. Ask it in other words."
    return f"The model stopped for a reason that is not known here: {reply.stop}."
