"""Do stored days save work and change no answer, whatever becomes of the past?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from app.core import dynamo
from app.portfolio.models import Profile
from app.portfolio.models.snapshots import Snapshot, profile_now
from app.portfolio.rules.valued_days import Day
from app.portfolio.service import performance as performance_service
from app.portfolio.service import snapshots, transactions, upkeep
from tests.portfolio.ledger import JOBS, write
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs
from tests.portfolio.reports import (
    LATER,
    STOCK,
    TODAY,
    ago,
    in_euro,
    performance,
    store,
    tell_a_past,
)


@pytest.fixture(autouse=True)
def past(aws: object, market: ToldMarket) -> Iterator[ToldMarket]:
    """The market with a past, which the ledger's tests ask too."""
    assert aws is not None
    tell_a_past(market)
    before, JOBS.market = JOBS.market, market
    yield market
    JOBS.market = before


@pytest.fixture
def told(past: ToldMarket) -> Callable[..., performance_service.Performance]:
    """A report for ann."""
    return partial(performance, past)


@pytest.fixture
def snap(past: ToldMarket) -> Callable[..., int]:
    """Store ann's days."""
    return partial(store, past)


def forget_snapshots() -> None:
    """Make believe that there are none."""
    profile = profile_now("ann")
    assert profile is not None
    dynamo.commit(dynamo.update(profile, [Profile.snapshots_until.remove()]))


class TestSnapshots:
    def test_are_stored_once_for_each_day_up_to_yesterday(self, told: Any, snap: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(200))
        assert (snap(), snap()) == (200, 0)
        assert snap(NOON + timedelta(days=2)) == 2

    def test_save_all_closes_but_todays(self, told: Any, snap: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(200))
        write("buy", 1, 100, executed_at=ago(100), **STOCK)
        told(range_name="max")
        with dynamo.counting() as without:
            before = told(range_name="max")
        snap()
        with dynamo.counting() as stored:
            after = told(range_name="max")
        assert after == before
        # Ledger, profile, what is loaded, quotes, last closes, and the closes of two symbols;
        # the closes of none but stored days in one query.
        assert without.operations.count("Query") == 1 + 2
        assert without.requests == 7
        assert stored.operations.count("Query") == 1 + 1
        assert stored.requests == 5

    def test_cost_no_more_for_more_transactions(self, told: Any, snap: Any) -> None:
        for number in range(30):
            write("buy", 1, 1000, executed_at=ago(200 - number))
        told(range_name="max")
        with dynamo.counting() as cost:
            told(range_name="max")
        assert cost.requests == 6

    def test_hold_no_longer_than_the_past_stays(self, told: Any, snap: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(200))
        snap()
        write("buy", 1, 1000, executed_at=ago(50))
        profile = profile_now("ann")
        assert profile is not None
        assert profile.snapshots_until == TODAY - timedelta(51)
        assert told(range_name="max").end_value == 3000
        assert snap() == 50

    @pytest.mark.parametrize(
        "meanwhile",
        [
            lambda _: write("buy", 1, 1000, executed_at=ago(100)),
            lambda _: upkeep.erase_owned_by(user_id="ann"),
            in_euro,
            store,
        ],
        ids=["ledger", "erased", "currency", "another-run"],
    )
    def test_are_not_stored_where_anything_changed_meanwhile(
        self, past: ToldMarket, meanwhile: Callable[[ToldMarket], Any]
    ) -> None:
        write("buy", 1, 1000, executed_at=ago(5))
        before = profile_now("ann")
        assert before is not None
        meanwhile(past)
        after = profile_now("ann")
        wrong = [Day(day=TODAY - timedelta(5), value=Decimal(77))]
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(*Snapshot.kept(profile=before, days=wrong))
        assert snapshots._store(before, wrong) == 0
        now = profile_now("ann")
        assert (now and now.snapshots_until) == (after and after.snapshots_until)

    def test_are_not_stored_while_something_has_no_price(self, past: ToldMarket, snap: Any) -> None:
        past.down = True
        write("buy", 5, 7, executed_at=ago(20), asset_type="stock", symbol="GONE")
        past.down = False
        assert snap(LATER) == 0

    def test_begin_anew_in_another_base_currency(
        self, told: Any, snap: Any, past: ToldMarket
    ) -> None:
        write("buy", 1, 1000, executed_at=ago(60))
        snap()
        in_euro(past)
        before = told(range_name="max")
        assert before.currency == "EUR"
        assert snap() == 60
        assert told(range_name="max") == before

    def test_go_with_the_user(self, told: Any, snap: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(200))
        snap()
        upkeep.erase_owned_by(user_id="ann")
        assert profile_now("ann") is None
        assert told(range_name="max").series == []
        write("buy", 1, 1000, executed_at=ago(10))
        assert told(range_name="max").start_value == 0

    def test_are_wanted_of_every_portfolio_that_lacks_days(
        self, told: Any, snap: Any, past: ToldMarket
    ) -> None:
        write("buy", 1, 1000, executed_at=ago(20))
        write("buy", 1, 1000, executed_at=ago(20), user_id="bob")
        given: list[tuple[str, Any]] = []

        class Noting(WorkingJobs):
            def enqueue(self, task: str, arguments: Any = None, *, delay_seconds: int = 0) -> None:
                given.append((task, arguments))

        assert snapshots.snapshot_values(jobs=Noting(past, lambda: NOON), now=NOON) == 2
        snap()
        assert snapshots.snapshot_values(jobs=Noting(past, lambda: NOON), now=NOON) == 1
        assert given[-1] == ("portfolio.snapshot_portfolio", {"user_id": "bob"})

    @pytest.mark.parametrize("seed", range(4))
    def test_change_no_answer_whatever_becomes_of_the_past(
        self, told: Any, snap: Any, seed: int
    ) -> None:
        luck = Random(seed)  # noqa: S311 - the same every time
        symbols = [{}, {"symbol": "ETH"}, STOCK, {"asset_type": "stock", "symbol": "MSFT"}]
        made: list[str] = []
        for step in range(10):
            facts: dict[str, Any] = dict(luck.choice(symbols))
            if luck.random() < 0.2:
                facts["currency"] = "EUR"
            moment = ago(luck.randint(0, 150)) + timedelta(minutes=step)
            if made and luck.random() < 0.25:
                changed = made[luck.randrange(len(made))]
                transactions.change_transaction(
                    user_id="ann",
                    transaction_id=changed,
                    changes={"quantity": Decimal(luck.randint(1, 5)), "executed_at": moment},
                    now=NOON,
                )
            elif made and luck.random() < 0.2:
                gone = made.pop(luck.randrange(len(made)))
                transactions.remove_transaction(user_id="ann", transaction_id=gone, now=NOON)
            else:
                kind = luck.choice(["buy", "buy", "transfer_in", "dividend"])
                row = write(
                    kind,
                    luck.randint(1, 9),
                    luck.randint(1, 900),
                    fee=Decimal(luck.randint(0, 3)),
                    executed_at=min(moment, NOON),
                    **facts,
                )
                made.append(row.transaction_id)
            if luck.random() < 0.5:
                snap()
            asked = {
                "range_name": luck.choice(["7d", "90d", "max", "ytd"]),
                "benchmark": "crypto:BTC",
            }
            stored = told(**asked)
            profile = profile_now("ann")
            assert profile is not None
            until = profile.snapshots_until
            forget_snapshots()
            assert told(**asked) == stored
            if until is not None:
                dynamo.commit(dynamo.update(profile, [Profile.snapshots_until.set(until)]))
