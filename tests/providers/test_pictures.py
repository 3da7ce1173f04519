"""Are the pictures of emails drawn, whole, legible and in bounds?"""

import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.config import Settings
from app.core import charts
from app.providers.pictures.interface import GiveUp
from app.providers.pictures.resvg import LARGEST_PNG, LARGEST_SVG, ResvgPictures
from app.providers.registry import Providers

ROOT = Path(__file__).parents[2]
BEGINNING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 '
WHITE, PAPER_OF_DARK = (255, 255, 255), (17, 24, 39)
START = datetime(2026, 11, 1, tzinfo=UTC)


class Pixels:
    """The upper rows of a PNG of 8 bits a channel, read by the rules of ISO/IEC 15948, filters and all."""

    def __init__(self, png: bytes, *, rows: int = 420) -> None:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        chunks: dict[bytes, bytes] = {}
        at = 8
        while at < len(png):
            (size,) = struct.unpack(">I", png[at : at + 4])
            name = png[at + 4 : at + 8]
            chunks[name] = chunks.get(name, b"") + png[at + 8 : at + 8 + size]
            at += size + 12
        self.width, self.height, depth, colours = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
        assert (depth, colours) == (8, 6)
        self.rows = self._rows(zlib.decompress(chunks[b"IDAT"])[: rows * (self.width * 4 + 1)])

    def _rows(self, packed: bytes) -> list[bytearray]:
        length, rows = self.width * 4, [bytearray(self.width * 4)]
        for start in range(0, len(packed), length + 1):
            kind, row = packed[start], bytearray(packed[start + 1 : start + 1 + length])
            above = rows[-1]
            for place in range(length if kind else 0):
                left = row[place - 4] if place >= 4 else 0
                corner = above[place - 4] if place >= 4 else 0
                guess = (0, left, above[place], (left + above[place]) // 2)
                row[place] = (
                    row[place] + (guess[kind] if kind < 4 else _paeth(left, above[place], corner))
                ) % 256
            rows.append(row)
        return rows[1:]

    def at(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.rows[y][4 * x : 4 * x + 3])

    def dark_in(self, left: int, top: int, right: int, bottom: int) -> int:
        """How many pixels of a part are of the darkness of letters."""
        return sum(
            sum(self.at(x, y)) < 3 * 128 for y in range(top, bottom) for x in range(left, right)
        )


def _paeth(left: int, above: int, corner: int) -> int:
    near = left + above - corner
    return min((left, above, corner), key=lambda each: abs(near - each))


def chart(title: str = "Equity") -> str:
    points = [(START + timedelta(days=day), 100 + day % 5) for day in range(30)]
    return charts.line(
        title=title,
        description="Up and down.",
        series=[charts.Series(name="Equity", points=points)],
        width=charts.NARROW,
    )


@pytest.fixture
def pictures():
    return Providers(Settings.from_env({"ENV": "local"})).pictures


class TestPng:
    def test_has_the_width_that_was_asked_for(self, pictures):
        drawn = Pixels(pictures.png(svg=chart(), width=520))

        assert (drawn.width, drawn.height) == (520, 420)

    def test_draws_paper_letters_axes_and_the_line(self, pictures):
        drawn = Pixels(pictures.png(svg=chart(), width=520))

        everywhere = {drawn.at(x, y) for y in range(420) for x in range(520)}
        assert drawn.at(3, 3) == WHITE
        assert PAPER_OF_DARK not in {drawn.at(3, 3), drawn.at(516, 416)}
        assert drawn.dark_in(28, 22, 100, 46) > 150  # the title
        assert drawn.dark_in(28, 370, 492, 400) > 150  # the days
        assert (37, 99, 235) in everywhere  # the line
        assert (242, 243, 245) in everywhere  # the grid, half a pixel on either side of its place

    def test_draws_letters_of_europe_and_signs(self, pictures):
        def title(text):
            drawn = Pixels(pictures.png(svg=chart(text), width=520), rows=50)
            return drawn.dark_in(28, 16, 300, 50)

        box = title("\N{CJK UNIFIED IDEOGRAPH-4E2D}")
        for sign in "\u00e9\u011f\u0416\u03b1\u20ac\u2191\u2212\u2265":
            assert title(sign) not in {0, box}

    def test_needs_no_font_of_the_system(self, pictures):
        assert "Inter" in Path(ROOT / "app/providers/pictures/resvg.py").read_text("utf-8")
        assert pictures.png(svg=chart(), width=1040) == ResvgPictures().png(svg=chart(), width=1040)

    def test_stays_small(self, pictures):
        assert len(pictures.png(svg=chart(), width=1040)) < 80_000

    @pytest.mark.parametrize(
        "svg",
        [
            "",
            "no picture",
            "<svg",
            "<html></html>",
            f'{BEGINNING}560 420" width="560">',
            f'{BEGINNING}0 420"></svg>',
            f'{BEGINNING}1 9999"></svg>',
            f'{BEGINNING}1 99999"></svg>',
            f'{BEGINNING}9999 1"></svg>',
            chart().replace("Equity", "\ud800"),
        ],
    )
    def test_gives_up_on_what_is_no_picture_of_ours(self, pictures, svg):
        with pytest.raises(GiveUp):
            pictures.png(svg=svg, width=520)

    @pytest.mark.parametrize("width", [-1, 0, 2_401])
    def test_gives_up_on_a_side_that_no_email_has(self, pictures, width):
        with pytest.raises(GiveUp, match=f"{width} by"):
            pictures.png(svg=chart(), width=width)

    def test_gives_up_on_a_text_that_is_too_long(self, pictures):
        with pytest.raises(GiveUp, match=str(LARGEST_SVG)):
            pictures.png(svg=chart() + " " * LARGEST_SVG, width=520)

    def test_gives_up_on_pixels_that_no_email_should_carry(self, pictures):
        state, specks = 1, []
        for place in range(2_300):  # specks of all colours, which no compression makes small
            state = state * 48_271 % 2_147_483_647
            specks.append(
                f'<circle cx="{state % 500}" cy="{state // 500 % 500}" r="{3 + place % 9}" '
                f'fill="#{state % 0xFFFFFF:06x}"/>'
            )
        svg = f'{BEGINNING}500 500">{"".join(specks)}</svg>'

        with pytest.raises(GiveUp, match=str(LARGEST_PNG)):
            pictures.png(svg=svg, width=2_400)


class TestImport:
    LATE = (
        "import sys; from app.providers.registry import Providers; from app.config import Settings\n"
        "Providers(Settings.from_env({'ENV': 'local'})).pictures\n"
        "print('resvg_py' in sys.modules)"
    )

    def test_waits_for_the_first_picture(self):
        told = subprocess.run(
            [sys.executable, "-c", self.LATE],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout == "False\n"
