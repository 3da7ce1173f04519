"""What runs in the process that is thrown away after one query?

Read a request from standard input, answer on standard output. DuckDB obeys its own limits only while it looks at
them: `repeat('x', 1e9)` passes its memory limit, and a long `list_reduce` heeds no interruption. So the query has a
process to itself, which the operating system limits and `sql.run` ends.
"""

import os
import resource
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import simplejson

from app.workspace.engine import permitted, results

PAGE_BYTES: Final = resource.getpagesize()
MARGIN_BYTES: Final = 256 * 2**20
"""What Python and DuckDB's threads take besides what DuckDB counts."""


def main() -> None:
    """Answer one request."""
    request = simplejson.loads(sys.stdin.read())
    try:
        written = simplejson.dumps(_answered(request), use_decimal=True, allow_nan=False)
    except MemoryError:
        written = simplejson.dumps(_too_much_memory(request["limits"]))
    sys.stdout.write(written)
    sys.stdout.flush()


def _answered(request: Mapping[str, Any]) -> dict[str, Any]:
    limits = request["limits"]
    connection = _opened(request["tables"], limits)
    try:
        permitted.check(
            query=request["query"], tables=request["tables"].keys(), connection=connection
        )
        return _run(connection, request["query"], limits)
    except permitted.NotPermitted as error:
        return {"problem": "refused", "reason": str(error)}
    except duckdb.InterruptException:
        return {"problem": "too_large", "reason": f"It took longer than {limits['seconds']} s."}
    except duckdb.OutOfMemoryException:
        return _too_much_memory(limits)
    except duckdb.Error as error:
        return {"problem": "failed", "reason": _sentence(error)}


def _too_much_memory(limits: Mapping[str, Any]) -> dict[str, Any]:
    reason = f"It needs more than {limits['memory_mb']} MB of memory."
    return {"problem": "too_large", "reason": reason}


def _opened(tables: Mapping[str, str], limits: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """A connection that reads these files under these names, and can reach nothing else."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{limits['memory_mb']}MB",
            "threads": limits["threads"],
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET python_enable_replacements = false")
    files = ", ".join(_quoted(path, "'") for path in tables.values())
    connection.execute(f"SET allowed_paths = [{files}]")
    for name, path in tables.items():
        # Names were made by `rules.files.table_names` and paths by the worker; quoted all the same.
        view, file = _quoted(name, '"'), _quoted(path, "'")
        connection.execute(f"CREATE VIEW {view} AS FROM read_parquet({file})")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    _limit_process(limits)
    return connection


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark


def _limit_process(limits: Mapping[str, Any]) -> None:
    """Have the operating system refuse files, and memory and time beyond the limits."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    seconds = int(limits["seconds"] * limits["threads"]) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    sizes = Path("/proc/self/statm")
    if sizes.exists():  # a Mac has neither that file nor the limit
        in_use = int(sizes.read_text().split()[0]) * PAGE_BYTES
        most = in_use + limits["memory_mb"] * 2**20 + MARGIN_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _run(
    connection: duckdb.DuckDBPyConnection, query: str, limits: Mapping[str, Any]
) -> dict[str, Any]:
    clock = threading.Timer(limits["seconds"], connection.interrupt)
    clock.daemon = True
    clock.start()
    relation = connection.execute(query)
    columns = [name for name, *_ in relation.description or ()]
    if len(columns) > limits["columns"]:
        raise permitted.NotPermitted(
            f"The result has {len(columns)} columns; at most {limits['columns']} are given. Name those you need."
        )
    found = relation.fetchmany(limits["rows"] + 1)
    clock.cancel()
    return _shown(columns, found, limits)


def _shown(columns: list[str], found: list[Any], limits: Mapping[str, Any]) -> dict[str, Any]:
    """As many rows as the limits allow, in number and in size."""
    longest, room = limits["cell_characters"], limits["result_bytes"]
    rows: list[list[Any]] = []
    for row in found[: limits["rows"]]:
        values = [results.plain(value, longest=longest) for value in row]
        room -= len(simplejson.dumps(values, use_decimal=True))
        if room < 0:
            break
        rows.append(values)
    return {"columns": columns, "rows": rows, "truncated": len(rows) < len(found)}


def _sentence(error: duckdb.Error) -> str:
    """DuckDB's own words without the drawing under them, and no longer than helps."""
    return str(error).split("\n\nLINE ")[0].strip()[:500]


if __name__ == "__main__":
    main()
    # Without taking DuckDB apart, which aborts while a thread of its own still winds down.
    os._exit(0)
