"""Which column of a CSV holds what? Proposed from the header's words, and settled by whoever sent the file.

A mapping is a flat JSON object: our word -> the header's, and a few settings for what no column says.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.portfolio.rules import valuation
from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.rows import NotImportable, currency, shown

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": (
        *(
            "date",
            "trade date",
            "transaction date",
            "executed at",
            "execution date",
            "date time",
            "datetime",
        ),
        *(
            "timestamp",
            "order date",
            "date utc",
            "created at",
            "settlement date",
            "datum",
            "fecha",
            "data",
            "time",
        ),
    ),
    "time": ("time", "trade time", "execution time", "uhrzeit", "hora"),
    "type": (
        *(
            "type",
            "transaction type",
            "action",
            "side",
            "activity",
            "activity type",
            "operation",
            "buy sell",
        ),
        *("order type", "transaction", "typ", "tipo", "direction", "way"),
    ),
    "symbol": (
        *(
            "symbol",
            "ticker",
            "ticker symbol",
            "asset",
            "code",
            "instrument",
            "stock",
            "coin",
            "security",
            "stock symbol",
        ),
        *("symbol id", "base currency", "pair", "market", "product", "kürzel"),
    ),
    "quantity": (
        *(
            "quantity",
            "shares",
            "units",
            "qty",
            "size",
            "number of shares",
            "no of shares",
            "volume",
            "filled",
        ),
        *("share quantity", "base amount", "executed", "anzahl", "stück", "cantidad"),
    ),
    "price": (
        *(
            "price",
            "unit price",
            "share price",
            "price per share",
            "price share",
            "price per unit",
            "trade price",
        ),
        *(
            "average price",
            "avg price",
            "execution price",
            "purchase price",
            "cost per share",
            "rate",
            "kurs",
            "preis",
        ),
    ),
    "amount": (
        *(
            "amount",
            "total",
            "value",
            "total amount",
            "gross amount",
            "total value",
            "proceeds",
            "net amount",
        ),
        *("transaction amount", "trade amount", "subtotal", "cost", "betrag", "importe"),
    ),
    "fee": (
        "fee",
        "fees",
        "commission",
        "commissions",
        "fee amount",
        "trading fee",
        "comm fee",
        "gebühr",
        "comision",
    ),
    "currency": (
        *(
            "currency",
            "price currency",
            "trade currency",
            "transaction currency",
            "ccy",
            "currency primary",
        ),
        *("währung", "divisa", "asset currency"),
    ),
    "asset_type": (
        "asset type",
        "asset class",
        "asset category",
        "instrument type",
        "security type",
        "class",
    ),
    "external_id": (
        *(
            "external id",
            "transaction id",
            "trade id",
            "order id",
            "id",
            "reference",
            "ref",
            "tx id",
            "txid",
        ),
        *("unique transaction identifier uti", "execution id"),
    ),
}
DATE_ORDER: Final = "date_order"
DECIMAL_SEPARATOR: Final = "decimal_separator"
DEFAULT_CURRENCY: Final = "default_currency"
DEFAULT_ASSET_TYPE: Final = "default_asset_type"
SETTINGS: Final = (DATE_ORDER, DECIMAL_SEPARATOR, DEFAULT_CURRENCY, DEFAULT_ASSET_TYPE)
NEEDED: Final = ("date", "symbol", "quantity")
HEADER_WITHIN: Final = 20
LIKELY: Final = 3
"""Columns that a header names at least."""
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    DATE_ORDER: (values.DAY_FIRST, values.MONTH_FIRST),
    DECIMAL_SEPARATOR: (values.POINT, values.COMMA),
    DEFAULT_ASSET_TYPE: valuation.ASSET_TYPES,
}
_WORDS = re.compile(r"[^\w]+|_+")
_IN_BRACKETS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """How a file's columns are read.

    Attributes:
        header: their names as the file has them.
        places: our word -> which column, counted from 0.
        settings: those of SETTINGS that were given.
    """

    header: tuple[str, ...]
    places: Mapping[str, int]
    settings: Mapping[str, str]

    @property
    def told(self) -> dict[str, str]:
        """The mapping as it is given and answered."""
        named = {word: self.header[place] for word, place in self.places.items()}
        return {**named, **self.settings}

    @property
    def unknown(self) -> list[str]:
        """The columns that nothing is read from."""
        read = set(self.places.values())
        return [name for place, name in enumerate(self.header) if place not in read and name]

    @property
    def missing(self) -> list[str]:
        """What no column tells and every row needs."""
        lacking = [word for word in NEEDED if word not in self.places]
        if not {"price", "amount"} & set(self.places):
            lacking.append("price or amount")
        return lacking


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Which of the first rows names most columns that we know; the first where none does."""
    scores = [len(_proposed(_named(cells))) for cells in rows[:HEADER_WITHIN]]
    best = max(scores, default=0)
    return scores.index(best) if best >= LIKELY else 0


def columns_of(header: Sequence[str], *, given: Mapping[str, str]) -> Columns:
    """The columns as the header's words propose them, and as `given` says otherwise.

    Args:
        given: may name a few or all; an empty text for a column means that it is not to be read.

    Raises:
        NotImportable: it names what is neither a column of the file nor a word of ours.
    """
    names = _named(header)
    places = _proposed(names)
    settings = {}
    for word, told in given.items():
        if word in SETTINGS:
            settings[word] = _setting(word, told)
        elif word not in COLUMNS:
            known = ", ".join((*COLUMNS, *SETTINGS))
            raise NotImportable(
                f"The mapping has {shown(word)}; it may have: {known}.", columns=list(names)
            )
        elif not told:
            places.pop(word, None)
        elif told not in names:
            raise NotImportable(
                f"The mapping names the column {shown(told)}, which the file doesn't have.",
                columns=list(names),
            )
        else:
            place = names.index(told)
            places = {other: where for other, where in places.items() if where != place}
            places[word] = place
    return Columns(header=names, places=places, settings=settings)


def _setting(word: str, told: str) -> str:
    choices = _CHOICES.get(word)
    if choices is not None and told not in choices:
        raise NotImportable(f"{word} is one of {', '.join(choices)}, not {shown(told)}.")
    return told if choices is not None else currency(told)


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in cells)


def _proposed(names: Sequence[str]) -> dict[str, int]:
    """Each word with the column whose name is most surely its; no column twice."""
    plain = [_plain(name) for name in names]
    found: dict[str, int] = {}
    for word, synonyms in COLUMNS.items():
        for synonym in synonyms:
            if synonym in plain and plain.index(synonym) not in found.values():
                found[word] = plain.index(synonym)
                break
    return found


def _plain(name: str) -> str:
    """A column's name without case, signs, units in brackets."""
    bare = _IN_BRACKETS.sub(" ", name) or name
    return " ".join(_WORDS.sub(" ", unicodedata.normalize("NFC", bare).lower()).split())
