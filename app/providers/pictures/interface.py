"""What can be asked of whoever draws pictures?"""

from typing import Protocol


class GiveUp(Exception):
    """This picture will never be drawn; the text says why and holds nothing of it."""


class Pictures(Protocol):
    """Whoever turns an SVG of `core.charts` into pixels."""

    def png(self, *, svg: str, width: int) -> bytes:
        """The picture on white, in its light colours, as PNG. The same SVG makes the same bytes.

        Args:
            svg: a picture of ours; what others have drawn is not for this.
            width: in pixels; the height follows. Twice what the reader sees, so that it is sharp on every screen.

        Raises:
            GiveUp: it is no SVG, or too large.
        """
