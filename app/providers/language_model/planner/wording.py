"""What does a result say, in sentences? Every number comes from the result, the question or its SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.providers.language_model.planner import questions as asked
from app.providers.language_model.planner import sql
from app.providers.language_model.planner.numbers import Writer, plain_name
from app.providers.language_model.planner.periods import EARLIEST, LATEST, MONTHS
from app.providers.language_model.planner.questions import Filter, Question, listed

MOST_LINES: Final = 12
MOST_CELLS: Final = 8
_OPERATORS: Final = {
    "=": "is",
    "!=": "is not",
    ">": "is over",
    ">=": "is at least",
    "<": "is under",
    "<=": "is at most",
    "contains": "contains",
    "starts": "starts with",
    "ends": "ends with",
}
_STRENGTHS: Final = (
    (Decimal("0.8"), "very strong"),
    (Decimal("0.6"), "strong"),
    (Decimal("0.4"), "moderate"),
    (Decimal("0.2"), "weak"),
)


@dataclass(frozen=True)
class Result:
    """What the query tool gave.

    Attributes:
        row_count: how many rows there are, of which `rows` may be the first.
        truncated: whether there would be even more.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    row_count: int
    truncated: bool = False


def answer(question: Question, result: Result, *, tables: int = 1) -> str:
    """The answer to a question.

    Args:
        tables: how many tables there are; of several, the answer names its own.
    """
    write = Writer()
    said = _WORDERS[question.kind](question, result, write)
    place = (
        f"In `{plain_name(question.table.name)}`: "
        if tables > 1 and question.kind != asked.SQL
        else ""
    )
    closing = []
    if write.rounded:
        closing.append("Numbers are rounded for reading; the citation holds every digit.")
    closing.extend(question.notes)
    return "\n\n".join([f"{place}{said}", *([" ".join(closing)] if closing else [])])


def where(question: Question, write: Writer) -> str:
    """Which rows were counted, as the end of a sentence."""
    parts = [_filter(row, write) for row in question.filters]
    return f" where {' and '.join(parts)}" if parts else ""


def _filter(row: Filter, write: Writer) -> str:
    name = f"`{plain_name(row.column.name)}`"
    if row.operator in {"missing", "present"}:
        return f"{name} is {'missing' if row.operator == 'missing' else 'there'}"
    if row.operator == "within":
        return f"{name} is {_span(row)}"
    if row.operator == "month":
        return f"{name} is in {MONTHS[int(str(row.values[0])) - 1].capitalize()} of any year"
    if row.operator == "between":
        low, high = (_value(value, write) for value in row.values)
        return f"{name} is from {low} to {high}"
    values = listed([_value(value, write) for value in row.values], last="or")
    return f"{name} {_OPERATORS[row.operator]} {values}"


def _value(value: asked.Value, write: Writer) -> str:
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return write.write(value) if not isinstance(value, str) else f'"{write.write(value)}"'


def _span(row: Filter) -> str:
    first, last = row.values
    if first == EARLIEST:
        return f"before {last}"
    if last == LATEST:
        return f"{first} or later"
    return f"from {first} to before {last}"


def _nothing(question: Question, write: Writer) -> str:
    return f"No row is there{where(question, write)}."


def _count(question: Question, result: Result, write: Writer) -> str:
    if question.groups or question.period:
        return _lines(question, result, write)
    count = _cell(result, 0)
    if count == 1:
        return f"There is {write.write(count)} row{where(question, write)}."
    return f"There are {write.write(count)} rows{where(question, write)}."


def _cell(result: Result, at: int) -> Any:
    return result.rows[0][at] if result.rows and at < len(result.rows[0]) else None


def _aggregate(question: Question, result: Result, write: Writer) -> str:
    if question.groups or question.period:
        return _lines(question, result, write)
    column = question.measure
    value, values = _cell(result, 0), _cell(result, 1)
    name = plain_name(column.name) if column else "rows"
    rest = where(question, write)
    if question.aggregate == asked.DISTINCT:
        return f"There are {write.write(value)} different values of `{name}`{rest}."
    if question.aggregate == asked.NUMBER_OF:
        return f"There are {write.write(value)} values of `{name}`{rest}."
    if value is None:
        return f"There is no value of `{name}`{rest}, so there is nothing to compute."
    label = sql.aggregate_name(question.aggregate, column)
    return (
        f"The {plain_name(label)}{rest} is {write.write(value)}, from {write.write(values)} values."
    )


def _lines(question: Question, result: Result, write: Writer) -> str:
    """A line for each group."""
    if not result.rows:
        return _nothing(question, write)
    names = sql.group_names(question)
    label = plain_name(result.columns[len(names)]) if len(result.columns) > len(names) else ""
    by = listed([f"`{plain_name(name)}`" for name in names])
    if question.kind == asked.TOP and len(result.rows) == 1:
        row = result.rows[0]
        which = _labelled(question, row[: len(names)], write)
        side = "lowest" if question.lowest else "highest"
        asks = label if label.startswith(("lowest ", "highest ")) else f"{side} {_measured(label)}"
        return f"{which} has the {asks} of all {by}{where(question, write)}: {write.write(row[len(names)])}."
    title = f"{label[:1].upper()}{label[1:]} by {by}{where(question, write)}"
    if question.kind == asked.TOP:
        title += ", lowest first" if question.lowest else ", highest first"
    lines = [
        f"- {_labelled(question, row[: len(names)], write)}: {_after(row[len(names) :], result, len(names), write)}"
        for row in result.rows[:MOST_LINES]
    ]
    return f"{title}:\n" + "\n".join([*lines, *_more(result, write)])


def _measured(label: str) -> str:
    return "number of rows" if label.rstrip("_") == "rows" else label


def _labelled(question: Question, cells: Sequence[Any], write: Writer) -> str:
    shown = [_group_value(question, at, cell, write) for at, cell in enumerate(cells)]
    return ", ".join(shown)


def _group_value(question: Question, at: int, cell: Any, write: Writer) -> str:
    """A group's value; of months and years, the part of the first day that says which."""
    if at == 0 and question.period in {"month", "year"} and isinstance(cell, str):
        return cell[:7] if question.period == "month" else cell[:4]
    # A year or a number that is a name has no thousands.
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else write.write(cell)


def _after(cells: Sequence[Any], result: Result, skipped: int, write: Writer) -> str:
    """The numbers of a line; a share's percent stands in brackets."""
    names = result.columns[skipped:]
    shown = write.write(cells[0]) if cells else ""
    percent = [cell for name, cell in zip(names[1:], cells[1:], strict=False) if name == "percent"]
    return f"{shown} ({write.write(percent[0])} %)" if percent else shown


def _more(result: Result, write: Writer) -> list[str]:
    if result.truncated:
        return ["- … and more; the citation holds the first of them."]
    if result.row_count > MOST_LINES:
        return [f"- … the citation holds all {write.write(result.row_count)} lines."]
    return []


def _rows(question: Question, result: Result, write: Writer) -> str:
    if not result.rows:
        return _nothing(question, write)
    column = question.measure
    order = (
        f", by `{plain_name(column.name)}`, {'lowest' if question.lowest else 'highest'} first"
        if column
        else ""
    )
    lines = [f"- {_row(result, row, write)}" for row in result.rows[:MOST_LINES]]
    title = f"Rows{where(question, write)}{order}:"
    return "\n".join([title, *lines, *_more(result, write)])


def _row(result: Result, row: Sequence[Any], write: Writer) -> str:
    cells = list(zip(result.columns, row, strict=True))
    shown = [f"{plain_name(name)}: {_as_is(cell, write)}" for name, cell in cells[:MOST_CELLS]]
    return ", ".join([*shown, *(["…"] if len(cells) > MOST_CELLS else [])])


def _as_is(cell: Any, write: Writer) -> str:
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else write.write(cell)


def _values(question: Question, result: Result, write: Writer) -> str:
    name = plain_name(question.groups[0].name)
    if not result.rows:
        return f"`{name}` has no values{where(question, write)}."
    count = write.write(result.rows[0][2])
    lines = [
        f"- {_as_is(row[0], write)}: {write.write(row[1])}" for row in result.rows[:MOST_LINES]
    ]
    title = f"`{name}` has these values{where(question, write)} ({count}), with their rows:"
    return "\n".join([title, *lines, *_more(result, write)])


def _share(question: Question, result: Result, write: Writer) -> str:
    if question.groups or question.period:
        said = _lines(question, result, write)
        return f"{said}\n\nIn brackets: the share of the whole, in percent."
    part, whole, percent = (_cell(result, at) for at in range(3))
    if percent is None:
        return f"There is nothing to have a share of{where(question, write)}."
    column = question.measure
    what = f"`{plain_name(column.name)}`" if column else "the rows"
    parts = [row for row in question.filters if row.operator not in {"within", "month"}]
    condition = " and ".join(_filter(row, write) for row in parts)
    times = [_filter(row, write) for row in question.filters if row not in parts]
    rest = f", where {' and '.join(times)}" if times else ""
    shown = f"{write.write(part)} of {write.write(whole)}"
    return f"{write.write(percent)} % of {what}{rest}: {shown} are where {condition}."


def _correlation(question: Question, result: Result, write: Writer) -> str:
    one, other = (f"`{plain_name(column.name)}`" for column in question.measures)
    value, pairs = _cell(result, 0), _cell(result, 1)
    rest = where(question, write)
    if not isinstance(value, (int, Decimal)):
        return f"{one} and {other} have no correlation{rest}: it needs pairs of values, and both must vary."
    size = abs(Decimal(value))
    strength = next((word for least, word in _STRENGTHS if size >= least), "hardly any")
    sign = "negative" if value < 0 else "positive"
    meaning = (
        "when one is higher, the other tends to be lower"
        if value < 0
        else "they tend to rise together"
    )
    verdict = (
        f"{strength}, {sign}: {meaning}"
        if strength != "hardly any"
        else "hardly any linear relation"
    )
    return (
        f"The correlation (Pearson) between {one} and {other}{rest} is {write.write(value)}, from "
        f"{write.write(pairs)} pairs: {verdict}. It says nothing about what causes what."
    )


def _missing(question: Question, result: Result, write: Writer) -> str:
    with_gaps = [row for row in result.rows if row[1]]
    rest = where(question, write)
    if not with_gaps:
        return f"No value is missing{rest}: every column that was looked at is complete."
    lines = [
        f"- {_as_is(row[0], write)}: {write.write(row[1])} of {write.write(row[2])} ({write.write(row[3])} %)"
        for row in with_gaps[:MOST_LINES]
    ]
    more = _more(result, write) if len(with_gaps) > MOST_LINES else []
    return "\n".join([f"Missing values{rest}:", *lines, *more])


def _duplicates(question: Question, result: Result, write: Writer) -> str:
    rest = where(question, write)
    if not question.measures:
        rows, different, repeated = (_cell(result, at) for at in range(3))
        if not repeated:
            return f"No row is repeated{rest}: all {write.write(rows)} rows are different."
        return (
            f"{write.write(repeated)} of {write.write(rows)} rows{rest} repeat an earlier one: there are "
            f"{write.write(different)} different rows."
        )
    names = listed([f"`{plain_name(column.name)}`" for column in question.measures])
    if not result.rows:
        return f"No value of {names} is repeated{rest}."
    count = write.write(result.rows[0][-1])
    lines = [
        f"- {', '.join(_as_is(cell, write) for cell in row[:-2])}: {write.write(row[-2])} times"
        for row in result.rows[:MOST_LINES]
    ]
    return "\n".join(
        [f"Repeated values of {names}{rest} ({count}):", *lines, *_more(result, write)]
    )


def _describe(question: Question, result: Result, write: Writer) -> str:
    if question.measure is not None:
        name = plain_name(question.measure.name)
        cells = zip(result.columns, result.rows[0] if result.rows else (), strict=False)
        lines = [f"- {label}: {write.write(cell)}" for label, cell in cells]
        return "\n".join([f"`{name}`{where(question, write)}:", *lines])
    lines = []
    for column, values, missing, different, lowest, average, highest in result.rows:
        spread = (
            f"from {write.write(lowest)} to {write.write(highest)}"
            if lowest is not None
            else "empty"
        )
        mean = f", average {write.write(average)}" if average is not None else ""
        gaps = f", {write.write(missing)} missing" if missing else ""
        counts = f"{write.write(values)} values, {write.write(different)} different"
        lines.append(f"- {_as_is(column, write)}: {counts}{gaps}, {spread}{mean}")
    return "\n".join([f"The columns{where(question, write)}:", *lines])


def _sql(_question: Question, result: Result, write: Writer) -> str:
    if not result.rows:
        return "Your query gave no rows."
    lines = [f"- {_row(result, row, write)}" for row in result.rows[:MOST_LINES]]
    return "\n".join(["Your query gave:", *lines, *_more(result, write)])


_WORDERS: Final[dict[str, Callable[[Question, Result, Writer], str]]] = {
    asked.COUNT: _count,
    asked.AGGREGATE: _aggregate,
    asked.TOP: _lines,
    asked.ROWS: _rows,
    asked.VALUES: _values,
    asked.SHARE: _share,
    asked.CORRELATION: _correlation,
    asked.MISSING: _missing,
    asked.DUPLICATES: _duplicates,
    asked.DESCRIBE: _describe,
    asked.SQL: _sql,
}
