"""Are backtests and optimisations found again, looked after, exported and erased?"""

from decimal import Decimal

import pytest

from app.core import dynamo
from app.core.waiting import Patience
from app.portfolio.models.runs import Run
from app.portfolio.service import running, runs, upkeep
from app.providers.job_queue.interface import TryAgain
from app.providers.market_data.interface import GiveUp
from tests.portfolio.trying import (
    DAYS,
    PERIOD,
    backtest,
    done,
    market,
    optimise,
    owner,
    used,
    worker,
)

__all__ = ["backtest", "market", "optimise", "owner", "used", "worker"]


class TestLists:
    def test_tell_the_newest_first_without_what_is_long(
        self, client, owner, backtest, optimise, clock
    ):
        made = []
        for _ in range(3):
            made.append(backtest().json["id"])
            clock.advance(seconds=1)
        optimise()

        page = client.get("/portfolio/backtests?limit=2", headers=owner.headers).json
        rest = client.get(
            f"/portfolio/backtests?cursor={page['next_cursor']}", headers=owner.headers
        ).json

        assert [one["id"] for one in page["backtests"] + rest["backtests"]] == made[::-1]
        assert "series" not in page["backtests"][0]
        assert rest["next_cursor"] is None
        listed = client.get("/portfolio/optimizations", headers=owner.headers).json
        assert len(listed["optimizations"]) == 1
        assert "frontier" not in listed["optimizations"][0]

    def test_keep_kinds_and_people_apart(self, client, owner, backtest, sign_up):
        run = backtest().json["id"]
        for path, headers in (
            (f"/portfolio/optimizations/{run}", owner.headers),
            (f"/portfolio/backtests/{run}", sign_up().headers),
        ):
            assert client.get(path, headers=headers).status_code == 404


class TestLookAfterRuns:
    def test_asks_again_for_what_was_lost_and_no_sooner(
        self, client, owner, worker, backtest, clock
    ):
        worker.asleep = True
        run = backtest()
        runs.look_after_runs(jobs=worker, now=clock.now())
        assert worker.later == []

        clock.advance(minutes=2)
        runs.look_after_runs(jobs=worker, now=clock.now())
        worker.do_later()
        clock.advance(minutes=1)
        runs.look_after_runs(jobs=worker, now=clock.now())

        assert done(worker, client, owner, run)["status"] == "completed"

    def test_leaves_what_is_erased_meanwhile(self, owner, worker, backtest, clock):
        worker.asleep = True
        for _ in range(2):
            backtest()
            clock.advance(seconds=1)
        clock.advance(minutes=2)
        enqueue = worker.enqueue

        def enqueue_and_erase(task, arguments=None, *, delay_seconds=0):
            enqueue(task, arguments, delay_seconds=delay_seconds)
            upkeep.erase_owned_by(user_id=owner.user_id)

        worker.enqueue = enqueue_and_erase
        runs.look_after_runs(jobs=worker, now=clock.now())

        assert len(worker.later) == 1

    def test_gives_up_on_prices_that_do_not_come(
        self, client, owner, worker, backtest, clock, used
    ):
        worker.loads = False
        run = backtest()
        assert [delay for _, _, delay in worker.later] == [2]
        clock.advance(minutes=5)
        worker.do_later()
        assert worker.later == []  # nobody waits any more: the job looks after it
        clock.advance(minutes=9, seconds=59)
        runs.look_after_runs(jobs=worker, now=clock.now())
        assert done(worker, client, owner, run)["status"] == "pending"

        clock.advance(seconds=1)
        for _ in range(2):
            runs.look_after_runs(jobs=worker, now=clock.now())

        clock.advance(minutes=-15)  # the token has expired by now
        shown = done(worker, client, owner, run)
        assert (shown["status"], shown["error_code"]) == ("failed", "given_up")
        assert used("backtests") == 0

    def test_does_what_could_not_be_sent(self, client, owner, worker, backtest, clock):
        def refuse(task, arguments=None):
            raise TryAgain("the queue is down")

        asks, worker.ask = worker.ask, refuse
        run = backtest()
        assert run.status_code == 202

        worker.ask = asks
        clock.advance(minutes=2)
        for _ in range(2):
            runs.look_after_runs(jobs=worker, now=clock.now())
            worker.do_later()
        assert done(worker, client, owner, run)["status"] == "completed"


class TestOwnedData:
    def test_is_exported_and_erased(self, client, owner, worker, backtest, optimise):
        run = backtest()
        optimise()
        done(worker, client, owner, run)

        exported = upkeep.export_owned_by(user_id=owner.user_id)["runs"]
        assert [one["kind"] for one in exported] == ["backtest", "optimization"]
        assert exported[0]["id"] == run.json["id"]
        assert exported[0]["asked"]["start"] == PERIOD["start"]
        assert exported[0]["result"]["final_value"] > 0

        for _ in range(2):
            upkeep.erase_owned_by(user_id=owner.user_id)
        assert list(Run.owned_by(owner.user_id)) == []
        assert upkeep.export_owned_by(user_id=owner.user_id)["runs"] == []


class TestWaiting:
    def ask(self, owner, worker, clock, *, sleep, seconds):
        return runs.ask_backtest(
            user_id=owner.user_id,
            weights={"AAA": Decimal(1)},
            asset_type="stock",
            start=DAYS[0],
            end=DAYS[-1],
            rebalance="none",
            initial=Decimal(100),
            fee_percent=Decimal(0),
            plan="growth",
            jobs=worker,
            patience=Patience(sleep=sleep, seconds=seconds),
            now=clock.now(),
        )

    def test_ends_when_the_result_is_there(self, owner, worker, clock):
        naps: list[float] = []

        def doze(seconds):
            naps.append(seconds)
            worker.do_later()

        run = self.ask(owner, worker, clock, sleep=doze, seconds=25)

        assert run.status == "completed"
        assert run.result["final_value"] == 100 + 59 - 12
        assert len(naps) == 1

    def test_ends_with_the_patience(self, owner, worker, clock):
        naps: list[float] = []
        worker.asleep = True
        run = self.ask(owner, worker, clock, sleep=naps.append, seconds=25)

        assert run.status == "pending"
        assert sum(naps) == pytest.approx(25)


class TestTrouble:
    def test_of_a_source_that_refuses_is_told(self, client, owner, worker, backtest, market, used):
        def refuse(**_):
            raise GiveUp("never")

        run = backtest(weights={"AAA": 1})
        market.daily_closes = refuse
        shown = done(worker, client, owner, run)

        assert (shown["status"], shown["error_code"]) == ("failed", "no_prices")
        assert "AAA at the moment" in shown["error"]
        assert used("backtests") == 0

    def test_of_the_database_leaves_the_run_to_be_done_later(
        self, client, owner, worker, backtest, clock
    ):
        worker.asleep = True
        run = backtest().json["id"]

        def is_busy(*_):
            raise dynamo.Busy

        with pytest.raises(dynamo.Busy):
            running.perform(
                kind=runs.BACKTESTS,
                user_id=owner.user_id,
                run_id=run,
                compute=is_busy,
                jobs=_loaded(worker),
                now=clock.now(),
            )

        worker.asleep = False
        clock.advance(minutes=2)
        runs.look_after_runs(jobs=worker, now=clock.now())
        worker.do_later()
        shown = client.get(f"/portfolio/backtests/{run}", headers=owner.headers).json
        assert shown["status"] == "completed"

    def test_of_a_run_that_is_erased_meanwhile_is_none(
        self, client, owner, worker, backtest, clock
    ):
        worker.asleep = True
        run = backtest().json["id"]

        def erase(*_):
            upkeep.erase_owned_by(user_id=owner.user_id)
            return {}

        running.perform(
            kind=runs.BACKTESTS,
            user_id=owner.user_id,
            run_id=run,
            compute=erase,
            jobs=_loaded(worker),
            now=clock.now(),
        )

        assert list(Run.owned_by(owner.user_id)) == []


def _loaded(worker):
    """The worker, once it has loaded what the backtests here need."""
    for symbol in ("AAA", "BBB"):
        worker.load({"asset_type": "stock", "symbol": symbol, "start": PERIOD["start"]})
    return worker
