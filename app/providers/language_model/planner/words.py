"""Of which words is a question or a column's name made, and which of them mean the same?"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

WORD, NUMBER, DATE, QUOTED, SIGN, COMMA = "word", "number", "date", "quoted", "sign", "comma"

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_CHUNK: Final = re.compile(r"[^\W\d_]+|\d+")
_TOKEN: Final = re.compile(
    r"""
    (?P<quoted>"[^"]+"|`[^`]+`|“[^”]+”|«[^»]+»|(?<!\w)'[^']+'(?!\w)|(?<!\w)\u2018[^\u2019]+\u2019(?!\w))
    |(?P<date>\d{4}-\d{2}-\d{2})(?!\d)
    |(?P<number>(?<![\w.])-?[$€£]?\d+(?:,\d{3})*(?:\.\d+)?(?:%|(?:k|m|bn|st|nd|rd|th)\b)?)(?!\w)
    |(?P<sign>>=|<=|!=|<>|≥|≤|≠|=|>|<|%)
    |(?P<word>[^\W_]+(?:_+[^\W_]+)*(?:['\u2019](?:s|t|re|ve)\b)?)
    |(?P<comma>[,;])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIZES: Final = {"k": 10**3, "m": 10**6, "bn": 10**9}
_SAME: Final = tuple(
    frozenset(line.split())
    for line in """
        revenue sale turnover amount income proceeds
        cost expense spend spending expenditure
        date day time when timestamp datetime
        customer client buyer shopper
        product item article sku goods
        country nation
        city town
        state province
        quantity unit qty volume pieces
        price cost
        salary pay wage income compensation earning
        region area territory zone
        category type kind class genre
        department dept division team
        employee staff worker
        profit margin gain earning
        rating score star
        id identifier
        email mail
        company firm organisation organization business
        name title
        magnitude mag strength
        place location
        close closing
        population people inhabitant
        tax vat
        gender sex
        phone telephone mobile
        value amount worth
        order purchase
        temperature temp
        latitude lat
        longitude lon lng
        """.strip().splitlines()
)


@dataclass(frozen=True)
class Token:
    """A word, number, date, quoted text or sign of a question.

    Attributes:
        text: as it was written, without quotes.
        stem: a word's lower-case singular; the digits of a plain number; a sign itself; else empty.
        number: a number's value.
        start, end: where it stands in the question.
    """

    kind: str
    text: str
    stem: str
    start: int
    end: int
    number: Decimal = Decimal(0)


@cache
def singular(word: str) -> str:
    """A word's singular, roughly: enough for two forms of the same word to be equal.

    >>> [singular(word) for word in ("Cities", "boxes", "sales", "status", "class", "houses")]
    ['city', 'box', 'sale', 'status', 'class', 'house']
    """
    low = word.casefold()
    if low == "ids":
        return "id"
    if len(low) <= 3 or low.endswith(("ss", "us", "is", "news", "series")):  # noqa: PLR2004
        return low
    if low.endswith("ies") and len(low) > 4:  # noqa: PLR2004
        return f"{low[:-3]}y"
    if low.endswith(("xes", "ches", "shes", "sses", "zzes")):
        return low[:-2]
    return low.removesuffix("s")


def words_of(name: str) -> tuple[str, ...]:
    """A column's name as singular words.

    >>> words_of("unitPrice_USD"), words_of("Order IDs"), words_of("Größe (cm)"), words_of("%")
    (('unit', 'price', 'usd'), ('order', 'id'), ('grösse', 'cm'), ())
    """
    parts = _CHUNK.findall(_CAMEL.sub(" ", name))
    return tuple(singular("".join(part)) for part in parts)


def mean_the_same(one: str, other: str) -> bool:
    """Whether two singular words are equal or commonly stand for each other."""
    return one == other or any(one in group and other in group for group in _SAME)


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a question, in order; what is none of them is passed over."""
    made: list[Token] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or WORD
        if kind == WORD:
            made.extend(_word_tokens(found))
        elif kind == NUMBER:
            made.append(_number(found))
        else:
            raw = found.group()
            shown = raw[1:-1] if kind == QUOTED else raw
            stem = raw if kind == SIGN else ""
            made.append(Token(kind, shown, stem, found.start(), found.end()))
    return tuple(made)


def _word_tokens(found: re.Match[str]) -> list[Token]:
    raw = re.sub(r"['\u2019](?:s|t|re|ve)$", "", found.group(), flags=re.IGNORECASE)
    tokens, at = [], found.start()
    for part in _CHUNK.findall(_CAMEL.sub(" ", raw)):
        start = found.string.index(part, at)
        at = start + len(part)
        if part.isdecimal():
            tokens.append(Token(NUMBER, part, part, start, at, Decimal(part)))
        else:
            tokens.append(Token(WORD, part, singular(part), start, at))
    return tokens


def _number(found: re.Match[str]) -> Token:
    raw = found.group().casefold()
    size = next((value for mark, value in _SIZES.items() if raw.endswith(mark)), 1)
    digits = re.sub(r"[^\d.-]", "", raw)
    return Token(
        NUMBER,
        found.group(),
        raw if raw.isdecimal() else "",
        found.start(),
        found.end(),
        Decimal(digits) * size,
    )
