"""Do the tasks of backtests and optimisations run under Celery, once however often told, and where they belong?"""

import subprocess
import sys
from datetime import timedelta

import pytest

from app.core import ids
from app.jobs.schedule import SCHEDULE
from app.portfolio.service import runs as service
from app.providers.job_queue import routing
from deploy.functions import ANALYSIS, WORKER, function_of
from tasks import portfolio as tasks
from tests.portfolio.trying import backtest, done, market, optimise, owner, used, worker

__all__ = ["backtest", "market", "optimise", "owner", "used", "worker"]

WITHOUT_A_SOLVER = """
import importlib, sys
sys.modules["numpy"] = sys.modules["daqp"] = None
from tasks.celery_app import task_modules
for name in task_modules():
    importlib.import_module(name)
"""


class TestImport:
    def test_needs_neither_numpy_nor_a_solver(self):
        found = subprocess.run(
            [sys.executable, "-c", WITHOUT_A_SOLVER], capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stderr


class TestQueue:
    def test_of_optimisations_is_that_of_the_function_with_a_solver(self):
        assert function_of(tasks.optimize.name) is ANALYSIS
        assert function_of("workspace.answer_question") is ANALYSIS
        assert function_of(tasks.run_backtest.name) is WORKER
        assert function_of(tasks.look_after_runs.name) is WORKER

    def test_of_a_name_that_only_begins_alike_is_the_jobs(self):
        assert routing.queue_of("portfolio.optimize_later", queue_name="jobs") == "jobs"
        assert routing.queue_of(None, queue_name="jobs") == "jobs"

    def test_is_listed_once(self):
        assert routing.all_queues("jobs") == ("jobs", "jobs-analysis")


@pytest.fixture
def asked(app, client, owner, worker, backtest, optimise):
    """A backtest and an optimisation whose prices have come, and that nobody has done."""
    done(worker, client, owner, backtest())
    worker.asleep = True
    answers = backtest(), optimise()
    with app.app_context():
        yield [{"user_id": owner.user_id, "run_id": answer.json["id"]} for answer in answers]


class TestRuns:
    def test_are_done_once_also_when_told_twice(self, client, owner, asked, used):
        a_backtest, an_optimisation = asked
        for _ in range(2):
            assert tasks.run_backtest.apply(kwargs=a_backtest).successful()
            assert tasks.optimize.apply(kwargs=an_optimisation).successful()

        for path, run in (("backtests", a_backtest), ("optimizations", an_optimisation)):
            shown = client.get(f"/portfolio/{path}/{run['run_id']}", headers=owner.headers).json
            assert shown["status"] == "completed", shown["error"]
        assert used("backtests") == 2
        assert used("portfolio_optimizations") == 1

    def test_that_are_gone_are_nobodys(self, owner, asked):
        gone = {"user_id": owner.user_id, "run_id": ids.new_id()}
        assert tasks.run_backtest.apply(kwargs=gone).successful()
        assert tasks.optimize.apply(kwargs=gone).successful()

    def test_that_break_are_told_and_given_back(self, client, owner, asked, used):
        run = service.get_run(kind=service.BACKTESTS, **asked[0])
        run.wanted = {**run.wanted, "rebalance": "never heard of"}
        run.save()

        tasks.run_backtest.apply(kwargs=asked[0])  # Celery tries again, and finds that it was told

        shown = client.get(f"/portfolio/backtests/{asked[0]['run_id']}", headers=owner.headers).json
        assert (shown["status"], shown["error_code"]) == ("failed", "internal_error")
        assert "nothing was counted" in shown["error"]
        assert used("backtests") == 1  # the one before


class TestLookAfterRuns:
    def test_is_a_recurring_job(self):
        (job,) = [job for job in SCHEDULE if job.name == tasks.look_after_runs.name]
        assert job.every == timedelta(minutes=1)

    def test_gives_up_on_what_has_waited_too_long(self, client, owner, asked, clock, used):
        clock.advance(hours=2)
        for _ in range(2):
            assert tasks.look_after_runs.apply().successful()

        clock.advance(hours=-2)  # the token has expired by then
        shown = client.get(f"/portfolio/backtests/{asked[0]['run_id']}", headers=owner.headers).json
        assert (shown["status"], shown["error_code"]) == ("failed", "given_up")
        assert used("portfolio_optimizations") == 0
