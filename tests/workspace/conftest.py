"""How does a test come by projects, sessions and files?"""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import EXTENSION
from app.providers.job_queue.sqs import SqsJobQueue
from app.providers.object_storage.interface import ObjectStorage
from app.workspace.service import removing
from app.workspace.service.uploading import READ
from tasks import workspace as tasks


def make_project(client: FlaskClient, person: Any, **fields: Any) -> dict[str, Any]:
    """A project of somebody's, as the API shows it."""
    answer = client.post("/projects", json={"name": "Sales", **fields}, headers=person.headers)
    assert answer.status_code == 201, answer.json
    return cast("dict[str, Any]", answer.json)


def make_session(
    client: FlaskClient, person: Any, project_id: str, **fields: Any
) -> dict[str, Any]:
    """A session in a project, as the API shows it."""
    answer = client.post(f"/projects/{project_id}/sessions", json=fields, headers=person.headers)
    assert answer.status_code == 201, answer.json
    return cast("dict[str, Any]", answer.json)


@pytest.fixture
def owner(sign_up):
    """Somebody with projects."""
    return sign_up()


@pytest.fixture
def stranger(sign_up):
    """Somebody else."""
    return sign_up()


@pytest.fixture
def storage(app: Flask) -> ObjectStorage:
    """Where the app keeps files."""
    kept: ObjectStorage = app.extensions[EXTENSION].object_storage
    return kept


def send_file(
    client: FlaskClient, person: Any, project_id: str, content: bytes, filename: str = "sales.csv"
) -> Any:
    """The answer to a file that came as a form's field."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    return client.post(
        f"/projects/{project_id}/files",
        data=head.encode() + content + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers=person.headers,
    )


class FileReader(SqsJobQueue):
    """A queue whose worker reads files, and removes what is to go, as soon as it is asked."""

    def __init__(self) -> None:
        super().__init__(queue_name="nobody-receives-from-here", region="us-east-1")

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Do it."""
        do = {READ: tasks.read_file, removing.REMOVE: tasks.remove_contents}.get(task)
        if do is not None:
            do(**(arguments or {}))

    def send_enqueued(self) -> None:
        """Emails and the like are nobody's here."""
        self.discard_enqueued()


@pytest.fixture
def reader(app: Flask) -> FileReader:
    """A worker that reads files at once, in place of the app's queue."""
    made = FileReader()
    app.extensions[EXTENSION].job_queue = made
    return made
