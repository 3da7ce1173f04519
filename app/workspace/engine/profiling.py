"""What does each column of a table hold? Counted over every row, one column at a time, so that little is in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.core import json
from app.workspace.engine.session import name, text
from app.workspace.engine.typing_columns import Typed
from app.workspace.rules import readings

if TYPE_CHECKING:
    import duckdb

QUANTILES: Final = (0.25, 0.5, 0.75)
SAMPLES: Final = 5
SAMPLED_ROWS: Final = 1_000
LONGEST_SHOWN: Final = 60
LARGEST_BYTES: Final = 120_000
"""Of all columns together, as JSON: they stand in one row of a table, which holds 400 KB."""
MEASURED: Final = frozenset({readings.INTEGER, readings.DECIMAL})


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column, and what stands in it.

    Attributes:
        type: text, integer, decimal, date, timestamp or boolean.
        nulls: rows without a value.
        distinct: how many different values there are.
        minimum, maximum: a number, or text; days and moments in ISO 8601. None where every value is missing.
        quantiles: of numbers, the values below which a quarter, half and three quarters lie.
        samples: some of the values.
        unit: the currency or % that stood beside every number.
        format: how days and moments were written, as in strptime.
    """

    name: str
    type: str
    nulls: int
    distinct: int
    minimum: Any
    maximum: Any
    quantiles: Sequence[Any] = field(default_factory=tuple)
    samples: Sequence[Any] = field(default_factory=tuple)
    unit: str | None = None
    format: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return {
            "name": self.name,
            "type": self.type,
            "nulls": self.nulls,
            "distinct": self.distinct,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "quantiles": list(self.quantiles),
            "samples": list(self.samples),
            "unit": self.unit,
            "format": self.format,
        }


def profile(
    connection: "duckdb.DuckDBPyConnection",
    table: Path,
    *,
    names: Sequence[str],
    typed: Sequence[Typed],
) -> list[Column]:
    """Describe each column of a table in Parquet."""
    samples = _samples(connection, table, names, typed)
    columns = [
        _column(connection, table, shown, one, samples[shown])
        for shown, one in zip(names, typed, strict=True)
    ]
    return _fitting(columns)


def _samples(
    connection: "duckdb.DuckDBPyConnection",
    table: Path,
    names: Sequence[str],
    typed: Sequence[Typed],
) -> Mapping[str, list[Any]]:
    columns = ", ".join(_cut(shown, one.kind) for shown, one in zip(names, typed, strict=True))
    rows = connection.execute(
        f"SELECT {columns} FROM (SELECT * FROM {text(str(table))} LIMIT {SAMPLED_ROWS})"
    ).fetchall()
    found: dict[str, list[Any]] = {}
    for place, shown in enumerate(names):
        values = dict.fromkeys(row[place] for row in rows if row[place] is not None)
        found[shown] = [_shown(value) for value in list(values)[:SAMPLES]]
    return found


def _column(
    connection: "duckdb.DuckDBPyConnection",
    table: Path,
    shown: str,
    typed: Typed,
    samples: Sequence[Any],
) -> Column:
    column = name(shown)
    [[rows, present, distinct, minimum, maximum]] = connection.execute(
        f"SELECT count(*), count({column}), count(DISTINCT {column}), min({column}), max({column}) "
        f"FROM {text(str(table))}"
    ).fetchall()
    quantiles: Sequence[Any] = ()
    if typed.kind in MEASURED and present:
        [[quantiles]] = connection.execute(
            f"SELECT quantile_cont({column}::DOUBLE, {list(QUANTILES)}) FROM {text(str(table))}"
        ).fetchall()
    return Column(
        name=shown,
        type=typed.kind,
        nulls=rows - present,
        distinct=distinct,
        minimum=_shown(minimum),
        maximum=_shown(maximum),
        quantiles=[_shown(one) for one in quantiles],
        samples=samples,
        unit=typed.reading.unit if typed.reading else None,
        format=typed.reading.format if typed.reading else None,
    )


def _cut(shown: str, kind: str) -> str:
    column = name(shown)
    return f"left({column}, {LONGEST_SHOWN})" if kind == readings.TEXT else column


def _shown(value: Any) -> Any:
    """A value as JSON writes it: exact, and not too long."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case float():
            return Decimal(repr(value)) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - not a number
        case str():
            return value[:LONGEST_SHOWN]
    return value


def _fitting(columns: Sequence[Column]) -> list[Column]:
    """The columns with as many samples as fit into one row of a table of ours."""
    for most in range(SAMPLES, -1, -1):
        kept = [replace(column, samples=column.samples[:most]) for column in columns]
        if len(json.dumps([one.as_json() for one in kept])) <= LARGEST_BYTES:
            break
    return kept
