"""Do the waitlist's tasks move up who brought others, also when they are lost or run twice?"""

from datetime import timedelta

import pytest

from app.core import dynamo
from app.extensions import EXTENSION
from app.jobs.schedule import SCHEDULE
from app.waitlist.models import Entry, NumbersGiven, Place
from app.waitlist.service import closing_gaps
from tasks import celery_app
from tasks import waitlist as tasks
from tests.emails.outside import ToldQueue
from tests.waitlist.conftest import token_of


@pytest.fixture
def join(app, client):
    def join(email, **body):
        answer = client.post("/waitlist/join", json={"email": email, **body})
        assert answer.status_code == 201, answer.json
        return answer.json["referral_code"]

    with app.app_context():
        yield join


@pytest.fixture
def confirm(client):
    def confirm(email):
        answer = client.post("/waitlist/confirm", json={"token": token_of(email)})
        assert answer.status_code == 200, answer.json

    return confirm


class TestCreditReferral:
    def test_moves_up_once_also_when_run_twice(self, join, confirm):
        join("a@example.com")
        code = join("b@example.com")
        brought = join("c@example.com", referral_code=code)
        confirm("c@example.com")

        tasks.credit_referral(referral_code=brought)
        tasks.credit_referral(referral_code=brought)

        assert Entry.of("b@example.com").position == 1
        assert Entry.of("b@example.com").referrals == 1

    def test_is_tried_again_while_the_place_ahead_is_being_taken(self, join, confirm):
        NumbersGiven.next()
        code = join("b@example.com")
        brought = join("c@example.com", referral_code=code)
        confirm("c@example.com")

        assert dynamo.Busy in tasks.credit_referral.autoretry_for
        with pytest.raises(dynamo.Busy):
            tasks.credit_referral.run.__wrapped__(referral_code=brought)


class TestCreditOwed:
    def test_is_a_recurring_job(self):
        assert celery_app.app.tasks["waitlist.credit_owed"].run
        (job,) = [job for job in SCHEDULE if job.name == "waitlist.credit_owed"]
        assert job.every == timedelta(minutes=10)

    def test_asks_again_for_what_was_lost(self, app, join, confirm):
        code = join("a@example.com")
        brought = join("b@example.com", referral_code=code)
        confirm("b@example.com")
        queue = app.extensions[EXTENSION].job_queue = ToldQueue()

        tasks.credit_owed()

        assert queue.enqueued == [("waitlist.credit_referral", {"referral_code": brought}, 0)]


class TestCloseGaps:
    def test_is_a_recurring_job(self):
        assert celery_app.app.tasks["waitlist.close_gaps"].run
        (job,) = [job for job in SCHEDULE if job.name == "waitlist.close_gaps"]
        assert job.every == timedelta(hours=1)

    def test_goes_on_until_nothing_is_left(self, app, join, monkeypatch):
        for name in "abc":
            join(f"{name}@example.com")
        entry, (place,) = Entry.of("a@example.com"), Place.between(1, 1)
        dynamo.commit(entry.removal(), place.handed_over(to=None))
        monkeypatch.setattr(closing_gaps, "MOST_MOVED", 1)
        queue = app.extensions[EXTENSION].job_queue = ToldQueue()

        tasks.close_gaps()
        assert queue.enqueued == [("waitlist.close_gaps", {}, 0)]
        tasks.close_gaps()

        assert Entry.of("c@example.com").position == 2
        assert len(queue.enqueued) == 1
