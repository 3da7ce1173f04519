"""Does every request of document 002 work, at its URL and as it is written there?"""

from typing import Any

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
