"""Does the roll-up do what it is asked, also when it is asked twice?"""

from datetime import timedelta
from typing import Any, cast

import pytest

from app.jobs.schedule import SCHEDULE
from app.usage import service as usage
from tasks import celery_app
from tasks import usage as tasks
from tests.emails.outside import ToldQueue


@pytest.fixture
def reserve(app, clock):
    def reserve(reservation_id):
        usage.reserve(
            user_id="ada",
            feature="analyses",
            plan="free",
            reservation_id=reservation_id,
            jobs=cast("Any", ToldQueue()),
            now=clock.now(),
        )

    with app.app_context():
        yield reserve


class TestRollUp:
    def test_is_a_recurring_job(self):
        assert celery_app.app.tasks["usage.roll_up"].run
        (job,) = [job for job in SCHEDULE if job.name == "usage.roll_up"]
        assert job.every == timedelta(hours=1)

    def test_gives_back_and_sums_also_when_run_twice(self, reserve, clock):
        reserve("died")
        clock.advance(hours=11)
        reserve("running")
        clock.advance(hours=1)

        for _ in range(2):
            assert tasks.roll_up.apply().successful()

        shown = usage.list_totals(start=None, end=None, now=clock.now())
        assert [(row.feature, row.count) for row in shown.usage] == [("analyses", 1)]
