"""How does a query reach the tables of a project? A worker's work, on a disk of its own."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.providers.object_storage import interface as object_storage
from app.providers.object_storage.interface import ObjectStorage
from app.workspace.engine import live, sql
from app.workspace.engine.results import Result
from app.workspace.service.files import Table
from app.workspace.service.live_tables import LiveTable
from app.workspace.service.talking import QueryProblem

LIMITS: Final = sql.Limits()


class Tables:
    """The tables of a project; a file comes to the disk when a query first names it."""

    def __init__(
        self,
        *,
        files: Sequence[Table],
        live_tables: Sequence[LiveTable],
        storage: ObjectStorage,
        folder: Path,
    ) -> None:
        """Prepare them.

        Args:
            folder: an empty folder on the disk, for as long as they are asked.
        """
        self._files = {table.name: table for table in files}
        self._live = {table.name: table for table in live_tables}
        self._storage = storage
        self._folder = folder
        self._there: dict[str, Path] = {}

    def ask(self, query: str) -> tuple[Result, dict[str, Any]]:
        """Run a query; with its result, which files and live tables it named.

        Raises:
            QueryProblem: it gave none; the text says why.
        """
        named = [name for name in (*self._files, *self._live) if _names(query, name)]
        try:
            paths = {name: self._path(name) for name in named}
            result = sql.run(tables=paths, query=query, limits=LIMITS)
        except sql.QueryRefused as error:
            names = ", ".join((*self._files, *self._live)) or "none yet"
            raise QueryProblem(f"{error} All tables of this project: {names}.") from None
        except (sql.QueryFailed, sql.QueryTooLarge) as error:
            raise QueryProblem(str(error)) from None
        except object_storage.NotThere:
            raise QueryProblem("The file of a table that this names was deleted.") from None
        return result, {
            "file_ids": [self._files[name].file_id for name in named if name in self._files],
            "live_tables": [name for name in named if name in self._live],
        }

    def _path(self, name: str) -> Path:
        if name not in self._there:
            target = self._folder / f"{len(self._there)}.parquet"
            if name in self._live:
                table = self._live[name]
                live.write(columns=table.columns, rows=table.rows, target=target)
            else:
                self._storage.fetch(key=self._files[name].object_key, to=target)
            self._there[name] = target
        return self._there[name]


def _names(query: str, table: str) -> bool:
    return re.search(rf"\b{re.escape(table)}\b", query, re.IGNORECASE) is not None
