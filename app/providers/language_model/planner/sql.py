"""Which SQL answers a question? Names are quoted and values are literals, whatever they hold."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from app.providers.language_model.planner import questions as asked
from app.providers.language_model.planner.periods import EARLIEST, LATEST
from app.providers.language_model.planner.questions import Filter, LookUp, Question, Value
from app.providers.language_model.planner.tables import Column, Table

ROWS: Final = "rows"
MOST_COLUMNS: Final = 60
_AGGREGATES: Final = {
    # A sum of decimals stays exact. A median of decimals would be cut to their digits, so it is of doubles.
    asked.SUM: "sum({0})",
    asked.MEAN: "avg({0})",
    asked.MEDIAN: "median(CAST({0} AS DOUBLE))",
    asked.MAXIMUM: "max({0})",
    asked.MINIMUM: "min({0})",
    asked.DEVIATION: "stddev_samp({0})",
    asked.DISTINCT: "count(DISTINCT {0})",
    asked.NUMBER_OF: "count({0})",
}
_TEXT_FUNCTIONS: Final = {"contains": "contains", "starts": "starts_with", "ends": "ends_with"}
_NAMES: Final = {
    asked.SUM: "total {0}",
    asked.MEAN: "average {0}",
    asked.MEDIAN: "median {0}",
    asked.MAXIMUM: "highest {0}",
    asked.MINIMUM: "lowest {0}",
    asked.DEVIATION: "standard deviation of {0}",
    asked.DISTINCT: "different {0}",
    asked.NUMBER_OF: "values of {0}",
}


def identifier(name: str) -> str:
    """A name, quoted.

    >>> identifier('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: Value) -> str:
    """A value, as SQL writes it; control characters, which no question means, are left out.

    >>> literal("it's"), literal(date(2024, 5, 1)), literal(Decimal("-1.5"))
    ("'it''s'", "DATE '2024-05-01'", '-1.5')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    plain = "".join(letter for letter in value if letter.isprintable())
    return "'" + plain.replace("'", "''") + "'"


def aggregate_name(aggregate: str, column: Column | None) -> str:
    """What a computed column is called in the result."""
    return ROWS if column is None else _NAMES[aggregate].format(column.name)


def query(question: Question) -> str:
    """The SELECT that answers a question."""
    if question.kind == asked.SQL:
        return question.raw
    return _WRITERS[question.kind](question)


def look_up(wanted: LookUp) -> str:
    """The SELECT that tells in which columns the phrases are values: a row for each phrase and column."""
    lines = []
    for phrase in wanted.phrases:
        names = ", ".join(literal(column.name) for column in wanted.columns[:MOST_COLUMNS])
        counts = ", ".join(
            f"count(*) FILTER (WHERE {_equal(column, phrase)})"
            for column in wanted.columns[:MOST_COLUMNS]
        )
        picks = (
            f'{literal(phrase)} AS "phrase"',
            f'unnest([{names}]) AS "column"',
            f'unnest([{counts}]) AS "rows"',
        )
        lines.append(f"SELECT {', '.join(picks)}{_from(wanted.table)}")
    united = " UNION ALL ".join(lines)
    return f'SELECT * FROM ({united}) WHERE "rows" > 0 ORDER BY "rows" DESC'  # noqa: S608 - names are quoted, values are literals


def _equal(column: Column, value: Value) -> str:
    if column.type == "text" or isinstance(value, str):
        return f"lower({_as_text(column)}) = lower({literal(str(value))})"
    return f"{identifier(column.name)} = {literal(value)}"


def _as_text(column: Column) -> str:
    name = identifier(column.name)
    return name if column.type == "text" else f"CAST({name} AS VARCHAR)"


def condition(row: Filter) -> str:
    """A filter in SQL."""
    name = identifier(row.column.name)
    if row.operator in {"missing", "present"}:
        return f"{name} IS {'NOT ' if row.operator == 'present' else ''}NULL"
    if row.operator in {"within", "month"}:
        return _timed(row.operator, name, row.values)
    if row.operator == "between":
        low, high = (_number(row.column, value) for value in row.values)
        return f"{_comparable(row.column)} BETWEEN {low} AND {high}"
    if row.operator in _TEXT_FUNCTIONS:
        function = _TEXT_FUNCTIONS[row.operator]
        return f"{function}(lower({_as_text(row.column)}), lower({literal(row.values[0])}))"
    if row.operator in {"=", "!="}:
        return _one_of(row)
    return f"{_comparable(row.column)} {row.operator} {_number(row.column, row.values[0])}"


def _one_of(row: Filter) -> str:
    parts = [
        _equal(row.column, value)
        if row.column.type != "integer" or not isinstance(value, str)
        else f"{identifier(row.column.name)} = {_number(row.column, value)}"
        for value in row.values
    ]
    joined = parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
    return f"NOT ({joined})" if row.operator == "!=" else joined


def _comparable(column: Column) -> str:
    """A column as a number; of years that are text, only what can be read as one."""
    name = identifier(column.name)
    return f"TRY_CAST({name} AS INTEGER)" if column.type == "text" else name


def _number(column: Column, value: Value) -> str:
    """A number; years come as text of digits."""
    digits = isinstance(value, str) and value.isascii() and value.isdigit()
    return str(value) if digits and column.type in {"integer", "text"} else literal(value)


def _timed(operator: str, name: str, values: Sequence[Value]) -> str:
    return (
        f"month({name}) = {int(str(values[0]))}" if operator == "month" else _within(name, values)
    )


def _within(name: str, span: Sequence[Value]) -> str:
    first, last = span
    parts = []
    if first != EARLIEST:
        parts.append(f"{name} >= {literal(first)}")
    if last != LATEST:
        parts.append(f"{name} < {literal(last)}")
    return " AND ".join(parts) or f"{name} IS NOT NULL"


def _where(filters: Sequence[Filter], *more: str) -> str:
    parts = [*(condition(row) for row in filters), *more]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _from(table: Table) -> str:
    return f" FROM {identifier(table.name)}"


def _computed(question: Question) -> tuple[str, str]:
    """An expression, and what it is called."""
    column = question.measure
    if column is None:
        return "count(*)", ROWS
    template = _AGGREGATES[question.aggregate]
    return template.format(identifier(column.name)), aggregate_name(question.aggregate, column)


def _count(question: Question) -> str:
    return _aggregate(question)


def _aggregate(question: Question) -> str:
    if question.groups or question.period:
        return _grouped(question)
    computed, name = _computed(question)
    picks = [f"{computed} AS {identifier(name)}"]
    if question.measure is not None:
        picks.append(f"count({identifier(question.measure.name)}) AS {identifier('values')}")
    return f"SELECT {', '.join(picks)}{_from(question.table)}{_where(question.filters)}"


def group_names(question: Question) -> list[str]:
    """What the grouping columns of a result are called, in their order."""
    return [*([question.period] if question.period else []), *(c.name for c in question.groups)]


def _group_expressions(question: Question) -> list[str]:
    made = []
    if question.period and question.time:
        time = identifier(question.time.name)
        made.append(f"CAST(date_trunc('{question.period}', {time}) AS DATE)")
    return [*made, *(identifier(column.name) for column in question.groups)]


def computed_name(question: Question) -> str:
    """What the computed column of a grouped result is called: like none of the groups."""
    name = _computed(question)[1]
    while name in group_names(question):
        name = f"{name}_"
    return name


def _grouped(question: Question) -> str:
    names, expressions = group_names(question), _group_expressions(question)
    picks = [f"{what} AS {identifier(name)}" for what, name in zip(expressions, names, strict=True)]
    computed = f"{_computed(question)[0]} AS {identifier(computed_name(question))}"
    places = ", ".join(str(place) for place in range(1, len(names) + 1))
    more = (
        (f"{identifier(question.time.name)} IS NOT NULL",)
        if question.period and question.time
        else ()
    )
    top = question.kind == asked.TOP
    direction = "ASC" if question.lowest else "DESC"
    order = f"{len(names) + 1} {direction} NULLS LAST, {places}"
    order = places if question.period and not top else order
    limit = f" LIMIT {question.limit}" if question.limit else ""
    return (
        f"SELECT {', '.join(picks)}, {computed}{_from(question.table)}{_where(question.filters, *more)}"
        f" GROUP BY {places} ORDER BY {order}{limit}"
    )


def _rows(question: Question) -> str:
    column = question.measure
    direction = "ASC" if question.lowest else "DESC"
    order = f" ORDER BY {identifier(column.name)} {direction} NULLS LAST" if column else ""
    limit = question.limit or 10
    return f"SELECT *{_from(question.table)}{_where(question.filters)}{order} LIMIT {limit}"


def _values(question: Question) -> str:
    names = [identifier(column.name) for column in question.groups]
    counted = identifier(computed_name(question))
    return (
        f"SELECT {names[0]}, count(*) AS {counted}, count(*) OVER () AS {identifier('different')}"
        f"{_from(question.table)}{_where(question.filters)}"
        f" GROUP BY 1 ORDER BY 2 DESC, 1"
    )


def _share(question: Question) -> str:
    column = question.measure
    summed = f"sum({identifier(column.name)})" if column else "count(*)"
    if not question.groups and not question.period:
        return _part(question, summed)
    names, expressions = group_names(question), _group_expressions(question)
    picks = [f"{what} AS {identifier(name)}" for what, name in zip(expressions, names, strict=True)]
    places = ", ".join(str(place) for place in range(1, len(names) + 1))
    counted = identifier(share_name(question))
    return (
        f"SELECT {', '.join(picks)}, {summed} AS {counted}, round(100.0 * {summed} / "
        f'nullif(sum({summed}) OVER (), 0), 2) AS "percent"{_from(question.table)}'
        f"{_where(question.filters)} GROUP BY {places} ORDER BY {len(names) + 1} DESC NULLS LAST, {places}"
    )


def share_name(question: Question) -> str:
    """What the amounts that are shares of a whole are called."""
    name = aggregate_name(asked.SUM, question.measure)
    while name in {*group_names(question), "percent"}:
        name = f"{name}_"
    return name


def _part(question: Question, summed: str) -> str:
    parts = [row for row in question.filters if row.operator not in {"within", "month"}]
    others = [row for row in question.filters if row not in parts]
    part = f"{summed} FILTER (WHERE {' AND '.join(condition(row) for row in parts)})"
    return (
        f'SELECT {part} AS "part", {summed} AS "whole", round(100.0 * {part} / nullif({summed}, 0), 2) AS "percent"'
        f"{_from(question.table)}{_where(others)}"
    )


def _correlation(question: Question) -> str:
    one, other = (identifier(column.name) for column in question.measures)
    return (
        f'SELECT corr({one}, {other}) AS "correlation", '
        f'count(*) FILTER (WHERE {one} IS NOT NULL AND {other} IS NOT NULL) AS "pairs"'
        f"{_from(question.table)}{_where(question.filters)}"
    )


def _missing(question: Question) -> str:
    columns = question.measures or question.table.columns[:MOST_COLUMNS]
    names = ", ".join(literal(column.name) for column in columns)
    counts = ", ".join(f"count(*) - count({identifier(column.name)})" for column in columns)
    wholes = ", ".join("count(*)" for _ in columns)
    percents = ", ".join(
        f"round(100.0 * (count(*) - count({identifier(column.name)})) / nullif(count(*), 0), 2)"
        for column in columns
    )
    picks = (
        f'unnest([{names}]) AS "column"',
        f'unnest([{counts}]) AS "missing"',
        f'unnest([{wholes}]) AS "rows"',
        f'unnest([{percents}]) AS "percent"',
    )
    inner = f"SELECT {', '.join(picks)}{_from(question.table)}{_where(question.filters)}"
    return f"SELECT * FROM ({inner}) ORDER BY 2 DESC, 1"  # noqa: S608 - names are quoted, values are literals


def _duplicates(question: Question) -> str:
    where = _where(question.filters)
    if question.measures:
        names = ", ".join(identifier(column.name) for column in question.measures)
        counted = (
            "times" if all(column.name != "times" for column in question.measures) else "times_"
        )
        present = [f"{identifier(column.name)} IS NOT NULL" for column in question.measures]
        return (
            f"SELECT {names}, count(*) AS {identifier(counted)}, count(*) OVER () AS {identifier('repeated')}"
            f"{_from(question.table)}"
            f"{_where(question.filters, *present)} GROUP BY ALL HAVING count(*) > 1"
            f" ORDER BY count(*) DESC, {names}"
        )
    rows = f'SELECT count(*) AS "rows"{_from(question.table)}{where}'
    different = f"SELECT DISTINCT *{_from(question.table)}{where}"
    counted = f'SELECT count(*) AS "different rows" FROM ({different})'  # noqa: S608 - names are quoted, values are literals
    picks = '"rows", "different rows", "rows" - "different rows" AS "repeated rows"'
    return f"SELECT {picks} FROM ({rows}), ({counted})"  # noqa: S608 - names are quoted, values are literals


def _describe(question: Question) -> str:
    if question.measure is not None:
        return _described_column(question, question.measure)
    columns = question.table.columns[:MOST_COLUMNS]
    parts: dict[str, Callable[[Column], str]] = {
        "column": lambda column: literal(column.name),
        "values": lambda column: f"count({identifier(column.name)})",
        "missing": lambda column: f"count(*) - count({identifier(column.name)})",
        "different": lambda column: f"count(DISTINCT {identifier(column.name)})",
        "lowest": lambda column: f"CAST(min({identifier(column.name)}) AS VARCHAR)",
        "average": lambda column: (
            f"CAST(avg({identifier(column.name)}) AS DOUBLE)" if column.is_number else "NULL"
        ),
        "highest": lambda column: f"CAST(max({identifier(column.name)}) AS VARCHAR)",
    }
    picks = [
        f"unnest([{', '.join(write(column) for column in columns)}]) AS {identifier(name)}"
        for name, write in parts.items()
    ]
    return f"SELECT {', '.join(picks)}{_from(question.table)}{_where(question.filters)}"


def _described_column(question: Question, column: Column) -> str:
    name = identifier(column.name)
    picks = [f'count({name}) AS "values"', f'count(*) - count({name}) AS "missing"']
    picks += [f'min({name}) AS "lowest"']
    if column.is_number:
        double = f"CAST({name} AS DOUBLE)"
        picks += [
            f'quantile_cont({double}, 0.25) AS "lower quartile"',
            f'median({double}) AS "median"',
            f'avg({name}) AS "average"',
            f'quantile_cont({double}, 0.75) AS "upper quartile"',
            f'stddev_samp({name}) AS "standard deviation"',
        ]
    picks += [f'max({name}) AS "highest"', f'count(DISTINCT {name}) AS "different"']
    return f"SELECT {', '.join(picks)}{_from(question.table)}{_where(question.filters)}"


_WRITERS: Final[dict[str, Callable[[Question], str]]] = {
    asked.COUNT: _count,
    asked.AGGREGATE: _aggregate,
    asked.TOP: _grouped,
    asked.ROWS: _rows,
    asked.VALUES: _values,
    asked.SHARE: _share,
    asked.CORRELATION: _correlation,
    asked.MISSING: _missing,
    asked.DUPLICATES: _duplicates,
    asked.DESCRIBE: _describe,
}
