"""Are trades taken in exactly once, and paired exactly, however late they come?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.core import dynamo
from app.trading import service
from app.trading.models import Repair, RoundTripDay, SystemStatus, Tally, Trade
from app.trading.models.tallies import TOTAL, day_key
from app.trading.rules.trades import Totals
from tests.conftest import NOON
from tests.trading.conftest import events, made, push

DAY = date(2026, 11, 20)
EVER: dict[str, Any] = {"start": None, "end": None}


class TestPushTrades:
    def test_of_one_trade_by_forty_at_once_takes_effect_once(self, jobs: Any) -> None:
        trade = made("t1", pnl=Decimal("12.50"))
        with ThreadPoolExecutor(40) as pool:
            done = list(pool.map(lambda _: push(jobs, trade), range(40)))

        assert sum(pushed.created for pushed in done) == 1
        assert sum(pushed.duplicates for pushed in done) == 39
        assert len(events("trades")) == 1
        assert len(list(Trade.scan())) == 1
        assert Tally.of(TOTAL).totals == Totals.of(Decimal("12.50"))

    def test_of_forty_trades_at_once_counts_each(self, jobs: Any) -> None:
        trades = [made(f"t{number}", pnl=Decimal(number - 20)) for number in range(40)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda trade: push(jobs, trade), trades))

        figures = stats().figures.totals
        assert (figures.trade_count, figures.best, figures.worst) == (
            40,
            Decimal(19),
            Decimal(-20),
        )
        assert len(events("trades")) == 40

    def test_of_overlapping_batches_at_once_counts_each_trade_once(self, jobs: Any) -> None:
        def batch(first: int) -> int:
            own = [made(f"t{number}", pnl=Decimal(1)) for number in range(first, first + 60)]
            return push(jobs, *own).created

        with ThreadPoolExecutor(4) as pool:
            created = sum(pool.map(batch, [0, 20, 40, 40]))

        assert created == 100
        assert Tally.of(TOTAL).totals.gross_profit == 100
        assert len(events("trades")) == 100

    def test_of_another_trade_with_the_same_id_at_once_lets_one_win(self, jobs: Any) -> None:
        def attempt(pnl: int) -> bool:
            try:
                return push(jobs, made("t1", pnl=Decimal(pnl))).created == 1
            except service.TradeConflict:
                return False

        with ThreadPoolExecutor(10) as pool:
            won = list(pool.map(attempt, range(10)))

        assert sum(won) == 1
        assert Tally.of(TOTAL).totals == Totals.of(Decimal(won.index(True)))

    def test_tells_the_feed_and_names_its_job_only_for_what_is_new(self, jobs: Any) -> None:
        push(jobs, made("t1"))
        push(jobs, made("t1"))

        assert jobs.names == ["feeds.push_events"]

    def test_that_come_late_correct_their_day_and_all_totals(self, jobs: Any) -> None:
        push(jobs, made("t2", pnl=Decimal(5)))
        push(jobs, made("t1", NOON - timedelta(days=40), pnl=Decimal(-7), symbol="ETH"))

        calendar = service.get_calendar(start="2026-10-11", end="2026-10-11", now=NOON)
        assert [(day.pnl, day.colour) for day in calendar] == [(Decimal(-7), "red")]
        assert stats().figures.totals.net_profit == -2
        assert stats(end="2026-11-19").figures.totals.worst == -7
        assert total() == 2
        assert total(end="2026-11-19") == 1

    def test_that_come_late_in_their_symbol_name_the_job_that_pairs_again(self, jobs: Any) -> None:
        push(jobs, made("t2"))
        push(jobs, made("t1", NOON - timedelta(hours=1)))

        assert "trading.settle_round_trips" in jobs.names


class TestRoundTrips:
    def test_are_counted_as_trades_come_in(self, jobs: Any) -> None:
        push(jobs, made("t1"), made("t2", NOON + timedelta(seconds=10), side="sell"))

        assert stats().average_duration_seconds == 10
        assert Repair.pending() == []

    def test_are_exact_before_and_after_a_late_trade_is_settled(self, jobs: Any) -> None:
        push(jobs, made("sold", NOON, side="sell"))
        assert stats().average_duration_seconds is None
        push(jobs, made("bought", NOON - timedelta(days=3)))

        assert stats().average_duration_seconds == 3 * 86_400
        assert stats(start="2026-11-20").average_duration_seconds == 3 * 86_400
        assert stats(end="2026-11-19").average_duration_seconds is None
        assert [repair.symbol for repair in Repair.pending()] == ["BTC"]

        assert service.settle_round_trips() == 0

        assert Repair.pending() == []
        assert stats().average_duration_seconds == 3 * 86_400
        assert stats(start="2026-11-20").average_duration_seconds == 3 * 86_400
        assert stats(end="2026-11-19").average_duration_seconds is None

    def test_are_paired_no_further_than_a_late_trade_changes_them(self, jobs: Any) -> None:
        for day in range(10):
            bought = NOON - timedelta(days=10 - day)
            push(
                jobs,
                made(f"b{day}", bought),
                made(f"s{day}", bought + timedelta(hours=1), side="sell"),
            )
        late = NOON - timedelta(days=8, hours=1)
        push(jobs, made("late b", late), made("late s", late + timedelta(minutes=1), side="sell"))
        (repair,) = Repair.pending()
        stored = {row.day: row for row in RoundTripDay.from_day("BTC", repair.day)}

        with dynamo.counting() as cost:
            assert service.settle_round_trips() == 0

        assert repair.day == date(2026, 11, 12)
        assert cost.requests < 12
        days_after = {row.day: row for row in RoundTripDay.from_day("BTC", repair.day)}
        assert int(days_after[repair.day].closed_count) == 2
        del stored[repair.day], days_after[repair.day]
        assert [row.lots for row in days_after.values()] == [row.lots for row in stored.values()]

    def test_are_settled_once_by_many_at_once(self, jobs: Any) -> None:
        push(jobs, *(made(f"s{day}", NOON - timedelta(days=day), side="sell") for day in range(5)))
        push(jobs, made("b", NOON - timedelta(days=9), size=Decimal(5)))
        before = stats().average_duration_seconds

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: service.settle_round_trips(), range(6)))
        service.settle_round_trips()

        assert Repair.pending() == []
        assert stats().average_duration_seconds == before == 7 * 86_400


class TestRollUpDailyPnl:
    def test_closes_a_day_once(self, jobs: Any) -> None:
        push(jobs, made("t1", pnl=Decimal(5)))

        first = service.roll_up_daily_pnl(day=DAY, now=NOON)
        again = service.roll_up_daily_pnl(day=DAY, now=NOON + timedelta(days=1))

        assert (first.pnl, first.trade_count, first.is_new, first.agrees) == (
            Decimal(5),
            1,
            True,
            True,
        )
        assert (again.pnl, again.trade_count, again.is_new, again.agrees) == (
            Decimal(5),
            1,
            False,
            True,
        )
        assert Tally.of(day_key(DAY)).rolled_up_at == NOON

    def test_closes_a_day_without_trades(self, jobs: Any) -> None:
        assert service.roll_up_daily_pnl(day=DAY, now=NOON).trade_count == 0
        push(jobs, made("t1", pnl=Decimal(5)))

        assert service.roll_up_daily_pnl(day=DAY, now=NOON).pnl == 5
        assert stats().figures.totals == Totals.of(Decimal(5))

    def test_settles_what_late_trades_left(self, jobs: Any) -> None:
        push(jobs, made("t2"))
        push(jobs, made("t1", NOON - timedelta(days=1)))

        service.roll_up_daily_pnl(day=DAY, now=NOON)

        assert Repair.pending() == []

    def test_tells_of_sums_that_are_not_those_of_the_trades(self, jobs: Any) -> None:
        push(jobs, made("t1"))
        dynamo.commit(dynamo.update(Tally(*day_key(DAY)), [Tally.gross_profit.add(Decimal(1))]))

        assert not service.roll_up_daily_pnl(day=DAY, now=NOON).agrees


class TestStartAndStop:
    def test_by_many_at_once_are_told_once(self, jobs: Any) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: service.start(jobs=jobs, now=NOON), range(8)))

        assert events("status") == [{"running": True, "uptime_seconds": 0}]
        assert SystemStatus.current().started_at == NOON


def stats(start: str | None = None, end: str | None = None) -> service.Stats:
    return service.get_stats(start=start, end=end, now=NOON)


def total(**filters: Any) -> int:
    wanted = {"symbol": None, "side": None, **EVER, **filters}
    return service.list_trades(page=1, page_size=200, cursor=None, **wanted).total
