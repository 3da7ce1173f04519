import pytest

from app.core import dynamo
from app.workspace.models import Message, Project, Removal, Session
from app.workspace.service import removing, sessions
from tests.workspace.conftest import make_project, make_session


class TestProjects:
    def test_are_listed_newest_first_with_their_counts(self, client, owner, clock):
        first = make_project(client, owner, name="First")
        clock.advance(1)
        second = make_project(client, owner, name="Second", description="More")
        make_session(client, owner, first["id"])

        listed = client.get("/projects", headers=owner.headers).json

        assert [(one["name"], one["session_count"]) for one in listed["projects"]] == [
            ("Second", 0),
            ("First", 1),
        ]
        assert listed["projects"][0]["description"] == "More"
        assert second["file_count"] == 0
        assert listed["next_cursor"] is None

    def test_come_in_pages(self, client, owner, clock):
        for name in ("a", "b", "c"):
            make_project(client, owner, name=name)
            clock.advance(1)

        first = client.get("/projects?limit=2", headers=owner.headers).json
        rest = client.get(
            f"/projects?limit=2&cursor={first['next_cursor']}", headers=owner.headers
        ).json

        names = [one["name"] for page in (first, rest) for one in page["projects"]]
        assert names == ["c", "b", "a"]

    def test_change_only_what_is_named(self, client, owner, clock):
        made = make_project(client, owner, description="What it is")
        clock.advance(60)

        changed = client.put(
            f"/projects/{made['id']}", json={"name": "Costs"}, headers=owner.headers
        ).json

        assert (changed["name"], changed["description"]) == ("Costs", "What it is")
        assert changed["updated_at"] > made["updated_at"]
        emptied = client.put(
            f"/projects/{made['id']}", json={"description": None}, headers=owner.headers
        ).json
        assert emptied["description"] is None

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "description": "y" * 501}]
    )
    def test_need_a_name_of_a_length(self, client, owner, body):
        assert client.post("/projects", json=body, headers=owner.headers).status_code == 422

    def test_of_another_are_not_there(self, client, owner, stranger):
        made = make_project(client, owner)
        url = f"/projects/{made['id']}"

        for method in ("get", "put", "delete"):
            body = {"json": {"name": "Mine"}} if method == "put" else {}
            answer = getattr(client, method)(url, headers=stranger.headers, **body)
            assert (answer.status_code, answer.json["error_code"]) == (404, "PROJECT_NOT_FOUND")
        assert client.get(url, headers=owner.headers).json == made

    def test_are_made_once_by_a_repeated_request(self, client, owner):
        headers = {**owner.headers, "Idempotency-Key": "make-one"}
        first = client.post("/projects", json={"name": "One"}, headers=headers)
        again = client.post("/projects", json={"name": "One"}, headers=headers)

        assert again.json == first.json
        assert len(list(Project.owned_by(owner.user_id))) == 1


class TestSessions:
    def test_are_listed_newest_first(self, client, owner, clock):
        project = make_project(client, owner)
        make_session(client, owner, project["id"], name="One")
        clock.advance(1)
        unnamed = make_session(client, owner, project["id"])

        listed = client.get(f"/projects/{project['id']}/sessions", headers=owner.headers).json

        assert [one["name"] for one in listed["sessions"]] == ["New session", "One"]
        assert listed["sessions"][0]["id"] == unnamed["id"]

    def test_hold_what_was_said(self, client, owner, clock):
        project = make_project(client, owner)
        session = make_session(client, owner, project["id"])
        say(session["id"], owner.user_id, "How many?", clock.now())

        shown = client.get(f"/sessions/{session['id']}", headers=owner.headers).json

        assert [one["content"] for one in shown["messages"]] == ["How many?"]
        assert shown["project_id"] == project["id"]

    def test_are_renamed(self, client, owner):
        session = make_session(client, owner, make_project(client, owner)["id"])

        answer = client.put(
            f"/sessions/{session['id']}", json={"name": "Trends"}, headers=owner.headers
        )

        assert (answer.status_code, answer.json["name"]) == (200, "Trends")

    def test_are_counted_down_when_they_go(self, client, owner):
        project = make_project(client, owner)
        session = make_session(client, owner, project["id"])

        gone = client.delete(f"/sessions/{session['id']}", headers=owner.headers)
        again = client.delete(f"/sessions/{session['id']}", headers=owner.headers)

        assert (gone.status_code, again.status_code) == (200, 404)
        shown = client.get(f"/projects/{project['id']}", headers=owner.headers).json
        assert shown["session_count"] == 0

    def test_of_another_are_not_there(self, client, owner, stranger):
        project = make_project(client, owner)
        session = make_session(client, owner, project["id"])
        inside = f"/projects/{project['id']}/sessions"

        refused = [
            client.get(inside, headers=stranger.headers),
            client.post(inside, json={}, headers=stranger.headers),
            client.get(f"/sessions/{session['id']}", headers=stranger.headers),
            client.put(
                f"/sessions/{session['id']}", json={"name": "Mine"}, headers=stranger.headers
            ),
            client.delete(f"/sessions/{session['id']}", headers=stranger.headers),
        ]

        assert {answer.status_code for answer in refused} == {404}
        shown = client.get(f"/projects/{project['id']}", headers=owner.headers).json
        assert shown["session_count"] == 1

    def test_are_so_many_at_most(self, client, owner, monkeypatch):
        monkeypatch.setattr(sessions, "MOST_SESSIONS", 1)
        project = make_project(client, owner)
        make_session(client, owner, project["id"])

        answer = client.post(f"/projects/{project['id']}/sessions", json={}, headers=owner.headers)

        assert (answer.status_code, answer.json["error_code"]) == (409, "TOO_MANY_SESSIONS")


def say(session_id, user_id, content, now):
    said = Message(
        f"message-{content}",
        session_id=session_id,
        project_id="any",
        user_id=user_id,
        role="user",
        content=content,
        status="complete",
        created_at=now,
    )
    dynamo.commit(dynamo.put(said))


class TestRemoving:
    def test_takes_along_what_stood_in_a_project(self, client, owner, clock, storage):
        project = make_project(client, owner)
        session = make_session(client, owner, project["id"])
        say(session["id"], owner.user_id, "How many?", clock.now())
        client.delete(f"/projects/{project['id']}", headers=owner.headers)

        removing.remove_contents(
            kind="project", thing_id=project["id"], storage=storage, now=clock.now()
        )

        assert Session.of(session["id"]) is None
        assert list(Message.all_in(session["id"])) == []
        assert Removal.of(kind="project", thing_id=project["id"]) is not None

    def test_is_over_when_a_later_look_finds_nothing(self, client, owner, clock, storage):
        project = make_project(client, owner)
        client.delete(f"/projects/{project['id']}", headers=owner.headers)
        clock.advance(hours=4)

        removing.remove_contents(
            kind="project", thing_id=project["id"], storage=storage, now=clock.now()
        )

        assert Removal.of(kind="project", thing_id=project["id"]) is None
