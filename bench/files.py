"""What does it take to read a CSV of 100 MB, and then to ask it something? Beside plain DuckDB doing the same.

The file is made, the same on every machine. Each measurement runs in a process of its own, which
has its memory to itself.
"""

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

MEGABYTE: Final = 1024 * 1024
SIZE: Final = 100 * MEGABYTE
SEED: Final = 2_026
ROUNDS: Final = 7
MEMORY_LIMIT: Final = "400MB"  # what ours has, app/workspace/engine/ingest.py
MOST_MEMORY_MB: Final = 1_024
CITIES: Final = ("Oslo", "Rome", "Lima", "Kyoto", "Quito", "Accra", "Perth", "Tromsø")
GROUPED: Final = (
    "SELECT city, count(*), sum(amount), avg(quantity) FROM {table} GROUP BY city ORDER BY city"
)


def make(path: Path) -> int:
    """Write the file and return its rows: numbers, decimals, dates, text of few and of many values, gaps."""
    told, rows = random.Random(SEED), 0  # noqa: S311 - it is to be the same everywhere
    start = date(2020, 1, 1)
    with path.open("w", encoding="utf-8") as file:
        file.write("order_id,day,city,customer,quantity,amount,note\n")
        while file.tell() < SIZE:
            lines = []
            for _ in range(10_000):
                rows += 1
                day = start + timedelta(days=told.randrange(2_000))
                note = "" if told.random() < 0.3 else f"parcel {told.randrange(10**9)} to the door"
                lines.append(
                    f"{rows},{day},{told.choice(CITIES)},customer-{told.randrange(50_000)},"
                    f"{told.randrange(1, 40)},{told.randrange(100, 10**6) / 100:.2f},{note}\n"
                )
            file.write("".join(lines))
    return rows


def ours(source: Path, folder: Path) -> dict[str, Any]:
    """Read it as the worker does."""
    from app.workspace.engine import ingest

    target = folder / "ours" / "data.parquet"
    target.parent.mkdir()
    began = time.perf_counter()
    profile = ingest.convert(source=source, target=target)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": profile.row_count, "parquet": str(target)}


def plain(source: Path, folder: Path) -> dict[str, Any]:
    """Read it as one does who has DuckDB: sniff, write Parquet, SUMMARIZE."""
    import duckdb

    target = folder / "plain.parquet"
    began = time.perf_counter()
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": "2"}) as connection:
        connection.execute(
            f"COPY (FROM read_csv('{source}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )
        found = connection.execute(f"SUMMARIZE FROM '{target}'").fetchall()
    return {"seconds": time.perf_counter() - began, "rows": found[0][-2], "parquet": str(target)}


def alone(
    way: Callable[[Path, Path], dict[str, Any]], source: Path, folder: Path
) -> dict[str, Any]:
    """One measurement in a process of its own, with the most memory that it took."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench.files", way.__name__, str(source), str(folder)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def group_by_milliseconds(parquet: str) -> float:
    """The engine's time for one question over the Parquet: the median of some."""
    import duckdb

    times = []
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": "2"}) as connection:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            connection.execute(GROUPED.format(table=f"'{parquet}'")).fetchall()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        source = folder / "orders.csv"
        rows = make(source)
        found = {way.__name__: alone(way, source, folder) for way in (ours, plain)}
        times = {name: group_by_milliseconds(row["parquet"]) for name, row in found.items()}
        direct = group_by_milliseconds(str(source))
        size = source.stat().st_size / MEGABYTE
    assert {row["rows"] for row in found.values()} == {rows}
    assert found["ours"]["peak_mb"] < MOST_MEMORY_MB
    print(
        f"\nA CSV of {size:.0f} MB, {rows:,} rows, 7 columns; 2 threads, {MEMORY_LIMIT} for DuckDB"
    )
    print(f"{'':>34} {'ours':>9} {'plain DuckDB':>13}")
    for label, key in (
        ("read, converted and profiled, s", "seconds"),
        ("peak memory, MB", "peak_mb"),
    ):
        print(f"{label:>34} {found['ours'][key]:>9.1f} {found['plain'][key]:>13.1f}")
    print(f"{'a group-by over the Parquet, ms':>34} {times['ours']:>9.1f} {times['plain']:>13.1f}")
    print(f"{'the same over the CSV, ms':>34} {'':>9} {direct:>13.1f}")
    print(
        "plain DuckDB sniffs a sample, writes Parquet and runs SUMMARIZE, whose distinct counts and quantiles are\n"
        "approximate; ours looks at every byte and value, and counts exactly"
    )


def _measure_here(name: str, source: str, folder: str) -> None:
    way = {"ours": ours, "plain": plain}[name]
    found = way(Path(source), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux tells kilobytes, macOS bytes.
    found["peak_mb"] = peak / (1024 if sys.platform == "linux" else MEGABYTE)
    print(json.dumps(found, default=str))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measure_here(*sys.argv[1:])
    else:
        main()
