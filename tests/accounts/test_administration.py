"""Can admins approve, disable, enable and promote, on record, and never leave nobody in charge?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import service
from app.accounts.models import AccountTotal, User
from app.accounts.service import administration
from app.core import dynamo, errors
from app.emails.models import Email
from tests.conftest import NOON, SetClock, SignedUp

ADMIN = "/api/v1/admin"
STRONG = "Str0ngPass!"


def log_in(client: FlaskClient, username: str) -> TestResponse:
    body = {"username": username, "password": STRONG}
    return client.post(
        "/api/v1/login", json=body, environ_base={"REMOTE_ADDR": f"127.3.0.{len(username)}"}
    )


def active_admins() -> int:
    return int(AccountTotal.get("active_admins").total)


class TestApprove:
    def test_lets_a_pending_user_read_what_viewers_read(
        self, client: FlaskClient, admin: SignedUp, ask_for_account: Callable[[str], str]
    ) -> None:
        user_id = ask_for_account("alice")
        assert log_in(client, "alice").json["error"]["code"] == "inactive_account"

        answer = client.post(f"{ADMIN}/approve/{user_id}", headers=admin.headers)

        assert answer.status_code == 200
        assert answer.json == {"message": "User approved.", "user_id": user_id, "status": "active"}
        token = log_in(client, "alice").json["access_token"]
        status = client.get("/api/v1/status", headers={"Authorization": f"Bearer {token}"})
        assert status.status_code == 200

    def test_mails_the_user_once(
        self, client: FlaskClient, admin: SignedUp, ask_for_account: Callable[[str], str]
    ) -> None:
        user_id = ask_for_account("alice")

        client.post(f"{ADMIN}/approve/{user_id}", headers=admin.headers)
        client.post(f"{ADMIN}/approve/{user_id}", headers=admin.headers)

        assert [email.template for email in Email.sent_to(user_id)].count("approved") == 1

    def test_takes_the_user_off_the_list_of_those_who_wait(
        self,
        client: FlaskClient,
        admin: SignedUp,
        ask_for_account: Callable[[str], str],
        clock: SetClock,
    ) -> None:
        first = ask_for_account("alice")
        clock.advance(60)
        second = ask_for_account("bob")
        waiting = client.get(f"{ADMIN}/pending-users", headers=admin.headers).json
        assert [user["id"] for user in waiting] == [first, second]
        assert waiting[0] == {
            "id": first,
            "username": "alice",
            "email": "alice@example.com",
            "created_at": NOON.isoformat(),
        }

        client.post(f"{ADMIN}/approve/{first}", headers=admin.headers)

        waiting = client.get(f"{ADMIN}/pending-users", headers=admin.headers).json
        assert [user["id"] for user in waiting] == [second]

    def test_pages_through_those_who_wait(
        self,
        client: FlaskClient,
        admin: SignedUp,
        ask_for_account: Callable[[str], str],
        clock: SetClock,
    ) -> None:
        for name in ("alice", "bob", "cid"):
            ask_for_account(name)
            clock.advance(1)
        page = client.get(f"{ADMIN}/pending-users?limit=2", headers=admin.headers)
        cursor = page.headers["X-Next-Cursor"]

        rest = client.get(f"{ADMIN}/pending-users?limit=2&cursor={cursor}", headers=admin.headers)

        assert [user["username"] for part in (page, rest) for user in part.json] == [
            "alice",
            "bob",
            "cid",
        ]
        assert "X-Next-Cursor" not in rest.headers

    @pytest.mark.parametrize(
        ("prepare", "status", "code"),
        [
            ("approve", 409, "already_active"),
            ("disable", 409, "disabled_user"),
        ],
    )
    def test_is_refused_unless_the_account_is_pending(
        self,
        client: FlaskClient,
        admin: SignedUp,
        ask_for_account: Callable[[str], str],
        prepare: str,
        status: int,
        code: str,
    ) -> None:
        user_id = ask_for_account("alice")
        client.post(f"{ADMIN}/{prepare}/{user_id}", headers=admin.headers)

        answer = client.post(f"{ADMIN}/approve/{user_id}", headers=admin.headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (status, code)

    def test_does_not_know_an_unknown_user(self, client: FlaskClient, admin: SignedUp) -> None:
        answer = client.post(f"{ADMIN}/approve/nobody", headers=admin.headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (404, "user_not_found")


class TestDisable:
    def test_refuses_the_user_on_the_very_next_request(
        self, client: FlaskClient, admin: SignedUp, sign_up: Callable[..., SignedUp]
    ) -> None:
        user = sign_up()
        assert client.get("/users/me", headers=user.headers).status_code == 200

        answer = client.post(f"{ADMIN}/disable/{user.user_id}", headers=admin.headers)

        assert answer.json == {
            "message": "User disabled.",
            "user_id": user.user_id,
            "status": "disabled",
        }
        refused = client.get("/users/me", headers=user.headers)
        assert (refused.status_code, refused.json["error_code"]) == (401, "INACTIVE_ACCOUNT")
        renewed = client.post("/auth/refresh", json={"refresh_token": user.refresh_token})
        assert (renewed.status_code, renewed.json["error_code"]) == (401, "INACTIVE_ACCOUNT")

    def test_is_refused_for_oneself(self, client: FlaskClient, admin: SignedUp) -> None:
        answer = client.post(f"{ADMIN}/disable/{admin.user_id}", headers=admin.headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")

    def test_is_refused_for_a_disabled_user(
        self, client: FlaskClient, admin: SignedUp, sign_up: Callable[..., SignedUp]
    ) -> None:
        path = f"{ADMIN}/disable/{sign_up().user_id}"
        client.post(path, headers=admin.headers)

        answer = client.post(path, headers=admin.headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (409, "already_disabled")

    def test_leaves_one_admin_when_two_disable_each_other_at_once(
        self, app: Any, admin: SignedUp, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        other = sign_in_as("admin")

        def disable(pair: tuple[SignedUp, SignedUp]) -> int:
            actor, target = pair
            path = f"{ADMIN}/disable/{target.user_id}"
            answer = app.test_client().post(path, headers=actor.headers)
            return int(answer.status_code)

        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(disable, [(admin, other), (other, admin)]))

        assert min(statuses) == 200
        assert max(statuses) in {401, 403, 409}
        standing = [User.of(each.user_id).status for each in (admin, other)]
        assert sorted(standing) == ["active", "disabled"]
        assert active_admins() == 1

    def test_is_refused_for_the_last_admin(
        self, admin: SignedUp, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        other = sign_in_as("admin")
        AccountTotal("active_admins").update(actions=[AccountTotal.total.set(1)])

        with pytest.raises(service.LastAdmin):
            service.disable_account(admin_id=admin.user_id, user_id=other.user_id, now=NOON)

    def test_is_refused_to_somebody_who_is_no_admin_any_more(
        self, admin: SignedUp, sign_in_as: Callable[..., SignedUp], sign_up: Callable[..., SignedUp]
    ) -> None:
        other, target = sign_in_as("admin"), sign_up()
        service.change_role(admin_id=admin.user_id, user_id=other.user_id, role="viewer", now=NOON)

        with pytest.raises(errors.Forbidden):
            service.disable_account(admin_id=other.user_id, user_id=target.user_id, now=NOON)


class TestEnable:
    def test_restores_role_and_state_but_not_old_tokens(
        self, client: FlaskClient, admin: SignedUp, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        other = sign_in_as("admin", username="deputy")
        client.post(f"{ADMIN}/disable/{other.user_id}", headers=admin.headers)
        assert active_admins() == 1

        answer = client.post(f"{ADMIN}/enable/{other.user_id}", headers=admin.headers)

        assert answer.json == {
            "message": "User enabled.",
            "user_id": other.user_id,
            "status": "active",
        }
        assert active_admins() == 2
        assert User.of(other.user_id).role == "admin"
        assert client.get("/users/me", headers=other.headers).json["error_code"] == "TOKEN_REVOKED"
        assert log_in(client, "deputy").status_code == 200

    def test_lets_somebody_wait_again_who_was_never_approved(
        self, client: FlaskClient, admin: SignedUp, ask_for_account: Callable[[str], str]
    ) -> None:
        user_id = ask_for_account("alice")
        client.post(f"{ADMIN}/disable/{user_id}", headers=admin.headers)
        assert client.get(f"{ADMIN}/pending-users", headers=admin.headers).json == []

        answer = client.post(f"{ADMIN}/enable/{user_id}", headers=admin.headers)

        assert answer.json["status"] == "pending"
        waiting = client.get(f"{ADMIN}/pending-users", headers=admin.headers).json
        assert [user["id"] for user in waiting] == [user_id]

    @pytest.mark.parametrize(
        ("pending", "code"), [(False, "already_active"), (True, "not_disabled")]
    )
    def test_is_refused_unless_the_account_is_disabled(
        self,
        client: FlaskClient,
        admin: SignedUp,
        ask_for_account: Callable[[str], str],
        sign_up: Callable[..., SignedUp],
        pending: bool,
        code: str,
    ) -> None:
        user_id = ask_for_account("alice") if pending else sign_up().user_id

        answer = client.post(f"{ADMIN}/enable/{user_id}", headers=admin.headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (409, code)


class TestChangeRole:
    def test_makes_a_user_an_admin_and_voids_their_tokens(
        self, client: FlaskClient, admin: SignedUp, sign_up: Callable[..., SignedUp]
    ) -> None:
        user = sign_up()

        answer = client.post(
            f"{ADMIN}/role/{user.user_id}", json={"role": "admin"}, headers=admin.headers
        )

        assert answer.json == {
            "message": "Role updated.",
            "user_id": user.user_id,
            "previous_role": "user",
            "new_role": "admin",
        }
        assert active_admins() == 2
        assert client.get("/users/me", headers=user.headers).json["error_code"] == "TOKEN_REVOKED"

    @pytest.mark.parametrize(
        ("oneself", "role", "status", "code"),
        [
            (True, "viewer", 403, "forbidden"),
            (False, "viewer", 409, "no_role_change"),
            (False, "user", 422, "validation_error"),
            (False, "owner", 422, "validation_error"),
        ],
    )
    def test_is_refused(
        self,
        client: FlaskClient,
        admin: SignedUp,
        sign_in_as: Callable[..., SignedUp],
        oneself: bool,
        role: str,
        status: int,
        code: str,
    ) -> None:
        target = admin if oneself else sign_in_as("viewer")

        answer = client.post(
            f"{ADMIN}/role/{target.user_id}", json={"role": role}, headers=admin.headers
        )

        assert (answer.status_code, answer.json["error"]["code"]) == (status, code)

    def test_leaves_one_admin_when_two_demote_each_other_at_once(
        self, admin: SignedUp, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        other = sign_in_as("admin")

        def demote(pair: tuple[str, str]) -> str:
            try:
                service.change_role(admin_id=pair[0], user_id=pair[1], role="viewer", now=NOON)
            except errors.AppError as error:
                return error.code
            return "done"

        pairs = [(admin.user_id, other.user_id), (other.user_id, admin.user_id)]
        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(demote, pairs))

        assert outcomes[0] == "done"
        assert outcomes[1] in {"forbidden", "last_admin"}
        assert active_admins() == 1


class TestModeration:
    def test_tells_of_rows_that_stay_busy(
        self,
        monkeypatch: pytest.MonkeyPatch,
        admin: SignedUp,
        ask_for_account: Callable[[str], str],
    ) -> None:
        user_id = ask_for_account("alice")
        monkeypatch.setattr(
            administration, "ATTEMPTS", 0
        )  # as when each of them met another writer

        with pytest.raises(dynamo.Busy):
            service.enable_account(admin_id=admin.user_id, user_id=user_id, now=NOON)
