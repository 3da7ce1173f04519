"""Of which columns is what computed, once a question's words are sorted?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.providers.language_model.planner import questions as asked
from app.providers.language_model.planner.asking import Wish
from app.providers.language_model.planner.grouping import Grouping
from app.providers.language_model.planner.matching import Draft, Mention
from app.providers.language_model.planner.questions import Cannot, Question, Understood, listed
from app.providers.language_model.planner.tables import Column

DEFAULT_TOP: Final = 10
SHOWN_ROWS: Final = 10
_EXTREMES: Final = frozenset({asked.MAXIMUM, asked.MINIMUM})
_BY_TIME: Final = frozenset({"within", "month"})
_PRICES: Final = frozenset({"price", "cost", "fee", "fare", "rent"})
MOST_NAMED: Final = 12


class _Columns:
    """The columns that the question names and that nothing else has used."""

    def __init__(self, draft: Draft, base: Question) -> None:
        self._draft, self._base = draft, base
        rows = draft.left()
        self.numbers = self._picked(rows, lambda item: item.is_number)
        self.things = self._picked(rows, lambda item: not item.is_number, but=self.numbers)
        self.all = [column for row in rows for column in row.columns[:1]]

    def _picked(
        self,
        rows: list[Mention],
        wanted: Callable[[Column], bool],
        *,
        but: list[Column] | None = None,
    ) -> list[Column]:
        found: list[Column] = []
        for row in rows:
            columns = [column for column in row.columns if wanted(column)]
            if not columns or (but and any(column in but for column in row.columns)):
                continue
            if columns[0] not in found:
                found.append(columns[0])
                self._note(row, columns)
        return found

    def _note(self, row: Mention, columns: list[Column]) -> None:
        alike = [column for column in columns if len(column.words) == len(columns[0].words)]
        if row.rank and len(alike) > 1:
            said = " ".join(token.text for token in self._draft.tokens[row.start : row.end])
            others = listed([f"`{column.name}`" for column in alike[1:4]])
            self._draft.notes.append(
                f'I took `{alike[0].name}` for "{said}"; there is also {others}.'
            )

    @property
    def number(self) -> Column | None:
        """The first column of numbers."""
        return self.numbers[0] if self.numbers else None

    @property
    def thing(self) -> Column | None:
        """The first column of anything else."""
        return self.things[0] if self.things else None


def choose(draft: Draft, wish: Wish, grouping: Grouping, base: Question) -> Understood:
    """The question that the words make, with what `base` holds of filters and groups."""
    columns = _Columns(draft, base)
    made = _chosen(draft, wish, grouping, base, columns)
    return replace(made, notes=tuple(draft.notes)) if isinstance(made, Question) else made


def _chosen(
    draft: Draft, wish: Wish, grouping: Grouping, base: Question, columns: _Columns
) -> Understood:
    kind = wish.kind
    if not kind and _compares(draft, base, columns):
        kind = asked.CORRELATION
    if not kind and _asks_for_columns(draft, wish):
        kind = asked.DESCRIBE
    if kind:
        return _of_kind(kind, grouping, replace(base, kind=kind), columns)
    if wish.rows and not wish.ranks:
        return replace(base, kind=asked.ROWS, limit=wish.limit or SHOWN_ROWS)
    if wish.ranks:
        return _top(draft, wish, grouping, base, columns)
    if wish.counts:
        return _count(wish, base, columns)
    if wish.aggregate and wish.aggregate != asked.DISTINCT:
        return _aggregate(draft, wish, base, columns)
    return _plain(draft, wish, base, columns)


def _of_kind(kind: str, grouping: Grouping, base: Question, columns: _Columns) -> Understood:
    if kind == asked.CORRELATION:
        return _correlation(base, columns, grouping)
    if kind == asked.SHARE:
        return _share(base, columns)
    if kind == asked.DESCRIBE:
        return _description(base, columns, grouping)
    return replace(base, measures=tuple(columns.all))


def _compares(draft: Draft, base: Question, columns: _Columns) -> bool:
    grouped = base.groups or base.period
    return len(columns.numbers) > 1 and not grouped and draft.has("versus", "vs")


def _asks_for_columns(draft: Draft, wish: Wish) -> bool:
    asks = wish.counts or wish.values or wish.which or draft.has("what", "show")
    return asks and draft.has("column", "field", "variable")


def _correlation(base: Question, columns: _Columns, grouping: Grouping) -> Understood:
    named = list(dict.fromkeys([*columns.numbers, *(c for c in grouping.columns if c.is_number)]))
    if len(named) < 2:  # noqa: PLR2004 - a correlation is of two
        measures = [column for column in base.table.columns if column.is_measure]
        if named or len(measures) != 2:  # noqa: PLR2004
            return Cannot(
                f"A correlation needs two columns of numbers; `{base.table.name}` has {_numbers_of(base)}."
            )
        named = measures
    return replace(base, kind=asked.CORRELATION, measures=tuple(named[:2]), groups=(), period=None)


def _numbers_of(base: Question) -> str:
    names = [f"`{column.name}`" for column in base.table.columns if column.is_number]
    if len(names) > MOST_NAMED:
        names = [*names[:MOST_NAMED], "others"]
    return listed(names) or "none"


def _share(base: Question, columns: _Columns) -> Understood:
    groups = base.groups or (() if base.filters else tuple(columns.things[:1]))
    measures = tuple(column for column in columns.numbers[:1] if not column.names_things)
    parts = [row for row in base.filters if row.operator not in _BY_TIME]
    if not groups and not base.period and not parts:
        truth = next((column for column in columns.all if column.type == "boolean"), None)
        if truth is None:
            return Cannot(
                "A share of what? Say by which column the whole is to be split (share of rows by region), or "
                "which part you mean (share of rows where a column is something)."
            )
        groups = (truth,)
    return replace(base, kind=asked.SHARE, measures=measures, groups=groups)


def _description(base: Question, columns: _Columns, grouping: Grouping) -> Understood:
    named = columns.numbers[:1] or columns.things[:1] or grouping.columns[:1]
    if named and (base.groups or base.period) and named[0] not in base.groups:
        return _with_default(base, named[0])
    if named and not named[0].is_number and not named[0].is_time:
        return replace(base, kind=asked.VALUES, groups=(named[0],), period=None, time=None)
    return replace(
        base, kind=asked.DESCRIBE, measures=tuple(named), groups=(), period=None, time=None
    )


def _with_default(base: Question, column: Column) -> Question:
    aggregate = asked.SUM if column.adds_up and not column.names_things else asked.MEAN
    return replace(base, kind=asked.AGGREGATE, measures=(column,), aggregate=aggregate)


def _top(
    draft: Draft, wish: Wish, grouping: Grouping, base: Question, columns: _Columns
) -> Understood:
    measure = grouping.measure or next((c for c in columns.numbers if not c.names_things), None)
    if measure is None and draft.tokens and _wants_prices(draft):
        measure = next(
            (c for c in base.table.columns if c.is_number and _PRICES & {*c.words}), None
        )
        if measure is None:
            return _of_which(base)
    named = columns.things[:1] or [c for c in columns.numbers if c.names_things and c != measure]
    groups = base.groups or tuple(named[:1])
    if measure is None and groups and groups[0].distinct == base.table.row_count:
        groups = ()  # each row is one
    base = replace(base, groups=groups)
    if not groups and not base.period:
        base = _by_named_period(draft, wish, base)
    grouped = bool(base.groups or base.period)
    if measure is None and not wish.counts and (wish.aggregate or not grouped):
        measure = _only_measure(base)
        if measure is None:
            return _of_which(base)
    limit = wish.limit or (DEFAULT_TOP if draft.has("top", "rank") or _names_top(draft) else 1)
    if not grouped and not wish.limit and not wish.which and not _names_rows(draft):
        extreme = asked.MINIMUM if wish.lowest else asked.MAXIMUM
        measures = (measure,) if measure else ()
        return replace(
            base, kind=asked.AGGREGATE, aggregate=wish.aggregate or extreme, measures=measures
        )
    if not grouped:
        return replace(base, kind=asked.ROWS, measures=(measure,) if measure else (), limit=limit)
    several = base.groups[:1] == groups[:1] and grouping.columns and not wish.limit and named
    return replace(
        base,
        kind=asked.TOP,
        measures=() if measure is None else (measure,),
        aggregate=_ranking(wish, measure),
        limit=None if several and grouping.columns else limit,
    )


def _wants_prices(draft: Draft) -> bool:
    return any(token.stem in {"expensive", "cheapest", "priciest"} for token in draft.tokens)


def _names_top(draft: Draft) -> bool:
    return any(
        token.stem in {"top", "bottom", "rank", "ranked", "ranking"} for token in draft.tokens
    )


def _names_rows(draft: Draft) -> bool:
    stems = {token.stem for token in draft.tokens}
    return bool(stems.intersection({"row", "record", "entry", *draft.table.words}))


def _by_named_period(draft: Draft, wish: Wish, base: Question) -> Question:
    """Which month had the most: a period that is named without `by`."""
    time = base.table.time
    for word in asked.PERIODS:
        if draft.has(word) and (wish.which or wish.limit or draft.has("what")):
            column = next((c for c in base.table.columns if c.words == (word,)), None)
            if column is not None and not column.is_time:
                return replace(base, groups=(column,))
            if time is not None:
                return replace(base, period=word, time=time)
    return base


def _ranking(wish: Wish, measure: Column | None) -> str:
    if wish.aggregate:
        return wish.aggregate
    if measure is None or (wish.counts and measure.names_things):
        return asked.NUMBER_OF
    if measure.adds_up:
        return asked.SUM
    return asked.MINIMUM if wish.lowest else asked.MAXIMUM


def _count(wish: Wish, base: Question, columns: _Columns) -> Understood:
    number, thing = columns.number, columns.thing
    if thing is None and number is None:
        return replace(base, kind=asked.COUNT)
    if number is not None and not number.names_things:
        aggregate = asked.SUM if number.adds_up else asked.NUMBER_OF
        aggregate = wish.aggregate if wish.aggregate == asked.DISTINCT else aggregate
        return replace(base, kind=asked.AGGREGATE, measures=(number,), aggregate=aggregate)
    counted = thing or number
    if counted is not None and counted.distinct == base.table.row_count and not wish.aggregate:
        return replace(base, kind=asked.COUNT)  # each row is one
    return replace(
        base,
        kind=asked.AGGREGATE,
        measures=() if counted is None else (counted,),
        aggregate=asked.DISTINCT,
    )


def _aggregate(draft: Draft, wish: Wish, base: Question, columns: _Columns) -> Understood:
    if wish.several and columns.number is not None and not (base.groups or base.period):
        return replace(base, kind=asked.DESCRIBE, measures=(columns.number,))
    measure = base.table.time if wish.when and wish.aggregate in _EXTREMES else None
    measure = measure or columns.number
    if measure is None and wish.aggregate in _EXTREMES:
        measure = next((column for column in columns.things if column.is_time), None)
        named = measure is None and columns.thing is None and _only_measure(base) is None
        measure = base.table.time if named else measure
    if (
        measure is None
        and columns.thing is not None
        and not base.groups
        and wish.aggregate == asked.SUM
    ):
        return replace(
            base, kind=asked.AGGREGATE, measures=(columns.thing,), aggregate=asked.DISTINCT
        )
    measure = measure or _only_measure(base)
    if measure is None:
        return (
            replace(base, kind=asked.COUNT)
            if wish.aggregate == asked.SUM and _counts_rows(base)
            else _of_which(base)
        )
    groups = base.groups or (
        () if base.period or columns.number is None else tuple(columns.things[:1])
    )
    groups = tuple(column for column in groups if not column.is_time) or base.groups
    if wish.several:
        draft.notes.append(f"I took the {wish.aggregate} alone; ask for the others by themselves.")
    return replace(
        base, kind=asked.AGGREGATE, measures=(measure,), aggregate=wish.aggregate, groups=groups
    )


def _counts_rows(base: Question) -> bool:
    return not any(column.is_number for column in base.table.columns)


def _only_measure(base: Question) -> Column | None:
    measures = [column for column in base.table.columns if column.is_measure]
    return measures[0] if len(measures) == 1 else None


def _with_only(base: Question) -> Understood:
    measure = _only_measure(base)
    return _of_which(base) if measure is None else _with_default(base, measure)


def _of_which(base: Question) -> Cannot:
    numbers = _numbers_of(base)
    if numbers == "none":
        return Cannot(f"`{base.table.name}` has no column of numbers to compute that with.")
    return Cannot(f"Of which column? `{base.table.name}` has these numbers: {numbers}.")


def _plain(draft: Draft, wish: Wish, base: Question, columns: _Columns) -> Understood:
    """A question without a word that says what to do."""
    grouped = bool(base.groups or base.period)
    number, thing = columns.number, columns.thing
    if wish.aggregate == asked.DISTINCT:
        return _different(base, thing or number)
    if wish.lists and base.filters and not grouped and (number is None or number.names_things):
        return replace(base, kind=asked.ROWS, limit=wish.limit or SHOWN_ROWS)
    if number is not None:
        return _of_number(draft, wish, base, columns, number)
    if thing is None or grouped:
        return _of_rows(draft, base)
    if thing.is_time:
        return replace(base, kind=asked.DESCRIBE, measures=(thing,))
    return replace(base, kind=asked.VALUES, groups=(thing,))


def _of_number(
    draft: Draft, wish: Wish, base: Question, columns: _Columns, number: Column
) -> Understood:
    thing = columns.thing
    grouped = bool(base.groups or base.period)
    if number.names_things and (grouped or base.filters):
        return _count(wish, base, columns)
    if not grouped and thing is not None and not thing.is_time and not wish.which:
        base, grouped = replace(base, groups=(thing,)), True
    if grouped or base.filters or draft.has("much"):
        return _with_default(base, number)
    return replace(base, kind=asked.DESCRIBE, measures=(number,))


def _of_rows(draft: Draft, base: Question) -> Understood:
    """A question that names no column but those of its groups and filters."""
    if draft.has("much"):
        return _with_only(base)
    if base.groups or base.period or base.filters:
        return replace(base, kind=asked.COUNT)
    stems = {token.stem for token in draft.tokens}
    named = stems.intersection({*base.table.words, "data", "dataset", "datum"})
    return replace(base, kind=asked.DESCRIBE) if named else Cannot("")


def _different(base: Question, column: Column | None) -> Understood:
    if column is None:
        return Cannot(f"Different values of which column? There are {_all_of(base)}.")
    if base.groups or base.period:
        return replace(base, kind=asked.AGGREGATE, measures=(column,), aggregate=asked.DISTINCT)
    return replace(base, kind=asked.VALUES, groups=(column,))


def _all_of(base: Question) -> str:
    names = [f"`{column.name}`" for column in base.table.columns[:MOST_NAMED]]
    return listed(names)
