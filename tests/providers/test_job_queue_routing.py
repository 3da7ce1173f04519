"""Do tasks that have a queue of their own travel through it, with all that holds of the other?"""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from app.providers.job_queue import message
from app.providers.job_queue.sqs import SqsJobQueue

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqs(aws_server, settings) -> Any:
    return boto3.client("sqs", region_name=settings.region, endpoint_url=aws_server.url)


@pytest.fixture
def fresh(aws_server, settings) -> SqsJobQueue:
    """A queue that is yet to be made."""
    return SqsJobQueue(
        queue_name=f"jobs-{uuid.uuid4()}", region=settings.region, endpoint_url=aws_server.url
    )


@pytest.fixture
def queue(fresh) -> Iterator[SqsJobQueue]:
    made = fresh
    made.ensure_queues()
    yield made
    made.discard_enqueued()


@pytest.fixture
def received(sqs, queue):
    """Take everything from the queue, and read it."""

    def take() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while some := sqs.receive_message(QueueUrl=queue.queue_url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            found += [json.loads(one["Body"]) for one in some]
        return found

    return take


class TestTaskOfAQueueOfItsOwn:
    """The workspace's tasks, which only one function has room for."""

    @pytest.fixture
    def analysis(self, sqs, queue):
        """Take everything from the queue of the workspace."""
        url = queue.url_of(queue_name=f"{queue.queue_name}-analysis")

        def take():
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return [json.loads(one["Body"])["headers"]["task"] for one in found]

        return take

    def test_travels_through_it(self, queue, received, analysis):
        queue.ask("workspace.read_file", {"file_id": "1"})
        queue.enqueue("workspace.remove_contents")
        queue.enqueue("emails.deliver")
        queue.send_enqueued()

        assert sorted(analysis()) == ["workspace.read_file", "workspace.remove_contents"]
        assert [sent["headers"]["task"] for sent in received()] == ["emails.deliver"]

    def test_is_postponed_in_it(self, queue, received, analysis):
        queue.ask("workspace.read_file")
        url = queue.url_of(queue_name=f"{queue.queue_name}-analysis")
        [message_body] = [
            one["Body"] for one in queue._call("receive_message", QueueUrl=url)["Messages"]
        ]
        queue.postpone(message_body, delay_seconds=0)

        assert analysis() == ["workspace.read_file"]
        assert received() == []

    def test_is_counted_with_the_others(self, queue):
        queue.ask("workspace.read_file")
        queue.ask("emails.deliver")

        assert queue.count_waiting() == 2

    def test_is_found_among_the_dead_letters_and_sent_back_to_it(
        self, sqs, queue, received, analysis
    ):
        for name, task in (("-analysis", "workspace.read_file"), ("", "emails.deliver")):
            written = message.written(
                task=task, arguments={}, queue_name="any", delay_seconds=0, now=NOON
            )
            url = queue.url_of(queue_name=f"{queue.queue_name}{name}-dead")
            sqs.send_message(QueueUrl=url, MessageBody=written.body)

        listed = queue.list_dead_letters(limit=10)
        assert {one.task for one in listed} == {"workspace.read_file", "emails.deliver"}
        assert queue.redrive(limit=10) == 2
        assert analysis() == ["workspace.read_file"]
        assert [sent["headers"]["task"] for sent in received()] == ["emails.deliver"]
