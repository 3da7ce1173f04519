"""Is what admins did on record, and are their routes for them alone?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import SetClock, SignedUp

ADMIN = "/api/v1/admin"


class TestAuditLogs:
    def test_tell_who_did_what_to_whom_newest_first(
        self, client: FlaskClient, admin: SignedUp, ask_for_account: Callable[[str], str]
    ) -> None:
        user_id = ask_for_account("alice")
        client.post(f"{ADMIN}/approve/{user_id}", headers=admin.headers)
        client.post(f"{ADMIN}/role/{user_id}", json={"role": "admin"}, headers=admin.headers)
        client.post(f"{ADMIN}/disable/{user_id}", headers=admin.headers)

        entries = client.get(f"{ADMIN}/audit-logs", headers=admin.headers).json

        assert [entry["action"] for entry in entries] == [
            "disable_user",
            "change_role",
            "approve_user",
        ]
        assert set(entries[0]) == {
            "id",
            "admin_id",
            "action",
            "target_user_id",
            "metadata",
            "created_at",
        }
        assert entries[2]["admin_id"] == admin.user_id
        assert entries[2]["target_user_id"] == user_id
        assert entries[2]["metadata"] == {
            "previous_status": "pending",
            "new_status": "active",
            "previous_role": "user",
            "new_role": "viewer",
        }

    def test_page_by_offset_and_by_cursor(
        self, client: FlaskClient, admin: SignedUp, ask_for_account: Callable[[str], str]
    ) -> None:
        user_id = ask_for_account("alice")
        for step in ("approve", "disable", "enable"):
            client.post(f"{ADMIN}/{step}/{user_id}", headers=admin.headers)

        def actions(query: str) -> list[str]:
            answer = client.get(f"{ADMIN}/audit-logs?{query}", headers=admin.headers)
            return [entry["action"] for entry in answer.json]

        assert actions("limit=1&offset=1") == ["disable_user"]
        cursor = client.get(f"{ADMIN}/audit-logs?limit=2", headers=admin.headers).headers[
            "X-Next-Cursor"
        ]
        assert actions(f"cursor={cursor}") == ["approve_user"]
        assert client.get(f"{ADMIN}/audit-logs?limit=101", headers=admin.headers).status_code == 422

    def test_are_proven_whole(
        self, client: FlaskClient, admin: SignedUp, sign_up: Callable[..., SignedUp]
    ) -> None:
        client.post(f"{ADMIN}/disable/{sign_up().user_id}", headers=admin.headers)

        found = client.get(f"{ADMIN}/audit-logs/verify", headers=admin.headers).json

        assert (found["whole"], found["entries"], found["first_broken"]) == (True, 1, None)

    def test_stay_whole_when_admins_act_at_once(
        self, app: Any, admin: SignedUp, sign_up: Callable[..., SignedUp]
    ) -> None:
        users = [sign_up().user_id for _ in range(6)]

        def disable(user_id: str) -> int:
            path = f"{ADMIN}/disable/{user_id}"
            answer = app.test_client().post(path, headers=admin.headers)
            return int(answer.status_code)

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(disable, users)) == [200] * 6

        found = app.test_client().get(f"{ADMIN}/audit-logs/verify", headers=admin.headers).json
        assert (found["whole"], found["entries"]) == (True, 6)


class TestListUsers:
    def test_shows_the_newest_first_and_filters_by_status(
        self,
        client: FlaskClient,
        admin: SignedUp,
        sign_up: Callable[..., SignedUp],
        clock: SetClock,
    ) -> None:
        clock.advance(1)
        user = sign_up()
        client.post(f"{ADMIN}/disable/{user.user_id}", headers=admin.headers)

        everyone = client.get(f"{ADMIN}/users", headers=admin.headers).json
        disabled = client.get(f"{ADMIN}/users?status=disabled", headers=admin.headers).json

        assert [each["id"] for each in everyone["users"]] == [user.user_id, admin.user_id]
        assert everyone["next_cursor"] is None
        assert [each["id"] for each in disabled["users"]] == [user.user_id]


class TestAdminRoutes:
    @pytest.mark.parametrize("role", ["user", "viewer"])
    def test_are_refused_to_anyone_else(
        self,
        client: FlaskClient,
        sign_up: Callable[..., SignedUp],
        sign_in_as: Callable[..., SignedUp],
        role: str,
    ) -> None:
        headers = (sign_up() if role == "user" else sign_in_as("viewer")).headers

        for method, path in (("get", "users"), ("get", "audit-logs"), ("post", "approve/x")):
            answer = getattr(client, method)(f"{ADMIN}/{path}", headers=headers)
            assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")
