"""By what is an answer to be broken down: by region, per month, over time?"""

from datetime import date
from typing import Final

from app.providers.language_model.planner.matching import Draft, Mention
from app.providers.language_model.planner.questions import PERIODS
from app.providers.language_model.planner.tables import Column, Table

_BY: Final = frozenset({"by", "per", "each", "every", "across", "against"})
_FILLER: Final = frozenset({"the", "a", "each", "every", "different", "calendar"})
_ADVERBS: Final = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
_ALONG: Final = (
    ("over", "time"),
    ("over", "the", "year"),
    ("over", "the", "month"),
    ("time", "series"),
    ("trend",),
    ("evolution",),
    ("evolve",),
    ("timeline",),
)
_DAYS_BY_DAY: Final = 62
_DAYS_BY_MONTH: Final = 366 * 4
MOST_GROUPS: Final = 2


class Grouping:
    """What was found: columns, a period, and the column of time that is cut into periods."""

    def __init__(self) -> None:
        self.columns: list[Column] = []
        self.period: str | None = None
        self.time: Column | None = None
        self.wants_time = False
        self.measure: Column | None = None


def take_grouping(draft: Draft, *, ranks: bool) -> Grouping:
    """What the question wants its answer broken down by; its tokens are taken.

    Args:
        ranks: whether it asks for the top of something, where `by` may name what ranks.
    """
    found = Grouping()
    for at in range(len(draft.tokens)):
        if at not in draft.taken and draft.stem(at) in _BY:
            _take_after(draft, at, found, ranks=ranks)
    _take_adverbs(draft, found)
    if found.period or found.wants_time:
        found.time = found.time or _time_of(draft)
    return found


def _take_after(draft: Draft, at: int, found: Grouping, *, ranks: bool) -> None:
    """What is named behind `by`, and behind a comma or `and` after it."""
    place = at + 1
    while True:
        while draft.stem(place) in _FILLER:
            place += 1
        end = _take_one(draft, place, found, ranks=ranks and draft.stem(at) == "by")
        if end is None:
            return
        draft.take(at, end)
        follows = draft.stem(end) == "and" or (
            end < len(draft.tokens) and draft.tokens[end].text == ","
        )
        if not follows or len(found.columns) + bool(found.period) >= MOST_GROUPS:
            return
        at, place = end, end + 1


def _take_one(draft: Draft, at: int, found: Grouping, *, ranks: bool) -> int | None:
    word = draft.stem(at)
    if word in PERIODS and at not in draft.taken:
        column = _called(draft.table, word)
        if column is not None and (draft.table.time is None or not column.is_time):
            found.columns.append(column)
        else:
            found.period = word
            return _behind_period(draft, at + 1, found)
        return at + 1
    if word in {"time", "date"} and draft.mention_at(at) is None and _time_of(draft) is not None:
        found.wants_time = True
        return at + 1
    row = draft.mention_at(at)
    return None if row is None else _take_column(draft, row, found, ranks=ranks)


def _take_column(draft: Draft, row: Mention, found: Grouping, *, ranks: bool) -> int:
    if ranks:
        number = row.pick(lambda item: item.is_number)
        if number is not None:
            found.measure = number
            return row.end
    column = row.pick(lambda item: not item.is_number) or row.columns[0]
    column = row.pick(lambda item: item.names_things) or column
    if column.distinct is not None and column.distinct == draft.table.row_count != 1 and not ranks:
        return row.end  # each row is a group of its own
    if column.type == "timestamp":
        found.time, found.wants_time = column, True
    elif column not in found.columns:
        found.columns.append(column)
    return row.end


def _behind_period(draft: Draft, at: int, found: Grouping) -> int:
    """By month of the order date: the column may follow."""
    row = draft.mention_at(at + 1) if draft.stem(at) in {"of", "in"} else None
    time = row.pick(lambda item: item.is_time) if row else None
    if row is None or time is None:
        return at
    found.time = time
    return row.end


def _take_adverbs(draft: Draft, found: Grouping) -> None:
    for at in range(len(draft.tokens)):
        if at not in draft.taken and draft.stem(at) in _ADVERBS:
            found.period = found.period or _ADVERBS[draft.stem(at)]
            draft.take(at, at + 1)
    for words in _ALONG:
        start = draft.phrase(*words)
        if start is not None:
            found.wants_time = True
            draft.take(start, start + len(words))


def _time_of(draft: Draft) -> Column | None:
    named = (row.pick(lambda item: item.is_time) for row in draft.left() if row.rank <= 1)
    return next((column for column in named if column is not None), draft.table.time)


def _called(table: Table, word: str) -> Column | None:
    return next((column for column in table.columns if column.words == (word,)), None)


def fitting_period(column: Column) -> str:
    """A period that cuts the days of a column into some dozen pieces."""
    try:
        first = date.fromisoformat((column.minimum or "")[:10])
        last = date.fromisoformat((column.maximum or "")[:10])
    except ValueError:
        return "month"
    days = (last - first).days
    if days <= _DAYS_BY_DAY:
        return "day"
    return "month" if days <= _DAYS_BY_MONTH else "year"
