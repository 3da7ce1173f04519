"""Do tasks that have a queue of their own travel through it, with all that holds of the other?"""

import json
from datetime import UTC, datetime

import pytest

from app.providers.job_queue import message
from tests.providers.queues import fresh, queue, received, sqs

__all__ = ["fresh", "queue", "received", "sqs"]

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


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
