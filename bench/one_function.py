"""A fresh process that measures one Lambda handler: `one_function.py <module> <event as JSON>` prints milliseconds."""

import importlib
import json
import statistics
import sys
import time
from typing import Any

WARM = 200


def _measured(module: str, event: dict[str, Any]) -> dict[str, float]:
    """Init in three parts that every handler has, the first answer, and warm ones."""
    started = time.perf_counter()
    session = importlib.import_module("botocore.session").Session
    botocore = time.perf_counter()
    making = _timed(session, "create_client")
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
    in_init = sum(begun_at < made and took for begun_at, took in making)
    return {
        "botocore_ms": (botocore - started) * 1000,
        "client_ms": in_init * 1000,
        "rest_ms": (made - botocore - in_init) * 1000,
        "init_ms": (made - started) * 1000,
        "first_ms": (first - made) * 1000,
        "both_ms": (first - started) * 1000,
        "warm_ms": statistics.median(warm),
    }


def _timed(owner: Any, name: str) -> list[tuple[float, float]]:
    """Note when each call of a method began, and the seconds that it took."""
    calls: list[tuple[float, float]] = []
    method = getattr(owner, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        made = method(*args, **kwargs)
        calls.append((began, time.perf_counter() - began))
        return made

    setattr(owner, name, noted)
    return calls


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], json.loads(sys.argv[2]))))
