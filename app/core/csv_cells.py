"""How is a CSV written in which no spreadsheet finds a formula, and how are its texts read back?

A spreadsheet takes a text for a formula when it starts with one of a few characters
(https://owasp.org/www-community/attacks/CSV_Injection), so such a text begins with an apostrophe, as does one that
begins with an apostrophe itself: reading takes off one. Numbers stay numbers, also below 0.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

Cell = str | Decimal | int | date | None

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def defused(text: str) -> str:
    """A text that starts no formula.

    >>> defused("=1+1@example.com"), defused("'tis"), defused("Apple")
    ("'=1+1@example.com", "''tis", 'Apple')
    """
    return f"'{text}" if text.startswith(_STARTS) else text


def restored(text: str) -> str:
    """The text that was defused.

    >>> restored("'=1+1@example.com"), restored("''tis"), restored("Apple")
    ('=1+1@example.com', "'tis", 'Apple')
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(_STARTS) else text


def written(rows: Iterable[Iterable[Cell]]) -> str:
    """Rows as lines of a CSV: amounts with every digit, moments in UTC as ISO 8601, nothing for None."""
    text = io.StringIO()
    csv.writer(text).writerows([_told(cell) for cell in row] for row in rows)
    return text.getvalue()


def _told(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return defused(cell) if isinstance(cell, str) else str(cell)
