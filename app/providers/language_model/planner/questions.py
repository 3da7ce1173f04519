"""What can be asked of a table, once a question is understood?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from app.providers.language_model.planner.tables import Column, Table

# What is asked.
COUNT: Final = "count"
AGGREGATE: Final = "aggregate"
TOP: Final = "top"
ROWS: Final = "rows"
VALUES: Final = "values"
SHARE: Final = "share"
CORRELATION: Final = "correlation"
MISSING: Final = "missing"
DUPLICATES: Final = "duplicates"
DESCRIBE: Final = "describe"
SQL: Final = "sql"

# How values are put together.
SUM, MEAN, MEDIAN, MAXIMUM, MINIMUM = "sum", "mean", "median", "maximum", "minimum"
DEVIATION, DISTINCT, NUMBER_OF = "standard deviation", "distinct", "number"

PERIODS: Final = ("day", "week", "month", "quarter", "year")

Value = str | Decimal | date | bool


@dataclass(frozen=True)
class Filter:
    """Which rows count.

    Attributes:
        operator: = != > >= < <=, contains, starts, ends, missing, present, within (two days, the second left out),
            between (two values, both counted), or month (of any year).
        values: any of them, where the operator takes one.
    """

    column: Column
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question that is understood.

    Attributes:
        measures: the columns that are computed with.
        groups: the columns whose values make the lines of the answer.
        period: a word of PERIODS, by which `time` is grouped.
        limit: how many lines are wanted.
        lowest: whether the lowest come first.
        notes: what was taken for granted, in sentences.
        raw: of SQL, what the person wrote.
    """

    kind: str
    table: Table
    aggregate: str = NUMBER_OF
    measures: tuple[Column, ...] = ()
    groups: tuple[Column, ...] = ()
    period: str | None = None
    time: Column | None = None
    filters: tuple[Filter, ...] = ()
    limit: int | None = None
    lowest: bool = False
    notes: tuple[str, ...] = ()
    raw: str = ""

    @property
    def measure(self) -> Column | None:
        """The column that is computed with, if there is one."""
        return self.measures[0] if self.measures else None


@dataclass(frozen=True)
class Cannot:
    """A question that can't be answered, and what to say instead."""

    sentence: str


@dataclass(frozen=True)
class LookUp:
    """Before the question can be answered, one must know in which column these values are."""

    table: Table
    phrases: tuple[str, ...]
    columns: tuple[Column, ...] = field(default=())


Understood = Question | Cannot | LookUp


def listed(names: Sequence[str], *, last: str = "and") -> str:
    """Names in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
