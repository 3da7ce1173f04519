"""Does a report's time grow with its answer, or with the history behind it?

The same reports are asked for after a month, after a quarter and after a year of ten-minute snapshots and 100,000
trades, each history on a local AWS of its own. Where a report is of the same days, its answer is of the same size, and
all that may differ is what the history costs. Rows are written in bulk with the product's own rules, because pushing
them through the API takes an hour; the last day is pushed through the service, on top of them.
"""

import contextlib
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bench import world

if TYPE_CHECKING:
    from flask import Flask

    from app.trading.models import Trade
    from app.trading.rules.curve import Point

END = datetime(2026, 11, 21, 6, tzinfo=UTC)
"""Midnight in Chicago."""
HISTORIES = (31, 91, 365)
"""Days; `python -m bench.trading 31 91` takes others."""
PATIENCE_SECONDS = 300
"""The local AWS looks at every row of a partition for each page of it; DynamoDB does not."""
SNAPSHOTS_A_DAY = 144
TRADES_A_DAY = 274
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD", "AAPL", "MSFT", "NVDA", "SPY", "TSLA")
SEED = 2_026
ROUNDS = 5
YEAR = {"start": "2025-11-21", "end": "2026-11-20"}
MONTH = {"start": "2026-10-22", "end": "2026-11-20"}
Query = tuple[str, Mapping[str, Any]]
OF_THE_SAME_SIZE: tuple[Query, ...] = (
    ("equity-curve", {**MONTH, "points": 500}),
    ("equity-curve", {**YEAR, "points": 500}),
    ("equity-curve", {"limit": 100, **MONTH}),
    ("profit", {}),
    ("calendar", MONTH),
    ("stats", MONTH),
    ("trades", {}),
    ("trades", {**MONTH, "symbol": "AAPL", "side": "sell", "page_size": 200}),
)
"""Whatever the history: 500 points, 30 days, one page."""
OF_ALL_THERE_IS: tuple[Query, ...] = (
    ("calendar", YEAR),
    ("stats", YEAR),
    ("stats", {}),
    ("trades", {**YEAR, "symbol": "AAPL", "side": "sell", "page_size": 200}),
)
"""Their answers hold more days, or what is rare."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one report took.

    Attributes:
        answer_bytes: the size of the answer.
        read_bytes: the items that were read, as DynamoDB reckons their size.
        requests: to DynamoDB; one of them authenticates.
        milliseconds: median of our own time; the local AWS, which looks through whole tables, is left out.
    """

    asked: str
    answer_bytes: int
    read_bytes: int
    requests: int
    milliseconds: float


def measure(*, days: int) -> list[Look]:
    """Load so many days that end at END, and ask for each report."""
    from app.config import Settings
    from app.core import clock
    from app.core.dynamo import connection
    from app.factory import create_app
    from app.providers.registry import Providers

    connection.READ_TIMEOUT_SECONDS = PATIENCE_SECONDS
    with world.local_aws() as url, clock.reading(lambda: END):
        environment = world.environment(url)
        os.environ.update(environment)
        settings = Settings.from_env(environment)
        providers = Providers(settings)
        app = create_app(settings, providers)
        _create_tables()
        providers.job_queue.ensure_queues()
        load(days=days, providers=providers)
        headers = _viewer(app, settings)
        asked = (*OF_THE_SAME_SIZE, *OF_ALL_THERE_IS)
        return [_looked(app, headers, path, query) for path, query in asked]


def load(*, days: int, providers: Any) -> None:
    """Everything that pushing these days would have stored, but for the events of the feeds."""
    from app.trading import service

    chance = random.Random(SEED)  # noqa: S311 - made data, the same in each run
    first = END - timedelta(days=days)
    _load_equity(list(_snapshots(first, days, chance)))
    trades = list(_trades(first, days, chance))
    _load_trades(trades[:-TRADES_A_DAY])
    for start in range(len(trades) - TRADES_A_DAY, len(trades), 100):
        pushed = [_as_pushed(trade) for trade in trades[start : start + 100]]
        service.push_trades(trades=pushed, jobs=providers.job_queue, now=END)
    providers.job_queue.discard_enqueued()


def _create_tables() -> None:
    from app.core import dynamo

    dynamo.create_tables()


def _viewer(app: "Flask", settings: Any) -> dict[str, str]:
    from app.accounts import service as accounts

    accounts.create_account(
        email="viewer@example.com",
        username="viewer",
        password="Str0ngPass!",  # noqa: S106 - of somebody who exists for a moment
        role="viewer",
        settings=settings,
        now=END,
    )
    login = {"username": "viewer", "password": "Str0ngPass!"}
    answer = app.test_client().post("/api/v1/login", json=login)
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def _snapshots(first: datetime, days: int, chance: random.Random) -> "Iterator[Point]":
    equity = Decimal(10_000)
    for number in range(days * SNAPSHOTS_A_DAY):
        equity += Decimal(chance.randint(-2_000, 2_050)) / 100
        yield first + timedelta(minutes=10 * number), max(equity, Decimal(100))


def _trades(first: datetime, days: int, chance: random.Random) -> "Iterator[Trade]":
    from app.trading.models import Trade

    step = timedelta(days=1) / (TRADES_A_DAY + 1)
    count = 0
    for day in range(days):
        for number in range(TRADES_A_DAY):
            opens = chance.random() < 0.5
            long = chance.random() < 0.7
            side = ("buy" if long else "short") if opens else ("sell" if long else "cover")
            count += 1
            yield Trade.made(
                trade_id=f"trade-{count:07}",
                symbol=chance.choice(SYMBOLS),
                side=side,
                size=Decimal(chance.randint(1, 500)) / 100,
                pnl=Decimal(0) if opens else Decimal(chance.randint(-10_000, 10_500)) / 100,
                timestamp=first + timedelta(days=day) + step * (number + 1),
            )


def _as_pushed(trade: "Trade") -> dict[str, Any]:
    names = ("trade_id", "symbol", "side", "size", "pnl", "timestamp")
    return {name: getattr(trade, name) for name in names}


def _load_equity(points: "list[Point]") -> None:
    from app.core import dynamo
    from app.trading.models import EquityExtent, EquitySnapshot, EquitySpan
    from app.trading.models.equity import DAY, HOUR, PUSHED, hour_text
    from app.trading.rules.days import trading_day
    from app.trading.rules.spans import Span

    hours: defaultdict[str, list[Point]] = defaultdict(list)
    by_day: defaultdict[date, list[Point]] = defaultdict(list)
    with EquitySnapshot.batch_write() as batch:
        for at, equity in points:
            batch.save(EquitySnapshot.taken(timestamp=at, equity=equity, source=PUSHED))
            hours[hour_text(at)].append((at, equity))
            by_day[trading_day(at)].append((at, equity))
    with EquitySpan.batch_write() as batch:
        for start, own in hours.items():
            batch.save(EquitySpan.looking_like(HOUR, start, Span.of(own), version=1))
        for day, own in by_day.items():
            batch.save(EquitySpan.looking_like(DAY, day.isoformat(), Span.of(own), version=1))
    for point in (points[0], points[-1]):
        dynamo.commit(EquityExtent.current().including(point, pushed=True))


def _load_trades(trades: "list[Trade]") -> None:
    from app.trading.models import Tally, Trade
    from app.trading.models.tallies import Key, day_key, keys_of
    from app.trading.rules.days import trading_day
    from app.trading.rules.trades import Totals

    sums: defaultdict[Key, Totals] = defaultdict(Totals)
    with Trade.batch_write() as batch:
        for trade in trades:
            batch.save(trade)
            for key in keys_of(trading_day(trade.timestamp), trade.symbol, trade.side):
                sums[key] = sums[key].plus(Totals.of(trade.pnl))
    closed = {day_key(day): found for day, found in _load_round_trips(trades).items()}
    with Tally.batch_write() as batch:
        for key, totals in sums.items():
            count, seconds = closed.get(key, (None, None))
            row = Tally(*key, **vars(totals), closed_count=count, closed_seconds=seconds)
            batch.save(row)


def _load_round_trips(trades: "list[Trade]") -> dict[date, tuple[int, Decimal]]:
    """Store the lots of each symbol and day; what was closed on each day."""
    from app.core import dynamo
    from app.trading.models import OpenLots, RoundTripDay
    from app.trading.rules.trades import pair
    from app.trading.service.counting import by_day, fill

    closed: defaultdict[date, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for symbol in SYMBOLS:
        own = [trade for trade in trades if trade.symbol == symbol]
        lots: Any = ()
        day = END.date()
        for day, of_day in by_day(trades=own).items():
            found = pair([fill(trade=trade) for trade in of_day], lots)
            count, seconds = found.closed_count, found.closed_seconds_total
            dynamo.commit(
                RoundTripDay.begun(symbol=symbol, day=day, lots=lots, count=count, seconds=seconds)
            )
            closed[day] = (closed[day][0] + count, closed[day][1] + seconds)
            lots = found.open_lots
        if own:
            dynamo.commit(
                OpenLots.left(
                    symbol=symbol, lots=lots, last=own[-1].moment, last_day=day, before=None
                )
            )
    return closed


@dataclass
class _Reads:
    """What was read of DynamoDB, and how long that was waited for."""

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    asked_at: float = 0.0

    def begin(self, **_: Any) -> None:
        """A call is on its way."""
        self.asked_at = time.perf_counter()

    def note(self, parsed: dict[str, Any], **_: Any) -> None:
        """Add one call."""
        self.seconds += time.perf_counter() - self.asked_at
        self.requests += 1
        found = [*parsed.get("Items", ()), *([parsed["Item"]] if "Item" in parsed else ())]
        self.bytes += sum(item_bytes(item) for item in found)


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """The size of an item as DynamoDB reckons it: names, texts, and a byte for each two digits and one more."""
    size = 0
    for name, typed in item.items():
        (kind, value), *_ = typed.items()
        size += len(name.encode())
        size += len(str(value)) // 2 + 2 if kind == "N" else len(str(value).encode())
    return size


@contextlib.contextmanager
def _reading() -> Iterator[_Reads]:
    from app.core.dynamo.connection import shared_connection

    reads, events = _Reads(), shared_connection().client.meta.events
    events.register("before-call.dynamodb", reads.begin)
    events.register("after-call.dynamodb", reads.note)
    try:
        yield reads
    finally:
        events.unregister("before-call.dynamodb", reads.begin)
        events.unregister("after-call.dynamodb", reads.note)


def _looked(app: "Flask", headers: dict[str, str], path: str, query: Mapping[str, Any]) -> Look:
    client, times = app.test_client(), []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        with _reading() as reads:
            client.get(f"/api/v1/{path}", query_string=dict(query), headers=headers)
        times.append(time.perf_counter() - begun - reads.seconds)
    with _reading() as last:
        answer = client.get(f"/api/v1/{path}", query_string=dict(query), headers=headers)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return Look(
        asked=f"{path}?{asked}" if asked else path,
        answer_bytes=len(answer.data),
        read_bytes=last.bytes,
        requests=last.requests,
        milliseconds=statistics.median(times) * 1_000,
    )


def main() -> None:
    """Print what each report took after each history, from the shortest to the longest."""
    asked = tuple(map(int, sys.argv[1:])) or HISTORIES
    found = [measure(days=days) for days in asked]
    histories = " / ".join(
        f"{days} days with {days * SNAPSHOTS_A_DAY:,} snapshots and {days * TRADES_A_DAY:,} trades"
        for days in asked
    )
    print(f"\nTrading reports after {histories}")
    rows = list(zip(*found, strict=True))
    border = len(OF_THE_SAME_SIZE)
    _show("answers of the same size", rows[:border])
    _show("answers that hold more of a longer history", rows[border:])
    print(
        "requests to DynamoDB with the one that authenticates, and the kB that they read; ms: the median of our own "
        "time, without the local AWS"
    )


def _show(heading: str, rows: Sequence[tuple[Look, ...]]) -> None:
    """A table of reports: each of their numbers after each history."""
    print(f"\n{heading:<72} {'answer kB':>20} {'requests':>12} {'read kB':>22} {'ms':>14}")
    for looks in rows:
        shown = (
            [f"{look.answer_bytes / 1_000:.1f}" for look in looks],
            [f"{look.requests}" for look in looks],
            [f"{look.read_bytes / 1_000:.1f}" for look in looks],
            [f"{look.milliseconds:.0f}" for look in looks],
        )
        answered, asked, read, took = (" / ".join(numbers) for numbers in shown)
        print(f"{looks[0].asked:<72} {answered:>20} {asked:>12} {read:>22} {took:>14}")


if __name__ == "__main__":
    main()
