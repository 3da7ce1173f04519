"""How do rows that no file holds become a Parquet file that queries read?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.core import money

TYPES: Final = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 12)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
MOST_WHOLE_DIGITS: Final = 26
PLACES: Final = Decimal(1).scaleb(-12)


def write(*, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], target: Path) -> None:
    """Write rows as Parquet.

    Args:
        columns: names and types (`TYPES`).
        target: where nothing is yet.
    """
    import duckdb  # the worker, which imports every task, has none

    named = ", ".join(f'"{name}" {TYPES[kind]}' for name, kind in columns.items())
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE made ({named})")
        for start in range(0, len(rows), 500):
            values = ", ".join(_row(row) for row in rows[start : start + 500])
            connection.execute(f"INSERT INTO made VALUES {values}")
        connection.execute(f"COPY made TO {_text(str(target))} (FORMAT parquet)")


def _row(row: Sequence[Any]) -> str:
    return f"({', '.join(_literal(value) for value in row)})"


def _literal(value: Any) -> str:
    """A value in SQL. DuckDB would import pandas, where it is, to bind it as a parameter."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, Decimal):
        # An amount beyond what a column holds is unknown there rather than wrong.
        fits = value.is_finite() and value.adjusted() < MOST_WHOLE_DIGITS
        return f"{value.quantize(PLACES, context=money.ROUNDING):f}" if fits else "NULL"
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None)
    return _text(value.isoformat() if isinstance(value, date) else str(value))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''").replace("\x00", "") + "'"
