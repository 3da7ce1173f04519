"""`python -m bench`: measures in one run and prints tables."""

import json
import os
import platform
import tempfile
from pathlib import Path

from bench import (
    calls,
    cold,
    files,
    functions,
    imports,
    jobs,
    logins,
    trading,
    warm,
    workers,
    world,
)


def main() -> None:
    """Measure everything, and say what was measured."""
    print(
        f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores; all times in ms\n"
    )
    with world.local_aws() as url:
        environment = world.environment(url)
        os.environ.update(environment)
        _print_warm(warm.measure(url))
        _print_logins(logins.measure(environment))
        with tempfile.TemporaryDirectory() as folder:
            request = _first_request(url, Path(folder) / "request.json")
            _print_cold(cold.measure(environment, request))
        _print_functions(functions.measure(url))
        _print_imports(imports.measure(environment))
        _print_workers(workers.measure(environment))
        _print_jobs(jobs.measure(url))
    trading.main()
    files.main()


def _first_request(url: str, file: Path) -> Path:
    """What a fresh process is to answer: the portfolio of somebody with 100 assets."""
    from app.config import Settings
    from app.factory import create_app

    app = create_app(Settings.from_env(world.environment(url)))
    client = app.test_client()
    login = {"email": "holder100@example.com", "password": "password123"}
    token = client.post("/auth/login", json=login).json["access_token"]
    with calls.recorded() as made:
        client.get("/portfolio/summary", headers={"Authorization": f"Bearer {token}"})
    named = [(calls.METHODS[operation], params) for operation, params in made]
    file.write_text(
        json.dumps({"path": "/portfolio/summary", "token": token, "calls": json.dumps(named)})
    )
    return file


def _print_warm(rows: list[dict[str, float]]) -> None:
    print(f"GET /portfolio/summary, warm, in process: medians of {warm.ROUNDS}, taken turn by turn")
    print(f"{'assets':>8} {'DynamoDB requests':>18} {'ours':>9} {'plain boto3':>12} {'ratio':>7}")
    for row in rows:
        print(
            f"{row['assets']:>8.0f} {row['requests']:>18.0f} {row['ours_ms']:>9.2f} "
            f"{row['boto3_ms']:>12.2f} {row['ratio']:>7.2f}"
        )
    print(
        "plain boto3 makes the very calls that the request made, and does nothing with the answers\n"
    )


def _print_logins(found: dict[str, float]) -> None:
    unknown, wrong = found["unknown_ms"], found["wrong_ms"]
    print(f"POST /auth/login: medians of {logins.TRIES} tries each, every try from another address")
    print(f"{'unknown account':>22} {unknown:>9.1f}")
    print(f"{'wrong password':>22} {wrong:>9.1f}")
    print(f"{'ratio':>22} {unknown / wrong:>9.2f}")
    print("a ratio between 0.80 and 1.20 tells nobody which accounts there are\n")


def _print_cold(found: dict[str, dict[str, float]]) -> None:
    print(f"Cold start: medians of {cold.PROCESSES} fresh processes each, taken turn by turn")
    print(f"{'':>22} {'ours':>9} {'plain boto3':>12} {'ratio':>7}")
    for name, label in (
        ("start_ms", "import and client"),
        ("first_answer_ms", "first answer"),
        ("both_ms", "both"),
    ):
        ours, plain = found["app"][name], found["boto3"][name]
        print(f"{label:>22} {ours:>9.1f} {plain:>12.1f} {ours / plain:>7.2f}")
    print("first answer: GET /portfolio/summary with 100 assets\n")


def _print_functions(rows: dict[functions.Asked, dict[str, float]]) -> None:
    print(
        "Lambda handlers, from nothing to an item read by its key: "
        f"medians of {functions.PROCESSES} fresh processes each, taken turn by turn"
    )
    print(
        f"{'':>28} {'botocore':>9} {'client':>7} {'app':>7} {'init':>7} {'first':>7} {'both':>7} {'warm':>7}"
    )
    for (name, kind), row in rows.items():
        print(
            f"{name.rpartition('.')[2]:>16}, {kind:>10} {row['botocore_ms']:>9.1f} {row['client_ms']:>7.1f} "
            f"{row['rest_ms']:>7.1f} {row['init_ms']:>7.1f} {row['first_ms']:>7.1f} {row['both_ms']:>7.1f} "
            f"{row['warm_ms']:>7.2f}"
        )
    print(
        "botocore: its import; client: making it; app: all other imports and what they put together; first: the\n"
        "first answer, with what it imports. Same work: check the token, read its account and what may have revoked\n"
        "it, the asset and its quote in three round trips. Open read: one row, in one, for anybody.\n"
    )
    if (functions.OURS, functions.SAME) in rows:
        _print_ratios(rows)
    else:
        print("ours is missing: it is measured as it is packed (make package)\n")


def _print_ratios(rows: dict[functions.Asked, dict[str, float]]) -> None:
    """How many times a peer's time ours takes, beside the targets, which are meant for the same work."""
    ours = rows[functions.OURS, functions.SAME]
    print(f"{'ours, of':>28} {'cold':>7} {'target':>7} {'warm':>7} {'target':>7}")
    for kind in (functions.SAME, functions.OPEN):
        for peer in (functions.BARE, functions.FASTAPI):
            cold, warm = (ours[part] / rows[peer, kind][part] for part in ("both_ms", "warm_ms"))
            limits = (functions.COLD_LIMITS[peer], functions.WARM_LIMITS[peer])
            told = [f"{limit:>7.2f}" if kind == functions.SAME else f"{'':>7}" for limit in limits]
            print(
                f"{peer.rpartition('.')[2]:>16}, {kind:>10} {cold:>7.2f} {told[0]} {warm:>7.2f} {told[1]}"
            )
    print(
        "the targets are held against the same work: an open read is another question than ours\n"
    )


def _print_imports(rows: list[tuple[str, float, int]]) -> None:
    print("What `import wsgi` imports (python -X importtime): the dearest packages")
    print(f"{'package':>22} {'own ms':>9} {'modules':>8}")
    for package, milliseconds, modules in rows:
        print(f"{package:>22} {milliseconds:>9.1f} {modules:>8}")


def _print_workers(rows: dict[str, dict[str, float]]) -> None:
    print(
        f"\nThe functions that queues feed, as they are packed: medians of {workers.PROCESSES} fresh processes each"
    )
    print(f"{'':>22} {'handler':>9} {'tasks':>9} {'both':>9} {'tasks':>7} {'modules':>8}")
    for name, row in rows.items():
        both = row["handler_ms"] + row["tasks_ms"]
        print(
            f"{name:>22} {row['handler_ms']:>9.1f} {row['tasks_ms']:>9.1f} {both:>9.1f} "
            f"{row['tasks']:>7.0f} {row['modules']:>8.0f}"
        )
    if not rows:
        print("neither is packed (make package)")
    print("handler: its import; tasks: every one of them, ready to run")


def _print_jobs(found: dict[str, float]) -> None:
    print(
        f"\nJobs: tasks of the laptop's own worker ({jobs.STARTS} single, {jobs.FILLS} x {jobs.TASKS})"
    )
    print(
        f"{'overhead on Lambda':>22} {found['overhead_ms']:>9.2f} a task in a warm batch of {jobs.BATCH}, "
        f"{found['quiet_overhead_ms']:.2f} in the quickest tenth"
    )
    print(
        f"{'enqueue to start':>22} {found['start_p50_ms']:>9.1f} median, p95 {found['start_p95_ms']:.1f}"
    )
    print(
        f"{'tasks a second':>22} {found['tasks_per_second']:>9.0f} median, "
        f"at best {found['best_tasks_per_second']:.0f}"
    )


if __name__ == "__main__":
    main()
