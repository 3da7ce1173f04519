"""Which words is an item found by, and where do its rows in the index stand?

The index has a row for each different beginning, of 1 to 3 characters, of the words of a name. A search reads the
beginning of its longest word, cheapest first, and compares the rest with all the words of the name, which stand
in every row.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

LONGEST_BEGINNING: Final = 3
MOST_BEGINNINGS: Final = 48
"""So a change of name, which removes and adds so many rows, fits into one transaction of 100 writes."""
_WORD = re.compile(r"\w+")
_WHOLE_DIGITS, _FRACTION_DIGITS = 18, 18
_AFTER_HASH = "$"


def words_of(text: str) -> list[str]:
    """The different words of a text, in their order, without regard to case, accents and width.

    >>> words_of("Café table, TABLE no. 2")
    ['cafe', 'table', 'no', '2']
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in parts if not unicodedata.combining(each))
    return list(dict.fromkeys(_WORD.findall(plain)))


def searched_text(name: str) -> str:
    """The words of a name as one text in which " ca" stands where, and only where, a word begins with "ca".

    >>> searched_text("Film camera")
    ' film camera'
    """
    return "".join(f" {word}" for word in words_of(name))


def beginnings(name: str) -> list[str]:
    """The beginnings that the index lists a name under, at most 48: those of its first words.

    >>> beginnings("Old oak")
    ['o', 'ol', 'old', 'oa', 'oak']
    """
    found = [
        word[:length]
        for word in words_of(name)
        for length in range(1, min(len(word), LONGEST_BEGINNING) + 1)
    ]
    return list(dict.fromkeys(found))[:MOST_BEGINNINGS]


def partition(wanted: Sequence[str]) -> str:
    """The beginning under which a search for these words looks: that of the longest, which the fewest names have."""
    return max(wanted, key=len)[:LONGEST_BEGINNING]


def left_to_compare(wanted: Sequence[str]) -> list[str]:
    """The words of a search that its partition does not answer."""
    return [word for word in wanted if word != partition(wanted)]


def place(*, price: Decimal, item_id: str) -> str:
    """Where an item stands under a beginning: by price, then by id.

    >>> place(price=Decimal("19.99"), item_id="demo")
    '000000000000000019.990000000000000000#demo'
    """
    return f"{_digits(price)}#{item_id}"


def places_between(*, lowest: Decimal | None, highest: Decimal | None) -> tuple[str, str]:
    """The first and the last place that items of these prices can have, both bounds included."""
    first = _digits(lowest) if lowest is not None else "0"
    last = _digits(highest) + _AFTER_HASH if highest is not None else ":"
    return first, last


def _digits(price: Decimal) -> str:
    whole, _, fraction = format(price, "f").partition(".")
    return f"{whole.zfill(_WHOLE_DIGITS)}.{fraction.ljust(_FRACTION_DIGITS, '0')}"
