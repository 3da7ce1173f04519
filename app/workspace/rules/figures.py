"""Does every number in an answer come from a result?

A number counts as found where a value of a result, rounded to as many digits as the answer shows, is that number:
12.3 for 12.345, 1.2 million for 1,234,567, 12.3 % for 0.123. The sign is left to the words around it ("fell by 5").
Numbers of the question and of the queries may be repeated ("the top 5", "in 2024").
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, Final

_CONTEXT: Final = Context(prec=80)
_MOST_DIGITS: Final = 40
_NUMBER: Final = re.compile(
    r"(?<![\w.])(?P<digits>\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<rest>\s?%|\s?percent\b|\s?(?:thousand|million|billion|trillion)\b|(?:k|K|M|bn|B)\b)?"
)
_NUMBERING: Final = re.compile(r"^\s*(?:[-*]\s+)?\d{1,3}[.)]\s", re.MULTILINE)
_RUN: Final = re.compile(r"\d+(?:\.\d+)?")
_SCALES: Final = {
    "k": 3,
    "K": 3,
    "thousand": 3,
    "M": 6,
    "million": 6,
    "bn": 9,
    "B": 9,
    "billion": 9,
    "trillion": 12,
}


@dataclass(frozen=True, kw_only=True)
class _Figure:
    shown: str
    value: Decimal
    places: int
    power: int
    is_percent: bool


def unfounded(*, answer: str, values: Iterable[Any], words: Iterable[str]) -> list[str]:
    """The numbers of an answer that nothing founds, as they stand there, each once.

    Args:
        values: the cells of every result, and its counts of rows.
        words: the question, the queries and the names, whose numbers may be repeated.
    """
    figures = _figures(answer)
    if not figures:
        return []
    found = _Known(values, words)
    missing = [figure.shown for figure in figures if not found.has(figure)]
    return list(dict.fromkeys(missing))


class _Known:
    """What may be said, rounded in each way that was looked for so far."""

    def __init__(self, values: Iterable[Any], words: Iterable[str]) -> None:
        self._numbers = {abs(number) for value in values for number in _numbers_in(value)}
        self._numbers |= {abs(number) for text in words for number in _numbers_of(text)}
        self._rounded: dict[tuple[int, int], set[Decimal]] = {}

    def has(self, figure: _Figure) -> bool:
        powers = (0, -2) if figure.is_percent else (figure.power,)
        return any(figure.value in self._shown_as(figure.places, power) for power in powers)

    def _shown_as(self, places: int, power: int) -> set[Decimal]:
        if (places, power) not in self._rounded:
            self._rounded[places, power] = {
                rounded for number in self._numbers for rounded in _roundings(number, places, power)
            }
        return self._rounded[places, power]


def _roundings(number: Decimal, places: int, power: int) -> Iterator[Decimal]:
    unit = Decimal(1).scaleb(-places)
    scaled = number.scaleb(-power, context=_CONTEXT)
    for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        yield scaled.quantize(unit, rounding=rounding, context=_CONTEXT)


def _figures(answer: str) -> list[_Figure]:
    text = _NUMBERING.sub("\n", answer)
    return [
        _figure(match) for match in _NUMBER.finditer(text) if len(match["digits"]) <= _MOST_DIGITS
    ]


def _figure(match: re.Match[str]) -> _Figure:
    digits = re.sub(r"[,\u202f\u00a0]", "", match["digits"])
    rest = (match["rest"] or "").strip()
    return _Figure(
        shown=match.group().strip(),
        value=Decimal(digits),
        places=len(digits.partition(".")[2]),
        power=_SCALES.get(rest, 0),
        is_percent=rest in {"%", "percent"},
    )


def _numbers_in(value: Any) -> Iterator[Decimal]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, str):
        yield from _numbers_of(value)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _numbers_in(each)
    elif isinstance(value, dict):
        yield from _numbers_in(list(value.values()))
    else:
        number = _sensible(str(value))
        if number is not None:
            yield number


def _numbers_of(text: str) -> Iterator[Decimal]:
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    for match in _RUN.finditer(plain):
        number = _sensible(match.group())
        if number is not None:
            yield number


def _sensible(digits: str) -> Decimal | None:
    """A number that can be rounded; a float may be of any size, and one with 300 digits is nobody's figure."""
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS else None
