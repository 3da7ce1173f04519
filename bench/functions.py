"""How long does a Lambda function take from nothing to its first answer: ours as it is packed, and two peers?

The fresh process is bench/one_function.py. Ours is the whole API; the peers are a few routes. Each peer is asked twice:
for our own route with the same work (it checks the token and reads the same rows in as many round trips), and for an
item that anybody may read in one. The targets are meant for the same work; both are told.
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
SAME, OPEN = "same work", "open read"
COLD_LIMITS = {BARE: 1.8, FASTAPI: 0.75}
WARM_LIMITS = {BARE: 1.3, FASTAPI: 1.0}
Asked = tuple[str, str]
"""A handler, and what it is asked for: SAME or OPEN."""
CHILD = """
import os, sys
sys.path[:] = [*sys.argv[1].split(os.pathsep), *(p for p in sys.path if "site-packages" not in p and p)]
sys.argv = sys.argv[2:]
import runpy
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def measure(url: str) -> dict[Asked, dict[str, float]]:
    """Medians in milliseconds of each handler and question, taken alternately; keys as bench/one_function.py prints."""
    _set_up_peers()
    asset, item = _events(url)
    asked = {
        (name, kind): event
        for name in (OURS, BARE, FASTAPI)
        for kind, event in ((SAME, asset), (OPEN, item))
        if (name != OURS or (PACKED.is_dir() and kind == SAME))
    }
    environment = {**world.environment(url), **_for_peers(url)}
    taken: dict[Asked, list[dict[str, float]]] = {key: [] for key in asked}
    for _ in range(PROCESSES):
        for (name, kind), event in asked.items():
            taken[name, kind].append(_fresh(name, event, environment))
    return {
        key: {part: statistics.median(row[part] for row in rows) for part in rows[0]}
        for key, rows in taken.items()
    }


def _for_peers(url: str) -> dict[str, str]:
    """The tables and the secret that the same work needs."""
    from app.accounts.models import RevokedToken, User
    from app.config import Settings
    from app.core import dynamo
    from app.portfolio.models import Asset
    from app.prices.models import QuoteRow

    models: dict[str, type[dynamo.Model]] = {
        "users": User,
        "revoked": RevokedToken,
        "portfolio": Asset,
        "quotes": QuoteRow,
    }
    tables = {name: dynamo.table_name(model) for name, model in models.items()}
    secret = Settings.from_env(world.environment(url)).jwt_secret
    return {"BENCH_TABLES": json.dumps(tables), "JWT_SECRET": secret}


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


def _events(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request for an asset of somebody who signed in, and one for an item that anybody may read."""
    import boto3

    from app.config import Settings
    from app.core import dynamo
    from app.extensions import EXTENSION
    from app.factory import create_app

    app = create_app(Settings.from_env(world.environment(url)))
    dynamo.create_tables()
    app.extensions[EXTENSION].job_queue.ensure_queues()
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
    return _get("/portfolio/assets/asset-00000", token), _get("/items/1")


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
