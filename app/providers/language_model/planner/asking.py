"""What does a question want to be done: counted, added up, ranked, compared, described?"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.providers.language_model.planner import questions as asked
from app.providers.language_model.planner.matching import Draft
from app.providers.language_model.planner.vocabulary import CORRELATING, DESCRIBING, HIGH, LOW
from app.providers.language_model.planner.words import NUMBER

_AGGREGATES: Final = {
    "average": asked.MEAN,
    "avg": asked.MEAN,
    "mean": asked.MEAN,
    "typical": asked.MEAN,
    "typically": asked.MEAN,
    "median": asked.MEDIAN,
    "sum": asked.SUM,
    "total": asked.SUM,
    "totals": asked.SUM,
    "altogether": asked.SUM,
    "overall": asked.SUM,
    "max": asked.MAXIMUM,
    "maximum": asked.MAXIMUM,
    "min": asked.MINIMUM,
    "minimum": asked.MINIMUM,
    "stddev": asked.DEVIATION,
    "deviation": asked.DEVIATION,
    "volatility": asked.DEVIATION,
    "distinct": asked.DISTINCT,
    "unique": asked.DISTINCT,
    "different": asked.DISTINCT,
    "earliest": asked.MINIMUM,
    "oldest": asked.MINIMUM,
    "latest": asked.MAXIMUM,
    "newest": asked.MAXIMUM,
}
_COUNTING: Final = (("how", "many"), ("number", "of"), ("count", "of"), ("count",))
_KINDS: Final = (
    (asked.DUPLICATES, frozenset({"duplicate", "duplicated", "repeated", "repeat", "duplication"})),
    (asked.MISSING, frozenset({"missing", "null", "nulls", "empty", "blank", "incomplete", "gap"})),
    (asked.CORRELATION, CORRELATING),
    (
        asked.SHARE,
        frozenset({"share", "percentage", "percent", "proportion", "fraction", "%", "portion"}),
    ),
    (asked.DESCRIBE, DESCRIBING),
)
_SQL: Final = re.compile(
    r"""^\s*(?:```(?:sql)?\s*)?(
        (?:select|with|from|attach|detach|install|load|pragma|copy|export|import|insert|update|delete|drop|create
        |alter|truncate|explain|call|set|reset|vacuum|checkpoint|use|values|begin|commit|execute|prepare)\b
        .*?)(?:```\s*)?$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# A sentence may begin with one of these words; SQL goes on as no sentence does.
_ALSO_SQL: Final = re.compile(
    r"""^\s*(?:```.*|select\b.*(?:\bfrom\b|[*('";]|\d).*|with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\))?\s+as\b.*|.*;.*|.*['"].*
        |attach\b.*|detach\b.*|install\s+\w+|load\s+\w+|pragma\b.*|(?:drop|create|alter)\s+(?:table|view|schema)\b.*
        |insert\s+into\b.*|delete\s+from\b.*|update\s+\w+\s+set\b.*|set\s+\w+\s*=.*|copy\s+.*\bto\b.*)$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
LARGEST_LIMIT: Final = 1000


@dataclass
class Wish:
    """What the question wants done.

    Attributes:
        kind: one of the kinds of questions, or empty when no word says so.
        aggregate: how values are put together, or empty.
        several: whether they are to be put together in more than one way.
        counts: whether it says how many, or number of.
        ranks, lowest: whether it wants the highest, or the lowest.
        limit: how many of them.
        rows: whether it wants to see rows.
        values: whether it wants a column's values listed.
        which: whether it asks which one it is.
        when: whether it asks for a day or moment.
        lists: whether it wants to see what there is.
    """

    kind: str = ""
    aggregate: str = ""
    several: bool = False
    counts: bool = False
    ranks: bool = False
    lowest: bool = False
    limit: int | None = None
    rows: bool = False
    values: bool = False
    which: bool = False
    when: bool = False
    lists: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether it can only go on from another question."""
        return not (self.kind or self.counts or self.ranks or self.rows or self.values)


def sql_in(text: str) -> str | None:
    """The SQL that somebody wrote instead of a question, as it is."""
    found = _SQL.match(text)
    return found.group(1).strip() if found and _ALSO_SQL.match(text) else None


def take_wish(draft: Draft) -> Wish:
    """What the question wants; its tokens are taken."""
    wish = Wish()
    for words in _COUNTING:
        at = draft.phrase(*words)
        if at is not None:
            wish.counts = True
            draft.take(at, at + len(words))
    for kind, words_of_kind in _KINDS:
        if not wish.kind and draft.has(*words_of_kind):
            wish.kind = kind
            _take_words(draft, words_of_kind)
    _take_ranking(draft, wish)
    _take_aggregate(draft, wish)
    wish.which = draft.has("which", "who") or draft.phrase("what", "are") is not None
    _take_listing(draft, wish)
    return wish


def _is_named(draft: Draft, at: int) -> bool:
    return draft.mention_at(at) is not None or draft.is_within_name(at)


def _take_words(draft: Draft, words: frozenset[str]) -> None:
    for at, token in enumerate(draft.tokens):
        if token.stem in words:
            draft.take(at, at + 1)


def _take_ranking(draft: Draft, wish: Wish) -> None:
    for at, token in enumerate(draft.tokens):
        if at in draft.taken or token.stem not in HIGH | LOW or _is_named(draft, at):
            continue
        common = draft.stem(at + 1) in {"common", "frequent", "frequently", "popular", "often"}
        before = draft.stem(at - 1)
        if token.stem == "most" and draft.stem(at + 1) in {"recent", "recently"}:
            continue
        wish.ranks = True
        wish.lowest = wish.lowest or token.stem in LOW
        draft.take(at, at + 1 + common)
        wish.counts = wish.counts or common
        for place in (at - 1, at + 1):
            if _limit_at(draft, place) and wish.limit is None:
                wish.limit = int(draft.tokens[place].number)
                draft.take(place, place + 1)
        if before == "least" or draft.stem(at + 1) == "expensive":
            draft.take(at + 1, at + 2)
    if draft.has("rank", "ranked", "ranking"):
        wish.ranks = True
        _take_words(draft, frozenset({"rank", "ranked", "ranking"}))


def _limit_at(draft: Draft, at: int) -> bool:
    if not 0 <= at < len(draft.tokens) or at in draft.taken:
        return False
    token = draft.tokens[at]
    whole = token.kind == NUMBER and token.stem.isdigit()
    return whole and Decimal(0) < token.number <= LARGEST_LIMIT


def _take_aggregate(draft: Draft, wish: Wish) -> None:
    wish.when = draft.has("when", "earliest", "latest", "newest", "oldest")
    if draft.has("when"):
        last = draft.has("last", "latest")
        wish.aggregate = asked.MAXIMUM if last else asked.MINIMUM if draft.has("first") else ""
    for at, token in enumerate(draft.tokens):
        found = _AGGREGATES.get(token.stem)
        if found is None or at in draft.taken or _is_named(draft, at):
            continue
        wish.several = wish.several or wish.aggregate not in {"", asked.SUM, found}
        if not wish.aggregate or wish.aggregate == asked.SUM:
            wish.aggregate = found
        start = at - 1 if token.stem == "deviation" and draft.stem(at - 1) == "standard" else at
        draft.take(start, at + 1)


def _take_listing(draft: Draft, wish: Wish) -> None:
    shows = draft.has(
        "show", "list", "give", "see", "preview", "sample", "example", "first", "display"
    )
    at = draft.phrase("first")
    if at is not None and _limit_at(draft, at + 1):
        wish.limit = int(draft.tokens[at + 1].number)
        draft.take(at, at + 2)
    rows = draft.has("row", "record", "line", "entry", "preview", "example")
    wish.lists = shows
    wish.rows = shows and rows and not wish.counts
    wish.values = not wish.ranks and (
        draft.has("list", "value") or wish.aggregate == asked.DISTINCT or wish.which
    )
    if wish.rows:
        for place in range(len(draft.tokens)):
            if wish.limit is None and _limit_at(draft, place):
                wish.limit = int(draft.tokens[place].number)
                draft.take(place, place + 1)
