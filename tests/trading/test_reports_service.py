"""Do the reports equal the slow obvious computation, in whatever order things were pushed?"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.trading import service
from app.trading.rules import days
from app.trading.rules.curve import max_drawdown
from app.trading.rules.trades import Fill, Totals, pair
from tests.conftest import NOON, LocalAws
from tests.trading.conftest import NamedJobs, curve, events, made, push, push_equity

DAY = date(2026, 11, 20)


class TestReports:
    @settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(min_value=0, max_value=2**32), settle=st.booleans())
    def test_equal_the_slow_obvious_computation_after_any_order_of_pushes(
        self, aws: LocalAws, seed: int, settle: bool
    ) -> None:
        aws.reset()
        chance, jobs = random.Random(seed), NamedJobs()  # noqa: S311 - made data
        trades = [some_trade(chance, number) for number in range(chance.randint(1, 60))]
        snapshots = dict(some_snapshot(chance) for _ in range(chance.randint(0, 25)))
        pushed = [*trades, *chance.sample(trades, len(trades) // 3)]
        chance.shuffle(pushed)
        while pushed:
            size = chance.choice([1, 1, 5, 30])
            push(jobs, *pushed[:size])
            del pushed[:size]
        for at, value in chance.sample(list(snapshots.items()), len(snapshots)):
            push_equity(jobs, str(value), at)
        if settle:
            assert service.settle_round_trips() == 0

        for first, last in ((None, None), (date(2026, 10, 30), date(2026, 11, 2)), (None, DAY)):
            assert_equal_to_the_obvious(trades, snapshots, first, last)
        assert_pages_are_whole(trades, chance)
        assert len(events("trades")) == len(trades)


def some_trade(chance: random.Random, number: int) -> dict[str, Any]:
    """Around both ends of the day on which Chicago's clock goes back, and three weeks later."""
    midnight = chance.choice(
        [datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 2, 6, tzinfo=UTC), NOON]
    )
    at = midnight + timedelta(seconds=chance.randint(-40_000, 40_000))
    return made(
        f"t{number}",
        min(at, NOON),
        symbol=chance.choice(["BTC", "ETH"]),
        side=chance.choice(["buy", "sell", "short", "cover"]),
        size=Decimal(chance.randint(1, 30)) / 10,
        pnl=Decimal(chance.randint(-500, 500)) / 100,
    )


def some_snapshot(chance: random.Random) -> tuple[datetime, Decimal]:
    hour = datetime(2026, 11, 1, 4, tzinfo=UTC) + timedelta(hours=chance.randint(0, 4))
    return hour + timedelta(seconds=chance.randint(0, 3_599)), Decimal(chance.randint(1, 500))


def assert_equal_to_the_obvious(
    trades: Sequence[dict[str, Any]],
    snapshots: dict[datetime, Decimal],
    first: date | None,
    last: date | None,
) -> None:
    within = [
        trade
        for trade in sorted(trades, key=lambda one: (one["timestamp"], one["trade_id"]))
        if (first or date.min) <= days.trading_day(trade["timestamp"]) <= (last or date.max)
    ]
    expected = Totals()
    for trade in within:
        expected = expected.plus(Totals.of(trade["pnl"]))
    range_of = {
        "start": first.isoformat() if first else None,
        "end": last.isoformat() if last else None,
    }
    found = service.get_stats(**range_of, now=NOON)
    assert found.figures.totals == expected
    assert {one.name: one.totals.net_profit for one in found.by_symbol} == {
        symbol: sum(trade["pnl"] for trade in within if trade["symbol"] == symbol)
        for symbol in sorted({trade["symbol"] for trade in within})
    }
    assert sum(week.totals.trade_count for week in found.by_week) == len(within)
    assert found.average_duration_seconds == obvious_duration(trades, first, last)
    points = sorted(
        (at, value)
        for at, value in snapshots.items()
        if (first or date.min) <= days.trading_day(at) <= (last or date.max)
    )
    assert found.max_drawdown.amount == max_drawdown(points).amount
    assert found.max_drawdown.start == max_drawdown(points).start
    assert found.max_drawdown.end == max_drawdown(points).end
    assert curve(start="2026-10-01") == sorted(snapshots.items())
    calendar = service.get_calendar(start="2026-10-30", end="2026-11-21", now=NOON)
    for one in calendar:
        own = [trade["pnl"] for trade in trades if days.trading_day(trade["timestamp"]) == one.day]
        assert one.pnl == sum(own)


def obvious_duration(
    trades: Sequence[dict[str, Any]], first: date | None, last: date | None
) -> Decimal | None:
    """Pair everything from the beginning, a trade at a time."""
    lots: tuple[Fill, ...] = ()
    count, seconds = 0, Decimal(0)
    for trade in sorted(trades, key=lambda one: (one["timestamp"], one["trade_id"])):
        fill = Fill(
            symbol=trade["symbol"], side=trade["side"], size=trade["size"], at=trade["timestamp"]
        )
        found = pair([fill], lots)
        lots = found.open_lots
        if (first or date.min) <= days.trading_day(fill.at) <= (last or date.max):
            count += found.closed_count
            seconds += found.closed_seconds_total
    return (seconds / count).quantize(Decimal("0.01"), "ROUND_HALF_UP") if count else None


def assert_pages_are_whole(trades: Sequence[dict[str, Any]], chance: random.Random) -> None:
    start, end = sorted(chance.choice(trades)["timestamp"] for _ in range(2))
    for symbol in (None, "BTC"):
        for side in (None, "sell"):
            expected = [
                trade["trade_id"]
                for trade in sorted(
                    trades, key=lambda one: (one["timestamp"], one["trade_id"]), reverse=True
                )
                if symbol in (None, trade["symbol"])
                and side in (None, trade["side"])
                and start <= trade["timestamp"] <= end
            ]
            page = service.list_trades(
                page=1,
                page_size=200,
                cursor=None,
                symbol=symbol,
                side=side,
                start=start.isoformat(),
                end=end.isoformat(),
            )
            assert [trade.trade_id for trade in page.items] == expected
            assert page.total == len(expected)
