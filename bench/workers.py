"""How long do the functions that queues feed take to start: their handler, and then every task?

Each is measured as it is packed, in fresh processes. What a task imports when it runs first (the renderer of emails,
the clients of market data, DuckDB) is not in it: the tasks that need it pay for it once.
"""

import json
import statistics
import subprocess
import sys

from bench import world
from deploy.functions import FED

PROCESSES = 9
CHILD = """
import sys, time, json
sys.path[:] = [sys.argv[1], *(path for path in sys.path if "site-packages" not in path and path)]
began = time.perf_counter()
from tasks import lambda_worker
imported = time.perf_counter()
lambda_worker._start()
ready = time.perf_counter()
print(json.dumps({
    "handler_ms": (imported - began) * 1000,
    "tasks_ms": (ready - imported) * 1000,
    "tasks": sum(not name.startswith("celery.") for name in lambda_worker.app.tasks),
    "modules": len(sys.modules),
}))
"""


def measure(environment: dict[str, str]) -> dict[str, dict[str, float]]:
    """Medians in milliseconds by function's name, taken turn by turn; a function that is not packed is missing."""
    packed = [one for one in FED if (world.ROOT / "build" / one.name).is_dir()]
    taken: dict[str, list[dict[str, float]]] = {one.name: [] for one in packed}
    for _ in range(PROCESSES):
        for name, rows in taken.items():
            rows.append(_fresh(name, environment))
    return {
        name: {part: statistics.median(row[part] for row in rows) for part in rows[0]}
        for name, rows in taken.items()
    }


def _fresh(name: str, environment: dict[str, str]) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-I", "-c", CHILD, str(world.ROOT / "build" / name)],
        env=environment,
        cwd=world.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found
