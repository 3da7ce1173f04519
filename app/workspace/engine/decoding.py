"""Which encoding is a file in? It is read once from end to end, and written down again as plain UTF-8.

What is no text, or whose lines never end, is refused here, with the line, before anything tries to hold it in memory.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.workspace.engine.refusing import Deadline, NotACsv

CHUNK_BYTES: Final = 1024 * 1024
LONGEST_LINE: Final = 1024 * 1024
"""Characters."""
MAGIC: Final = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook; save it as CSV first"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save it as CSV first"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard; unpack it first"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SHOWN: Final = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}
MOSTLY: Final = 0.3
"""The share of zeros at every other byte from which Latin text must be UTF-16."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A file in UTF-8, its lines ended by a line feed alone."""

    path: Path
    encoding: str


def decode(*, source: Path, target: Path, deadline: Deadline) -> Decoded:
    """Write a text file down again as UTF-8.

    UTF-8 and UTF-16, with a mark or without, and Windows-1252 are known by what they hold.

    Raises:
        NotACsv: it is no text, mixes encodings, or has a line of more than a megabyte.
    """
    with source.open("rb") as file:
        start = file.read(CHUNK_BYTES)
    if not start:
        raise NotACsv("The file is empty.", line=None)
    for magic, what in MAGIC:
        if start.startswith(magic):
            raise NotACsv(f"The file is no CSV but {what}.", line=1)
    mark, encoding = _announced(start)
    try:
        _rewrite(source, target, encoding, len(mark), deadline)
    except _Undecodable as problem:
        # Only what has no umlaut in UTF-8 before it can be Windows-1252 as a whole.
        if encoding != "utf-8" or mark or problem.had_others:
            raise NotACsv(
                f"Line {problem.line} is not {SHOWN[encoding]}, though what stands before it is: "
                "the file mixes encodings. Save it as UTF-8.",
                line=problem.line,
            ) from None
        encoding = "cp1252"
        _rewrite_western(source, target, deadline)
    return Decoded(path=target, encoding=SHOWN[encoding])


class _Undecodable(Exception):
    def __init__(self, *, line: int, had_others: bool) -> None:
        super().__init__(f"line {line}")
        self.line = line
        self.had_others = had_others


def _announced(start: bytes) -> tuple[bytes, str]:
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return mark, encoding
    even, odd = start[0:8192:2], start[1:8192:2]
    if odd and odd.count(0) / len(odd) > MOSTLY and even.count(0) == 0:
        return b"", "utf-16-le"
    if even.count(0) / len(even) > MOSTLY and odd.count(0) == 0:
        return b"", "utf-16-be"
    return b"", "utf-8"


def _rewrite_western(source: Path, target: Path, deadline: Deadline) -> None:
    try:
        _rewrite(source, target, "cp1252", 0, deadline)
    except _Undecodable as problem:
        raise NotACsv(
            f"Line {problem.line} is neither UTF-8 nor Windows-1252. Save the file as UTF-8.",
            line=problem.line,
        ) from None


def _rewrite(source: Path, target: Path, encoding: str, skipped: int, deadline: Deadline) -> None:
    lines = _Lines()
    newlines = _Newlines()
    with target.open("wb") as out:
        for text in _pieces(source, encoding, skipped, lines):
            deadline.check()
            plain = newlines.of(text)
            lines.count(plain)
            out.write(plain.encode())
        out.write(newlines.rest().encode())


class _Newlines:
    """Ends every line with a line feed alone, however it ended; a pair that is cut in two stays one."""

    def __init__(self) -> None:
        self._held = ""

    def of(self, text: str) -> str:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")

    def rest(self) -> str:
        return "\n" if self._held else ""


class _Lines:
    """Where in the file the reading is; refuses what no line of a table holds."""

    def __init__(self) -> None:
        self.number = 1
        self.had_others = False
        self._length = 0

    def count(self, text: str) -> None:
        if not self.had_others:
            self.had_others = not text.isascii()
        if "\x00" in text:
            line = self.number + text.count("\n", 0, text.index("\x00"))
            raise NotACsv(f"Line {line} holds a NUL character, which no CSV does.", line=line)
        self._check_lengths(text)
        self.number += text.count("\n")

    def _check_lengths(self, text: str) -> None:
        first = text.find("\n")
        if first < 0:
            self._length += len(text)
            longest, line = self._length, self.number
        else:
            longest, line = self._length + first, self.number
            self._length = len(text) - text.rfind("\n") - 1
        # A piece is no longer than a line may be, so that only what goes on from piece to piece can be too long.
        if longest > LONGEST_LINE:
            raise NotACsv(
                f"Line {line} is longer than {LONGEST_LINE:,} characters. "
                "Is it a CSV, and do its lines end?",
                line=line,
            )


def _pieces(source: Path, encoding: str, skipped: int, lines: _Lines) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.open("rb") as file:
        file.seek(skipped)
        while True:
            piece = file.read(CHUNK_BYTES)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                good = bytes(error.object[: error.start]).decode(encoding)
                raise _Undecodable(
                    line=lines.number + good.replace("\r\n", "\n").count("\n"),
                    had_others=lines.had_others or not good.isascii(),
                ) from None
            if text:
                yield text
            if not piece:
                return
