"""How is a question in English understood, about the tables that there are?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.providers.language_model.planner import questions as asked
from app.providers.language_model.planner.asking import Wish, sql_in, take_wish
from app.providers.language_model.planner.choosing import choose
from app.providers.language_model.planner.filters import take_filters
from app.providers.language_model.planner.grouping import Grouping, fitting_period, take_grouping
from app.providers.language_model.planner.matching import Draft, draft_of, is_excluded
from app.providers.language_model.planner.questions import Cannot, Filter, LookUp, Question
from app.providers.language_model.planner.tables import Column, Table
from app.providers.language_model.planner.vocabulary import ASKING, QUIET
from app.providers.language_model.planner.words import NUMBER, QUOTED, WORD, tokens_of

LONGEST_QUESTION: Final = 4_000
_GOING_ON: Final = frozenset(
    {"and", "now", "also", "then", "same", "only", "just", "but", "instead", "again"}
)
_POINTING: Final = frozenset({"that", "it", "those", "them", "these", "this"})
_THINGS: Final = frozenset(
    {"row", "record", "entry", "line", "transaction", "observation", "item", "datum"}
)
_HELP: Final = frozenset({"help", "hello", "hi", "hey", "thank", "thanks"})


def read(
    text: str,
    tables: Sequence[Table],
    *,
    before: Question | None = None,
    known: Mapping[str, Column | None] | None = None,
) -> asked.Understood:
    """What a question means.

    Args:
        before: the question before it in the conversation, which it may go on from.
        known: what looking phrases up gave: each one's column, or None when it is in no column.
    """
    if not tables:
        return Cannot("")
    raw = sql_in(text[:LONGEST_QUESTION])
    if raw is not None:
        return Question(asked.SQL, tables[0], raw=raw)
    tokens = tokens_of(text[:LONGEST_QUESTION])
    if not tokens or _asks_for_help(text):
        return Cannot("")
    draft = draft_of(text, tokens, tables)
    if before is not None and not draft.mentions and not _names_table(draft):
        draft = draft_of(text, tokens, [before.table])
    return _understand(draft, before, known or {})


def _asks_for_help(text: str) -> bool:
    stems = [token.stem for token in tokens_of(text)]
    return stems[0] in _HELP or "what can" in text.casefold()


def _names_table(draft: Draft) -> bool:
    stems = {token.stem for token in draft.tokens}
    return bool(stems.intersection(draft.table.words))


def _understand(
    draft: Draft, before: Question | None, known: Mapping[str, Column | None]
) -> asked.Understood:
    filters = take_filters(draft)
    wish = take_wish(draft)
    grouping = take_grouping(draft, ranks=wish.ranks)
    goes_on = before is not None and before.table == draft.table and _goes_on(draft, wish, before)
    phrases = _unknown(draft, wish)
    for phrase, excluded in [row for row in phrases.items() if row[0].casefold() in known]:
        column = known[phrase.casefold()]
        if column is None:
            return Cannot(
                f"Nothing in `{draft.table.name}` is called {_quoted(phrase)}: neither a column nor, as a whole, a "
                "value of one."
            )
        filters.append(Filter(column, "!=" if excluded else "=", (phrase,)))
        del phrases[phrase]
    filters = _merged(filters)
    if phrases and wish.kind != asked.DESCRIBE:
        return LookUp(draft.table, tuple(phrases), draft.table.of("text"))
    if (grouping.period or grouping.wants_time) and grouping.time is None:
        return Cannot(
            f"`{draft.table.name}` has no column with dates, so I can't follow anything over time."
        )
    if goes_on and before is not None:
        return _continued(draft, wish, grouping, filters, before)
    return _fresh(draft, wish, grouping, filters)


def _quoted(phrase: str) -> str:
    return f'"{phrase}"'


def _goes_on(draft: Draft, wish: Wish, before: Question | None) -> bool:
    """Whether the question only says what is to change of the one before."""
    if before is None or before.kind == asked.SQL:
        return False
    first, second = draft.stem(0), draft.stem(1)
    if first in _GOING_ON or (first in {"what", "how"} and second == "about"):
        return True
    measured = any(row.pick(lambda item: item.is_number) for row in draft.left())
    pointing = any(token.stem in _POINTING for token in draft.tokens)
    return (
        wish.says_nothing and not measured and (pointing or not wish.aggregate or first != "what")
    )


def _merged(filters: Sequence[Filter]) -> list[Filter]:
    """Values of one column are alternatives."""
    made: dict[tuple[Column, str], Filter] = {}
    others: list[Filter] = []
    for row in filters:
        key = row.column, row.operator
        if row.operator not in {"=", "!="} or row.column.is_number:
            others.append(row)
        elif key in made:
            made[key] = replace(made[key], values=(*made[key].values, *row.values))
        else:
            made[key] = row
    return [*made.values(), *others]


def _unknown(draft: Draft, wish: Wish) -> dict[str, bool]:
    """Runs of words that nothing explains; they may be values. With each, whether it is to be left out."""
    covered = {at for row in draft.mentions for at in range(row.start, row.end)} | draft.taken
    runs: list[list[int]] = []
    for at in range(len(draft.tokens)):
        if at in covered or _explains_itself(draft, wish, at):
            continue
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return {_named(draft, run): is_excluded(draft, run[0]) for run in runs}


def _named(draft: Draft, run: Sequence[int]) -> str:
    only = draft.tokens[run[0]]
    return only.text if len(run) == 1 else draft.written(run[0], run[-1] + 1)


def _explains_itself(draft: Draft, wish: Wish, at: int) -> bool:
    token = draft.tokens[at]
    if token.kind == QUOTED:
        return False
    if token.kind not in {WORD, NUMBER}:
        return True
    if token.kind == NUMBER:
        return at == 0 or draft.tokens[at - 1].kind != WORD or draft.stem(at - 1) in ASKING
    known = token.stem in ASKING or token.stem in QUIET or token.stem in _THINGS
    named = token.stem in draft.table.words
    # A noun between a count and a verb only says what a row is: how many orders were there.
    noun = (wish.counts or wish.ranks) and token.text.islower() and _follows_count(draft, at)
    return known or named or noun


def _follows_count(draft: Draft, at: int) -> bool:
    before = draft.tokens[at - 1] if at else None
    return before is not None and (
        before.stem
        in {
            "many",
            "of",
            "highest",
            "lowest",
            "largest",
            "smallest",
            "most",
            "biggest",
            "top",
            "which",
        }
        or before.kind == NUMBER
    )


def _continued(
    draft: Draft, wish: Wish, grouping: Grouping, filters: list[Filter], before: Question
) -> asked.Understood:
    """The question before, with what the new one says changed."""
    replaced = {row.column for row in filters}
    kept = tuple(row for row in before.filters if row.column not in replaced)
    rows = [row for row in draft.left() if row.pick(lambda item: item.is_number)]
    measures = tuple(row.columns[0] for row in rows) or before.measures
    fresh = _fresh(draft, wish, grouping, filters)
    if rows and not wish.says_nothing and isinstance(fresh, Question):
        return replace(fresh, filters=(*kept, *filters))
    changed = replace(before, filters=(*kept, *filters), measures=measures, notes=())
    others = [row.columns[0] for row in draft.left() if row not in rows]
    if grouping.columns or grouping.period or grouping.wants_time:
        changed = _grouped(replace(changed, kind=_kind_of_groups(before)), grouping)
    elif others and not filters:
        changed = replace(
            changed, groups=(others[0],), period=None, time=None, kind=_kind_of_groups(before)
        )
    if wish.aggregate:
        changed = replace(changed, aggregate=wish.aggregate)
    if wish.limit or wish.ranks:
        kind = asked.TOP if changed.groups else changed.kind
        changed = replace(changed, kind=kind, limit=wish.limit or changed.limit, lowest=wish.lowest)
    return changed


def _kind_of_groups(before: Question) -> str:
    """What a question becomes when it is broken down."""
    kept = {asked.COUNT, asked.AGGREGATE, asked.TOP, asked.SHARE}
    return before.kind if before.kind in kept else asked.COUNT


def _grouped(question: Question, grouping: Grouping) -> Question:
    period = grouping.period
    if grouping.wants_time and period is None and grouping.time is not None:
        period = fitting_period(grouping.time)
    return replace(
        question,
        groups=tuple(grouping.columns),
        period=period,
        time=grouping.time if period else None,
    )


def _fresh(draft: Draft, wish: Wish, grouping: Grouping, filters: list[Filter]) -> asked.Understood:
    """A question that stands by itself."""
    base = Question(
        wish.kind or asked.COUNT,
        draft.table,
        filters=tuple(filters),
        limit=wish.limit,
        lowest=wish.lowest,
    )
    base = _grouped(base, grouping)
    several = next((row for row in filters if row.operator == "=" and len(row.values) > 1), None)
    if several and not (base.groups or base.period) and draft.has("vs", "versus", "compare"):
        base = replace(base, groups=(several.column,))
    return choose(draft, wish, grouping, base)
