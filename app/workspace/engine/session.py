"""How is DuckDB opened so that it reaches nothing but one folder, and ends in time?"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.workspace.engine.refusing import Deadline

if TYPE_CHECKING:
    import duckdb

THREADS: Final = 2


@contextmanager
def opened(
    *, folder: Path, memory_mb: int, deadline: Deadline
) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A DuckDB in memory that may read and write below `folder`, and spills there what does not fit.

    It has no network and no extension, and its settings are locked.

    Args:
        memory_mb: the most that it holds in memory.
        deadline: when whatever runs is interrupted.
    """
    # 40 MB of code that only the function that computes has.
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_mb}MB",
            "threads": str(THREADS),
            "temp_directory": str(folder / "spilled"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "true",
        },
    )
    timer = threading.Timer(max(deadline.left, 0), connection.interrupt)
    timer.daemon = True
    try:
        connection.execute(f"SET allowed_directories = [{text(str(folder))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        timer.start()
        yield connection
    finally:
        timer.cancel()
        connection.close()


def text(value: str) -> str:
    """A text as SQL writes it.

    >>> print(text("it's"))
    'it''s'
    """
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A name as SQL writes it, in double quotes, whatever is in it."""
    return '"' + value.replace('"', '""') + '"'
