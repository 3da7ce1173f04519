"""Which rows does a question mean? Where a column is, is over, between, contains, is missing, or is in a year."""

from typing import Final

from app.providers.language_model.planner import periods
from app.providers.language_model.planner.matching import Draft, Mention, is_excluded, value_at
from app.providers.language_model.planner.periods import FIRST_YEAR, LAST_YEAR
from app.providers.language_model.planner.questions import Filter, Value
from app.providers.language_model.planner.tables import Column
from app.providers.language_model.planner.vocabulary import ASKING, QUIET
from app.providers.language_model.planner.words import COMMA, DATE, NUMBER, QUOTED, WORD

_COMPARING: Final[tuple[tuple[str, str], ...]] = (
    ("greater than or equal to", ">="),
    ("more than or equal to", ">="),
    ("less than or equal to", "<="),
    ("no less than", ">="),
    ("not less than", ">="),
    ("no more than", "<="),
    ("not more than", "<="),
    ("at least", ">="),
    ("at most", "<="),
    ("more than", ">"),
    ("greater than", ">"),
    ("higher than", ">"),
    ("larger than", ">"),
    ("bigger than", ">"),
    ("older than", ">"),
    ("less than", "<"),
    ("fewer than", "<"),
    ("lower than", "<"),
    ("smaller than", "<"),
    ("younger than", "<"),
    ("up to", "<="),
    ("equal to", "="),
    ("over", ">"),
    ("above", ">"),
    ("exceeding", ">"),
    ("exceed", ">"),
    ("below", "<"),
    ("under", "<"),
    ("equal", "="),
    (">=", ">="),
    ("≥", ">="),
    ("<=", "<="),
    ("≤", "<="),
    ("!=", "!="),
    ("≠", "!="),
    ("<>", "!="),
    (">", ">"),
    ("<", "<"),
    ("=", "="),
)
_PHRASES: Final = tuple((tuple(words.split()), sign) for words, sign in _COMPARING)
_IS: Final = frozenset(
    {"is", "are", "was", "were", "=", "equals", "equal", "has", "have", "of", "value"}
)
_BEING: Final = frozenset({"is", "are", "was", "were", "="})
_TEXT: Final = {
    "contain": "contains",
    "containing": "contains",
    "like": "contains",
    "including": "contains",
    "start": "starts",
    "starting": "starts",
    "end": "ends",
    "ending": "ends",
}
_MISSING: Final = frozenset({"missing", "empty", "null", "nulls", "blank", "unknown"})
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_LEADING: Final = frozenset(
    {"where", "with", "whose", "for", "in", "of", "that", "have", "has", "having", "which", "when"}
)
_OR: Final = frozenset({"or", "and"})
_ENDING: Final = frozenset(
    {
        "by",
        "per",
        "in",
        "for",
        "with",
        "where",
        "during",
        "since",
        "before",
        "after",
        "and",
        "or",
        "over",
        "between",
    }
)


def take_filters(draft: Draft) -> list[Filter]:
    """The filters that the question holds; their tokens are taken."""
    found: list[Filter] = []
    for row in draft.mentions:
        if row.start not in draft.taken:
            read = _missing(draft, row) or _between(draft, row) or _compared(draft, row)
            read = read or _text(draft, row) or _being(draft, row)
            if read is not None:
                found.append(_taken(draft, row.start, read))
    found.extend(_ahead(draft))
    found.extend(periods.take_periods(draft))
    found.extend(_values(draft))
    found.extend(_truths(draft))
    return found


def _taken(draft: Draft, start: int, read: tuple[Filter, int]) -> Filter:
    while start > 0 and draft.stem(start - 1) in _LEADING:
        start -= 1
    draft.take(start, read[1])
    return read[0]


def _sign(draft: Draft, at: int) -> tuple[str, int] | None:
    """A comparison that is written there, and where it ends."""
    for words, sign in _PHRASES:
        stop = at + len(words)
        if tuple(draft.stem(place) for place in range(at, stop)) == words:
            return sign, stop + (draft.stem(stop) == "than")
    return None


def _number(draft: Draft, at: int) -> bool:
    return at < len(draft.tokens) and draft.tokens[at].kind == NUMBER and at not in draft.taken


def _after_being(draft: Draft, at: int) -> tuple[int, bool]:
    """Behind `is` and `not`, and whether there was a `not`."""
    negated = False
    while draft.stem(at) in _IS | {"not", "isn", "aren"} and at not in draft.taken:
        negated = negated or draft.stem(at) in {"not", "isn", "aren"}
        at += 1
    return at, negated


def _missing(draft: Draft, row: Mention) -> tuple[Filter, int] | None:
    """Email is missing."""
    if (
        draft.stem(row.start - 1) in {"no", "without", "lacking"}
        and row.columns[0].type != "boolean"
    ):
        draft.take(row.start - 1, row.start)
        return Filter(row.columns[0], "missing"), row.end
    if draft.stem(row.end) not in _BEING:
        return None
    at, negated = _after_being(draft, row.end)
    if draft.stem(at) not in _MISSING:
        return None
    return Filter(row.columns[0], "present" if negated else "missing"), at + 1


def _between(draft: Draft, row: Mention) -> tuple[Filter, int] | None:
    """Price between 5 and 10."""
    column = row.pick(lambda item: item.is_number)
    at, _ = _after_being(draft, row.end)
    if column is None or draft.stem(at) not in {"between", "from"} or not _number(draft, at + 1):
        return None
    if draft.stem(at + 2) not in {"and", "to"} or not _number(draft, at + 3):
        return None
    if _is_period(draft, (at + 1, at + 3), column, None):
        return None
    ends = sorted((draft.tokens[at + 1].number, draft.tokens[at + 3].number))
    return Filter(column, "between", tuple(ends)), at + 4


def _compared(draft: Draft, row: Mention) -> tuple[Filter, int] | None:
    """Price is over 5."""
    column = row.pick(lambda item: item.is_number and (row.rank == 0 or not item.names_things))
    at, negated = _after_being(draft, row.end)
    if column is None:
        return None
    read = _sign(draft, at)
    sign, at = read or ("=", at)
    if not _number(draft, at) or (read is None and at == row.end):
        return None
    if negated:
        sign = {"=": "!=", ">": "<=", "<": ">=", ">=": "<", "<=": ">", "!=": "="}[sign]
    return Filter(column, sign, (draft.tokens[at].number,)), at + 1


def _text(draft: Draft, row: Mention) -> tuple[Filter, int] | None:
    """Name contains "x"."""
    column = row.pick(lambda item: item.type == "text")
    operator = _TEXT.get(draft.stem(row.end))
    if column is None or operator is None:
        return None
    at = row.end + 1 + (draft.stem(row.end + 1) == "with")
    if at >= len(draft.tokens) or draft.tokens[at].kind not in {QUOTED, WORD, NUMBER}:
        return None
    return Filter(column, operator, (draft.tokens[at].text,)), at + 1


def _being(draft: Draft, row: Mention) -> tuple[Filter, int] | None:
    """Region is North or South."""
    at = row.end
    if draft.stem(at) not in {"is", "are", "was", "were", "=", "!=", "<>", "≠", "equal", "not"}:
        quoted = at < len(draft.tokens) and draft.tokens[at].kind == QUOTED
        return _named(draft, row.columns[0], at, negated=False) if quoted else None
    at, negated = _after_being(draft, at)
    if draft.stem(at) in {"!=", "<>", "≠"}:
        at, negated = at + 1, True
    column = row.pick(lambda item: item.type in {"text", "boolean"})
    return None if column is None else _named(draft, column, at, negated=negated)


def _named(draft: Draft, column: Column, at: int, *, negated: bool) -> tuple[Filter, int] | None:
    """The values that are named from there on: one, or several with commas and `or`."""
    values: list[Value] = []
    end = at
    while (read := _value(draft, column, at)) is not None:
        value, end = read
        values.append(value)
        at = end
        while at < len(draft.tokens) and (draft.tokens[at].kind == COMMA or draft.stem(at) == "or"):
            at += 1
        if at == end:
            break
    if not values:
        return None
    return Filter(column, "!=" if negated else "=", tuple(values)), end


def _value(draft: Draft, column: Column, at: int) -> tuple[Value, int] | None:
    if at >= len(draft.tokens) or at in draft.taken:
        return None
    token = draft.tokens[at]
    if column.type == "boolean":
        return (_TRUTH[token.stem], at + 1) if token.stem in _TRUTH else None
    if token.kind in {QUOTED, DATE}:
        return token.text, at + 1
    known = value_at(draft, at)
    if known is not None and known[0] == column:
        return known[1], known[2]
    end = at
    while end < len(draft.tokens) and _continues(draft, at, end):
        end += 1
    if end == at:
        return None
    return draft.written(at, end), end


def _continues(draft: Draft, at: int, end: int) -> bool:
    token = draft.tokens[end]
    if (
        token.kind not in {WORD, NUMBER}
        or end in draft.taken
        or token.stem in _ENDING | ASKING | QUIET
    ):
        return False
    return end == at or draft.mention_at(end) is None


def _ahead(draft: Draft) -> list[Filter]:
    """Comparisons without the column before them: over 5 units, between 5 and 10 units, over 5."""
    found: list[Filter] = []
    for at in range(len(draft.tokens)):
        if at in draft.taken:
            continue
        read = _sign(draft, at)
        double = draft.stem(at) == "between" and draft.stem(at + 2) in {"and", "to"}
        end = at + 4 if double else read[1] + 1 if read else 0
        places = (at + 1, at + 3) if double else (end - 1,)
        if not end or not all(_number(draft, place) for place in places):
            continue
        within = draft.stem(end) in {"in", "of"} and draft.mention_at(end + 1) is not None
        row = draft.mention_at(end + within)
        column = (row.pick(lambda item: item.is_number) if row else None) or _nearest(draft, at)
        if column is None or _is_period(draft, places, column, row):
            continue
        numbers = sorted(draft.tokens[place].number for place in places)
        sign = "between" if double else read[0] if read else "="
        stop = row.end if row and column in row.columns else end
        found.append(_taken(draft, at, (Filter(column, sign, tuple(numbers)), stop)))
    return found


def _is_period(draft: Draft, places: tuple[int, ...], column: Column, row: Mention | None) -> bool:
    """Whether between 2020 and 2022 means years: so it does, unless an amount is named behind it."""
    years = all(
        len(draft.stem(place)) == len("2024")
        and FIRST_YEAR <= draft.tokens[place].number <= LAST_YEAR
        for place in places
    )
    by_time = draft.table.time is not None or draft.table.year is not None
    return years and by_time and row is None and len(places) > 1 and "year" not in column.words


def _is_amount(column: Column) -> bool:
    return column.is_number and not column.names_things


def _nearest(draft: Draft, at: int) -> Column | None:
    """The column of numbers that was named last before, or the only measure that there is."""
    named = [row.pick(_is_amount) for row in draft.mentions if row.end <= at]
    columns = [column for column in named if column is not None]
    if columns:
        return columns[-1]
    measures = [column for column in draft.table.columns if column.is_measure]
    return measures[0] if len(measures) == 1 else None


def _values(draft: Draft) -> list[Filter]:
    """Values that the profile shows: the North region, for North."""
    found: dict[tuple[Column, bool], list[Value]] = {}
    for at in range(len(draft.tokens)):
        if at in draft.taken:
            continue
        row = draft.mention_at(at)
        if row is not None and row.rank == 0:
            continue
        known = value_at(draft, at)
        if known is None or (len(known[1]) == 1 and draft.stem(at) in ASKING):
            continue
        column, value, end = known
        if draft.stem(at) in ASKING and end == at + 1:
            continue
        negated = is_excluded(draft, at)
        for near in (draft.mention_at(end), draft.mention_before(at)):
            if near is not None and column in near.columns:
                draft.take(near.start, near.end)
        start = at - 1 if negated or draft.stem(at - 1) in _LEADING | _OR else at
        draft.take(max(start, 0), end)
        found.setdefault((column, negated), []).append(value)
    return [
        Filter(column, "!=" if negated else "=", tuple(dict.fromkeys(values)))
        for (column, negated), values in found.items()
    ]


def _truths(draft: Draft) -> list[Filter]:
    """A column of yes and no that is named before a thing: active customers."""
    found: list[Filter] = []
    for row in draft.left():
        column = row.columns[0]
        before = draft.stem(row.start - 1)
        if column.type == "boolean" and before not in {"by", "per", "each", "and", "between"}:
            negated = before in {"not", "non", "no"}
            draft.take(row.start - negated, row.end)
            found.append(Filter(column, "=", (not negated,)))
    return found
