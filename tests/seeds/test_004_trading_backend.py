"""Does every request of document 004 work, at its URL and as it is written there?"""

from typing import Any

import pytest

from app.accounts.models import User
from app.core import dynamo

SIGNUP_BODY = """\
{
  "username": "alice",
  "email": "alice@example.com",
  "password": "Str0ngPass!"
}
"""
LOGIN_BODY = """\
{
  "username": "alice",
  "password": "Str0ngPass!"
}
"""


def post(client: Any, path: str, body: str, **more: Any) -> Any:
    return client.post(path, data=body, content_type="application/json", **more)


@pytest.fixture
def alice(client: Any) -> str:
    """Her id, after she signed up."""
    answer = post(client, "/api/v1/signup", SIGNUP_BODY)
    assert answer.status_code == 201
    assert answer.json == {"message": "Signup received. Await approval.", "status": "pending"}
    (user,) = User.scan()
    return str(user.user_id)


@pytest.fixture
def tokens(client: Any, alice: str) -> dict[str, str]:
    """Her tokens, once the account is active as an approval leaves it."""
    approval = [User.status.set("active"), User.role.set("viewer"), User.awaiting.remove()]
    dynamo.commit(dynamo.update(User(alice), approval))
    answer = post(client, "/api/v1/login", LOGIN_BODY)
    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "refresh_token", "token_type"}
    assert answer.json["token_type"] == "bearer"
    found: dict[str, str] = answer.json
    return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def error_of(answer: Any) -> tuple[int, str, str]:
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    return answer.status_code, error["code"], error["message"]


class TestLogin:
    @pytest.mark.usefixtures("alice")
    def test_of_an_account_that_is_not_active(self, client: Any):
        assert error_of(post(client, "/api/v1/login", LOGIN_BODY)) == (
            401,
            "inactive_account",
            "Invalid credentials or inactive account.",
        )

    def test_is_throttled_to_five_attempts(self, client: Any):
        for _ in range(5):
            assert post(client, "/api/v1/login", LOGIN_BODY).status_code == 401
        answer = post(client, "/api/v1/login", LOGIN_BODY)
        assert answer.status_code == 429
        assert answer.json["error"]["details"]["retry_after"] == 900


class TestRefresh:
    def test_takes_the_body_or_the_header(self, client: Any, tokens: dict[str, str]):
        in_body = client.post("/api/v1/refresh", json={"refresh_token": tokens["refresh_token"]})
        in_header = client.post("/api/v1/refresh", headers=bearer(tokens["refresh_token"]))
        for answer in (in_body, in_header):
            assert answer.status_code == 200
            assert set(answer.json) == {"access_token", "token_type"}
            assert answer.json["token_type"] == "bearer"


class TestLogout:
    def test_revokes_both_tokens(self, client: Any, tokens: dict[str, str]):
        answer = client.post(
            "/api/v1/logout",
            headers=bearer(tokens["access_token"]),
            json={"refresh_token": tokens["refresh_token"]},
        )
        assert (answer.status_code, answer.json) == (200, {"message": "Logged out"})
        me = client.get("/api/v1/me", headers=bearer(tokens["access_token"]))
        assert error_of(me)[:2] == (401, "token_revoked")
        again = client.post("/api/v1/refresh", headers=bearer(tokens["refresh_token"]))
        assert error_of(again)[:2] == (401, "token_revoked")


class TestMe:
    def test_returns_the_profile(self, client: Any, alice: str, tokens: dict[str, str]):
        answer = client.get("/api/v1/me", headers=bearer(tokens["access_token"]))
        assert answer.status_code == 200
        fields = {"id", "username", "email", "role", "status", "created_at", "updated_at"}
        assert set(answer.json) == fields
        assert (answer.json["id"], answer.json["username"]) == (alice, "alice")
        assert (answer.json["role"], answer.json["status"]) == ("viewer", "active")
        assert answer.json["created_at"].endswith("+00:00")
