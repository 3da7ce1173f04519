"""What does the planner say next in a conversation? Each time it reads the whole, and keeps nothing.

It looks up which column an unknown word is a value of, if there is one, then asks for one query, and then words what
that gave. The same conversation always gets the same answer.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from app.providers.language_model.interface import (
    FINISHED,
    USER,
    WANTS_TOOLS,
    Reply,
    Tool,
    ToolCall,
    Turn,
)
from app.providers.language_model.planner import sql, suggesting
from app.providers.language_model.planner import tables as described
from app.providers.language_model.planner.charting import chart_of
from app.providers.language_model.planner.numbers import plain_name
from app.providers.language_model.planner.questions import (
    DESCRIBE,
    Cannot,
    LookUp,
    Question,
    Understood,
)
from app.providers.language_model.planner.reading import read
from app.providers.language_model.planner.tables import Column, Table
from app.providers.language_model.planner.wording import Result, answer

NAME: Final = "planner"
QUERY: Final = "query"
LETTERS_A_TOKEN: Final = 4
_SAY_IT_BETTER: Final = "These numbers are in no result"


@dataclass(frozen=True)
class _Tried:
    """A query that was made, and what it gave: a result, or an error."""

    sql: str
    result: Result | None
    error: str


class Planner:
    """Answers the common questions about tables by rules."""

    name = NAME

    def converse(
        self, *, system: str, turns: Sequence[Turn], tools: Sequence[Tool], most_tokens: int
    ) -> Reply:
        """Say what follows; it never is longer than `most_tokens`, and never fails."""
        del most_tokens
        known = described.read(system)
        text, arguments = _next(turns, known, can_query=any(tool.name == QUERY for tool in tools))
        calls: tuple[ToolCall, ...] = ()
        if arguments is not None:
            made = sum(len(turn.calls) for turn in turns)
            calls = (ToolCall(call_id=f"query-{made + 1}", name=QUERY, arguments=arguments),)
        heard = len(system) + sum(_length(turn) for turn in turns)
        said = len(text) + (len(json.dumps(arguments)) if arguments else 0)
        return Reply(
            stop=WANTS_TOOLS if calls else FINISHED,
            text=text,
            calls=calls,
            input_tokens=heard // LETTERS_A_TOKEN + 1,
            output_tokens=said // LETTERS_A_TOKEN + 1,
        )


def _length(turn: Turn) -> int:
    return len(turn.text) + sum(len(result.content) for result in turn.results)


def _next(
    turns: Sequence[Turn], tables: Sequence[Table], *, can_query: bool
) -> tuple[str, dict[str, Any] | None]:
    """A text, or what to query."""
    asked_at = _asked_at(turns)
    tried = _tried(turns[asked_at:])
    before = _context(turns[:asked_at], tables)
    text = turns[asked_at].text if turns else ""
    known: dict[str, Column | None] = {}
    understood = read(text, tables, before=before)
    if isinstance(understood, LookUp):
        wanted = sql.look_up(understood)
        found = next((row for row in tried if row.sql == wanted), None)
        if not understood.columns or (found is not None and found.result is None):
            return suggesting.cannot(Cannot(_no_such_value(understood)), tables), None
        if found is None or found.result is None:
            return (
                ("", {"sql": wanted})
                if can_query
                else (suggesting.cannot(Cannot(""), tables), None)
            )
        known = _found(understood, found.result)
        understood = read(text, tables, before=before, known=known)
    if _is_to_say_it_better(turns) and not isinstance(understood, Question):
        return suggesting.PLAINLY, None
    if not isinstance(understood, Question) or not can_query:
        return suggesting.cannot(_cannot(understood), tables), None
    return _answered(understood, tried, tables, better=_is_to_say_it_better(turns))


def _answered(
    question: Question, tried: Sequence[_Tried], tables: Sequence[Table], *, better: bool
) -> tuple[str, dict[str, Any] | None]:
    wanted = sql.query(question)
    made = next((row for row in reversed(tried) if row.sql == wanted), None)
    if made is None:
        chart = chart_of(question)
        return "", {"sql": wanted, **({"chart": chart} if chart else {})}
    if made.result is None and better:
        return "I could not compute this: ask for less at once, or in another way.", None
    if made.result is None:
        return f"I could not compute this: {made.error}", None
    if better:
        return (
            "The result is in the citation below: I can't say it in a sentence without adding to it.",
            None,
        )
    said = answer(question, made.result, tables=len(tables))
    if question.kind == DESCRIBE and question.measure is None:
        said = f"{said}\n\n{suggesting.instances(tables)}"
    return said, None


def _cannot(understood: Understood) -> Cannot:
    return understood if isinstance(understood, Cannot) else Cannot("")


def _no_such_value(wanted: LookUp) -> str:
    said = " and ".join(f'"{phrase}"' for phrase in wanted.phrases)
    return f"I don't know what {said} is in `{wanted.table.name}`: it names no column."


def _found(wanted: LookUp, result: Result) -> dict[str, Column | None]:
    """Of each phrase, the column that has it as a value most often."""
    columns = {column.name: column for column in wanted.columns}
    found: dict[str, Column | None] = dict.fromkeys(
        (phrase.casefold() for phrase in wanted.phrases), None
    )
    for phrase, name, *_ in result.rows:
        key = str(phrase).casefold()
        if found.get(key) is None and name in columns:
            found[key] = columns[name]
    return found


def _told(wanted: LookUp, reply: str) -> dict[str, Column | None]:
    """Of each phrase, the column that the answer then named with it; the queries of then are not told again."""
    found: dict[str, Column | None] = {}
    for phrase in wanted.phrases:
        named = (
            column
            for column in wanted.columns
            for verb in ("is", "is not")
            if f'`{plain_name(column.name)}` {verb} "{phrase}"' in reply
        )
        found[phrase.casefold()] = next(named, None)
    return found


def _asked_at(turns: Sequence[Turn]) -> int:
    """Where the question stands: the last thing that the person said that is no remark on an answer."""
    for at in range(len(turns) - 1, -1, -1):
        turn = turns[at]
        if turn.role == USER and not turn.results and not turn.text.startswith(_SAY_IT_BETTER):
            return at
    return 0


def _is_to_say_it_better(turns: Sequence[Turn]) -> bool:
    return bool(turns) and turns[-1].role == USER and turns[-1].text.startswith(_SAY_IT_BETTER)


def _context(turns: Sequence[Turn], tables: Sequence[Table]) -> Question | None:
    """The last question that was understood, with all that it went on from."""
    before: Question | None = None
    for turn, reply in pairwise([*turns, Turn(role=USER)]):
        if turn.role == USER and turn.text and not turn.results:
            understood = read(turn.text, tables, before=before)
            if isinstance(understood, LookUp):
                known = _told(understood, reply.text)
                understood = read(turn.text, tables, before=before, known=known)
            if isinstance(understood, Question):
                before = understood
    return before


def _tried(turns: Sequence[Turn]) -> list[_Tried]:
    """The queries that were made since the question, with their results."""
    wanted = {call.call_id: call for turn in turns for call in turn.calls}
    made = []
    for turn in turns:
        for given in turn.results:
            call = wanted.get(given.call_id)
            if call is not None:
                result, error = _result(given.content)
                made.append(_Tried(str(call.arguments.get("sql", "")), result, error))
    return made


def _result(content: str) -> tuple[Result | None, str]:
    try:
        body = json.loads(content, parse_float=Decimal)
    except ValueError:
        return None, "the result can't be read."
    if not isinstance(body, Mapping) or "error" in body or "rows" not in body:
        error = body.get("error") if isinstance(body, Mapping) else None
        return None, str(error or "the result can't be read.")
    rows = tuple(tuple(row) for row in body["rows"])
    return (
        Result(
            columns=tuple(str(name) for name in body.get("columns", ())),
            rows=rows,
            row_count=int(body.get("row_count", len(rows))),
            truncated=bool(body.get("truncated", False)),
        ),
        "",
    )
