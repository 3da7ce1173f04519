"""Does the health page see a job that nobody runs?"""

from datetime import timedelta

import pytest

from app.config import Settings
from app.core import dynamo
from app.jobs import service as jobs_service
from app.jobs.schedule import Job
from app.providers.registry import Providers
from app.site import service
from tests.conftest import NOON

SCHEDULE = (Job(name="prices.refresh_quotes", every=timedelta(minutes=5), why="a test"),)


@pytest.mark.usefixtures("aws")
class TestCheckHealth:
    def test_tells_of_a_job_that_was_started_and_never_ran(self, settings: Settings) -> None:
        queue = Providers(settings).job_queue
        queue.ensure_queues()
        jobs_service.tick(schedule=SCHEDULE, now=NOON, jobs=queue)

        soon, late = (
            service.check_health(schedule=SCHEDULE, jobs=queue, now=NOON + timedelta(minutes=m))[-1]
            for m in (1, 60)
        )

        assert soon.status == service.OK
        assert late.status == service.DOWN
        assert "prices.refresh_quotes" in late.detail

    def test_hides_no_mistake_of_ours_behind_an_outage(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def mistaken() -> list[str]:
            message = "a mistake"
            raise ValueError(message)

        monkeypatch.setattr(dynamo, "missing_tables", mistaken)

        with pytest.raises(ValueError, match="a mistake"):
            service.check_health(schedule=SCHEDULE, jobs=Providers(settings).job_queue, now=NOON)
