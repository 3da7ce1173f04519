"""Whose is an API key, and what may it do today?"""

from datetime import timedelta

import pytest

from app.accounts import rules, service
from app.accounts.models import ApiKey, User
from app.accounts.rules import api_keys as key_rules
from app.accounts.rules import scopes
from app.core import dynamo
from app.core import logging as logs
from app.extensions import api
from tests.accounts.doors import code_of, post
from tests.accounts.variants import app_with
from tests.conftest import NOON
from tests.core.together import together

READ_ACCOUNT = {"name": "bot", "scopes": ["account:read"]}


@pytest.fixture
def ada(sign_up, give_plan):
    """On a plan that includes calls with a key."""
    signed_up = sign_up("ada@example.com")
    give_plan(signed_up.user_id, "growth")
    return signed_up


@pytest.fixture
def make(client, ada):
    def make(headers=None, **body):
        return post(
            client, "/users/me/api-keys", {**READ_ACCOUNT, **body}, headers=headers or ada.headers
        )

    return make


def become(user_id, **attributes):
    actions = [getattr(User, name).set(value) for name, value in attributes.items()]
    dynamo.commit(dynamo.update(User(user_id), actions))


def me(client, key):
    return client.get("/users/me", headers={"X-API-Key": key})


class TestCreateApiKey:
    def test_shows_the_key_once(self, client, ada, make):
        made = make(expires_at="2027-01-01T00:00:00Z")

        assert made.status_code == 201, made.json
        shown = made.json
        key = shown.pop("key")
        assert shown == {
            "id": shown["id"],
            "name": "bot",
            "prefix": f"ifk_{shown['id']}",
            "scopes": ["account:read"],
            "created_at": NOON.isoformat(),
            "expires_at": "2027-01-01T00:00:00+00:00",
            "last_used_at": None,
        }
        assert key.startswith(shown["prefix"] + "_")
        listed = client.get("/users/me/api-keys", headers=ada.headers).json
        assert listed == {"api_keys": [shown], "next_cursor": None}

    def test_keeps_no_key(self, ada, make):
        key = make().json["key"]

        (row,) = ApiKey.owned_by(ada.user_id)
        assert key not in str(row.serialize())
        assert key.split("_", 2)[2] not in str(row.serialize())
        assert row.key_hash == key_rules.hashed(key)

    def test_replays_without_the_key(self, client, ada, make):
        headers = {**ada.headers, "Idempotency-Key": "abc"}
        first, again = make(headers), make(headers)

        assert (first.status_code, again.status_code) == (201, 201)
        shown = first.json
        key = shown.pop("key")
        assert again.json == shown
        assert again.headers["Idempotency-Replayed"] == "true"
        assert me(client, key).status_code == 200
        assert len(ApiKey.owned_by(ada.user_id)) == 1

    def test_is_redacted_in_logs(self, make):
        key = make().json["key"]

        assert key.rsplit("_", 1)[1] not in logs.redacted(f"key {key} came")

    @pytest.mark.parametrize(
        ("role", "wanted", "excess"),
        [
            ("user", ["trading:read"], ["trading:read"]),
            ("user", ["portfolio:read", "trading:write", "trading:read"], None),
            ("viewer", ["trading:write"], ["trading:write"]),
        ],
    )
    def test_refuses_scopes_beyond_the_owners_role(self, ada, make, role, wanted, excess):
        become(ada.user_id, role=role)

        answer = make(scopes=wanted)

        assert (answer.status_code, code_of(answer)) == (403, "scope_beyond_role")
        assert answer.json["details"]["scopes"] == (excess or ["trading:read", "trading:write"])
        assert ApiKey.owned_by(ada.user_id) == []

    @pytest.mark.parametrize(
        ("role", "wanted"), [("viewer", "trading:read"), ("admin", "trading:write")]
    )
    def test_gives_a_role_its_scopes(self, ada, make, role, wanted):
        become(ada.user_id, role=role)

        assert make(scopes=[wanted, wanted]).json["scopes"] == [wanted]

    @pytest.mark.parametrize(
        "body",
        [
            {"scopes": []},
            {"scopes": ["admin:write"]},
            {"name": ""},
            {"name": "x" * 101},
            {"expires_at": "soon"},
            {"user_id": "bob"},
            {"expires_at": NOON.isoformat()},
        ],
    )
    def test_refuses_what_makes_no_sense(self, make, body):
        assert make(**body).status_code == 422

    def test_refuses_more_than_twenty(self, client, ada, make):
        keys = [make().json for _ in range(20)]

        answer = make()
        assert (answer.status_code, code_of(answer)) == (409, "too_many_api_keys")

        client.delete(f"/users/me/api-keys/{keys[0]['id']}", headers=ada.headers)
        assert make().status_code == 201

    def test_of_many_at_once_makes_no_more_than_twenty(self, ada, make):
        become(ada.user_id, api_keys=17)

        def attempt(_):
            try:
                service.create_api_key(
                    user_id=ada.user_id,
                    name="bot",
                    scopes=["account:read"],
                    expires_at=None,
                    now=NOON,
                )
            except service.TooManyApiKeys:
                return False
            return True

        assert together(8, attempt).count(True) == 3
        assert User.of(ada.user_id).api_keys == 20

    def test_gives_up_on_an_account_that_is_not_active_any_more(self, ada):
        become(ada.user_id, status=rules.DISABLED)

        with pytest.raises(dynamo.Busy):
            service.create_api_key(
                user_id=ada.user_id, name="bot", scopes=["account:read"], expires_at=None, now=NOON
            )

    def test_is_not_for_keys(self, client, make):
        key = make().json["key"]

        for method, path in (
            ("POST", "/users/me/api-keys"),
            ("GET", "/users/me/api-keys"),
            ("DELETE", "/users/me/api-keys/0123456789abcdef"),
            ("GET", "/users/me/sessions"),
            ("POST", "/users/me/password"),
            ("DELETE", "/users/me"),
            ("GET", "/users/me/export"),
        ):
            answer = client.open(path, method=method, headers={"X-API-Key": key})
            assert (answer.status_code, code_of(answer)) == (403, "api_key_not_accepted"), path


class TestListApiKeys:
    def test_shows_the_newest_first(self, client, ada, make, clock):
        for name in ("first", "second"):
            make(name=name)
            clock.advance(minutes=1)

        listed = client.get("/users/me/api-keys", headers=ada.headers).json["api_keys"]

        assert [key["name"] for key in listed] == ["second", "first"]


class TestRevokeApiKey:
    def test_refuses_it_from_then_on(self, client, ada, make):
        made = make().json

        answer = client.delete(f"/users/me/api-keys/{made['id']}", headers=ada.headers)

        assert (answer.status_code, answer.json) == (200, {"message": "API key revoked"})
        dead = me(client, made["key"])
        assert (dead.status_code, code_of(dead)) == (401, "invalid_api_key")
        again = client.delete(f"/users/me/api-keys/{made['id']}", headers=ada.headers)
        assert (again.status_code, code_of(again)) == (404, "api_key_not_found")
        assert User.of(ada.user_id).api_keys == 0

    @pytest.mark.parametrize("key_id", ["nonsense", "0123456789abcdef", "x" * 100])
    def test_knows_no_other(self, client, ada, key_id):
        answer = client.delete(f"/users/me/api-keys/{key_id}", headers=ada.headers)

        assert (answer.status_code, code_of(answer)) == (404, "api_key_not_found")

    def test_knows_none_of_somebody_else(self, client, make, sign_up):
        made = make().json

        answer = client.delete(
            f"/users/me/api-keys/{made['id']}", headers=sign_up("bob@example.com").headers
        )

        assert answer.status_code == 404
        assert me(client, made["key"]).status_code == 200


class TestAuthenticateKey:
    def test_takes_one_round_trip(self, client, make, clock):
        key = make().json["key"]
        me(client, key)  # notes the use

        with dynamo.counting() as cost:
            principal = service.authenticate_key(key=key, require_verified_email=False, now=NOON)

        assert cost.operations == ["BatchGetItem"]
        assert principal.scopes == frozenset({"account:read"})
        assert (principal.sign_in_id, principal.claims) == (None, None)

    def test_notes_the_use_once_an_hour(self, client, ada, make, clock):
        key = make().json["key"]
        for minutes in (0, 59, 1):
            clock.advance(minutes=minutes)
            assert me(client, key).status_code == 200
            (row,) = ApiKey.owned_by(ada.user_id)
            assert row.last_used_at == (NOON if minutes != 1 else NOON + timedelta(hours=1))

    def test_is_not_stopped_by_another_who_notes_the_use(self, client, make):
        key = make().json["key"]

        found = together(
            6,
            lambda _: service.authenticate_key(key=key, require_verified_email=False, now=NOON),
        )

        assert len(found) == 6

    @pytest.mark.parametrize(
        "change",
        [
            lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
            lambda key: key.replace("ifk_", "ifk-"),
            lambda key: key + "A",
            lambda key: "ifk_" + "0" * 16 + key[20:],
            lambda key: key[:21] + "0" * 32 + key[53:],
            lambda key: "",
            lambda key: "nonsense",
            lambda key: "ifk_é",
        ],
    )
    def test_refuses_any_other(self, client, make, change):
        answer = me(client, change(make().json["key"]))

        assert (answer.status_code, code_of(answer)) == (401, "invalid_api_key")

    def test_refuses_one_that_expired(self, client, make, clock):
        key = make(expires_at=(NOON + timedelta(hours=1)).isoformat()).json["key"]
        clock.advance(seconds=3_599)
        assert me(client, key).status_code == 200
        clock.advance(seconds=1)

        answer = me(client, key)

        assert (answer.status_code, code_of(answer)) == (401, "invalid_api_key")

    @pytest.mark.parametrize("status", [rules.DISABLED, rules.PENDING, rules.DELETED])
    def test_refuses_one_whose_owner_is_not_active(self, client, ada, make, status):
        key = make().json["key"]
        become(ada.user_id, status=status)

        answer = me(client, key)

        assert (answer.status_code, code_of(answer)) == (401, "inactive_account")

    def test_refuses_an_unverified_owner_where_emails_must_be(self, app, settings, ada, make):
        key = make().json["key"]
        asking = app_with(settings, require_verified_email=True).test_client()

        answer = me(asking, key)
        assert (answer.status_code, code_of(answer)) == (403, "email_not_verified")

        become(ada.user_id, email_verified=True)
        assert me(asking, key).status_code == 200

    def test_refuses_what_its_scopes_do_not_hold(self, client, make):
        key = make(scopes=["portfolio:read"]).json["key"]

        answer = me(client, key)
        assert (answer.status_code, code_of(answer)) == (403, "insufficient_scope")
        assert answer.json["details"] == {"scope": "account:read"}
        found = client.get("/portfolio/assets", headers={"X-API-Key": key})
        assert found.status_code == 200

    def test_loses_at_once_what_the_owners_role_no_longer_may(self, client, ada, make):
        become(ada.user_id, role="viewer")
        key = make(scopes=["trading:read", "account:read"]).json["key"]
        path = "/api/v1/status"
        assert client.get(path, headers={"X-API-Key": key}).status_code == 200

        become(ada.user_id, role="user")

        answer = client.get(path, headers={"X-API-Key": key})
        assert (answer.status_code, code_of(answer)) == (403, "insufficient_scope")
        assert me(client, key).status_code == 200

    def test_is_not_asked_where_a_token_came_too(self, client, ada):
        headers = {**ada.headers, "X-API-Key": "nonsense"}

        assert client.get("/users/me", headers=headers).status_code == 200


class TestScopes:
    @pytest.mark.parametrize(
        ("role", "held"),
        [
            ("user", {"portfolio:read"}),
            ("viewer", {"portfolio:read", "trading:read"}),
            ("admin", {"portfolio:read", "trading:read", "trading:write"}),
        ],
    )
    def test_never_exceed_the_role(self, role, held):
        wanted = ["portfolio:read", "trading:read", "trading:write", "no:longer"]

        assert scopes.held(scopes=wanted, role=role) == held
        assert set(scopes.beyond(scopes=wanted, role=role)) == set(wanted) - held

    def test_are_those_that_routes_need(self, app):
        needed = {
            access.scope
            for view in app.view_functions.values()
            if (access := getattr(view, "__access__", None)) and access.scope
        }

        assert needed <= set(scopes.SCOPES), "Add these to app/accounts/rules/scopes.py."

    def test_never_need_less_than_their_routes(self, app):
        rank = {"user": 0, "viewer": 1, "admin": 2}
        lax = {
            access.scope
            for view in app.view_functions.values()
            if (access := getattr(view, "__access__", None))
            and access.scope
            and rank[scopes.ROLE_NEEDED[access.scope]] < rank[access.role]
        }

        assert not lax

    def test_are_told_in_the_api_document(self, app):
        operation = api.document()["paths"]["/users/me"]["get"]

        assert {"apiKey": []} in operation["security"]


class TestKey:
    USER_ID = "3f0f9f0e-6a55-4a0e-9d1c-5f6f0c2d7b11"

    def test_says_whose_it_is(self):
        key = key_rules.written(key_id="0" * 16, user_id=self.USER_ID, secret="s" * 43)

        assert key_rules.parts(key) == key_rules.KeyParts(user_id=self.USER_ID, key_id="0" * 16)

    def test_matches_only_its_own_hash(self):
        assert key_rules.matches("a", key_rules.hashed("a"))
        assert not key_rules.matches("b", key_rules.hashed("a"))
