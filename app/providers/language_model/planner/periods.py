"""Which days does a question mean? In 2024, in March, since 2024-05-01, between two days."""

from datetime import date, timedelta
from typing import Final

from app.providers.language_model.planner.matching import Draft
from app.providers.language_model.planner.questions import Filter
from app.providers.language_model.planner.tables import Column
from app.providers.language_model.planner.words import DATE, NUMBER

MONTHS: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_SHORT: Final = {month[:3]: at for at, month in enumerate(MONTHS, 1)} | {"sept": 9}
_NUMBERS: Final = {month: at for at, month in enumerate(MONTHS, 1)}
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
_AFTER: Final = frozenset({"since", "from", "starting"})
_LATER: Final = frozenset({"after"})
_BEFORE: Final = frozenset({"before", "until", "till"})
_IN: Final = frozenset({"in", "during", "of", "for", "on", "within", "year", "month", "the"})
_TO: Final = frozenset({"and", "to", "until", "till", "through"})
EARLIEST: Final = date(1, 1, 1)
LATEST: Final = date(9999, 12, 31)

Span = tuple[date, date]


def take_periods(draft: Draft) -> list[Filter]:
    """The filters by time that the question holds; their tokens are taken."""
    found: list[Filter] = []
    for at in range(len(draft.tokens)):
        if at in draft.taken:
            continue
        read = _range(draft, at) or _one_sided(draft, at) or _plain(draft, at)
        if read is None:
            continue
        condition, end = read
        if condition is None:
            continue
        start = at
        while start > 0 and _leads(draft, start - 1):
            start -= 1
        draft.take(start, end)
        found.append(condition)
    return found


def _leads(draft: Draft, at: int) -> bool:
    """Whether a word only leads to a period; in "which month of 2024" the month is what is asked for."""
    asks = draft.stem(at) in {"month", "year"} and draft.stem(at - 1) in {
        "which",
        "what",
        "by",
        "per",
    }
    return draft.stem(at) in _IN and at not in draft.taken and not asks


def _column(draft: Draft) -> Column | None:
    """The column of time that is meant: the one that is named, or the first."""
    for row in draft.left():
        column = row.pick(lambda item: item.is_time)
        if column is not None and row.rank < 2:  # noqa: PLR2004 - a word that only may mean it
            return column
    return draft.table.time


def _range(draft: Draft, at: int) -> tuple[Filter | None, int] | None:
    """Between one and another, or from one to another."""
    if draft.stem(at) not in {"between", "from"}:
        return None
    first = _span_at(draft, at + 1)
    if first is None or draft.stem(first[1]) not in _TO:
        return None
    second = _span_at(draft, first[1] + 1)
    if second is None:
        return None
    (start, _), (_, end) = first[0], second[0]
    return _within(draft, (start, end)), second[1]


def _one_sided(draft: Draft, at: int) -> tuple[Filter | None, int] | None:
    """Since, after, before or until one."""
    word = draft.stem(at)
    if word not in _AFTER | _LATER | _BEFORE:
        return None
    read = _span_at(draft, at + 1)
    if read is None:
        return None
    (start, end), stop = read
    if word in _BEFORE:
        return _within(draft, (EARLIEST, start if word == "before" else end)), stop
    return _within(draft, (end if word in _LATER else start, LATEST)), stop


def _plain(draft: Draft, at: int) -> tuple[Filter | None, int] | None:
    """In a year, quarter or month, or on a day."""
    read = _span_at(draft, at)
    if read is not None:
        return _within(draft, read[0]), read[1]
    month = _month(draft, at)
    column = _column(draft)
    if month is None or column is None or draft.stem(at - 1) not in _IN:
        return None
    return Filter(column, "month", (str(month),)), at + 1


def _within(draft: Draft, span: Span) -> Filter | None:
    column = _column(draft)
    if column is not None:
        return Filter(column, "within", span)
    year = draft.table.year
    start, end = span
    if year is None or start.replace(month=1, day=1) != start or end.year - start.year < 1:
        return None
    if end == LATEST:
        return Filter(year, ">=", (str(start.year),))
    if start == EARLIEST:
        return Filter(year, "<", (str(end.year),))
    if end.year - start.year == 1:
        return Filter(year, "=", (str(start.year),))
    return Filter(year, "between", (str(start.year), str(end.year - 1)))


def _span_at(draft: Draft, at: int) -> tuple[Span, int] | None:
    """The days that are named there, the last one left out, and where the name ends."""
    if at >= len(draft.tokens) or at in draft.taken:
        return None
    token = draft.tokens[at]
    if token.kind == DATE:
        day = _day(token.text)
        return None if day is None else ((day, day + timedelta(days=1)), at + 1)
    year = _year(draft, at)
    if year is not None:
        return (date(year, 1, 1), date(year + 1, 1, 1)), at + 1
    quarter = _quarter(draft, at)
    if quarter is not None:
        return quarter
    month = _month(draft, at)
    if month is None:
        return None
    skipped = at + 2 if draft.stem(at + 1) == "of" else at + 1
    year = _year(draft, skipped)
    return None if year is None else (_months(year, month, 1), skipped + 1)


def _quarter(draft: Draft, at: int) -> tuple[Span, int] | None:
    """Q2 2024."""
    number, year = draft.stem(at + 1), _year(draft, at + 2)
    if draft.stem(at) != "q" or number not in {"1", "2", "3", "4"} or year is None:
        return None
    return _months(year, 3 * int(number) - 2, 3), at + 3


def _months(year: int, month: int, count: int) -> Span:
    after = month + count
    return date(year, month, 1), date(year + (after - 1) // 12, (after - 1) % 12 + 1, 1)


def _month(draft: Draft, at: int) -> int | None:
    stem = draft.stem(at)
    return None if at in draft.taken else _NUMBERS.get(stem) or _SHORT.get(stem)


def _year(draft: Draft, at: int) -> int | None:
    """A year that stands there: four digits, and no amount of something that is named behind it."""
    if not 0 <= at < len(draft.tokens) or at in draft.taken:
        return None
    token = draft.tokens[at]
    if token.kind != NUMBER or not (token.stem.isascii() and len(token.stem) == len("2024")):
        return None
    year = int(token.stem)
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
