"""Which rows of a file are in the ledger already, and what became of each line in the end?

A row with a broker's id is there if that id is. A row without one is there as often as rows that say the same are,
whoever wrote them down; one of the file's rows stands for each of those. So files that overlap add only what is new,
in whatever order their rows are, and what was typed in by hand is not added again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.portfolio.rules.imports.rows import (
    Line,
    OwnAsset,
    Parsed,
    Reading,
    Refused,
    content_of,
)
from app.portfolio.rules.new_entries import NewEntry

IMPORTED: Final = "imported"
DUPLICATE: Final = "duplicate"
REFUSED: Final = "refused"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A row of the ledger.

    Attributes:
        content: rows.content_of it.
        has_name: whether its source, or the ledger that it was exported from, gave it an id.
        came_now: whether an earlier try of this very import stored it.
    """

    transaction_id: str
    content: str
    has_name: bool
    came_now: bool


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A row that the file tells of, with the place of its line among the file's lines."""

    place: int
    entry: NewEntry
    known_as: str | None
    asset: OwnAsset | None


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a row or a line: one of IMPORTED, DUPLICATE and REFUSED, with the reason if there is one."""

    result: str
    reason: str | None = None
    transaction_id: str | None = None


def pieces_of(reading: Reading) -> list[Piece]:
    """All rows that the file's lines tell of."""
    return [
        Piece(place=place, entry=entry, known_as=line.known_as, asset=line.asset)
        for place, line in enumerate(reading.lines)
        if isinstance(line, Parsed)
        for entry in line.entries
    ]


def there_already(
    pieces: Sequence[Piece], *, known: Collection[Known], id_of: Callable[[NewEntry], str]
) -> dict[int, str]:
    """The places among `pieces` of those that are in the ledger already, each with the id of its row there.

    Those whose own id is there are left to whoever adds them, who tells an earlier try from an earlier import.

    Args:
        id_of: the id under which a row is stored.
    """
    ids = {row.transaction_id for row in known}
    own = {id_of(piece.entry) for piece in pieces} | {piece.known_as for piece in pieces}
    spare = _spare(known, own)
    found: dict[int, str] = {}
    for place, piece in enumerate(pieces):
        if piece.known_as in ids:
            found[place] = str(piece.known_as)
            continue
        if id_of(piece.entry) in ids:
            continue
        same = spare.get(content_of(piece.entry), [])
        named = piece.entry.external_id is not None or piece.known_as is not None
        fits = [row for row in same if not (row.has_name and named)]
        if fits:
            same.remove(fits[0])
            found[place] = fits[0].transaction_id
    return found


def fates_of_lines(
    reading: Reading, pieces: Sequence[Piece], fates: Sequence[Fate]
) -> list[dict[str, object]]:
    """What became of each line, in the file's order."""
    of_line: dict[int, list[Fate]] = defaultdict(list)
    for piece, fate in zip(pieces, fates, strict=True):
        of_line[piece.place].append(fate)
    return [
        {"line": line.line, **vars(_of_line(line, of_line[place]))}
        for place, line in enumerate(reading.lines)
    ]


def counted(rows: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """How many lines came to each result."""
    counts = dict.fromkeys((IMPORTED, DUPLICATE, REFUSED), 0)
    for row in rows:
        counts[str(row["result"])] += 1
    return counts


def _spare(known: Iterable[Known], own: Collection[str | None]) -> dict[str, list[Known]]:
    """By what they say, the rows that stand for none of the file's by their id."""
    found: dict[str, list[Known]] = defaultdict(list)
    for row in known:
        if not row.came_now and row.transaction_id not in own:
            found[row.content].append(row)
    return found


def _of_line(line: Line, fates: Sequence[Fate]) -> Fate:
    if not isinstance(line, Parsed):
        return Fate(result=REFUSED if isinstance(line, Refused) else DUPLICATE, reason=line.reason)
    by_result = {fate.result: fate for fate in reversed(fates)}
    refused, imported = by_result.get(REFUSED), by_result.get(IMPORTED)
    if refused is None:
        return imported or fates[0]
    stored = next((fate for fate in fates if fate.transaction_id), None)
    if stored is None:
        return refused
    return Fate(
        result=REFUSED,
        reason=f"Only in part: {refused.reason}",
        transaction_id=stored.transaction_id,
    )
