"""How long does a fresh process take to its first answer, beside plain boto3 making the same calls?

Run as a script it is that fresh process: `python -m bench.cold app|boto3 <file>` prints its milliseconds.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROCESSES = 15


def measure(environment: dict[str, str], request_file: Path) -> dict[str, dict[str, float]]:
    """Medians in milliseconds over fresh processes, taken alternately: import, first answer, both."""
    taken: dict[str, list[dict[str, float]]] = {"app": [], "boto3": []}
    for _ in range(PROCESSES):
        for kind, rows in taken.items():
            run = subprocess.run(
                [sys.executable, "-m", "bench.cold", kind, str(request_file)],
                env=environment,
                cwd=Path(__file__).parent.parent,
                capture_output=True,
                text=True,
                check=True,
            )
            rows.append(json.loads(run.stdout.splitlines()[-1]))
    return {
        kind: {name: statistics.median(row[name] for row in rows) for name in rows[0]}
        for kind, rows in taken.items()
    }


def _app(request: dict[str, str]) -> dict[str, float]:
    started = time.perf_counter()
    from wsgi import app

    imported = time.perf_counter()
    answer = app.test_client().get(
        request["path"], headers={"Authorization": f"Bearer {request['token']}"}
    )
    assert answer.status_code == 200, answer.text
    return _told(started, imported)


def _boto3(request: dict[str, str]) -> dict[str, float]:
    started = time.perf_counter()
    import boto3

    client = boto3.client(
        "dynamodb", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]
    )
    imported = time.perf_counter()
    for method, params in json.loads(request["calls"]):
        getattr(client, method)(**params)
    return _told(started, imported)


def _told(started: float, imported: float) -> dict[str, float]:
    done = time.perf_counter()
    return {
        "start_ms": (imported - started) * 1000,
        "first_answer_ms": (done - imported) * 1000,
        "both_ms": (done - started) * 1000,
    }


if __name__ == "__main__":
    wanted = json.loads(Path(sys.argv[2]).read_text())
    print(json.dumps({"app": _app, "boto3": _boto3}[sys.argv[1]](wanted)))
