"""What stands around the tests of accounts: a worker, and the inboxes that it fills."""

import pytest
from flask import Flask

from tests.accounts.worker import Worker
from tests.conftest import LocalAws


@pytest.fixture
def worker(app: Flask, aws: LocalAws) -> Worker:
    """Who works the queue off, and reads what was sent."""
    return Worker(app=app, aws_url=aws.url)
