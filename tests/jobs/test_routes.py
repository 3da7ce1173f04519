"""Who may watch and start recurring jobs, and what do they see?"""

from typing import Any

import pytest

from app.accounts import service as accounts
from app.extensions import EXTENSION

JOBS = "/api/v1/admin/jobs"
DEAD = "/api/v1/admin/dead-letters"
RUN = f"{JOBS}/prices.refresh_quotes/run"


@pytest.fixture
def queue(app) -> Any:
    return app.extensions[EXTENSION].job_queue


@pytest.fixture
def admin(client, settings, clock) -> dict[str, str]:
    """An administrator's headers."""
    accounts.create_account(
        email="admin@example.com",
        username="admin",
        password="Demo-pass1",
        role="admin",
        settings=settings,
        now=clock.now(),
    )
    answer = client.post("/api/v1/login", json={"username": "admin", "password": "Demo-pass1"})
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


@pytest.mark.parametrize(
    ("method", "path"), [("get", JOBS), ("post", RUN), ("get", DEAD), ("post", f"{DEAD}/redrive")]
)
class TestGuard:
    def test_refuses_who_is_not_signed_in(self, client, method, path):
        assert getattr(client, method)(path).status_code == 401

    def test_refuses_who_is_no_admin(self, client, sign_up, method, path):
        answer = getattr(client, method)(path, headers=sign_up().headers)
        assert answer.status_code == 403
        assert answer.json["error"]["code"] == "forbidden"


class TestListJobs:
    def test_shows_every_recurring_job(self, client, admin):
        answer = client.get(JOBS, headers=admin)
        assert answer.status_code == 200
        assert answer.json["next_cursor"] is None
        [refresh] = [job for job in answer.json["jobs"] if job["name"] == "prices.refresh_quotes"]
        assert refresh == {
            "name": "prices.refresh_quotes",
            "schedule": "every 5 minutes",
            "timezone": "UTC",
            "last_run_at": None,
            "last_result": None,
            "last_duration_ms": None,
            "next_run_at": "2026-11-20T12:05:00+00:00",
            "lag_seconds": 0,
        }


class TestRunJob:
    def test_starts_it(self, client, admin, queue):
        answer = client.post(RUN, headers=admin)
        assert answer.status_code == 202
        assert answer.json == {"message": "Job started.", "name": "prices.refresh_quotes"}

    def test_refuses_an_unknown_one(self, client, admin):
        answer = client.post(f"{JOBS}/no.such_job/run", headers=admin)
        assert answer.status_code == 404
        assert answer.json["error"]["code"] == "job_not_found"


class TestDeadLetters:
    @pytest.fixture
    def buried(self, queue) -> None:
        """One message that nobody could handle."""
        queue._call(
            "send_message", QueueUrl=queue._url(queue.dead_letter_queue_name), MessageBody="garbage"
        )

    def test_are_shown_without_what_they_say(self, client, admin, buried):
        [letter] = client.get(DEAD, headers=admin).json["dead_letters"]
        assert letter["task"] is None
        assert set(letter) == {"message_id", "task", "task_id", "sent_at", "tries"}

    def test_are_limited(self, client, admin):
        assert client.get(f"{DEAD}?limit=101", headers=admin).status_code == 422

    def test_are_sent_again(self, client, admin, buried):
        answer = client.post(f"{DEAD}/redrive", headers=admin)
        assert (answer.status_code, answer.json) == (200, {"redriven": 1})
        assert client.get(DEAD, headers=admin).json["dead_letters"] == []
