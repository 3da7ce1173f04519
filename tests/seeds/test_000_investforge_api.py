"""Does every request of document 000 work, at its URL and as it is written there?

The document lists its endpoints and fields; it shows no bodies.
"""

from typing import Any

import pytest

# "Users Table", which is what a profile shows, but for the password's hash.
USER_FIELDS = {
    "user_id", "email", "first_name", "last_name", "plan", "email_verified", "created_at",
    "updated_at", "stripe_customer_id", "preferences",
}  # fmt: skip
SIGNUP = {
    "email": "user@example.com",
    "password": "password123",
    "first_name": "Ada",
    "last_name": "King",
}


@pytest.fixture
def signed_up(client: Any) -> dict[str, Any]:
    answer = client.post("/auth/signup", json=SIGNUP)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture
def headers(signed_up: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed_up['access_token']}"}


class TestAuthentication:
    def test_signup_creates_a_user_and_returns_tokens(self, signed_up: dict[str, Any]):
        assert signed_up["access_token"]
        assert signed_up["refresh_token"]
        assert set(signed_up["user"]) >= USER_FIELDS
        assert signed_up["user"]["plan"] == "free"

    def test_login_returns_tokens(self, client: Any, signed_up: dict[str, Any]):
        body = {"email": SIGNUP["email"], "password": SIGNUP["password"]}
        answer = client.post("/auth/login", json=body)
        assert answer.status_code == 200
        assert {"access_token", "refresh_token"} <= set(answer.json)
        assert answer.json["user_id"] == signed_up["user_id"]

    def test_refresh_gives_an_access_token(self, client: Any, signed_up: dict[str, Any]):
        body = {"refresh_token": signed_up["refresh_token"]}
        answer = client.post("/auth/refresh", json=body)
        assert answer.status_code == 200
        assert answer.json["access_token"]


class TestUserManagement:
    def test_get_profile(self, client: Any, headers: dict[str, str]):
        answer = client.get("/users/me", headers=headers)
        assert answer.status_code == 200
        assert set(answer.json) >= USER_FIELDS
        assert "password_hash" not in answer.json

    def test_update_profile(self, client: Any, headers: dict[str, str]):
        body = {"first_name": "Augusta", "preferences": {"theme": "dark"}}
        answer = client.put("/users/me", json=body, headers=headers)
        assert answer.status_code == 200
        assert answer.json["first_name"] == "Augusta"
        assert client.get("/users/me", headers=headers).json["preferences"] == {"theme": "dark"}


class TestErrorHandling:
    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("GET", "/users/me", None, 401),
            ("POST", "/auth/signup", {}, 422),
            ("POST", "/auth/login", {"email": "no@example.com", "password": "no"}, 401),
            ("GET", "/nothing/here", None, 404),
            ("DELETE", "/auth/login", None, 405),
        ],
    )
    def test_is_consistent(self, client: Any, method: str, path: str, body: Any, status: int):
        answer = client.open(path, method=method, json=body)
        assert answer.status_code == status
        assert set(answer.json) == {"success", "message", "error_code", "details"}
        assert answer.json["success"] is False
        assert answer.json["error_code"].isupper()
