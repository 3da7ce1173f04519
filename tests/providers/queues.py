"""A queue of a test's own, and what came through it."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from app.providers.job_queue.sqs import SqsJobQueue


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
