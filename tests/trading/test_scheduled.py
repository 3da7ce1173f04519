"""Is a due time served once, and is the balance told to those who may see it?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.accounts import service as accounts
from app.config import Settings
from app.core import dynamo
from app.jobs.schedule import SCHEDULE, last_due_at, schedule
from app.trading import service as trading
from tests.conftest import NOON, SetClock, SignedUp
from tests.trading.conftest import Bot, events

DUE = datetime(2026, 11, 20, 8, tzinfo=UTC)  # two in the morning in Chicago


class Noting:
    """A queue that keeps what it is told."""

    def __init__(self) -> None:
        self.named: list[tuple[str, dict[str, Any]]] = []

    def enqueue(self, task: str, arguments: Any = None, **_: Any) -> None:
        self.named.append((task, dict(arguments or {})))

    def of(self, task: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.named if name == task]


@pytest.fixture
def queue() -> Noting:
    return Noting()


def send(queue: Noting, *, due_at: datetime = DUE, baseline: str | None = "10000") -> str | None:
    known = Decimal(baseline) if baseline is not None else None
    return trading.send_heartbeat(due_at=due_at, baseline=known, jobs=queue, now=NOON)  # type: ignore[arg-type]


def push(queue: Noting, cursor: str | None = None) -> int:
    return trading.push_heartbeat(
        due_at=DUE.isoformat(),
        text="Balance: $1.00",
        cursor=cursor,
        jobs=queue,  # type: ignore[arg-type]
    )


class TestSendHeartbeat:
    def test_tells_balance_and_profit_in_the_documents_words(self, bot: Bot, queue: Noting) -> None:
        bot.equity("10500", "2026-11-20T11:50:00Z")

        assert send(queue) == "Balance: $10,500.00, P/L: 5.00%"
        assert events("balance") == [
            {
                "timestamp": "2026-11-20T11:50:00+00:00",
                "current_balance": "10500",
                "total_pl_amount": "500",
                "total_pl_percent": "5.00",
            }
        ]
        assert queue.named == [
            ("feeds.push_events", {"channel": "balance"}),
            (
                "trading.push_heartbeat",
                {"due_at": DUE.isoformat(), "text": "Balance: $10,500.00, P/L: 5.00%"},
            ),
        ]

    @pytest.mark.parametrize(
        ("equity", "baseline", "text"),
        [
            ("9999.995", "10000", "Balance: $10,000.00, P/L: 0.00%"),
            ("0.005", "0.004", "Balance: $0.01, P/L: 25.00%"),
            ("-3.5", "10", "Balance: -$3.50, P/L: -135.00%"),
            ("1234567.891", None, "Balance: $1,234,567.89, P/L: 0.00%"),  # it is the first snapshot
            ("0", None, "Balance: $0.00"),
        ],
    )
    def test_writes_money_as_people_do(
        self, bot: Bot, queue: Noting, equity: str, baseline: str | None, text: str
    ) -> None:
        bot.equity(equity)
        assert send(queue, baseline=baseline) == text

    def test_says_nothing_where_no_balance_is_known(self, aws: Any, queue: Noting) -> None:
        assert send(queue) is None
        assert (queue.named, events("balance")) == ([], [])

    def test_tells_the_feed_once_for_a_due_time(self, bot: Bot, queue: Noting) -> None:
        bot.equity("10500")
        assert send(queue) == send(queue)
        assert len(events("balance")) == 1
        # The worker may have died before its pushes were named; the devices take each notification once.
        assert len(queue.of("trading.push_heartbeat")) == 2

    def test_tells_the_next_due_time_again(self, bot: Bot, queue: Noting) -> None:
        bot.equity("10500")
        send(queue)
        send(queue, due_at=DUE + timedelta(hours=6))
        assert len(events("balance")) == 2

    def test_leaves_a_due_time_that_a_later_one_has_followed(self, bot: Bot, queue: Noting) -> None:
        bot.equity("10500")
        send(queue, due_at=DUE + timedelta(hours=6))
        assert send(queue, due_at=DUE) is None
        assert len(events("balance")) == 1

    def test_does_not_say_whether_the_bot_runs(self, bot: Bot, queue: Noting) -> None:
        bot.equity("10500")
        bot.post("/status/start", {})
        send(queue)
        assert bot.read("/status")["running"] is True


class TestPushHeartbeat:
    def test_reaches_viewers_and_admins_only(
        self,
        queue: Noting,
        sign_up: Callable[..., SignedUp],
        sign_in_as: Callable[..., SignedUp],
    ) -> None:
        sign_up()
        viewer, admin = sign_in_as("viewer"), sign_in_as("admin")
        disabled = sign_in_as("viewer")
        accounts.disable_account(admin_id=admin.user_id, user_id=disabled.user_id, now=NOON)

        assert push(queue) == 2
        told = queue.of("devices.push_to_user")
        assert {each["user_id"] for each in told} == {viewer.user_id, admin.user_id}
        assert told[0]["notification"] == {
            "notification_id": f"trading-heartbeat-{DUE.isoformat()}",
            "title": "Trading",
            "body": "Balance: $1.00",
            "data": {"channel": "balance"},
        }

    def test_goes_on_in_another_task_after_a_hundred_accounts(
        self, queue: Noting, aws: Any, clock: SetClock, settings: Settings
    ) -> None:
        for number in range(130):
            user = accounts.User(
                f"viewer-{number:03}",
                role="viewer",
                created_at=clock.now() + timedelta(seconds=number),
                updated_at=clock.now(),
            )
            dynamo.commit(user.creation())

        assert push(queue) == 100
        [following] = queue.of("trading.push_heartbeat")
        assert following["due_at"] == DUE.isoformat()
        assert push(queue, following["cursor"]) == 30
        assert len(queue.of("trading.push_heartbeat")) == 1
        assert len({each["user_id"] for each in queue.of("devices.push_to_user")}) == 130


class TestCloseDayBefore:
    @pytest.mark.parametrize(
        ("due_at", "day"),
        [
            ("2026-03-08T06:00:00+00:00", "2026-03-07"),
            ("2026-03-09T05:00:00+00:00", "2026-03-08"),
            ("2026-11-01T05:00:00+00:00", "2026-10-31"),
            ("2026-11-02T06:00:00+00:00", "2026-11-01"),
        ],
    )
    def test_closes_the_day_that_ended(self, aws: Any, due_at: str, day: str) -> None:
        closed = trading.close_day_before(due_at=datetime.fromisoformat(due_at), now=NOON)
        assert closed.day.isoformat() == day
        assert closed.is_new is True
        again = trading.close_day_before(due_at=datetime.fromisoformat(due_at), now=NOON)
        assert again.is_new is False


class TestSchedule:
    def test_takes_two_times_from_the_settings(self, settings: Settings) -> None:
        chosen = Settings.from_env(
            {"EQUITY_SNAPSHOT_INTERVAL_MINUTES": "5", "HEARTBEAT_CRON": "30 9 * * 1-5"}
        )
        by_name = {job.name: job for job in schedule(chosen)}
        assert by_name["trading.snapshot_equity"].every == timedelta(minutes=5)
        assert by_name["trading.send_heartbeat"].cron == "30 9 * * 1-5"
        assert by_name["trading.send_heartbeat"].timezone == "America/Chicago"
        assert list(by_name) == [job.name for job in SCHEDULE]
        assert schedule(settings) == SCHEDULE

    @pytest.mark.parametrize(
        ("name", "now", "due_at"),
        [
            ("trading.snapshot_equity", "2026-11-20T12:09:59+00:00", "2026-11-20T12:00:00+00:00"),
            ("trading.send_heartbeat", "2026-11-20T12:00:00+00:00", "2026-11-20T08:00:00+00:00"),
            # Two in the morning does not exist on 8 March, and comes twice on 1 November.
            ("trading.send_heartbeat", "2026-03-08T12:00:00+00:00", "2026-03-08T08:00:00+00:00"),
            ("trading.send_heartbeat", "2026-11-01T10:00:00+00:00", "2026-11-01T08:00:00+00:00"),
            ("trading.roll_up_daily_pnl", "2026-11-02T12:00:00+00:00", "2026-11-02T06:00:00+00:00"),
        ],
    )
    def test_knows_when_a_job_was_due_last(
        self, settings: Settings, name: str, now: str, due_at: str
    ) -> None:
        found = last_due_at(name=name, settings=settings, now=datetime.fromisoformat(now))
        assert found == datetime.fromisoformat(due_at)
