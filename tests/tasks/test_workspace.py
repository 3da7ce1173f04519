"""Do the workspace's tasks answer, run again and look after what was asked, also when they run twice?"""

import subprocess
import sys
from datetime import timedelta

import pytest

from app.extensions import EXTENSION
from app.jobs.schedule import SCHEDULE
from tasks import workspace as tasks
from tests.workspace.chatting import (
    BY_REGION,
    ToldModel,
    analyses_of,
    ask,
    history,
    impatience,
    queries,
    says,
    session,
    worker,
)
from tests.workspace.conftest import make_project, owner, send_file

__all__ = ["impatience", "owner", "session", "worker"]


@pytest.fixture
def asked(app, client, owner, session, worker):
    """A question that waits, and a model that has one answer to it."""
    worker.asleep = True
    app.extensions[EXTENSION].language_model = ToldModel(
        queries(BY_REGION), says("South sold most: 20.25.")
    )
    answer = ask(client, owner, session)
    assert answer.status_code == 202, answer.json
    with app.app_context():
        yield answer.json["ai_response"]["id"]


WITHOUT_DUCKDB = """
import importlib, sys
sys.modules["duckdb"] = None
from tasks.celery_app import task_modules
for name in task_modules():
    importlib.import_module(name)
"""


class TestImport:
    def test_needs_no_duckdb_which_only_the_analysis_has(self):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_DUCKDB], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


class TestAnswerQuestion:
    def test_answers_once_also_when_told_twice(self, client, owner, session, asked):
        for _ in range(2):
            assert tasks.answer_question.apply(kwargs={"message_id": asked}).successful()

        (_, answer) = history(client, owner, session)
        assert (answer["status"], answer["content"]) == ("completed", "South sold most: 20.25.")
        assert analyses_of(client, owner) == 1


class TestRerunCitations:
    def test_says_that_the_hashes_agree(self, client, owner, session, worker, asked):
        tasks.answer_question.apply(kwargs={"message_id": asked})
        waiting = []
        worker.ask = lambda task, arguments=None: waiting.append((task, dict(arguments)))
        client.post(f"/messages/{asked}/rerun", headers=owner.headers)
        ((task, arguments),) = waiting

        assert task == tasks.rerun_citations.name
        assert tasks.rerun_citations.apply(kwargs=arguments).successful()


class TestLookAfterAnswers:
    def test_is_a_recurring_job(self):
        (job,) = [job for job in SCHEDULE if job.name == tasks.look_after_answers.name]
        assert job.every == timedelta(minutes=1)

    def test_gives_up_on_what_has_waited_too_long(self, client, owner, session, asked, clock):
        clock.advance(hours=2)
        for _ in range(2):
            assert tasks.look_after_answers.apply().successful()

        # The token has expired by now.
        clock.advance(hours=-2)
        (_, answer) = history(client, owner, session)
        assert answer["status"] == "failed"
        assert answer["error"]
        assert analyses_of(client, owner) == 0


class TestLookAfterFiles:
    @pytest.fixture
    def unread(self, app, client, owner, worker, monkeypatch):
        """The address of a file whose worker never comes to an end."""
        monkeypatch.setattr(worker, "ask", lambda _task, _arguments=None: None)
        monkeypatch.setattr("app.workspace.routes.files.WAIT_SECONDS", 0)
        project = make_project(client, owner)
        answer = send_file(client, owner, project["id"], b"city,amount\nRome,1.50\n")
        assert (answer.status_code, answer.json["status"]) == (202, "processing")
        with app.app_context():
            yield f"/files/{answer.json['id']}"

    def look_after(self, clock, **later):
        """Run the job at a later time; the owner's token is good again afterwards."""
        clock.advance(**later)
        for _ in range(2):
            assert tasks.look_after_files.apply().successful()
        clock.advance(**{unit: -number for unit, number in later.items()})

    def test_is_a_recurring_job(self):
        assert tasks.look_after_files.name in {job.name for job in SCHEDULE}

    def test_leaves_alone_what_may_still_be_read(self, client, owner, unread, clock):
        self.look_after(clock, minutes=44)
        assert client.get(unread, headers=owner.headers).json["status"] == "processing"

    def test_gives_up_on_what_nobody_could_read(self, client, owner, unread, clock):
        self.look_after(clock, minutes=46)

        shown = client.get(unread, headers=owner.headers).json
        assert shown["status"] == "failed"
        assert "Upload it again" in shown["error"]
        tasks.read_file(
            unread.removeprefix("/files/")
        )  # a worker that comes too late changes nothing
        assert client.get(unread, headers=owner.headers).json["status"] == "failed"
