"""How long does a warm `GET /portfolio/summary` take, beside plain boto3 making the same DynamoDB calls?"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bench import calls, world

if TYPE_CHECKING:
    from flask.testing import FlaskClient

ROUNDS = 60
WARM_UP = 8


def measure(url: str) -> list[dict[str, float]]:
    """One row for each portfolio size: medians in milliseconds, taken turn by turn in one process."""
    import boto3

    from app.config import Settings
    from app.core import dynamo
    from app.extensions import EXTENSION
    from app.factory import create_app

    app = create_app(Settings.from_env(world.environment(url)))
    dynamo.create_tables()
    app.extensions[EXTENSION].job_queue.ensure_queues()
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
    rows = []
    for assets in world.HELD:
        headers = {"Authorization": f"Bearer {world.sign_up_holder(app, assets)}"}
        ask = partial(_ask, app.test_client(), headers)
        with calls.recorded() as made:
            ask()
        ours, plain = _in_turns(ask, partial(calls.replay, client, made))
        rows.append(
            {
                "assets": assets,
                "requests": len(made),
                "ours_ms": ours,
                "boto3_ms": plain,
                "ratio": ours / plain,
            }
        )
    return rows


def _ask(browser: "FlaskClient", headers: dict[str, str]) -> None:
    answer = browser.get("/portfolio/summary", headers=headers)
    assert answer.status_code == 200, answer.text


def _in_turns(first: Callable[[], None], second: Callable[[], None]) -> tuple[float, float]:
    """Medians in milliseconds of two steps, taken alternately so that the machine's mood is the same for both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(WARM_UP + ROUNDS):
        for step, times in zip((first, second), taken, strict=True):
            started = time.perf_counter()
            step()
            if turn >= WARM_UP:
                times.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])
