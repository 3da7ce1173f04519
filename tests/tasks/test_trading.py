"""Do the tasks of trading do what is due, with the settings of this installation?"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app import extensions
from app.devices import service as devices
from app.feeds import service as feeds
from app.providers.registry import Providers
from app.trading import service as trading
from app.trading.service import settlement
from tasks import devices as device_tasks
from tasks import trading as tasks
from tests.conftest import NOON

AT_ONCE: dict[str, Any] = {
    "trading.push_heartbeat": tasks.push_heartbeat,
    "devices.push_to_user": device_tasks.push_to_user,
    "devices.push_to_device": device_tasks.push_to_device,
}


class Delivering:
    """A queue that runs the tasks of a heartbeat at once, when they are named."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.delays: list[int] = []

    def enqueue(self, task: str, arguments: Any = None, *, delay_seconds: int = 0) -> None:
        self.named.append(task)
        self.delays.append(delay_seconds)
        if task in AT_ONCE:
            AT_ONCE[task].apply(kwargs=dict(arguments or {})).get()

    def send_enqueued(self) -> None:
        """Nothing is kept back."""

    def discard_enqueued(self) -> None:
        """Nothing is kept back."""


class Phones:
    """A push service that remembers what it was given."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    def send(self, *, token: str, notification: Any) -> None:
        self.shown.append((token, notification.body))


@pytest.fixture
def providers(app: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    made: Any = Providers(replace(settings, baseline_equity=Decimal(10_000)))
    made.job_queue, made.push = Delivering(), Phones()
    monkeypatch.setattr(extensions, "_of_process", made)
    return made


def push_equity(providers: Any, equity: int) -> None:
    trading.push_equity(
        equity=Decimal(equity),
        timestamp=None,
        jobs=providers.job_queue,
        now=NOON - timedelta(hours=1),
    )


def told(channel: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in feeds.events_after(channel=channel, after=None)]


class TestSnapshotEquity:
    def test_takes_one_for_each_due_time(self, providers, clock):
        clock.advance(minutes=3)
        tasks.snapshot_equity.apply().get()
        clock.advance(minutes=3)
        tasks.snapshot_equity.apply().get()
        clock.advance(minutes=10)
        tasks.snapshot_equity.apply().get()

        assert [(each["timestamp"], Decimal(each["equity"])) for each in told("equity")] == [
            ("2026-11-20T12:00:00+00:00", Decimal(10_000)),
            ("2026-11-20T12:10:00+00:00", Decimal(10_000)),
        ]


class TestRollUpDailyPnl:
    def test_closes_yesterday_in_chicago(self, providers, clock, caplog):
        caplog.set_level("INFO")
        tasks.roll_up_daily_pnl.apply().get()
        [rolled] = [
            record for record in caplog.records if record.message == "trading.day_rolled_up"
        ]
        assert (rolled.day, rolled.is_new) == ("2026-11-19", True)


class TestSettleRoundTrips:
    def test_ends_where_nothing_is_left(self, providers, clock):
        tasks.settle_round_trips.apply().get()
        assert providers.job_queue.named == []

    def test_lets_another_task_go_on_with_what_is_left(self, providers, clock, monkeypatch):
        monkeypatch.setattr(settlement, "DAYS_AT_ONCE", 0)
        for day in (19, 18):
            late = {
                "trade_id": f"t{day}",
                "symbol": "BTC",
                "side": "buy",
                "size": Decimal(1),
                "pnl": Decimal(0),
                "timestamp": NOON.replace(day=day),
            }
            trading.push_trades(trades=[late], jobs=providers.job_queue, now=NOON)
        providers.job_queue.named.clear()
        tasks.settle_round_trips.apply().get()
        assert providers.job_queue.named == ["trading.settle_round_trips"]
        assert providers.job_queue.delays[-1] == 60


class TestSendHeartbeat:
    def test_reaches_a_viewers_phone_once(self, providers, clock, sign_in_as, sign_up):
        push_equity(providers, 10_500)
        for user, token in (
            (sign_in_as("viewer"), "a-viewers-phone"),
            (sign_up(), "another-phone"),
        ):
            devices.register_device(
                user_id=user.user_id, token=token, platform="ios", now=clock.now()
            )

        tasks.send_heartbeat.apply().get()
        tasks.send_heartbeat.apply().get()

        assert providers.push.shown == [("a-viewers-phone", "Balance: $10,500.00, P/L: 5.00%")]
        assert len(told("balance")) == 1

        clock.advance(hours=6)
        tasks.send_heartbeat.apply().get()
        assert len(providers.push.shown) == 2

    def test_is_quiet_without_a_balance(self, providers, clock):
        tasks.send_heartbeat.apply().get()
        assert providers.job_queue.named == []
