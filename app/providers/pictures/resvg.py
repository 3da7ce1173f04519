"""How does resvg draw a picture, with letters that we bring along?

resvg is a renderer in Rust; its binding is imported with the first picture (docs/adr/0016). It asks no system for
fonts: Lambda has none, and a picture should look the same everywhere.
"""

import re
from pathlib import Path
from typing import Final

from app.providers.pictures.interface import GiveUp

PAPER: Final = "#ffffff"
FAMILY: Final = "Inter"
FONTS: Final = [
    str(Path(__file__).parent / "fonts" / f"{FAMILY}-{weight}.ttf")
    for weight in ("Regular", "SemiBold")
]
LARGEST_SVG: Final = 200_000
"""Characters; six lines of 3,000 points together have about half of that."""
LARGEST_SIDE: Final = 2_400
"""Pixels. Asked for a picture that no memory holds, the renderer would end the process."""
LARGEST_PNG: Final = 1024 * 1024
"""Bytes; a chart has 15,000 to 70,000."""
_BEGINNING: Final = re.compile(
    r'<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 ([1-9]\d{0,3}) ([1-9]\d{0,3})"'
)


class ResvgPictures:
    """resvg, within this process."""

    def png(self, *, svg: str, width: int) -> bytes:
        """The picture on white, as PNG; about a tenth of a second."""
        _check_size(svg, width)
        import resvg_py

        try:
            drawn = resvg_py.svg_to_bytes(
                svg_string=svg,
                width=width,
                background=PAPER,
                skip_system_fonts=True,
                font_files=FONTS,
                font_family=FAMILY,
                sans_serif_family=FAMILY,
            )
        except ValueError as error:
            raise GiveUp("resvg can't read this as SVG") from error
        if len(drawn) > LARGEST_PNG:
            raise GiveUp(f"a picture of {len(drawn)} bytes is too large; it may have {LARGEST_PNG}")
        return drawn


def _check_size(svg: str, width: int) -> None:
    if len(svg) > LARGEST_SVG:
        raise GiveUp(f"an SVG of {len(svg)} characters is too large; it may have {LARGEST_SVG}")
    sides = _BEGINNING.match(svg)
    if sides is None:
        raise GiveUp("this is no SVG of core.charts")
    height = round(width * int(sides[2]) / int(sides[1]))
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise GiveUp(
            f"{width} by {height} pixels can't be drawn; a side may have 1 to {LARGEST_SIDE}"
        )
