"""How does reading a file end when the file is no table, or takes too long?"""

import time
from collections.abc import Callable


class NotACsv(Exception):
    """The file can't be read as a table.

    Attributes:
        reason: a sentence for its owner.
        line: the line that it is about; None where it is about the whole file.
    """

    def __init__(self, reason: str, *, line: int | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Deadline:
    """When the reading must be over."""

    def __init__(self, *, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then."""
        return self._ends - self._monotonic()

    def check(self) -> None:
        """Stop here if the time is up.

        Raises:
            NotACsv: it is.
        """
        if self.left <= 0:
            raise self.over()

    def over(self) -> NotACsv:
        """What there is to say when the time is up."""
        return NotACsv(
            f"Reading the file took more than {self.seconds:g} seconds. Upload it in parts.",
            line=None,
        )
