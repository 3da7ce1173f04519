"""What does each endpoint cost, and what does a month with so many users? `python -m bench.costs` writes docs/costs.md.

Every operation of the OpenAPI document is asked once as its row in bench/scenarios.py says. DynamoDB itself reports
the capacity units; requests and units are also kept in bench/costs.json, which a test holds the endpoints against.
"""

import contextlib
import json
import os
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import payments, world
from bench.scenarios import ASSETS, SCENARIOS
from bench.things import World, nobody_waits

if TYPE_CHECKING:
    from flask import Flask

RECORD = world.ROOT / "bench" / "costs.json"
PAGE = world.ROOT / "docs" / "costs.md"
TABLE = re.compile(r"(<!-- measured -->\n).*?(\n<!-- end -->)", re.DOTALL)
MONTHS = re.compile(r"(<!-- months -->\n).*?(\n<!-- end -->)", re.DOTALL)
METHODS = ("get", "post", "put", "patch", "delete")
READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
ROUNDS = 3
HISTORY_DAYS = 40
LOADED_FROM = date(2025, 1, 1)  # before anything was bought

# Dollars in us-east-1, on demand, from AWS's price lists; docs/costs.md names them too.
PER_READ_UNIT = 0.125 / 1e6
PER_WRITE_UNIT = 0.625 / 1e6
PER_API_REQUEST = 1.00 / 1e6
PER_INVOCATION = 0.20 / 1e6
PER_GB_SECOND = 0.0000166667
PER_QUEUE_REQUEST = 0.40 / 1e6
PER_GB_OF_LOG = 0.50
PER_EMAIL = 0.10 / 1e3
GIGABYTES = 1.0  # memory of the API's function
ROUND_TRIP_MS = 5.0  # what Lambda waits for DynamoDB, each time

# What one user does in a day, by operation. The rest is too rare to matter.
DAY = {
    "login": 0.2,
    "refresh": 4,
    "get_me": 4,
    "get_portfolio_summary": 6,
    "list_assets": 3,
    "get_asset": 2,
    "get_prices": 6,
    "get_price_history": 2,
    "add_asset": 0.2,
    "change_asset": 0.1,
}
DAYS = 30
MINUTES = DAYS * 24 * 60
TICK_MS = 60.0
JOBS_A_MINUTE = 1.25
JOB_MS = 400.0
LOG_BYTES = 600
EMAILS_A_MONTH = 1.0
ALARMS = 9
METRICS = 15  # of our own: a task and how it ended, each
USERS = (100, 10_000, 1_000_000)


@dataclass
class Measured:
    """What one answer took."""

    status: int
    requests: int = 0
    reads: float = 0.0
    writes: float = 0.0
    cpu_ms: float = 0.0
    operations: list[str] = field(default_factory=list)

    @property
    def units(self) -> float:
        """Read and write capacity units together."""
        return self.reads + self.writes

    @property
    def billed_ms(self) -> float:
        """About how long Lambda runs for it."""
        return self.cpu_ms + ROUND_TRIP_MS * self.requests

    @property
    def dollars(self) -> float:
        """DynamoDB, API Gateway and Lambda for one request."""
        return (
            self.reads * PER_READ_UNIT
            + self.writes * PER_WRITE_UNIT
            + PER_API_REQUEST
            + PER_INVOCATION
            + self.billed_ms / 1000 * GIGABYTES * PER_GB_SECOND
        )


def operations(app: "Flask") -> dict[str, tuple[str, str]]:
    """Method and path of every operation of the OpenAPI document, by its id."""
    from app.extensions import api

    with app.app_context():
        paths = api.document()["paths"]
    return {
        operation["operationId"]: (method.upper(), path)
        for path, item in paths.items()
        for method, operation in item.items()
        if method in METHODS
    }


def measure(app: "Flask", *, rounds: int = 1) -> dict[str, Measured]:
    """Ask every operation that has a row, and tell what it took: the dearest of the rounds, with the median time."""
    _know_prices()
    found = {}
    for name, (method, path) in operations(app).items():
        if name in SCENARIOS:
            with payments.prompt(app), nobody_waits():
                taken = [_asked(app, name, method, path) for _ in range(rounds)]
            dearest = max(taken, key=lambda one: (one.requests, one.units))
            dearest.cpu_ms = statistics.median(one.cpu_ms for one in taken)
            found[name] = dearest
    return found


def _know_prices() -> None:
    """Quotes of every symbol that a row names: nobody is there to fetch one, and a request would wait for it."""
    from app.core import clock
    from app.prices.models import PriceClose, QuoteRow

    stocks = ("ACME", *(f"S{number:03d}" for number in range(ASSETS)))
    for asset_type, symbol in (("currency", "EUR"), *(("stock", each) for each in stocks)):
        QuoteRow.confirm(
            asset_type=asset_type,
            symbol=symbol,
            price=Decimal(12),
            currency="USD",
            quoted_at=clock.now(),
            confirmed_at=clock.now(),
            source="bench",
            name=None,
            day_change=None,
        )
    today = clock.now().date()
    days = [today - timedelta(days=back) for back in range(1, HISTORY_DAYS)]
    for symbol in stocks:
        PriceClose.store(asset_type="stock", symbol=symbol, closes=dict.fromkeys(days, Decimal(12)))
        QuoteRow.history_loaded(
            asset_type="stock", symbol=symbol, loaded_from=LOADED_FROM, loaded_at=clock.now()
        )


def _asked(app: "Flask", name: str, method: str, path: str) -> Measured:
    scenario = SCENARIOS[name]
    people = World(app, scenario.who)
    places = people.filled(scenario.path)
    body, token = people.filled(scenario.body), people.token
    for place, value in places.items():
        path = path.replace(f"{{{place}}}", value)
    with _counting() as measured:
        started = time.process_time()
        answer = people.ask(method, f"{path}{scenario.query}", body, token, file=scenario.file)
        measured.cpu_ms = (time.process_time() - started) * 1000
    measured.status = answer.status_code
    return measured


@contextlib.contextmanager
def _counting() -> Iterator[Measured]:
    """Add up what botocore tells of DynamoDB's answers.

    The local DynamoDB does not tell what a BatchGetItem takes: that is counted by its keys, for rows of up to 4 KB.
    """
    from app.core.dynamo.connection import shared_connection

    measured = Measured(status=0)
    of_batches: list[float] = []

    def note_batch(params: dict[str, Any], **_: Any) -> None:
        of_batches.append(
            sum(
                len(some["Keys"]) * (1.0 if some.get("ConsistentRead") else 0.5)
                for some in params["RequestItems"].values()
            )
        )

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity") or []
        parts = consumed if isinstance(consumed, list) else [consumed]
        units = sum(part.get("CapacityUnits", 0) for part in parts)
        if model.name == "BatchGetItem" and not consumed:
            units = of_batches[-1]
        measured.requests += 1
        measured.operations.append(model.name)
        if model.name in READS:
            measured.reads += units
        else:
            measured.writes += units

    events = shared_connection().client.meta.events
    events.register("provide-client-params.dynamodb.BatchGetItem", note_batch)
    events.register("after-call.dynamodb", note)
    try:
        yield measured
    finally:
        events.unregister("after-call.dynamodb", note)
        events.unregister("provide-client-params.dynamodb.BatchGetItem", note_batch)


def record(found: dict[str, Measured]) -> dict[str, dict[str, float]]:
    """What bench/costs.json keeps."""
    return {
        name: {"requests": one.requests, "units": one.units} for name, one in sorted(found.items())
    }


def table(app: "Flask", found: dict[str, Measured]) -> str:
    """The page's table of endpoints."""
    lines = [
        "| endpoint | answers | DynamoDB requests | read units | write units | CPU ms | $ per million | read with |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, (method, path) in operations(app).items():
        if name not in found:
            continue
        one = found[name]
        lines.append(
            f"| `{method} {path}` | {one.status} | {one.requests} | {one.reads:g} | {one.writes:g} | "
            f"{one.cpu_ms:.0f} | {one.dollars * 1e6:.2f} | {SCENARIOS[name].note} |"
        )
    return "\n".join(lines)


def months(found: dict[str, Measured]) -> str:
    """The page's table of months."""
    lines = [
        "| users | requests | API Gateway | Lambda | DynamoDB | queue, log, mail, alarms, metrics | a month | a user |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for users in USERS:
        asked = {name: users * DAYS * times for name, times in DAY.items() if name in found}
        count = sum(asked.values())
        gateway = count * PER_API_REQUEST
        tables = sum(
            times * (found[name].reads * PER_READ_UNIT + found[name].writes * PER_WRITE_UNIT)
            for name, times in asked.items()
        )
        api_ms = sum(times * found[name].billed_ms for name, times in asked.items())
        worker_ms = MINUTES * (TICK_MS + JOBS_A_MINUTE * JOB_MS)
        functions = (api_ms + worker_ms) / 1000 * GIGABYTES * PER_GB_SECOND + (
            count + MINUTES * (1 + JOBS_A_MINUTE)
        ) * PER_INVOCATION
        rest = (
            MINUTES * JOBS_A_MINUTE * 3 * PER_QUEUE_REQUEST
            + (count + MINUTES * 4) * LOG_BYTES / 1e9 * PER_GB_OF_LOG
            + users * EMAILS_A_MONTH * PER_EMAIL
            + ALARMS * 0.10
            + METRICS * 0.30
        )
        total = gateway + tables + functions + rest
        lines.append(
            f"| {users:,} | {count / 1e6:.2f} M | ${gateway:.2f} | ${functions:.2f} | ${tables:.2f} | "
            f"${rest:.2f} | **${total:,.2f}** | ${total / users:.4f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the page and the record."""
    with world.local_aws() as url:
        environment = {**world.environment(url), "PASSWORD_HASH_ROUNDS": "12"}
        os.environ.update(environment)
        from app.config import Settings
        from app.core import dynamo
        from app.extensions import EXTENSION
        from app.factory import create_app

        app = create_app(Settings.from_env(environment))
        dynamo.create_tables()
        app.extensions[EXTENSION].job_queue.ensure_queues()
        app.extensions[EXTENSION].object_storage.ensure_bucket()
        found = measure(app, rounds=ROUNDS)
        without = sorted(set(operations(app)) - set(found))
        for name, one in found.items():
            if one.status >= 400 and name != "take_mail_notice":
                print(f"{name} answered {one.status}: mend its row in bench/scenarios.py")
        if without:
            print(f"no row in bench/scenarios.py for {', '.join(without)}")
        page = PAGE.read_text(encoding="utf-8")
        page = TABLE.sub(lambda match: f"{match[1]}{table(app, found)}{match[2]}", page, count=1)
        page = MONTHS.sub(lambda match: f"{match[1]}{months(found)}{match[2]}", page, count=1)
    _write(PAGE, page)
    _write(RECORD, json.dumps(record(found), indent=1) + "\n")
    print(f"{len(found)} endpoints measured; docs/costs.md and bench/costs.json are written")


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
