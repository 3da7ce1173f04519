"""Does every request of document 002 work, at its URL and as it is written there?"""

from typing import Any

import pytest

from tests.workspace.conftest import reader, send_file  # noqa: F401 - the fixture

REGISTER_BODY = """\
{
  "email": "user@example.com",
  "password": "password123"
}
"""


class TestAuthentication:
    def test_register(self, client: Any):
        answer = client.post("/auth/register", data=REGISTER_BODY, content_type="application/json")
        assert answer.status_code == 201
        assert {"user_id", "email", "access_token"} <= set(answer.json)
        assert answer.json["email"] == "user@example.com"

    def test_login_and_logout(self, client: Any):
        client.post("/auth/register", data=REGISTER_BODY, content_type="application/json")
        login = client.post("/auth/login", data=REGISTER_BODY, content_type="application/json")
        assert login.status_code == 200
        headers = {"Authorization": f"Bearer {login.json['access_token']}"}
        assert client.get("/users/me", headers=headers).status_code == 200
        assert client.post("/auth/logout", headers=headers).status_code == 200
        assert client.get("/users/me", headers=headers).status_code == 401


PROJECT_BODY = """\
{
  "name": "Customer Analysis",
  "description": "Analyzing customer behavior data"
}
"""


@pytest.fixture
def person(sign_up):
    return sign_up()


@pytest.fixture
def project(client, person):
    answer = client.post(
        "/projects", data=PROJECT_BODY, content_type="application/json", headers=person.headers
    )
    assert answer.status_code == 201, answer.json
    return answer.json


class TestProjects:
    def test_create(self, project):
        assert {"id", "name", "description", "created_at"} <= set(project)
        assert project["name"] == "Customer Analysis"
        assert project["description"] == "Analyzing customer behavior data"

    def test_list_get_update_delete(self, client, person, project):
        url = f"/projects/{project['id']}"

        listed = client.get("/projects", headers=person.headers).json
        assert [one["id"] for one in listed["projects"]] == [project["id"]]
        assert client.get(url, headers=person.headers).json == project
        updated = client.put(url, json={"name": "Customers"}, headers=person.headers)
        assert (updated.status_code, updated.json["name"]) == (200, "Customers")
        assert client.delete(url, headers=person.headers).status_code == 200
        assert client.get(url, headers=person.headers).status_code == 404


class TestSessions:
    def test_create_list_get_update_delete(self, client, person, project):
        inside = f"/projects/{project['id']}/sessions"

        made = client.post(inside, json={"name": "First look"}, headers=person.headers)
        assert made.status_code == 201, made.json
        assert {"id", "project_id", "name", "created_at", "updated_at"} <= set(made.json)
        url = f"/sessions/{made.json['id']}"
        listed = client.get(inside, headers=person.headers).json
        assert [one["id"] for one in listed["sessions"]] == [made.json["id"]]
        assert client.get(url, headers=person.headers).json["messages"] == []
        updated = client.put(url, json={"name": "Second look"}, headers=person.headers)
        assert (updated.status_code, updated.json["name"]) == (200, "Second look")
        assert client.delete(url, headers=person.headers).status_code == 200
        assert client.get(url, headers=person.headers).status_code == 404


@pytest.mark.usefixtures("reader")
class TestFiles:
    def test_upload_list_delete(self, client, person, project):
        made = send_file(client, person, project["id"], b"customer,spent\nAda,12.50\n")
        assert made.status_code == 201, made.json
        assert {"id", "project_id", "filename", "size", "created_at"} <= set(made.json)
        listed = client.get(f"/projects/{project['id']}/files", headers=person.headers).json
        assert [one["id"] for one in listed["files"]] == [made.json["id"]]
        gone = client.delete(f"/files/{made.json['id']}", headers=person.headers)
        assert gone.status_code == 200
