"""What may the text of a column mean: numbers, and how they are written, days, moments, yes and no?

A column is read as something only if every value of it can be. What a look at some values suggests is tried on
all of them by whoever reads the file (app/workspace/engine/ingest.py), the likeliest first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

TEXT: Final = "text"
INTEGER: Final = "integer"
DECIMAL: Final = "decimal"
DATE: Final = "date"
TIMESTAMP: Final = "timestamp"
BOOLEAN: Final = "boolean"

MISSING: Final = ("", "na", "n/a", "#n/a", "null", "none", "nan", "-", "--", "?", "\\n")
"""What stands for no value in a column of anything but text."""
YES: Final = ("true", "yes", "y", "t")
NO: Final = ("false", "no", "n", "f")

SIGN: Final = r"[+-]?"
WHOLE: Final = r"(0|[1-9][0-9]*)"
POINT, COMMA, SPACE, APOSTROPHE = "point", "comma", "space", "apostrophe"
WHOLE_SHAPES: Final = {
    # Decimals after a point, thousands apart by commas: 1,234.50
    POINT: "([0-9]+|[0-9]{1,3}(,[0-9]{3})+)",
    # Decimals after a comma, thousands apart by points: 1.234,50
    COMMA: r"([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)",
    # Thousands apart by spaces, also narrow ones, or by the apostrophes of Switzerland
    SPACE: "[0-9]{1,3}([ \u00a0\u202f][0-9]{3})*",
    APOSTROPHE: "[0-9]{1,3}(['\u2019][0-9]{3})*",
}
FRACTIONS: Final = {
    POINT: r"(\.[0-9]*)?",
    COMMA: "(,[0-9]*)?",
    SPACE: "([.,][0-9]+)?",
    APOSTROPHE: r"(\.[0-9]+)?",
}
GROUPING: Final = {POINT: ",", COMMA: ".", SPACE: " \u00a0\u202f", APOSTROPHE: "'\u2019"}
EXPONENT: Final = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]{1,3}"
CURRENCIES: Final = "$€£¥₹₽₩₺฿"
CODES: Final = "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|KRW"
MARK: Final = rf"([{CURRENCIES}]|({CODES}))"

YEAR_FIRST: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
MONTH_FIRST: Final = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y")
DAY_FIRST: Final = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y")
WORDED: Final = (
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d %Y", "%b %d, %Y"),
    *("%d %B %Y", "%B %d, %Y", "%d/%b/%Y"),
)
TIMES: Final = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
ISO: Final = "iso"
ISO_MOMENT: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_NUMBER_OF_EIGHT = re.compile(r"[12][0-9]{7}")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to read the text of a column.

    Attributes:
        kind: the type of what comes of it.
        style: how numbers are written; "plain", "exponent" or one of WHOLE_SHAPES.
        marked: whether currency marks, percent signs or accountants' parentheses stand around numbers.
        unit: the mark that all of them have, if it is one.
        format: how days and moments are written, as in strptime, or "iso".
    """

    kind: str
    style: str = ""
    marked: bool = False
    unit: str | None = None
    format: str | None = None

    @property
    def is_day_first(self) -> bool:
        """Whether the day stands before the month, in figures."""
        return bool(self.format) and str(self.format).startswith(DAY_FIRST)

    @property
    def is_month_first(self) -> bool:
        """Whether the month stands before the day, in figures."""
        return bool(self.format) and str(self.format).startswith(MONTH_FIRST)


def candidates(values: Sequence[str]) -> list[Reading]:
    """Every way in which all of these values can be read, the likeliest first; none where they are just text.

    >>> [(one.kind, one.style) for one in candidates(["1.234,50", "7"])]
    [('decimal', 'comma')]
    >>> [one.format for one in candidates(["03/04/2024", "05/06/2024"])]
    ['%m/%d/%Y', '%d/%m/%Y']
    >>> candidates(["007", "12"])
    []
    """
    told = sorted({value.strip() for value in values if not is_missing(value)})
    if not told:
        return []
    return [*_booleans(told), *_days(told), *_moments(told), *_numbers(told)]


def agreed(
    columns: Sequence[Sequence[Reading]], *, prefers_comma: bool = False
) -> list[list[Reading]]:
    """The candidates of a file's columns, where what one column can't leave open decides for the others.

    Who writes 1,5 in one column means 1.234 in the next as a thousand and more, and who writes 31/12/2024 once means
    01/02/2024 as the first of February.

    Args:
        prefers_comma: whether decimals are taken to stand after a comma where nothing tells, as in files whose fields
            are apart by semicolons.
    """
    numbers = [
        {one.style for one in column if one.kind in {INTEGER, DECIMAL}} for column in columns
    ]
    only_comma = any(COMMA in styles and POINT not in styles for styles in numbers)
    # A fraction of other than three digits after a point can be nothing else.
    only_point = any(POINT in styles and COMMA not in styles for styles in numbers)
    comma = only_comma or (prefers_comma and not only_point)
    day_first = any(
        any(one.is_day_first for one in column) and not any(one.is_month_first for one in column)
        for column in columns
    )

    def rank(reading: Reading) -> tuple[bool, bool]:
        return (comma and reading.style == POINT, day_first and reading.is_month_first)

    return [sorted(column, key=rank) for column in columns]


def is_missing(value: str) -> bool:
    """Whether the text stands for no value."""
    return value.strip().lower() in MISSING


def pattern_of(style: str, *, kind: str = DECIMAL) -> str:
    """The regular expression of a number of a style, without a mark; for RE2 as for Python.

    Args:
        kind: where it is INTEGER, a fraction does not match.
    """
    if style == "plain":
        return SIGN + WHOLE
    if style == "exponent":
        return f"{EXPONENT}|{SIGN}({WHOLE_SHAPES[POINT]})?{FRACTIONS[POINT]}"
    shape = WHOLE_SHAPES[style]
    return SIGN + (shape if kind == INTEGER else f"({shape})?{FRACTIONS[style]}")


def _booleans(values: Sequence[str]) -> Iterator[Reading]:
    lowered = {value.lower() for value in values}
    if lowered <= {*YES, *NO}:
        yield Reading(kind=BOOLEAN)


def _numbers(values: Sequence[str]) -> Iterator[Reading]:
    marks = [_unmarked(value) for value in values]
    if any(bare is None for bare, _ in marks):
        return
    plain = [str(bare) for bare, _ in marks]
    marked = plain != list(values)
    units = {unit for _, unit in marks}
    unit = units.pop() if len(units) == 1 else None
    # A code such as a postal one begins with zeros that would be lost.
    if any(re.fullmatch(r"[+-]?0[0-9]+", number) for number in plain):
        return
    if all(re.fullmatch(SIGN + WHOLE, number) for number in plain):
        yield Reading(kind=INTEGER, style="plain", marked=marked, unit=unit)
    for style in WHOLE_SHAPES:
        shape = re.compile(pattern_of(style))
        if all(shape.fullmatch(number) and number[-1:].isalnum() for number in plain):
            whole = not any(_has_fraction(number, style) for number in plain)
            kind = INTEGER if whole else DECIMAL
            if (kind, style) != (INTEGER, "plain"):
                yield Reading(kind=kind, style=style, marked=marked, unit=unit)
            if kind == INTEGER:  # later rows may have a fraction
                yield Reading(kind=DECIMAL, style=style, marked=marked, unit=unit)
    if all(re.fullmatch(EXPONENT, one) or re.fullmatch(pattern_of(POINT), one) for one in plain):
        yield Reading(kind=DECIMAL, style="exponent", marked=marked, unit=unit)


def _has_fraction(number: str, style: str) -> bool:
    mark = {POINT: ".", COMMA: ",", APOSTROPHE: "."}.get(style)
    return ("." in number or "," in number) if mark is None else mark in number


def _unmarked(value: str) -> tuple[str | None, str | None]:
    """The number without what stands around it, and what that was."""
    inner, negative = value, False
    if inner.startswith("(") and inner.endswith(")"):
        inner, negative = inner[1:-1].strip(), True
    found = re.fullmatch(
        rf"(?P<sign>[+-]?)\s*(?P<before>{MARK})?\s*(?P<number>[-+]?[0-9.,'\u2019 \u00a0\u202feE+-]*[0-9.,])\s*"
        rf"(?P<after>{MARK}|%)?",
        inner,
    )
    if found is None or not any(letter.isdigit() for letter in found["number"]):
        return None, None
    sign = "-" if negative else found["sign"]
    return sign + found["number"].strip(), found["before"] or found["after"]


def _days(values: Sequence[str]) -> Iterator[Reading]:
    for written in (*YEAR_FIRST, *MONTH_FIRST, *DAY_FIRST, *WORDED):
        if written == "%Y%m%d" and not all(map(_NUMBER_OF_EIGHT.fullmatch, values)):
            continue
        if all(_fits(value, written) for value in values):
            yield Reading(kind=DATE, format=written)


def _moments(values: Sequence[str]) -> Iterator[Reading]:
    if all(re.fullmatch(ISO_MOMENT, value) for value in values):
        yield Reading(kind=TIMESTAMP, format=ISO)
    if not all(":" in value for value in values):
        return
    for day in (*YEAR_FIRST[:3], *MONTH_FIRST, *DAY_FIRST, *WORDED):
        for time in TIMES:
            if all(_fits(value, f"{day} {time}") for value in values):
                yield Reading(kind=TIMESTAMP, format=f"{day} {time}")


def _fits(value: str, written: str) -> bool:
    # strptime takes 2 digits for a year of 4 nowhere, but 1 digit for a month: so do we.
    try:
        datetime.strptime(value, written)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True
