"""Which result is better seen than read, and how is it drawn?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

BAR: Final = "bar"
LINE: Final = "line"
SCATTER: Final = "scatter"
KINDS: Final = (BAR, LINE, SCATTER)

MOST_BARS: Final = 40
MOST_LINES: Final = 6
MOST_DRAWN: Final = 500
FEWEST: Final = 3
LONGEST_TITLE: Final = 80
LONGEST_LABEL: Final = 80

Table = tuple[Sequence[str], Sequence[Sequence[Any]]]
"""Names of columns, and rows."""


def drawn(
    *, wanted: Mapping[str, Any] | None, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> dict[str, Any] | None:
    """What to draw of a result: as the model wants it if that can be drawn, else what the result suggests; or None.

    Returns:
        kind, title, x, y (names of columns) and points (x and one value for each of y).
    """
    if wanted is not None:
        chosen = _as_wanted(wanted, columns, rows)
        if chosen is not None:
            return chosen
    return _suggested(columns, rows)


def moment_of(value: Any) -> datetime | None:
    """A day or moment in ISO 8601 as a moment in UTC; None where it is no such thing."""
    if not isinstance(value, str) or len(value) < len("2024-01-01"):
        return None
    try:
        if len(value) == len("2024-01-01"):
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_number(value: Any) -> bool:
    """Whether a value has a place on an axis of amounts."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _as_wanted(
    wanted: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> dict[str, Any] | None:
    kind, x, y = wanted.get("kind"), wanted.get("x"), wanted.get("y")
    names = [y] if isinstance(y, str) else y
    if kind not in KINDS or not isinstance(x, str) or not isinstance(names, list) or not names:
        return None
    names = names[:MOST_LINES] if kind == LINE else names[:1]
    if any(not isinstance(name, str) or name not in columns for name in (x, *names)):
        return None
    title = wanted.get("title")
    shown = title if isinstance(title, str) else ""
    return _made(str(kind), shown, [x, *names], (columns, rows))


def _suggested(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any] | None:
    """Two columns, of which one names and the other measures: bars, or a line where the names are moments."""
    is_pair = len(columns) == len(("name", "amount")) and len(rows) >= FEWEST
    if not is_pair or len(set(columns)) != len(columns):
        return None
    names = [row[0] for row in rows]
    if any(not isinstance(name, str) for name in names):
        return None
    kind = LINE if all(moment_of(name) is not None for name in names) else BAR
    return _made(kind, "", columns, (columns, rows))


def _made(kind: str, title: str, names: Sequence[str], table: Table) -> dict[str, Any] | None:
    """The picture of the columns with these names, of which the first is what lies across."""
    columns, rows = table
    places = [list(columns).index(name) for name in names]
    points = [[row[place] for place in places] for row in rows]
    points = [point for point in points if all(is_number(value) for value in point[1:])]
    if len(points) < FEWEST or len(points) > (MOST_BARS if kind == BAR else MOST_DRAWN):
        return None
    if not _has_places(kind, points):
        return None
    if kind == BAR:
        points = [[_label(point[0]), *point[1:]] for point in points]
    if kind == LINE:
        points.sort(key=lambda point: moment_of(point[0]) or point[0])
    x, *y = names
    shown = " ".join(title.split()) or f"{', '.join(y)} by {x}"
    return {"kind": kind, "title": shown[:LONGEST_TITLE], "x": x, "y": y, "points": points}


def _has_places(kind: str, points: Sequence[Sequence[Any]]) -> bool:
    """Whether all that stands across has a place there: numbers, or for a line all of them moments."""
    across = [point[0] for point in points]
    if kind == BAR:
        return True
    if all(is_number(value) for value in across):
        return True
    return kind == LINE and all(moment_of(value) is not None for value in across)


def _label(value: Any) -> str:
    return ("(none)" if value is None else str(value))[:LONGEST_LABEL]
