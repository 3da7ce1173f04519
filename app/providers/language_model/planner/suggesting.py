"""What can the planner be asked about these tables? Said when it can't answer."""

from collections.abc import Sequence
from typing import Final

from app.providers.language_model.planner.numbers import plain_name
from app.providers.language_model.planner.questions import Cannot, listed
from app.providers.language_model.planner.tables import Table

MOST_SUGGESTED: Final = 5
MOST_COLUMNS: Final = 30
NO_DATA: Final = (
    "There is no data in this project yet. Upload a CSV file; then I can count, add up, average, rank, group and "
    "compare what is in it, and show the query behind every number."
)
PLAINLY: Final = "I can't answer that from the data."
KINDS: Final = (
    "I answer without a language model, by rules: how many, sum, average, median, highest, lowest, top of "
    "something, by a column, over time, share, correlation, missing values, duplicates, and a description, each "
    "where a column is, is over, under or between something, or in a year. A SELECT of your own works too."
)


def cannot(reason: Cannot, tables: Sequence[Table]) -> str:
    """Why there is no answer, what can be asked, and of which columns."""
    if not tables:
        return NO_DATA
    why = reason.sentence or PLAINLY
    names = [f"`{plain_name(column.name)}`" for column in tables[0].columns[:MOST_COLUMNS]]
    more = " and others" if len(tables[0].columns) > MOST_COLUMNS else ""
    columns = f"The columns of `{tables[0].name}` are {listed(names)}{more}."
    others = [f"`{table.name}`" for table in tables[1:]]
    also = f" There are also {listed(others)}." if others else ""
    return "\n\n".join([why, KINDS, f"{columns}{also}", instances(tables)])


def instances(tables: Sequence[Table]) -> str:
    """Questions worth asking, as the end of an answer."""
    lines = [f'- "{question}"' for question in suggestions(tables)]
    return "\n".join(["For instance, ask:", *lines])


def suggestions(tables: Sequence[Table]) -> list[str]:
    """Questions worth asking of these tables, each of which the planner answers."""
    made: list[str] = []
    for table in tables:
        made.extend(_of(table))
    return list(dict.fromkeys(made))[:MOST_SUGGESTED]


def _of(table: Table) -> list[str]:
    measures = [
        f'"{column.name}"' if not column.words else column.name
        for column in table.columns
        if column.is_measure
    ]
    groups = [
        column.name
        for column in table.of("text", "boolean")
        if column.words and (column.distinct or 0) > 1
    ]
    found = ["How many rows are there?"]
    if measures and groups:
        found.append(f"Average {measures[0]} by {groups[0]}")
    if measures and table.time is not None:
        found.append(f"Total {measures[0]} by month")
    if len(measures) > 1:
        found.append(f"Correlation between {measures[0]} and {measures[1]}")
    found.append("Are values missing?")
    return found
