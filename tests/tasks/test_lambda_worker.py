"""What does the Lambda handler do with what AWS hands it?"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from app.jobs import service
from app.jobs.schedule import SCHEDULE
from app.providers.job_queue import message, routing
from app.providers.registry import Providers
from tasks import celery_app, lambda_worker

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICK = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": ["tick"]}


@dataclass
class Context:
    """What Lambda says of the time that is left."""

    milliseconds: int

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def process(aws, settings, clock, monkeypatch) -> Iterator[None]:
    """This process as Lambda starts it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setattr(celery_app, "_prepared_process", None)
    monkeypatch.setattr(lambda_worker, "_tracers", {})
    celery_app.settings.cache_clear()
    Providers(settings).job_queue.ensure_queues()
    yield
    celery_app.settings.cache_clear()


@pytest.fixture
def waiting(process, settings):
    """The names of the tasks in the queues."""
    sqs = boto3.client("sqs", region_name=settings.region, endpoint_url=settings.aws_endpoint_url)
    jobs = Providers(settings).job_queue
    urls = [jobs.url_of(queue_name=name) for name in routing.all_queues(settings.queue_name)]

    def names() -> list[str]:
        found: list[str] = []
        for url in urls:
            while received := sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30
            ).get("Messages", []):
                found += [json.loads(one["Body"])["headers"]["task"] for one in received]
        return found

    return names


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": str(number),
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
    }


def written(task: str, **arguments: Any) -> str:
    return message.written(
        task=task, arguments=arguments, queue_name="q", delay_seconds=0, now=NOON
    ).body


def metrics(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if "_aws" in line]


class TestHandler:
    @pytest.mark.parametrize(
        "event",
        [{}, {"Records": []}, {"Records": [{"eventSource": "aws:s3"}]}, {"httpMethod": "GET"}],
    )
    def test_refuses_what_it_does_not_know(self, event):
        with pytest.raises(lambda_worker.UnknownEvent):
            lambda_worker.handler(event)

    def test_names_the_records_that_failed(self, process):
        event = batch("garbage", written("jobs.tick"), written("no.such_task"))
        answer = lambda_worker.handler(event, Context(60_000))
        assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]}

    def test_names_a_record_whose_task_failed(self, process):
        answer = lambda_worker.handler(batch(written("jobs.tick", unexpected=1)))
        assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}

    def test_leaves_what_there_is_no_time_for(self, process, waiting):
        answer = lambda_worker.handler(batch(written("jobs.tick")), Context(1_999))
        assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
        assert waiting() == []

    def test_counts_each_task_by_its_outcome(self, process, capsys):
        lambda_worker.handler(batch("garbage", written("jobs.tick")))
        refused, ran = metrics(capsys.readouterr().out)
        assert (refused["task"], refused["outcome"]) == ("unknown", "refused")
        assert (ran["task"], ran["outcome"]) == ("jobs.tick", "succeeded")
        assert ran["duration_ms"] > 0
        [metric] = ran["_aws"]["CloudWatchMetrics"]
        assert metric["Dimensions"] == [["task", "outcome"]]

    def test_notes_how_a_recurring_job_went(self, process):
        lambda_worker.handler(batch(written("prices.refresh_quotes")))
        states = {state.name: state for state in service.list_jobs(schedule=SCHEDULE, now=NOON)}
        state = states["prices.refresh_quotes"]
        assert (state.last_run_at, state.last_result) == (NOON, "succeeded")

    def test_does_not_run_a_task_again_because_its_run_could_not_be_noted(
        self, process, aws, settings
    ):
        dynamodb = boto3.client("dynamodb", region_name=settings.region, endpoint_url=aws.url)
        dynamodb.delete_table(TableName="investforge-local-job-runs")
        answer = lambda_worker.handler(batch(written("prices.refresh_quotes")))
        assert answer == {"batchItemFailures": []}


class TestTick:
    def test_starts_what_is_due_once_a_minute_or_not(self, process, waiting, clock):
        lambda_worker.handler(TICK)
        lambda_worker.handler(TICK)
        assert sorted(waiting()) == sorted(job.name for job in SCHEDULE if job.owes_first_run)

    def test_stops_while_the_scheduler_is_off(self, process, waiting, monkeypatch):
        monkeypatch.setenv("SCHEDULER_ENABLED", "false")
        celery_app.settings.cache_clear()
        lambda_worker.handler(TICK)
        assert waiting() == []

    def test_never_raises_what_zappa_would_take_for_another_signature(self, process, monkeypatch):
        def broken() -> None:
            raise TypeError("oops")

        lambda_worker.handler(batch("garbage"))
        monkeypatch.setitem(celery_app.app.tasks, "jobs.tick", broken)
        with pytest.raises(RuntimeError, match="tick failed"):
            lambda_worker.tick(TICK)


class TestTickMetric:
    @staticmethod
    def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
        """The last line that the tick logged."""
        written = "".join(capsys.readouterr()).splitlines()
        lines = [json.loads(line) for line in written if '"tasks.jobs"' in line]
        last: dict[str, Any] = lines[-1]
        return last

    def test_is_how_long_the_latest_job_has_waited(self, process, clock, capsys):
        lambda_worker.tick(TICK)
        clock.advance(minutes=20)

        lambda_worker.tick(TICK)

        line = self.told(capsys)
        assert line["message"] == "jobs.ticked"
        assert line["lag_seconds"] == 20 * 60
        assert line["most_late"] in {job.name for job in SCHEDULE}

    def test_is_zero_while_the_scheduler_is_stopped(self, process, capsys, monkeypatch):
        monkeypatch.setenv("SCHEDULER_ENABLED", "false")
        celery_app.settings.cache_clear()

        lambda_worker.tick(TICK)

        line = self.told(capsys)
        assert (line["message"], line["lag_seconds"]) == ("jobs.scheduler_disabled", 0)
