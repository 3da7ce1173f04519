"""How do the files of a folder become a zip that is the same, byte for byte, whenever the files are?"""

import hashlib
import zipfile
from collections import Counter
from pathlib import Path
from typing import Final

MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say. Bytecode here is never compared with its source's time."""
READABLE: Final = 0o644 << 16
UNIX: Final = 3


def write(folder: Path, *, to: Path) -> None:
    """Zip every file below the folder: sorted, undated, readable by Lambda."""
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), MOMENT)
            entry.create_system = UNIX
            entry.external_attr = READABLE
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    partial.replace(to)


def files(folder: Path) -> list[Path]:
    """Every file below the folder, in order."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def sizes(folder: Path) -> Counter[str]:
    """How many bytes each package below the folder takes, metadata and shared libraries counted with it."""
    found: Counter[str] = Counter()
    for file in files(folder):
        top = file.relative_to(folder).parts[0]
        found[top.partition(".")[0].partition("-")[0]] += file.stat().st_size
    return found


def text_digest(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
