"""How are the fields of a CSV separated, and does it name its columns?"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|")
CONSISTENT: Final = 0.8
"""The share of rows that must agree before a delimiter is believed."""
LONGEST_NAME: Final = 128
LONGEST_FIELD: Final = 1024 * 1024
_VALUE = re.compile(r"[-+(]?[$€£¥]?\s?[0-9][0-9.,'\s/:TZ%€$£¥)+-]*")


def rows_of(text: str, *, delimiter: str) -> list[list[str]]:
    """The rows of the beginning of a file; none where it can't be cut up so."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        return [
            row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if row
        ]
    except csv.Error:
        return []


def delimiter_of(text: str) -> str:
    r"""What separates fields: what cuts most rows into the same number of them, and of those into most.

    >>> delimiter_of("a;b\n1,5;2\n"), delimiter_of("name\nAda\n")
    (';', ',')
    """
    best, best_score = DELIMITERS[0], (0.0, 1)
    for delimiter in DELIMITERS:
        counts = Counter(len(row) for row in rows_of(text, delimiter=delimiter))
        if not counts:
            continue
        width, agreeing = max(counts.items(), key=lambda found: (found[1], found[0]))
        share = agreeing / counts.total()
        score = (round(share, 1), width)
        if width > 1 and share >= CONSISTENT and score > best_score:
            best, best_score = delimiter, score
    return best


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: names are no numbers, and are not all empty.

    >>> has_header([["city", "2024"], ["Rome", "7"]]), has_header([["Rome", "7"], ["Oslo", "9"]])
    (True, False)
    """
    first = [cell.strip() for cell in rows[0]]
    if not any(first):
        return False
    values = [place for place, cell in enumerate(first) if _VALUE.fullmatch(cell)]
    if not values:
        return True
    # A year may name a column; where the others are words that stand nowhere below, it is a heading.
    below = rows[1:]
    words = [place for place, cell in enumerate(first) if cell and place not in values]
    are_years = all(re.fullmatch(r"(19|20)[0-9]{2}", first[place]) for place in values)
    return bool(words) and are_years and len(set(first)) == len(first) and not _recurs(first, below)


def _recurs(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a number of the first row is like those below it."""
    for place, cell in enumerate(first):
        if _VALUE.fullmatch(cell):
            others = [row[place] for row in below if place < len(row) and row[place].strip()]
            if any(re.fullmatch(r"(19|20)[0-9]{2}", other.strip()) for other in others):
                return True
    return not below


def column_names(header: Sequence[str]) -> list[str]:
    """A name for each column, no two alike but for case; a column without one is called by its place.

    >>> column_names(["id", " Total ", "total", "", "id"])
    ['id', 'Total', 'total_2', 'column_4', 'id_2']
    """
    names: list[str] = []
    taken: set[str] = set()
    for place, given in enumerate(header, start=1):
        shown = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in given)
        wanted = " ".join(shown.split())[:LONGEST_NAME] or f"column_{place}"
        name, count = wanted, 1
        while name.casefold() in taken:
            count += 1
            name = f"{wanted}_{count}"
        taken.add(name.casefold())
        names.append(name)
    return names
