"""What does every picture consist of: paper, words, axes, and colours for light and dark?

Colours are attributes, which everything that draws SVG understands. For dark surroundings one constant style
overrides them, where prefers-color-scheme says so.
"""

import base64
import hashlib
import html
import re
import zlib
from typing import Final

from app.core.charts.scales import Axis

WIDTH: Final = 800
NARROW: Final = 520
"""For emails, whose column is so wide: a wider picture would be shrunk, and its words with it."""
HEIGHT: Final = 420
MARGIN: Final = 28
TOP: Final = 92  # below title and caption
LEGEND_HEIGHT: Final = 20
LONGEST_TITLE: Final = 70
LONGEST_CAPTION: Final = 110
LONGEST_DESCRIPTION: Final = 600
COLOURS: Final = 6

_FONT: Final = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Helvetica,Arial,sans-serif"
_FILL, _STROKE = "fill", "stroke"
# Each part of a picture: what is coloured, in light, and in dark. The series' colours can be told apart by
# colour-blind readers too; text has a contrast of 4.5 or more.
_PARTS: Final = {
    "paper": (_FILL, "#ffffff", "#111827"),
    "ink": (_FILL, "#111827", "#f3f4f6"),
    "muted": (_FILL, "#4b5563", "#a3adbb"),
    "grid": (_STROKE, "#e5e7eb", "#2a3547"),
    "axis": (_STROKE, "#9ca3af", "#64748b"),
    "loss": (_FILL, "#dc2626", "#f87171"),
} | {
    f"{kind}{number}": (attribute, light, dark)
    for number, (light, dark) in enumerate(
        (
            ("#2563eb", "#60a5fa"),
            ("#c2410c", "#fdba74"),
            ("#0f766e", "#5eead4"),
            ("#a21caf", "#f0abfc"),
            ("#4d7c0f", "#bef264"),
            ("#475569", "#cbd5e1"),
        )
    )
    for kind, attribute in (("line", _STROKE), ("area", _FILL))
}
_DARK: Final = "".join(
    f".{part}{{{attribute}:{dark}}}" for part, (attribute, _, dark) in _PARTS.items()
)
STYLE: Final = f"@media (prefers-color-scheme:dark){{{_DARK}}}"
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"

# What XML can't hold, even escaped.
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Drawing:
    """A picture in the making; `svg` is the whole of it."""

    def __init__(
        self, *, title: str, description: str, caption: str = "", width: int = WIDTH
    ) -> None:
        self.width = width
        self._title = shortened(title, LONGEST_TITLE)
        self._description = shortened(description, LONGEST_DESCRIPTION)
        self._parts: list[str] = []
        self.words(MARGIN, 40, self._title, part="ink", size=19, weight=600)
        if caption:
            self.words(MARGIN, 64, shortened(caption, LONGEST_CAPTION), size=13)

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        part: str = "muted",
        size: int = 12,
        weight: int = 400,
        anchor: str = "start",
        turned: int = 0,
    ) -> None:
        """Text on a base line that starts, ends or has its middle at a place."""
        turn = f' transform="rotate({turned} {_at(x)} {_at(y)})"' if turned else ""
        self._parts.append(
            f'<text x="{_at(x)}" y="{_at(y)}" {coloured(part)} font-size="{size}" font-weight="{weight}" '
            f'text-anchor="{anchor}"{turn}>{escaped(text)}</text>'
        )

    def rule(self, x1: float, y1: float, x2: float, y2: float, *, part: str) -> None:
        """A thin straight line."""
        self._parts.append(
            f'<line x1="{_at(x1)}" y1="{_at(y1)}" x2="{_at(x2)}" y2="{_at(y2)}" {coloured(part)}/>'
        )

    def path(self, places: list[tuple[float, float]], *, colour: int) -> None:
        """A line through places."""
        self._parts.append(
            f'<path d="M{_through(places)}" fill="none" {coloured(f"line{colour}")} stroke-width="2" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        )

    def area(self, places: list[tuple[float, float]], *, colour: int) -> None:
        """A faint area inside places."""
        self._parts.append(
            f'<path d="M{_through(places)}Z" {coloured(f"area{colour}")} fill-opacity="0.1"/>'
        )

    def dot(self, x: float, y: float, *, colour: int, radius: float, opacity: float = 1) -> None:
        """A round point."""
        self._parts.append(
            f'<circle cx="{_at(x)}" cy="{_at(y)}" r="{radius}" {coloured(f"area{colour}")} '
            f'fill-opacity="{opacity}"/>'
        )

    def block(
        self, x: float, y: float, wide: float, high: float, *, part: str, name: str = ""
    ) -> None:
        """A filled rectangle, which shows its name when it is pointed at."""
        named = f"<title>{escaped(name)}</title>" if name else ""
        self._parts.append(
            f'<rect x="{_at(x)}" y="{_at(y)}" width="{_at(wide)}" height="{_at(high)}" rx="2" '
            f"{coloured(part)}>{named}</rect>"
        )

    def nothing(self, text: str = "There is no data for this picture yet.") -> str:
        """The picture that says so where there is nothing to show."""
        self.words(self.width / 2, HEIGHT / 2 + 20, text, size=15, anchor="middle")
        return self.svg()

    def svg(self) -> str:
        """The whole picture. Its ids are made of its words, so that several may stand in one page."""
        words = f"{self._title} {self._description} {len(self._parts)}"
        key = f"chart-{zlib.crc32(words.encode('utf-8', 'replace')):08x}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {HEIGHT}" '
            f'width="{self.width}" height="{HEIGHT}" role="img" aria-labelledby="{key}-title {key}-desc" '
            f'font-family="{_FONT}">'
            f'<title id="{key}-title">{escaped(self._title)}</title>'
            f'<desc id="{key}-desc">{escaped(self._description)}</desc>'
            f"<style>{STYLE}</style>"
            f'<rect width="{self.width}" height="{HEIGHT}" {coloured("paper")}/>'
            f"{''.join(self._parts)}</svg>\n"
        )


class Plot:
    """The part of a drawing between its axes: where values become places."""

    def __init__(
        self,
        drawing: Drawing,
        *,
        across: Axis | None,
        up: Axis,
        top: int = TOP,
        bottom: int = HEIGHT - 52,
    ) -> None:
        self.drawing, self.across, self.up = drawing, across, up
        self.left = MARGIN + max(width_of(name, 12) for _, name in up.ticks) + 10
        self.right, self.top, self.bottom = drawing.width - MARGIN, top, bottom
        self._draw_axes()

    def y(self, place: float) -> float:
        """How far down a place of the upward axis is."""
        return self.bottom - place * (self.bottom - self.top)

    def x(self, place: float) -> float:
        """How far right a place of the axis across is."""
        return self.left + place * (self.right - self.left)

    def _draw_axes(self) -> None:
        for place, name in self.up.ticks:
            self.drawing.rule(self.left, self.y(place), self.right, self.y(place), part="grid")
            self.drawing.words(self.left - 10, self.y(place) + 4, name, anchor="end")
        self.drawing.rule(self.left, self.bottom, self.right, self.bottom, part="axis")
        for place, name in self.across.ticks if self.across is not None else ():
            self.drawing.rule(
                self.x(place), self.bottom, self.x(place), self.bottom + 5, part="axis"
            )
            half = width_of(name, 12) / 2
            middle = min(max(self.x(place), self.left + half - 20), self.right - half + 14)
            self.drawing.words(middle, self.bottom + 21, name, anchor="middle")


def coloured(part: str) -> str:
    """The attributes that give a part its colour."""
    attribute, light, _ = _PARTS[part]
    return f'class="{part}" {attribute}="{light}"'


def escaped(text: str) -> str:
    """Text that XML holds as text."""
    return html.escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def shortened(text: str, longest: int) -> str:
    """The text on one line, or its beginning and an ellipsis."""
    text = " ".join(text.split())
    return (
        text if len(text) <= longest else f"{text[: longest - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    )


def width_of(text: str, size: int) -> float:
    """About how wide a text is: digits and Latin letters take a bit over half of their size."""
    return len(text) * size * 0.58


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _through(places: list[tuple[float, float]]) -> str:
    return "L".join(f"{_at(x)},{_at(y)}" for x, y in places)
