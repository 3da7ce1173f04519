"""What does a query say about these tables? It runs in a process of its own, which can reach nothing and is ended."""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import simplejson

from app.workspace.engine.results import Result, hash_of

__all__ = ["Limits", "QueryFailed", "QueryRefused", "QueryTooLarge", "Result", "run"]

log = logging.getLogger(__name__)

STARTING_SECONDS: Final = 3.0
"""How long the process may take to begin and to end, besides the query."""
# What Python may need to find its own libraries. Nothing else of the environment is handed on: it holds secrets.
HANDED_ON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG")


class QueryRefused(Exception):
    """The query asks for what is not allowed; the text says what."""


class QueryFailed(Exception):
    """The query is wrong; the text is DuckDB's."""


class QueryTooLarge(Exception):
    """The query takes more time or memory than it may; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a query may take.

    Attributes:
        memory_mb: what DuckDB may use; the process as a whole a quarter of a gigabyte more.
        result_bytes: of the rows as JSON; rows beyond that are left off.
        cell_characters: a longer text is cut.
    """

    seconds: float = 10.0
    memory_mb: int = 512
    threads: int = 2
    rows: int = 1_000
    columns: int = 100
    cell_characters: int = 1_000
    result_bytes: int = 500_000


def run(*, tables: Mapping[str, Path], query: str, limits: Limits) -> Result:
    """Run one SELECT over Parquet files.

    Args:
        tables: the file of each table, by the name that the query calls it.
        query: anything that anybody, or a model that read a stranger's cells, may write.

    Raises:
        QueryRefused: it is no single SELECT over these tables.
        QueryFailed: DuckDB can't run it.
        QueryTooLarge: it was ended.
    """
    request = {
        "tables": {name: str(path) for name, path in tables.items()},
        "query": query,
        "limits": asdict(limits),
    }
    answer = _asked(simplejson.dumps(request), limits)
    if "problem" in answer:
        kinds = {"refused": QueryRefused, "failed": QueryFailed, "too_large": QueryTooLarge}
        raise kinds[answer["problem"]](answer["reason"])
    columns, rows = tuple(answer["columns"]), tuple(tuple(row) for row in answer["rows"])
    return Result(
        columns=columns,
        rows=rows,
        row_count=len(rows),
        truncated=answer["truncated"],
        result_hash=hash_of(columns=columns, rows=rows),
    )


def _asked(request: str, limits: Limits) -> dict[str, Any]:
    try:
        process = subprocess.run(
            [sys.executable, "-s", "-m", "app.workspace.engine.locked"],
            input=request.encode("utf-8", "replace"),
            capture_output=True,
            timeout=limits.seconds + STARTING_SECONDS,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise QueryTooLarge(f"It took longer than {limits.seconds} s.") from None
    if process.returncode > 0:  # it did not even begin: no query can do that
        words = process.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise RuntimeError(f"the engine ended with {process.returncode}: {''.join(words)[:300]}")
    if process.returncode < 0:
        log.warning("workspace.query_killed", extra={"signal": -process.returncode})
        raise QueryTooLarge(
            f"It was ended: it needs more than {limits.memory_mb} MB of memory, or is nested too deep."
        )
    answer: dict[str, Any] = simplejson.loads(process.stdout, use_decimal=True)
    return answer


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    found = os.pathsep.join(place for place in sys.path if place)
    return {**kept, "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1"}
