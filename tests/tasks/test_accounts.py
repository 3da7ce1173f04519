"""Do the tasks of accounts do what they are asked, also when they are asked twice?"""

from typing import Any

import pytest

from app import extensions
from app.accounts import service as accounts
from app.emails.models import Email
from app.providers.registry import Providers
from tasks import accounts as tasks
from tasks import celery_app
from tests.accounts.doors import PASSWORD
from tests.emails.outside import ToldQueue

DEVICE = accounts.Device(ip="127.0.0.1", user_agent=None)


class Queue(ToldQueue):
    """A queue that remembers what was enqueued by tasks that succeeded."""

    def send_enqueued(self):
        """It is remembered."""

    def discard_enqueued(self):
        """What is remembered stays."""


@pytest.fixture
def queue(aws, settings, clock):
    before = extensions._of_process
    chosen: Any = Providers(settings)
    chosen.__dict__["job_queue"] = Queue()
    extensions.use(chosen)
    yield chosen.job_queue
    extensions._of_process = before


@pytest.fixture
def ada(queue, settings, clock):
    signed_in = accounts.sign_up(
        email="ada@example.com",
        password=PASSWORD,
        device=DEVICE,
        settings=settings,
        jobs=queue,
        now=clock.now(),
    )
    queue.enqueued.clear()
    return signed_in.user


class TestSendReset:
    ASKED = {"email": "ada@example.com", "request_id": "r1"}  # noqa: RUF012

    def test_is_the_name_that_the_request_asks_by(self):
        assert celery_app.app.tasks["accounts.send_reset"].run

    def test_writes_one_email_also_when_run_twice(self, ada, queue):
        for _ in range(2):
            assert tasks.send_reset.apply(kwargs=self.ASKED).successful()

        written = [mail for mail in Email.sent_to(ada.user_id) if mail.template == "reset_password"]
        assert [mail.to for mail in written] == ["ada@example.com"]
        asked_for = {arguments["email_id"] for _, arguments, _ in queue.enqueued}
        assert asked_for == {written[0].email_id}

    def test_writes_nothing_for_nobody(self, ada, queue):
        asked = self.ASKED | {"email": "nobody@example.com"}

        assert tasks.send_reset.apply(kwargs=asked).successful()

        assert queue.enqueued == []
