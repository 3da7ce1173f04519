"""Where is somebody signed in, and does ending a sign-in end it at once?"""

from datetime import timedelta

import pytest

from tests.accounts.doors import bearer, code_of, post
from tests.conftest import NOON, PASSWORD


@pytest.fixture
def ada(sign_up):
    return sign_up("ada@example.com")


@pytest.fixture
def log_in(client):
    def log_in(email="ada@example.com", *, agent="phone"):
        answer = post(
            client,
            "/auth/login",
            {"email": email, "password": PASSWORD},
            headers={"User-Agent": agent},
        )
        assert answer.status_code == 200
        return answer.json

    return log_in


@pytest.fixture
def listed(client):
    def listed(headers, query=""):
        answer = client.get(f"/users/me/sessions{query}", headers=headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    return listed


class TestListSessions:
    def test_shows_each_sign_in_the_one_used_last_first(self, client, ada, log_in, listed, clock):
        clock.advance(minutes=5)
        log_in(agent="phone")

        found = listed(ada.headers)

        assert found["sessions"][0]["user_agent"] == "phone"
        assert [one["current"] for one in found["sessions"]] == [False, True]
        assert found["next_cursor"] is None
        assert set(found["sessions"][0]) == {
            "id",
            "user_agent",
            "ip",
            "created_at",
            "last_used_at",
            "current",
        }
        assert found["sessions"][0]["created_at"] == (NOON + timedelta(minutes=5)).isoformat()

    def test_moves_with_a_refresh(self, client, ada, log_in, listed, clock):
        clock.advance(minutes=5)
        log_in()
        clock.advance(minutes=5)
        assert (
            post(client, "/auth/refresh", {"refresh_token": ada.refresh_token}).status_code == 200
        )

        found = listed(ada.headers)["sessions"]

        assert found[0]["current"]
        assert found[0]["last_used_at"] == (NOON + timedelta(minutes=10)).isoformat()
        assert found[0]["created_at"] == NOON.isoformat()

    def test_leaves_out_what_ended_with_the_token_version(self, client, ada, log_in, listed):
        log_in()
        answer = client.post("/auth/logout", json={"everywhere": True}, headers=ada.headers)
        assert answer.status_code == 200

        found = listed(bearer(log_in(agent="laptop")["access_token"]))["sessions"]

        assert [one["user_agent"] for one in found] == ["laptop"]

    def test_leaves_out_what_expired(self, ada, log_in, listed, clock):
        clock.advance(days=7)

        found = listed(bearer(log_in(agent="laptop")["access_token"]))["sessions"]

        assert [one["user_agent"] for one in found] == ["laptop"]

    def test_is_paged(self, ada, log_in, listed):
        log_in()
        first = listed(ada.headers, "?limit=1")
        second = listed(ada.headers, f"?limit=1&cursor={first['next_cursor']}")

        both = first["sessions"] + second["sessions"]
        assert {one["current"] for one in both} == {True, False}

    def test_refuses_a_cursor_of_somebody_else(self, client, ada, log_in, listed, sign_up):
        log_in()
        cursor = listed(ada.headers, "?limit=1")["next_cursor"]

        answer = client.get(
            f"/users/me/sessions?cursor={cursor}", headers=sign_up("bob@example.com").headers
        )

        assert (answer.status_code, code_of(answer)) == (422, "invalid_cursor")


class TestEndSession:
    def other(self, listed, headers):
        (found,) = [one for one in listed(headers)["sessions"] if not one["current"]]
        return found["id"]

    def test_kills_its_tokens_at_once(self, client, ada, log_in, listed):
        phone = log_in()

        answer = client.delete(
            f"/users/me/sessions/{self.other(listed, ada.headers)}", headers=ada.headers
        )

        assert (answer.status_code, answer.json) == (200, {"message": "Session ended"})
        dead = client.get("/users/me", headers=bearer(phone["access_token"]))
        assert (dead.status_code, code_of(dead)) == (401, "token_revoked")
        for path in ("/auth/refresh", "/api/v1/refresh"):
            dead = post(client, path, {"refresh_token": phone["refresh_token"]})
            assert (dead.status_code, code_of(dead)) == (401, "token_revoked")
        assert client.get("/users/me", headers=ada.headers).status_code == 200
        assert len(listed(ada.headers)["sessions"]) == 1

    def test_can_end_the_one_that_asks(self, client, ada, listed):
        (own,) = listed(ada.headers)["sessions"]

        assert (
            client.delete(f"/users/me/sessions/{own['id']}", headers=ada.headers).status_code == 200
        )
        assert client.get("/users/me", headers=ada.headers).status_code == 401

    def test_knows_no_session_of_somebody_else(self, client, ada, sign_up, listed):
        bob = sign_up("bob@example.com")
        (own,) = listed(bob.headers)["sessions"]

        answer = client.delete(f"/users/me/sessions/{own['id']}", headers=ada.headers)

        assert (answer.status_code, code_of(answer)) == (404, "session_not_found")
        assert client.get("/users/me", headers=bob.headers).status_code == 200

    @pytest.mark.parametrize("session_id", ["nonsense", "a" * 100, "%00", "-" * 36])
    def test_knows_none_that_never_was(self, client, ada, session_id):
        answer = client.delete(f"/users/me/sessions/{session_id}", headers=ada.headers)

        assert (answer.status_code, code_of(answer)) == (404, "session_not_found")

    def test_ends_it_once(self, client, ada, log_in, listed):
        log_in()
        session_id = self.other(listed, ada.headers)

        found = [
            client.delete(f"/users/me/sessions/{session_id}", headers=ada.headers).status_code
            for _ in range(2)
        ]

        assert found == [200, 404]
