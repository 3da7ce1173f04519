"""A fresh process that measures one Lambda handler: `one_function.py <module> <event as JSON>` prints milliseconds."""

import importlib
import json
import statistics
import sys
import time
from typing import Any

WARM = 200


def _measured(module: str, event: dict[str, Any]) -> dict[str, float]:
    started = time.perf_counter()
    handler = importlib.import_module(module).handler
    made = time.perf_counter()
    answer = handler(event, None)
    first = time.perf_counter()
    assert answer["statusCode"] == 200, answer
    warm = []
    for _ in range(WARM):
        again = time.perf_counter()
        handler(event, None)
        warm.append((time.perf_counter() - again) * 1000)
    return {
        "init_ms": (made - started) * 1000,
        "first_ms": (first - made) * 1000,
        "both_ms": (first - started) * 1000,
        "warm_ms": statistics.median(warm),
    }


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], json.loads(sys.argv[2]))))
