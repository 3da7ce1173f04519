"""Which tables and columns may be asked about? Read from what a model is told before anybody speaks."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from app.providers.language_model.planner.vocabulary import INTENSIVE
from app.providers.language_model.planner.words import words_of

_BLOCK: Final = re.compile(r"^<tables>(.*)</tables>$", re.MULTILINE)
NUMBERS: Final = frozenset({"integer", "decimal"})
TIMES: Final = frozenset({"date", "timestamp"})
_NAMING: Final = frozenset(
    {"id", "code", "zip", "zipcode", "postcode", "phone", "number", "no", "key", "uuid"}
)
_COORDINATE: Final = frozenset(
    {"latitude", "longitude", "lat", "lon", "lng", "year", "month", "day", "hour"}
)


@dataclass(frozen=True)
class Column:
    """A column, as its profile shows it.

    Attributes:
        type: text, integer, decimal, date, timestamp or boolean.
    """

    name: str
    type: str
    distinct: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    samples: tuple[str, ...] = ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its name as words: `unitPrice_USD` is unit, price, usd."""
        return words_of(self.name)

    @property
    def is_number(self) -> bool:
        """Whether one can compute with it."""
        return self.type in NUMBERS

    @property
    def is_time(self) -> bool:
        """Whether it holds days or moments."""
        return self.type in TIMES

    @property
    def adds_up(self) -> bool:
        """Whether its sum means something, as that of amounts does and that of prices does not."""
        return self.is_number and not INTENSIVE.intersection(self.words)

    @property
    def names_things(self) -> bool:
        """Whether its numbers are names, as of orders or postcodes."""
        return bool(self.words) and bool(_NAMING.intersection((self.words[0], self.words[-1])))

    @property
    def is_measure(self) -> bool:
        """Whether somebody who asks for a total without saying of what may mean it."""
        return self.is_number and not self.names_things and not _COORDINATE.intersection(self.words)


@dataclass(frozen=True)
class Table:
    """A table and its columns."""

    name: str
    columns: tuple[Column, ...]
    row_count: int | None = None

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its name as words."""
        return words_of(self.name)

    def of(self, *types: str) -> tuple[Column, ...]:
        """The columns of these types, in their order."""
        return tuple(column for column in self.columns if column.type in types)

    @property
    def time(self) -> Column | None:
        """The column that says when."""
        return next(iter(self.of(*TIMES)), None)

    @property
    def year(self) -> Column | None:
        """A column of whole years."""
        found = (
            column
            for column in self.columns
            if "year" in column.words and column.type in {"integer", "text"}
        )
        return next(found, None)


def read(system: str) -> tuple[Table, ...]:
    """The tables that the system text tells of; what is not as agreed is left out."""
    found = _BLOCK.search(system)
    try:
        rows = json.loads(found.group(1)) if found else []
    except ValueError:
        return ()
    known = [row for row in rows if isinstance(row, dict) and isinstance(row.get("table"), str)]
    return tuple(_table(row) for row in known)


def _table(row: Mapping[str, Any]) -> Table:
    columns: Sequence[Any] = row.get("columns") or ()
    count = row.get("row_count")
    return Table(
        name=row["table"],
        columns=tuple(_column(item) for item in columns if isinstance(item, dict)),
        row_count=count if isinstance(count, int) else None,
    )


def _column(item: Mapping[str, Any]) -> Column:
    samples: Sequence[Any] = item.get("samples") or ()
    distinct = item.get("distinct")
    return Column(
        name=str(item.get("name", "")),
        type=str(item.get("type", "text")),
        distinct=distinct if isinstance(distinct, int) else None,
        minimum=_text(item.get("minimum")),
        maximum=_text(item.get("maximum")),
        samples=tuple(sample for sample in samples if isinstance(sample, str)),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
