"""Does a user take along what the workspace holds, and does nothing stay when the account is closed?"""

import pytest

from app.workspace.models import File, Project, Removal, Session
from app.workspace.service import erase_files, erase_owned_by, export_owned_by
from tests.workspace.conftest import make_project, make_session, send_file


@pytest.fixture
def filled(client, owner, reader):
    project = make_project(client, owner)
    session = make_session(client, owner, project["id"], name="First look")
    file = send_file(client, owner, project["id"], b"a,b\n1,2\n").json
    return project["id"], session["id"], file["id"]


class TestExport:
    def test_tells_of_everything(self, owner, filled):
        project_id, session_id, file_id = filled

        told = export_owned_by(user_id=owner.user_id)

        assert [one["project_id"] for one in told["projects"]] == [project_id]
        assert [(one["session_id"], one["name"]) for one in told["sessions"]] == [
            (session_id, "First look")
        ]
        assert [(one["file_id"], one["filename"]) for one in told["files"]] == [
            (file_id, "sales.csv")
        ]
        assert told["messages"] == []


class TestErasing:
    def test_leaves_nothing_and_nothing_of_anybody_elses(
        self, client, owner, stranger, filled, storage, clock
    ):
        project_id, session_id, file_id = filled
        key = File.of(file_id).s3_key
        kept = make_project(client, stranger)

        for _ in range(2):
            erase_owned_by(user_id=owner.user_id)
            erase_files(user_id=owner.user_id, storage=storage, now=clock.now())

        assert (Project.of(project_id), Session.of(session_id), File.of(file_id)) == (
            None,
            None,
            None,
        )
        assert storage.size_of(key=key) is None
        assert Project.of(kept["id"]) is not None
        # An upload may be under way: a job looks again.
        assert Removal.of(kind="user", thing_id=owner.user_id) is not None
