"""What is a file called, where is it kept, and how does SQL name it?"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from app.workspace.rules import live_tables

UPLOADING: Final = "uploading"
PROCESSING: Final = "processing"
READY: Final = "completed"
REFUSED: Final = "failed"
ORIGINAL: Final = "original.csv"
CONVERTED: Final = "data.parquet"
LONGEST_FILENAME: Final = 255
LONGEST_TABLE: Final = 48
UNNAMED: Final = "data.csv"
# Words by which a table would have to be quoted.
RESERVED: Final = """
    all and any as asc between by case cast check column create cross default delete desc distinct drop else end
    except exists false for foreign from full group having in inner insert intersect into is join left like limit
    not null of offset on or order outer primary references right select set some table then to true union unique
    update user using values view when where window with
    """
# Live tables are called so already.
TAKEN: Final = frozenset({*RESERVED.split(), *live_tables.NAMES})
_SEPARATORS = re.compile(r"[/\\]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\"*:<>?|]")
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def clean_filename(given: str) -> str:
    r"""A name without a path or what could harm a file system, a header or a terminal.

    >>> clean_filename("../../etc/passwd"), clean_filename("C:\\data\\sales 2024.csv"), clean_filename("..")
    ('passwd', 'sales 2024.csv', 'data.csv')
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", given))[-1]
    shown = "".join(
        letter for letter in _UNSAFE.sub("", last) if unicodedata.category(letter)[0] != "C"
    )
    name = shown.strip(" .")
    if len(name) <= LONGEST_FILENAME:
        return name or UNNAMED
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > len("parquet"):
        return name[:LONGEST_FILENAME]
    return f"{stem[: LONGEST_FILENAME - len(ending) - 1]}.{ending}"


def project_folder(*, user_id: str, project_id: str) -> str:
    """How the keys of all objects of a project begin."""
    return f"{user_folder(user_id=user_id)}{project_id}/"


def user_folder(*, user_id: str) -> str:
    """How the keys of all of a user's objects begin."""
    return f"workspace/{user_id}/"


def folder(*, user_id: str, project_id: str, file_id: str) -> str:
    """How the keys of a file's objects begin."""
    return f"{project_folder(user_id=user_id, project_id=project_id)}{file_id}/"


def plain_filename(filename: str) -> str:
    """The name in letters that every header carries.

    >>> plain_filename("Größe.csv")
    'Grosse.csv'
    """
    plain = unicodedata.normalize("NFKD", filename.replace("ß", "ss"))
    return plain.encode("ascii", "ignore").decode().strip() or UNNAMED


def table_names(filenames: Sequence[str]) -> list[str]:
    """A name in SQL for each file, in their order: plain identifiers, each different.

    >>> table_names(["Sales 2024.csv", "sales-2024.CSV", "2024.csv", "order.csv", "портфель.csv"])
    ['sales_2024', 'sales_2024_2', 't_2024', 'order_', 'data']
    """
    names: list[str] = []
    for filename in filenames:
        wanted = _identifier(filename)
        name, count = wanted, 1
        while name in names:
            count += 1
            name = f"{wanted}_{count}"
        names.append(name)
    return names


def _identifier(filename: str) -> str:
    stem = filename.rpartition(".")[0] or filename
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    name = _NO_LETTER.sub("_", plain).strip("_")[:LONGEST_TABLE] or "data"
    if name[0].isdigit():
        name = f"t_{name}"
    return f"{name}_" if name in TAKEN else name
