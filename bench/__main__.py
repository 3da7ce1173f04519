"""`python -m bench`: measures in one run and prints tables."""

import json
import os
import platform
import tempfile
from pathlib import Path

from bench import calls, cold, functions, imports, jobs, logins, warm, world


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
        _print_jobs(jobs.measure(url))


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


def _print_functions(rows: dict[str, dict[str, float]]) -> None:
    print(
        f"Lambda handlers, from nothing to an item read by its key: medians of {functions.PROCESSES} fresh processes"
    )
    print(
        f"{'':>28} {'init':>8} {'first':>8} {'both':>8} {'warm':>8} {'both, of bare':>14} {'of FastAPI':>11}"
    )
    for name, row in rows.items():
        ratios = [
            row["both_ms"] / rows[peer]["both_ms"] for peer in (functions.BARE, functions.FASTAPI)
        ]
        print(
            f"{name.rpartition('.')[2]:>28} {row['init_ms']:>8.1f} {row['first_ms']:>8.1f} {row['both_ms']:>8.1f} "
            f"{row['warm_ms']:>8.2f} {ratios[0]:>14.2f} {ratios[1]:>11.2f}"
        )
    if functions.OURS not in rows:
        print("ours is missing: it is measured as it is packed (make package)")
    print(
        "lambda_http is the whole API and checks who asks; the others are three routes without a door\n"
    )


def _print_imports(rows: list[tuple[str, float, int]]) -> None:
    print("What `import wsgi` imports (python -X importtime): the dearest packages")
    print(f"{'package':>22} {'own ms':>9} {'modules':>8}")
    for package, milliseconds, modules in rows:
        print(f"{package:>22} {milliseconds:>9.1f} {modules:>8}")


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
