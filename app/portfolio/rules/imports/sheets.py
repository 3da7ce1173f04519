"""What do the bytes of a CSV say? Its encoding and delimiter are found, and each row knows the line it begins in."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.portfolio.rules.imports.rows import NotImportable

DELIMITERS: Final = (",", ";", "\t", "|")
LOOKED_AT: Final = 40
LONGEST_RECORD: Final = 50
"""Lines that one cell may go on over; an open quote is taken for a mistake of its line after that."""
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 2_000
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAGIC: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed"),
)
# The share of zeros at every other byte from which Latin text without a mark must be UTF-16.
MOSTLY: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row and the line that it begins in, counted from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The rows that hold anything, and what parts their cells."""

    rows: Sequence[Row]
    delimiter: str


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16, with a mark or without, and Windows-1252 for what is neither.

    Raises:
        NotImportable: it is empty, or no text.
    """
    for magic, what in MAGIC:
        if content.startswith(magic):
            raise NotImportable(f"The file is {what}, not a CSV or JSON. Save it as CSV first.")
    if not content.strip():
        raise NotImportable("The file is empty.")
    text = _text(content)
    if "\x00" in text:
        raise NotImportable("The file is no text: it holds NUL characters.")
    return text


def sheet_of(text: str) -> Sheet:
    """The rows of a CSV, by the delimiter that fits most of them."""
    records = _records(text)
    start = [record for _, record in records[:LOOKED_AT]]
    delimiter = max(DELIMITERS, key=lambda one: _fits(start, one))
    rows = (Row(line=line, cells=_cells(record, delimiter)) for line, record in records)
    held = [row for row in rows if any(cell.strip() for cell in row.cells)]
    return Sheet(rows=held, delimiter=delimiter)


def _text(content: bytes) -> str:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    even, odd = content[0:8192:2], content[1:8192:2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros and zeros.count(0) / len(zeros) > MOSTLY and others.count(0) == 0:
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; Latin-1 reads them as what no one sees.
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def _records(text: str) -> list[tuple[int, str]]:
    """Each record and the line it begins in. A cell in quotes may go on over lines; a quote that never ends may not."""
    lines = list(io.StringIO(text, newline=""))
    found = []
    at = 0
    while at < len(lines):
        end, odd = at + 1, lines[at].count('"') % 2
        while odd and end < min(len(lines), at + LONGEST_RECORD):
            odd ^= lines[end].count('"') % 2
            end += 1
        if odd:
            end = at + 1
        found.append((at + 1, "".join(lines[at:end])))
        at = end
    return found


def _fits(records: list[str], delimiter: str) -> tuple[int, int]:
    """How many records have as many cells as most have, and how many those are."""
    counts = Counter(len(_cells(record, delimiter)) for record in records)
    counts.pop(1, None)
    return max(((count, cells) for cells, count in counts.items()), default=(0, 0))


def _cells(record: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a record as they stand; what no cell holds is cut."""
    try:
        cells = next(csv.reader([record], delimiter=delimiter), [])
    except csv.Error:  # a cell of more than 128 kB
        return (record[:LONGEST_CELL],)
    return tuple(cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS])
