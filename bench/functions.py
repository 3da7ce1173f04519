"""How long does a Lambda function take from nothing to its first answer: ours as it is packed, and two peers?

The fresh process is bench/one_function.py. The peers do three routes; ours is the whole API, and reads an asset after
it has checked who asks.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import world

PROCESSES = 15
ENVIRONMENT = world.ROOT / ".venv-bench"
REQUIREMENTS = world.ROOT / "bench" / "peers" / "requirements.txt"
PACKED = world.ROOT / "build" / "api"
OURS, BARE, FASTAPI = (
    "app.entrypoints.lambda_http",
    "bench.peers.bare",
    "bench.peers.fastapi_mangum",
)
CHILD = """
import os, sys
sys.path[:] = [*sys.argv[1].split(os.pathsep), *(p for p in sys.path if "site-packages" not in p and p)]
sys.argv = sys.argv[2:]
import runpy
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def measure(url: str) -> dict[str, dict[str, float]]:
    """Medians in milliseconds by handler: init, first answer, both, and a warm answer; taken alternately."""
    _set_up_peers()
    environment = world.environment(url)
    events = {
        name: event for name, event in _events(url).items() if name != OURS or PACKED.is_dir()
    }
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in events}
    for _ in range(PROCESSES):
        for name, event in events.items():
            taken[name].append(_fresh(name, event, environment))
    return {
        name: {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        for name, rows in taken.items()
    }


def _set_up_peers() -> None:
    """Make the peers' environment, once and again when their requirements change."""
    stamp = ENVIRONMENT / ".made"
    if stamp.is_file() and stamp.read_text() == REQUIREMENTS.read_text():
        return
    uv, python = (sys.executable, "-m", "uv"), str(ENVIRONMENT / "bin" / "python")
    made = ("venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT))
    filled = ("pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode")
    subprocess.run([*uv, *made], check=True)
    subprocess.run([*uv, *filled, "--python", python, str(REQUIREMENTS)], check=True)
    stamp.write_text(REQUIREMENTS.read_text())


def _fresh(name: str, event: dict[str, Any], environment: dict[str, str]) -> dict[str, float]:
    packages = ENVIRONMENT / "lib" / "python3.11" / "site-packages"
    places = str(PACKED) if name == OURS else f"{world.ROOT}:{packages}"
    child = str(Path(__file__).with_name("one_function.py"))
    run = subprocess.run(
        [sys.executable, "-I", "-c", CHILD, places, child, name, json.dumps(event)],
        env=environment,
        cwd=world.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def _events(url: str) -> dict[str, dict[str, Any]]:
    """What each handler is asked first: an item by its key."""
    import boto3

    from app.config import Settings
    from app.core import dynamo
    from app.factory import create_app

    app = create_app(Settings.from_env(world.environment(url)))
    dynamo.create_tables()
    token = world.sign_up_holder(app, 1)
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
    client.create_table(
        TableName="bench-items",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    item = {"id": {"S": "1"}, "name": {"S": "thing"}, "quantity": {"N": "3"}}
    client.put_item(TableName="bench-items", Item=item)
    return {
        OURS: _get("/portfolio/assets/asset-00000", token),
        BARE: _get("/items/1"),
        FASTAPI: _get("/items/1"),
    }


def _get(path: str, token: str | None = None) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "bench", **({"authorization": f"Bearer {token}"} if token else {})},
        "requestContext": {
            "stage": "$default",
            "domainName": "bench",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
            },
        },
        "isBase64Encoded": False,
    }
