"""What do the numbers and dates of a file mean? They are written in many ways, and some could mean two things.

What could mean two things is settled by the file's other rows, or refused with a sentence: a guess would put a wrong
amount into somebody's ledger.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.core import money
from app.portfolio.rules.imports.rows import BadValue, shown

POINT: Final = "."
COMMA: Final = ","
DAY_FIRST: Final = "day_first"
MONTH_FIRST: Final = "month_first"

FINEST: Final = Decimal("1e-18")
LARGEST: Final = Decimal(10) ** 18
LONGEST_NUMBER: Final = 64
CENT: Final = Decimal("0.01")
EARLIEST_YEAR: Final = 1900
LATEST_YEAR: Final = 2200
NOON: Final = 12

_SYMBOLS = r"[A-Z]{0,2}[$€£¥₹₩₽₺₿]"
_CURRENCY_BEFORE = re.compile(rf"(?:{_SYMBOLS}|[A-Z]{{3}}(?![A-Z]))\s*", re.IGNORECASE)
_CURRENCY_AFTER = re.compile(rf"\s*(?:{_SYMBOLS}|[A-Z]{{3,5}})$", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<digits>[0-9.,]*[0-9][0-9.,]*)(?P<exponent>[eE][+-]?[0-9]{1,2})?", re.ASCII
)
_GROUPED = {
    COMMA: re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+", re.ASCII),
    POINT: re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+", re.ASCII),
}
_DIGITS_IN_A_GROUP = 3

_DAY = {
    "iso": re.compile(r"(?P<y>[0-9]{4})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})"),
    "plain": re.compile(r"(?P<y>[12][0-9]{3})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])"),
    "turned": re.compile(
        r"(?P<a>[0-9]{1,2})(?P<s>[-/.])(?P<b>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4})(?![0-9])"
    ),
    "named": re.compile(r"(?P<d>[0-9]{1,2})[ -](?P<n>[A-Za-z]{3,9})\.?,?[ -](?P<y>[0-9]{4})"),
    "american": re.compile(r"(?P<n>[A-Za-z]{3,9})\.? (?P<d>[0-9]{1,2}),? (?P<y>[0-9]{4})"),
}
_TIME = re.compile(
    r"[T ,;]\s*(?P<h>[0-9]{1,2}):?(?P<m>[0-9]{2})(?::?(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?",
)
_SECONDS = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}


def number_style(cells: Iterable[str]) -> str | None:
    """Which sign stands before decimals, told by cells that allow one reading only; None where none does, or both.

    >>> number_style(["1,234", "12,50"]), number_style(["1,234"]), number_style(["1,234.50"])
    (',', None, '.')
    """
    found = {style for cell in cells if (style := _style_of(cell)) is not None}
    return found.pop() if len(found) == 1 else None


def number(text: str, *, style: str | None) -> Decimal:
    """An amount, whatever its thousands separators, sign or currency look like.

    Args:
        style: what stands before decimals, POINT or COMMA; None where the file doesn't tell.

    Raises:
        BadValue: it is none, or could be two.

    >>> number("(1'234.50)", style=None), number("€ 1.234,5", style=None), number("1.5E-8", style=None)
    (Decimal('-1234.50'), Decimal('1234.5'), Decimal('1.5E-8'))
    """
    negative, plain = _plain(text)
    match = _NUMBER.fullmatch(plain) if len(plain) <= LONGEST_NUMBER else None
    if match is None:
        raise BadValue(f"{shown(text)} is no number." if text.strip() else "A number is missing.")
    amount = Decimal(_with_point(match["digits"], text, style) + (match["exponent"] or ""))
    check_digits(amount, told=text)
    return -amount if negative and amount else amount


def check_digits(amount: Decimal, *, told: str) -> None:
    """Refuse what the ledger can't hold exactly.

    Raises:
        BadValue.
    """
    if amount.copy_abs() >= LARGEST or (amount.adjusted() < FINEST.adjusted() and amount != 0):
        raise BadValue(
            f"{shown(told)} is too large or too small; 18 digits stand before and after the point."
        )
    if amount != amount.quantize(FINEST, context=money.ROUNDING):
        raise BadValue(f"{shown(told)} has more than 18 digits after the point.")


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """`part` for each of `whole`, rounded at 18 places, halves away from zero.

    Raises:
        BadValue: it is too large to be kept.
    """
    found = money.ROUNDING.divide(part, whole).quantize(
        FINEST, rounding=ROUND_HALF_UP, context=money.ROUNDING
    )
    if found.copy_abs() >= LARGEST:
        raise BadValue("A price comes out too large; is the quantity right?")
    return found.normalize(money.ROUNDING) + 0


def unit_price(*, quantity: Decimal, told: Decimal | None, total: Decimal | None) -> Decimal:
    """What one unit cost: as told, unless that misses the total by a cent or more, as a rounded price does.

    Raises:
        BadValue: neither is known.
    """
    if told is None and total is None:
        raise BadValue("There is neither a price nor a total.")
    if total is None or (told is not None and _comes_to(quantity, told, total)):
        assert told is not None  # noqa: S101 - one of them is there, as was seen above
        return told
    return ratio(total, quantity)


def date_order(cells: Iterable[str]) -> str | None:
    """Whether days or months come first, told by dates that allow one reading only; None where none does, or both.

    >>> date_order(["03/04/2024", "13/04/2024"]), date_order(["03/04/2024"]), date_order(["3/31/2024"])
    ('day_first', None, 'month_first')
    """
    found = set()
    for cell in cells:
        match = _DAY["turned"].match(cell.strip())
        if match is not None and match["s"] != ".":
            first, second = int(match["a"]), int(match["b"])
            if first > NOON >= second:
                found.add(DAY_FIRST)
            elif second > NOON >= first:
                found.add(MONTH_FIRST)
    return found.pop() if len(found) == 1 else None


def moment(text: str, *, order: str | None = None, zone: tzinfo = UTC) -> datetime:
    """A moment in UTC. A day alone is its beginning in UTC, in whatever zone the file's clocks are.

    Args:
        order: DAY_FIRST or MONTH_FIRST; None where the file doesn't tell.
        zone: of times that name none.

    Raises:
        BadValue: it is none, or could be two.
    """
    plain = " ".join(text.split())
    if not plain:
        raise BadValue("There is no date.")
    if _SECONDS.fullmatch(plain):
        return _since_1970(plain)
    for name, pattern in _DAY.items():
        match = pattern.match(plain)
        if match is not None:
            year, month, day = _parts(name, match, text, order)
            return _joined(text, (year, month, day), plain[match.end() :], zone)
    raise BadValue(f"{shown(text)} is no date; 2024-01-31 or 2024-01-31T09:30:00Z is one.")


def _style_of(cell: str) -> str | None:
    plain = _plain(cell)[1]
    if not _NUMBER.fullmatch(plain) or len(plain) > LONGEST_NUMBER:
        return None
    for decimal, thousands in ((POINT, COMMA), (COMMA, POINT)):
        head, sign, tail = plain.rpartition(decimal)
        if not sign or decimal in head or thousands in tail:
            continue
        if thousands in head or not _GROUPED[decimal].fullmatch(plain):
            return decimal
    for decimal, thousands in ((POINT, COMMA), (COMMA, POINT)):
        if plain.count(thousands) > 1 and decimal not in plain:
            return decimal
    return None


def _plain(text: str) -> tuple[bool, str]:
    """Whether it is less than 0, and its digits with their separators."""
    plain = re.sub(r"[\s'\u2019_]", "", text.replace("\N{MINUS SIGN}", "-"))
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()") if negative else plain
    for _ in range(2):  # a sign may stand on either side of the currency
        if plain[:1] in {"-", "+"}:
            negative, plain = negative or plain[0] == "-", plain[1:]
        plain = _CURRENCY_BEFORE.sub("", plain, count=1) if _CURRENCY_BEFORE.match(plain) else plain
    if plain.endswith("-"):
        negative, plain = True, plain[:-1]
    return negative, _CURRENCY_AFTER.sub("", plain)


def _with_point(digits: str, text: str, style: str | None) -> str:
    """The digits with a point before decimals and nothing between thousands."""
    has_point, has_comma = POINT in digits, COMMA in digits
    if not has_point and not has_comma:
        return digits
    sign = POINT if has_point else COMMA
    if has_point and has_comma:
        decimal = POINT if digits.rfind(POINT) > digits.rfind(COMMA) else COMMA
    elif _GROUPED[sign].fullmatch(digits):
        once = digits.count(sign) == 1
        if once and style is None:
            raise BadValue(
                f"{shown(text)} may mean thousands or decimals by its '{sign}': say decimal_separator in the mapping."
            )
        decimal = style if once and style else (COMMA if sign == POINT else POINT)
    else:
        decimal = sign
    return _split_at(digits, decimal, text, style)


def _split_at(digits: str, decimal: str, text: str, style: str | None) -> str:
    thousands = COMMA if decimal == POINT else POINT
    whole, _, fraction = digits.partition(decimal)
    well_formed = decimal not in fraction and thousands not in fraction
    grouped = thousands not in whole or _GROUPED[thousands].fullmatch(whole)
    if not well_formed or not grouped:
        raise BadValue(f"{shown(text)} is no number: its separators don't fit.")
    if style not in {None, decimal} and decimal in digits:
        raise BadValue(
            f"{shown(text)} has its decimals after '{decimal}', other numbers of the file after '{style}'."
        )
    return f"{whole.replace(thousands, '') or '0'}.{fraction or '0'}"


def _comes_to(quantity: Decimal, price: Decimal, total: Decimal) -> bool:
    return abs(money.subtract(money.multiply(quantity, price), total)) < CENT


def _since_1970(digits: str) -> datetime:
    # 13 digits are thousandths of a second.
    thousandths = int(digits) if len(digits) > len("1700000000") else int(digits) * 1000
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=thousandths)


def _parts(name: str, match: re.Match[str], text: str, order: str | None) -> tuple[int, int, int]:
    year = int(match["y"])
    if name in {"named", "american"}:
        month = _MONTHS.get(match["n"][:3].lower())
        if month is None:
            raise BadValue(f"{shown(text)} is no date: {shown(match['n'])} is no month in English.")
        return year, month, int(match["d"])
    if name != "turned":
        return year, int(match["m"]), int(match["d"])
    first, second = int(match["a"]), int(match["b"])
    if match["s"] == ".":  # written so wherever days come first, and nowhere else
        order = DAY_FIRST
    if order is None and first != second and max(first, second) <= NOON:
        raise BadValue(
            f"{shown(text)} may be day/month or month/day, and no other row tells: say date_order in the mapping."
        )
    if order is None:
        order = DAY_FIRST if first > NOON else MONTH_FIRST
    return (year, second, first) if order == DAY_FIRST else (year, first, second)


def _joined(text: str, day: tuple[int, int, int], rest: str, zone: tzinfo) -> datetime:
    if not EARLIEST_YEAR <= day[0] <= LATEST_YEAR:
        raise BadValue(f"{shown(text)} is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}.")
    try:
        if not rest.strip():
            return datetime(*day, tzinfo=UTC)
        time = _TIME.fullmatch(rest)
        if time is None:
            raise BadValue(f"{shown(text)} has no time that can be read; 09:30:00 is one.")
        return _timed(day, time, zone)
    except ValueError:
        raise BadValue(
            f"{shown(text)} is no date: the calendar has no such day, or the clock no such time."
        ) from None


def _timed(day: tuple[int, int, int], time: re.Match[str], zone: tzinfo) -> datetime:
    hour, minute, second = int(time["h"]), int(time["m"]), int(time["s"] or 0)
    if time["half"]:
        if not 1 <= hour <= NOON:
            raise ValueError(hour)
        hour = hour % NOON + (NOON if time["half"][0] in "Pp" else 0)
    micro = int((time["f"] or "0")[:6].ljust(6, "0"))
    told = time["zone"]
    if told is None:
        return datetime(*day, hour, minute, second, micro, tzinfo=zone).astimezone(UTC)
    found = datetime(*day, hour, minute, second, micro, tzinfo=UTC)
    if told[0] not in "+-":
        return found
    hours, minutes = int(told[1:3]), int(told[-2:])
    if hours > 14 or minutes >= 60:  # noqa: PLR2004 - the widest offset is +14:00, and an hour has 60 minutes
        raise ValueError(told)
    off = timedelta(hours=hours, minutes=minutes)
    return found + off if told[0] == "-" else found - off
