"""What is in a CSV? It is read once, written down as Parquet with types, and described.

In steps, each of which holds little in memory: decode it to UTF-8, cut it up into text (Parquet), look at some rows
to guess what each column means, try that on every row, write the typed Parquet, and profile that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.workspace.engine import decoding, profiling, typing_columns
from app.workspace.engine.profiling import Column
from app.workspace.engine.refusing import Deadline, NotACsv
from app.workspace.engine.session import name, opened, text
from app.workspace.rules import dialect

if TYPE_CHECKING:
    import duckdb

MOST_COLUMNS: Final = 500
MOST_ROWS: Final = 10_000_000
SNIFFED_CHARACTERS: Final = 256 * 1024
SNIFFED_ROWS: Final = 500
LONGEST_RECORD: Final = 4 * decoding.LONGEST_LINE  # bytes, of up to 4 each
PREVIEW_ROWS: Final = 10
PREVIEW_CHARACTERS: Final = 100
_AT_LINE: Final = re.compile(r"CSV Error on Line: ([0-9]+)")
_FIELDS: Final = re.compile(r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What reading a file may cost.

    Attributes:
        memory_mb: of DuckDB; Python takes some 60 MB besides.
    """

    seconds: float = 100.0
    memory_mb: int = 400


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What is in a file.

    Attributes:
        encoding: as people call it.
        preview: the first rows as they stand in the file, long cells cut.
    """

    encoding: str
    delimiter: str
    has_header: bool
    row_count: int
    columns: Sequence[Column]
    preview: Sequence[Sequence[str | None]]


def convert(*, source: Path, target: Path, limits: Limits | None = None) -> Profile:
    """Read a CSV, write it down as Parquet with types, and describe it.

    Args:
        source: the file as it was uploaded.
        target: where the Parquet goes; its folder holds what is needed meanwhile, and may hold nothing else.

    Raises:
        NotACsv: it is no table, or too large to be read within the limits; the reason is for its owner.
    """
    limits = limits or Limits()
    deadline = Deadline(seconds=limits.seconds)
    folder = target.parent
    decoded = decoding.decode(source=source, target=folder / "decoded.csv", deadline=deadline)
    shape = _shape_of(decoded.path)
    with opened(folder=folder, memory_mb=limits.memory_mb, deadline=deadline) as connection:
        try:
            return _converted(connection, decoded, shape, target, deadline)
        except Exception as error:
            raise _understood(error, shape, deadline) from error


@dataclass(frozen=True, kw_only=True)
class _Shape:
    delimiter: str
    has_header: bool
    names: Sequence[str]


def _shape_of(decoded: Path) -> _Shape:
    """How the file is cut up, by its beginning."""
    with decoded.open(encoding="utf-8") as file:
        start = file.read(SNIFFED_CHARACTERS)
        cut = len(start) == SNIFFED_CHARACTERS
        # A line may be longer than what is looked at; the first is wanted whole.
        start += file.readline() if cut and "\n" not in start else ""
    stripped = start.lstrip()
    if not stripped:
        raise NotACsv("The file holds nothing but blank lines.", line=1)
    _refuse_other_formats(stripped)
    if cut and "\n" in start:
        start = start[: start.rfind("\n") + 1]
    delimiter = dialect.delimiter_of(start)
    rows = dialect.rows_of(start, delimiter=delimiter)[:SNIFFED_ROWS]
    if not rows:
        raise NotACsv("Line 1 begins a quote that never ends.", line=1)
    if len(rows[0]) > MOST_COLUMNS:
        raise NotACsv(
            f"Line 1 has {len(rows[0]):,} columns; a file has {MOST_COLUMNS} at most.", line=1
        )
    has_header = dialect.has_header(rows)
    names = dialect.column_names(rows[0] if has_header else [""] * len(rows[0]))
    return _Shape(delimiter=delimiter, has_header=has_header, names=names)


def _refuse_other_formats(start: str) -> None:
    lowered = start[:200].lower()
    if lowered.startswith(("<!doctype", "<html", "<?xml", "<svg")):
        raise NotACsv("The file is a web page or XML, no CSV.", line=1)
    if re.match(r'[\[{]\s*([{\["]|$)', start):
        raise NotACsv("The file is JSON, no CSV.", line=1)


def _converted(
    connection: "duckdb.DuckDBPyConnection",
    decoded: decoding.Decoded,
    shape: _Shape,
    target: Path,
    deadline: Deadline,
) -> Profile:
    raw = target.parent / "raw.parquet"
    _cut_up(connection, decoded.path, shape, raw)
    # What runs is interrupted when the time is up; between two steps nothing runs.
    deadline.check()
    decoded.path.unlink()
    [[row_count]] = connection.execute(f"SELECT count(*) FROM {text(str(raw))}").fetchall()
    if row_count > MOST_ROWS:
        raise NotACsv(f"The file has {row_count:,} rows; {MOST_ROWS:,} is the most.", line=None)
    if row_count == 0:
        raise NotACsv("The file has a heading and no row below it.", line=1)
    readings = typing_columns.readings_of(
        connection, raw, count=len(shape.names), delimiter=shape.delimiter
    )
    deadline.check()
    _write(connection, raw, target, dict(zip(shape.names, readings, strict=True)))
    preview = _preview(connection, raw, len(shape.names))
    raw.unlink()
    deadline.check()
    columns = profiling.profile(connection, target, names=shape.names, typed=readings)
    return Profile(
        encoding=decoded.encoding,
        delimiter=shape.delimiter,
        has_header=shape.has_header,
        row_count=row_count,
        columns=columns,
        preview=preview,
    )


def _cut_up(
    connection: "duckdb.DuckDBPyConnection", decoded: Path, shape: _Shape, raw: Path
) -> None:
    """The rows as text, under names of our own."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(shape.names)))
    connection.execute(
        f"COPY (SELECT * FROM read_csv({text(str(decoded))}, auto_detect = false, "
        f"columns = {{{columns}}}, delim = {text(shape.delimiter)}, quote = '\"', escape = '\"', "
        f"header = {str(shape.has_header).lower()}, nullstr = '', allow_quoted_nulls = true, "
        f"strict_mode = true, null_padding = false, max_line_size = {LONGEST_RECORD})) "
        f"TO {text(str(raw))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440)"
    )


def _write(
    connection: "duckdb.DuckDBPyConnection",
    raw: Path,
    target: Path,
    readings: Mapping[str, typing_columns.Typed],
) -> None:
    columns = ", ".join(f"{typed.expression} AS {name(shown)}" for shown, typed in readings.items())
    connection.execute(
        f"COPY (SELECT {columns} FROM {text(str(raw))}) TO {text(str(target))} "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    )


def _preview(
    connection: "duckdb.DuckDBPyConnection", raw: Path, count: int
) -> list[list[str | None]]:
    columns = ", ".join(f"left(c{place}, {PREVIEW_CHARACTERS})" for place in range(count))
    found = connection.execute(f"SELECT {columns} FROM {text(str(raw))} LIMIT {PREVIEW_ROWS}")
    return [list(row) for row in found.fetchall()]


def _understood(error: Exception, shape: _Shape, deadline: Deadline) -> Exception:
    """What DuckDB says of a file, for its owner; any other error as it is."""
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return deadline.over()
    if isinstance(error, duckdb.OutOfMemoryException):
        return NotACsv("Reading the file takes too much memory. Upload it in parts.", line=None)
    if not isinstance(error, duckdb.InvalidInputException):
        return error
    return _refused(str(error), len(shape.names))


def _refused(said: str, width: int) -> NotACsv:
    found, fields = _AT_LINE.search(said), _FIELDS.search(said)
    if found is None:
        return NotACsv("The file can't be cut up into rows and fields.", line=None)
    line = int(found[1])
    reason = f"Line {line} can't be cut up into fields."
    if fields is not None and int(fields[1]) == width:
        reason = f"Line {line} has {_counted(int(fields[2]))} where the first line has {width}."
    elif "unterminated quote" in said:
        reason = f"Line {line} has a quote that is not closed."
    elif "Maximum line size" in said:
        reason = f"Line {line} begins a row of more than {LONGEST_RECORD:,} bytes."
    return NotACsv(reason, line=line)


def _counted(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"


__all__ = ["Column", "Limits", "NotACsv", "Profile", "convert"]
