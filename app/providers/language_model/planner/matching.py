"""Which columns, tables and values does a question speak of?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.providers.language_model.planner.tables import Column, Table
from app.providers.language_model.planner.vocabulary import ASKING, EXCLUDING
from app.providers.language_model.planner.words import QUOTED, WORD, Token, mean_the_same, words_of

LONGEST_NAME: Final = 6
# What follows these is what somebody does.
_PERSONS: Final = frozenset({"i", "we", "you", "they"})


@dataclass(frozen=True)
class Mention:
    """Some tokens that name a column.

    Attributes:
        start, end: the tokens' positions.
        columns: which they may mean, the likeliest first.
        rank: 0 the whole name, 1 a part of it, 2 another word for it.
    """

    start: int
    end: int
    columns: tuple[Column, ...]
    rank: int

    def pick(self, wanted: Callable[[Column], bool]) -> Column | None:
        """The likeliest that is of the wanted sort."""
        return next((column for column in self.columns if wanted(column)), None)


@dataclass
class Draft:
    """A question while it is read: what of it was understood so far."""

    text: str
    tokens: tuple[Token, ...]
    table: Table
    mentions: list[Mention]
    taken: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def take(self, start: int, end: int) -> None:
        """These tokens are understood."""
        self.taken.update(range(start, end))

    def written(self, start: int, end: int) -> str:
        """These tokens as they stand in the question, with what is between them."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def stem(self, at: int) -> str:
        """The stem at a position; empty beyond the end."""
        return self.tokens[at].stem if 0 <= at < len(self.tokens) else ""

    def mention_at(self, at: int) -> Mention | None:
        """The mention that starts there and was not used yet."""
        found = (row for row in self.mentions if row.start == at and row.start not in self.taken)
        return next(found, None)

    def is_within_name(self, at: int) -> bool:
        """Whether it is a part of a longer name: the max of temp_max asks for nothing."""
        return any(row.start <= at < row.end and row.end - row.start > 1 for row in self.mentions)

    def mention_before(self, at: int) -> Mention | None:
        """The mention that ends just before, and was not used yet."""
        found = (row for row in self.mentions if row.end == at and row.start not in self.taken)
        return next(found, None)

    def left(self) -> list[Mention]:
        """The mentions that were not used yet."""
        return [row for row in self.mentions if row.start not in self.taken]

    def has(self, *stems: str) -> bool:
        """Whether one of these words is there and was not used yet."""
        return any(
            token.stem in stems for at, token in enumerate(self.tokens) if at not in self.taken
        )

    def phrase(self, *stems: str) -> int | None:
        """Where these words follow each other, none used yet."""
        for at in range(len(self.tokens) - len(stems) + 1):
            span = range(at, at + len(stems))
            if self.taken.isdisjoint(span) and all(
                self.tokens[place].stem == stem for place, stem in zip(span, stems, strict=True)
            ):
                return at
        return None


def draft_of(text: str, tokens: tuple[Token, ...], tables: Sequence[Table]) -> Draft:
    """A question before it is read, about the table that it names most of."""
    drafts = [Draft(text, tokens, table, mentions_in(tokens, table)) for table in tables]
    return max(drafts, key=_weight)


def _weight(draft: Draft) -> float:
    stems = {token.stem for token in draft.tokens}
    named = sum(2.5 for word in draft.table.words if word in stems)
    return named + sum((3 - row.rank) * (row.end - row.start) for row in draft.mentions)


def mentions_in(tokens: Sequence[Token], table: Table) -> list[Mention]:
    """Where the question names the table's columns: longer and closer names win."""
    found: list[Mention] = []
    free = set(range(len(tokens)))
    for rank, match in _MATCHES:
        for length in range(min(LONGEST_NAME, len(tokens)), 0, -1):
            for start in range(len(tokens) - length + 1):
                span = range(start, start + length)
                if free.issuperset(span):
                    columns = match(tokens[start : start + length], table.columns)
                    if columns:
                        found.append(Mention(start, start + length, columns, rank))
                        free.difference_update(span)
    named = [row for row in found if not _names_the_table(row, tokens, table)]
    return sorted(_strong(named, tokens), key=lambda row: row.start)


def _names_the_table(row: Mention, tokens: Sequence[Token], table: Table) -> bool:
    """How many rows are there in sales: of the table, though revenue is another word for sales."""
    length = len(table.words)
    for start in range(row.end - length, row.start + 1) if length > 1 else ():
        span = tokens[max(start, 0) : start + length]
        if tuple(token.stem for token in span) == table.words and row.end - row.start < length:
            return True
    placed = row.start > 0 and tokens[row.start - 1].stem in {"in", "from"}
    return placed and row.rank > 0 and tokens[row.start].stem in table.words


def _strong(found: list[Mention], tokens: Sequence[Token]) -> list[Mention]:
    """Without the words that ask, unless they are all that could name a column of numbers."""

    def asks(row: Mention) -> bool:
        return all(
            tokens[at].stem in ASKING and tokens[at].kind == WORD
            for at in range(row.start, row.end)
        )

    def does(row: Mention) -> bool:
        # What did we pay in fees: of fees, though pay is another word for income.
        return row.rank > 0 and row.start > 0 and tokens[row.start - 1].stem in _PERSONS

    named = [row for row in found if not asks(row)]
    things = [row for row in named if not does(row)]
    for rows in (things, named):
        if any(column.is_number for row in rows for column in row.columns):
            return rows
    return [row for row in found if not asks(row) or row.rank == 0]


def _whole(tokens: Sequence[Token], columns: Sequence[Column]) -> tuple[Column, ...]:
    if len(tokens) == 1 and tokens[0].kind == QUOTED:
        wanted = tokens[0].text.casefold()
        return tuple(column for column in columns if column.name.casefold() == wanted)
    stems = _stems(tokens)
    if not all(stems):
        return ()
    joined = "".join(stems)
    return tuple(
        column for column in columns if column.words == stems or "".join(column.words) == joined
    )


def _part(tokens: Sequence[Token], columns: Sequence[Column]) -> tuple[Column, ...]:
    stems = _stems(tokens)
    if not all(stems) or any(_says_nothing(token) for token in tokens):
        return ()
    found = [column for column in columns if _holds(column.words, stems)]
    return tuple(sorted(found, key=lambda column: (len(column.words), not column.names_things)))


def _synonym(tokens: Sequence[Token], columns: Sequence[Column]) -> tuple[Column, ...]:
    if len(tokens) != 1 or not tokens[0].stem or _says_nothing(tokens[0]):
        return ()
    stem = tokens[0].stem
    found = [
        column for column in columns if any(mean_the_same(stem, word) for word in column.words)
    ]
    return tuple(sorted(found, key=lambda column: len(column.words)))


def _headed(tokens: Sequence[Token], columns: Sequence[Column]) -> tuple[Column, ...]:
    """Those whose name ends so: a unit price is a price, and no unit."""
    return tuple(column for column in _part(tokens, columns) if column.words[-1] == tokens[-1].stem)


def _other_word(tokens: Sequence[Token], columns: Sequence[Column]) -> tuple[Column, ...]:
    """Those whose whole name is another word for it."""
    return tuple(column for column in _synonym(tokens, columns) if len(column.words) == 1)


# A rank, and how it is found; the first that finds something wins.
_MATCHES: Final = ((0, _whole), (1, _headed), (1, _other_word), (1, _part), (2, _synonym))


def _stems(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.stem if token.kind != QUOTED else "" for token in tokens)


def _says_nothing(token: Token) -> bool:
    return token.stem in ASKING or token.stem.isdigit()


def _holds(words: Sequence[str], stems: Sequence[str]) -> bool:
    return any(
        tuple(words[at : at + len(stems)]) == tuple(stems)
        for at in range(len(words) - len(stems) + 1)
    )


def is_excluded(draft: Draft, at: int) -> bool:
    """Whether what stands there is to be left out: not in the North."""
    before = at - 1
    while draft.stem(before) in {"in", "the", "from", "of", "at", "for", "a"}:
        before -= 1
    return draft.stem(before) in EXCLUDING


def value_at(draft: Draft, at: int) -> tuple[Column, str, int] | None:
    """The known value of a column of text that is written there: column, value, and where it ends."""
    best: tuple[Column, str, int] | None = None
    for column in draft.table.of("text"):
        for sample in column.samples:
            words = words_of(sample)
            end = at + len(words)
            stems = tuple(draft.stem(place) for place in range(at, end))
            free = draft.taken.isdisjoint(range(at, end))
            if words and stems == words and free and (best is None or end > best[2]):
                best = column, sample, end
    return best
