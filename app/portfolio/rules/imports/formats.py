"""Which format is a file in, and what does it hold?

Told by what is in the file, not by its name. To recognise a file is quick, so a request can refuse what can't be read;
to read it is a worker's work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.portfolio.rules.imports import (
    coinbase,
    generic,
    ghostfolio,
    interactive_brokers,
    mapping,
    ours,
    sheets,
)
from app.portfolio.rules.imports.mapping import Columns
from app.portfolio.rules.imports.rows import (
    LARGEST_FILE,
    MOST_ROWS,
    BadValue,
    Line,
    NotImportable,
    Reading,
    numbered,
)
from app.portfolio.rules.imports.sheets import Sheet

FORMATS: Final = (
    interactive_brokers.NAME,
    coinbase.NAME,
    ghostfolio.NAME,
    ours.NAME,
    generic.NAME,
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file whose format is known.

    Attributes:
        sheet: its rows; None where it is JSON, whose `text` is read then.
        columns: how they are read, where the format has no columns of its own.
    """

    format: str
    text: str
    sheet: Sheet | None
    columns: Columns | None

    @property
    def missing(self) -> Sequence[str]:
        """What no column tells, so that nothing can be read."""
        return self.columns.missing if self.columns else ()


def recognised(content: bytes, *, format: str | None, given: Mapping[str, str]) -> Source:  # noqa: A002 - the API's word
    """A file with its format.

    Args:
        format: one of FORMATS, if whoever sent the file said it.
        given: the mapping that came with it; a file with one is read by its columns, whatever its format.

    Raises:
        NotImportable: it can't be read, or is not what it was said to be.
    """
    if len(content) > LARGEST_FILE:
        raise NotImportable(
            f"The file is larger than {LARGEST_FILE // 1024 // 1024} MiB. Split it."
        )
    text = sheets.decoded(content)
    if format == ghostfolio.NAME or (format is None and not given and ghostfolio.is_one(text)):
        ghostfolio.activities_of(text)
        return Source(format=ghostfolio.NAME, text=text, sheet=None, columns=None)
    sheet = sheets.sheet_of(text)
    if not sheet.rows:
        raise NotImportable("The file is empty.")
    if len(sheet.rows) > MOST_ROWS + mapping.HEADER_WITHIN:
        raise NotImportable(
            f"The file has {len(sheet.rows):,} rows; at most {MOST_ROWS:,} are read at once. Split it."
        )
    found = format or (generic.NAME if given else _told_by(sheet))
    if given and found != generic.NAME:
        raise NotImportable(
            f"A mapping is for the format {generic.NAME}; {found} has columns of its own."
        )
    if found in _KNOWS and not _KNOWS[found](sheet):
        raise NotImportable(f"The file is no {found} export. Leave `format` out to have it found.")
    columns = _columns(sheet, given) if found == generic.NAME else None
    return Source(format=found, text=text, sheet=sheet, columns=columns)


def read(source: Source) -> Reading:
    """What the file holds, line by line.

    Raises:
        NotImportable: it holds nothing that could be a transaction.
    """
    lines = _lines(source)
    if not lines:
        raise NotImportable("The file holds no transactions.")
    columns = source.columns
    return Reading(
        format=source.format,
        lines=numbered(lines),
        mapping=columns.told if columns else {},
        unknown_columns=columns.unknown if columns else (),
    )


def _told_by(sheet: Sheet) -> str:
    return next((name for name, knows in _KNOWS.items() if knows(sheet)), generic.NAME)


def _columns(sheet: Sheet, given: Mapping[str, str]) -> Columns:
    try:
        header = mapping.header_at([row.cells for row in sheet.rows])
        return mapping.columns_of(sheet.rows[header].cells, given=given)
    except BadValue as problem:
        raise NotImportable(str(problem)) from None


def _lines(source: Source) -> list[Line]:
    if source.sheet is None:
        return ghostfolio.lines_of(source.text)
    rows = source.sheet.rows
    if source.columns is not None:
        below = rows[mapping.header_at([row.cells for row in rows]) + 1 :]
        return generic.lines_of(below, columns=source.columns, delimiter=source.sheet.delimiter)
    return {
        interactive_brokers.NAME: interactive_brokers.lines_of,
        coinbase.NAME: coinbase.lines_of,
        ours.NAME: ours.lines_of,
    }[source.format](rows)


def _is_interactive_brokers(sheet: Sheet) -> bool:
    return interactive_brokers.is_one(sheet.rows)


def _is_coinbase(sheet: Sheet) -> bool:
    return coinbase.header_at(sheet.rows) is not None


def _is_ours(sheet: Sheet) -> bool:
    return ours.is_one(sheet.rows)


_KNOWS: Final[Mapping[str, Callable[[Sheet], bool]]] = {
    interactive_brokers.NAME: _is_interactive_brokers,
    coinbase.NAME: _is_coinbase,
    ours.NAME: _is_ours,
}
