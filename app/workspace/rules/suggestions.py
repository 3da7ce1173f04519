"""What is worth asking of these columns?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

MOST: Final = 6
FEWEST_GROUPS: Final = 2
MOST_GROUPS: Final = 30
OF_LIVE_TABLES: Final[Mapping[str, Sequence[str]]] = {
    "portfolio": (
        "What is the total current_value by asset_type in portfolio?",
        "What are the top 5 symbol by gain_loss in portfolio?",
        "What share of current_value does each symbol have in portfolio?",
    ),
    "transactions": (
        "What is the total dividend by symbol in transactions?",
        "What is the total fee by year in transactions?",
        "How did cost develop by month in transactions?",
        "How many transactions are there by type?",
    ),
}
_NUMBERS: Final = frozenset({"integer", "decimal"})
_TIMES: Final = frozenset({"date", "timestamp"})


def questions_about(tables: Sequence[Mapping[str, Any]], *, live: Sequence[str] = ()) -> list[str]:
    """Up to six questions, of every table some, the telling ones first.

    Args:
        tables: name, row_count and columns (name, type, nulls, distinct) of each.
        live: names of live tables.
    """
    is_alone = len(tables) + len(live) == 1
    asked = [list(OF_LIVE_TABLES[name]) for name in live]
    asked += [list(_about(table, is_alone=is_alone)) for table in tables]
    in_turn = (
        questions[place]
        for place in range(max((len(questions) for questions in asked), default=0))
        for questions in asked
        if place < len(questions)
    )
    return list(islice(dict.fromkeys(in_turn), MOST))


def _about(table: Mapping[str, Any], *, is_alone: bool) -> Iterator[str]:
    where = "" if is_alone else f" in {table['name']}"
    columns, rows = table["columns"], table["row_count"]
    measures = [
        one["name"] for one in columns if one["type"] in _NUMBERS and not _is_key(one, rows)
    ]
    groups = [
        one["name"]
        for one in columns
        if one["type"] in {"text", "boolean"} and FEWEST_GROUPS <= one["distinct"] <= MOST_GROUPS
    ]
    times = [one["name"] for one in columns if one["type"] in _TIMES]
    if measures and groups:
        yield f"What is the total {measures[0]} by {groups[0]}{where}?"
    if measures and times:
        yield f"How did {measures[0]} develop by month of {times[0]}{where}?"
    if len(measures) > 1:
        yield f"How are {measures[0]} and {measures[1]} correlated{where}?"
    if measures:
        yield f"What are the mean, median and maximum of {measures[0]}{where}?"
    if groups:
        yield f"How many rows are there by {groups[-1]}{where}?"
    if any(one["nulls"] for one in columns):
        yield f"Which columns have missing values{where}?"
    yield f"How many rows are there{where}?"
    yield f"Are there duplicate rows{where}?"


def _is_key(column: Mapping[str, Any], rows: int) -> bool:
    """Whether a number only names its row: whole, never missing, never repeated."""
    return bool(column["type"] == "integer" and rows > 1 and column["distinct"] >= rows)
