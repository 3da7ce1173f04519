"""What type is each column? Guessed from some rows, and believed once every row agrees."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.workspace.engine.session import text
from app.workspace.rules import readings
from app.workspace.rules.readings import Reading

if TYPE_CHECKING:
    import duckdb

LOOKED_AT: Final = 1_000
"""Rows from the beginning, and as many from anywhere."""
LONGEST_VALUE: Final = 64
DECIMAL_DIGITS: Final = 18  # what DuckDB adds up as whole numbers of 64 bits
SEED: Final = 7
SECONDS_OF_A_YEAR: Final = 31_556_952


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A column's reading, and the SQL that makes its values out of their text.

    Attributes:
        reading: None for text.
    """

    reading: Reading | None
    expression: str

    @property
    def kind(self) -> str:
        """Its type, as the product calls it."""
        return self.reading.kind if self.reading else readings.TEXT


def readings_of(
    connection: "duckdb.DuckDBPyConnection", raw: Path, *, count: int, delimiter: str
) -> list[Typed]:
    """How each column is read.

    Args:
        raw: Parquet of text, with columns c0, c1, ...
    """
    wanted = _suggested(connection, raw, count, prefers_comma=delimiter == ";")
    settled: dict[int, Reading | None] = {}
    while open_ones := [place for place in range(count) if place not in settled]:
        trials = {place: wanted[place][0] for place in open_ones if wanted[place]}
        settled |= {place: None for place in open_ones if place not in trials}
        agreeing = _agreeing(connection, raw, trials)
        for place, reading in trials.items():
            if place in agreeing:
                settled[place] = reading
            else:
                wanted[place] = wanted[place][1:]
    scales = _scales(connection, raw, settled)
    return [_typed(place, settled[place], scales.get(place)) for place in range(count)]


def _suggested(
    connection: "duckdb.DuckDBPyConnection", raw: Path, count: int, *, prefers_comma: bool
) -> list[list[Reading]]:
    columns = ", ".join(f"left(c{place}, {LONGEST_VALUE + 1})" for place in range(count))
    rows = connection.execute(
        f"SELECT {columns} FROM (SELECT * FROM {text(str(raw))} LIMIT {LOOKED_AT})"
    ).fetchall()
    rows += connection.execute(
        f"SELECT {columns} FROM (SELECT * FROM {text(str(raw))} "
        f"USING SAMPLE reservoir({LOOKED_AT} ROWS) REPEATABLE ({SEED}))"
    ).fetchall()
    found = []
    for place in range(count):
        values = sorted({row[place] for row in rows if row[place] is not None})
        short = all(len(value) <= LONGEST_VALUE for value in values)
        found.append(readings.candidates(values) if short else [])
    return readings.agreed(found, prefers_comma=prefers_comma)


def _agreeing(
    connection: "duckdb.DuckDBPyConnection", raw: Path, trials: dict[int, Reading]
) -> set[int]:
    """The columns of which every value can be read so."""
    if not trials:
        return set()
    columns = ", ".join(
        f"count(*) FILTER (NOT {_is_missing(place)} AND ({_value(place, reading)}) IS NULL)"
        for place, reading in trials.items()
    )
    [counts] = connection.execute(f"SELECT {columns} FROM {text(str(raw))}").fetchall()
    return {place for place, wrong in zip(trials, counts, strict=True) if wrong == 0}


def _scales(
    connection: "duckdb.DuckDBPyConnection", raw: Path, settled: dict[int, Reading | None]
) -> dict[int, tuple[int, int]]:
    """For exact decimals: the digits before and after the point."""
    exact = {
        place: reading
        for place, reading in settled.items()
        if reading and reading.kind == readings.DECIMAL and reading.style != "exponent"
    }
    if not exact:
        return {}
    columns = ", ".join(
        f"max(length(split_part(ltrim({plain}, '+-'), '.', 1))) FILTER ({present}), "
        f"max(length(split_part({plain}, '.', 2))) FILTER ({present})"
        for plain, present in (
            (_plain(place, reading), f"NOT {_is_missing(place)}")
            for place, reading in exact.items()
        )
    )
    [found] = connection.execute(f"SELECT {columns} FROM {text(str(raw))}").fetchall()
    # Of a column that holds no value at all there is no length.
    lengths = [length or 0 for length in found]
    pairs = zip(lengths[::2], lengths[1::2], strict=True)
    return dict(zip(exact, pairs, strict=True))


def _typed(place: int, reading: Reading | None, scale: tuple[int, int] | None) -> Typed:
    if reading is None:
        return Typed(reading=None, expression=f"c{place}")
    value = _value(place, reading)
    if scale is not None and sum(scale) <= DECIMAL_DIGITS:
        cast = f"DECIMAL({DECIMAL_DIGITS}, {scale[1]})"
        value = f"TRY_CAST({_plain(place, reading)} AS {cast})"
    return Typed(
        reading=reading,
        expression=f"CASE WHEN {_is_missing(place)} THEN NULL ELSE {value} END",
    )


def _is_missing(place: int) -> str:
    tokens = ", ".join(text(token) for token in readings.MISSING)
    return f"(c{place} IS NULL OR lower(trim(c{place})) IN ({tokens}))"


def _value(place: int, reading: Reading) -> str:
    """SQL for the value; NULL where the text can't be read so."""
    trimmed = f"trim(c{place})"
    if reading.kind == readings.BOOLEAN:
        yes, no = (", ".join(map(text, words)) for words in (readings.YES, readings.NO))
        return f"CASE WHEN lower({trimmed}) IN ({yes}) THEN true WHEN lower({trimmed}) IN ({no}) THEN false END"
    if reading.format == readings.ISO:
        # A cast to TIMESTAMP would drop the offset; what has none is taken for UTC.
        zone = "(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
        whole = f"regexp_replace({trimmed}, '([T ]..:..)( ?{zone}?)$', '\\1:00\\2')"
        zoned = f"{whole} || CASE WHEN regexp_matches({trimmed}, '{zone}$') THEN '' ELSE 'Z' END"
        shape = text(readings.ISO_MOMENT)
        return (
            f"CASE WHEN regexp_full_match({trimmed}, {shape}) "
            f"THEN make_timestamp(epoch_us(TRY_CAST({zoned} AS TIMESTAMPTZ))) END"
        )
    if reading.format:
        cast = "DATE" if reading.kind == readings.DATE else "TIMESTAMP"
        return f"CAST(try_strptime({trimmed}, {text(reading.format)}) AS {cast})"
    kind = "BIGINT" if reading.kind == readings.INTEGER else "DOUBLE"
    bare = _bare(place, reading)
    shape = text(readings.pattern_of(reading.style, kind=reading.kind))
    no_code = "" if reading.style == "plain" else f" AND NOT regexp_matches({bare}, '^[+-]?0[0-9]')"
    plain = _plain(place, reading)
    return f"CASE WHEN regexp_full_match({bare}, {shape}){no_code} THEN TRY_CAST({plain} AS {kind}) END"


def _bare(place: int, reading: Reading) -> str:
    """SQL for a number without the marks around it."""
    trimmed = f"trim(c{place})"
    if not reading.marked:
        return trimmed
    spaces = "" if reading.style == readings.SPACE else r"|\s"
    marks = text(f"{readings.MARK}|%{spaces}")
    without = f"trim(regexp_replace({trimmed}, {marks}, '', 'g'))"
    return f"regexp_replace({without}, '^\\((.*)\\)$', '-\\1')"


def _plain(place: int, reading: Reading) -> str:
    """SQL for a number as computers write it: no thousands, decimals after a point."""
    bare = _bare(place, reading)
    grouping = readings.GROUPING.get(reading.style, "")
    for mark in grouping:
        bare = f"replace({bare}, {text(mark)}, '')"
    return (
        f"replace({bare}, ',', '.')" if reading.style in {readings.COMMA, readings.SPACE} else bare
    )
