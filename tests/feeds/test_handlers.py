from datetime import timedelta

import pytest

from app.accounts.models import User
from app.core import json, tokens
from app.feeds import handlers, service
from tests.conftest import NOON


def request(channel="equity", *, token=None, key=None, after=None):
    return handlers.Request(channel=channel, token=token, key=key, after=after)


class TestRequest:
    @pytest.mark.parametrize(
        ("query", "headers", "token"),
        [
            ({"token": "a"}, {}, "a"),
            ({}, {"authorization": "Bearer a"}, "a"),
            ({}, {"authorization": " bearer  a "}, "a"),
            ({}, {"authorization": "a"}, "a"),
            ({"token": "a"}, {"authorization": "Bearer b"}, "a"),
            ({"token": ""}, {}, None),
            ({}, {}, None),
        ],
    )
    def test_finds_the_token_in_the_query_or_the_header(self, query, headers, token):
        found = handlers.Request.of(channel="equity", query=query, headers=headers)
        assert found.token == token

    def test_shows_no_secret(self):
        assert "secret" not in repr(request(token="secret1", key="secret2"))


class TestAdmit:
    @pytest.fixture
    def viewer(self, sign_in_as):
        return sign_in_as("viewer")

    @pytest.fixture
    def key_of(self, client):
        def make(owner, *scopes, **changes):
            body = {"name": "bot", "scopes": list(scopes), **changes}
            answer = client.post("/users/me/api-keys", json=body, headers=owner.headers)
            assert answer.status_code == 201, answer.json
            return answer.json

        return make

    @pytest.fixture(autouse=True)
    def context(self, app):
        with app.app_context():
            yield

    def test_lets_a_viewer_stay_as_long_as_the_token_lasts(self, viewer):
        reader = handlers.admit(request(token=viewer.access_token))
        assert (reader.user_id, reader.until) == (viewer.user_id, NOON + timedelta(minutes=15))

    def test_begins_after_the_id_that_was_given(self, viewer, append):
        append("equity", "1", "2")
        for after, number in (("0", 0), ("1", 1), ("latest", 2)):
            assert handlers.admit(request(token=viewer.access_token, after=after)).number == number

    def test_begins_with_the_newest_or_else_with_what_happens_first(self, viewer, append):
        assert handlers.admit(request(token=viewer.access_token)).number == 0
        append("equity", "1", "2")
        append("trades", "1")
        assert handlers.admit(request(token=viewer.access_token)).number is None
        assert handlers.admit(request("trades", token=viewer.access_token)).number == 1

    def test_tells_at_once_that_an_id_is_of_no_use(self, viewer):
        with pytest.raises(service.InvalidPosition):
            handlers.admit(request(token=viewer.access_token, after="5"))

    def test_keeps_what_a_token_said_and_not_the_token(self, viewer, clock):
        reader = handlers.admit(request(token=viewer.access_token))
        claims = tokens.read(viewer.access_token, kind="access", now=clock.now())
        assert reader.credential == service.Credential(user_id=viewer.user_id, claims=claims)
        stored = json.dumps(service.as_stored(credential=reader.credential))
        assert viewer.access_token not in stored
        assert service.from_stored(found=json.loads(stored)) == reader.credential

    def test_keeps_which_key_it_was_and_not_the_key(self, viewer, key_of):
        key = key_of(viewer, "trading:read")
        reader = handlers.admit(request(key=key["key"]))
        assert reader.until == NOON + handlers.LONGEST_STAY
        assert reader.credential == service.Credential(user_id=viewer.user_id, key_id=key["id"])
        stored = json.dumps(service.as_stored(credential=reader.credential))
        assert key["key"] not in stored
        assert service.from_stored(found=json.loads(stored)) == reader.credential

    def test_knows_when_a_token_no_longer_counts(self, viewer, client):
        reader = handlers.admit(request(token=viewer.access_token))
        assert handlers.still_counts(reader)
        client.post("/auth/logout", headers=viewer.headers)
        assert not handlers.still_counts(reader)

    def test_knows_when_a_key_was_revoked(self, viewer, client, key_of):
        key = key_of(viewer, "trading:read")
        reader = handlers.admit(request(key=key["key"]))
        assert handlers.still_counts(reader)
        client.delete(f"/users/me/api-keys/{key['id']}", headers=viewer.headers)
        assert not handlers.still_counts(reader)

    def test_knows_when_a_key_has_expired(self, viewer, key_of, clock):
        ends_at = NOON + timedelta(minutes=10)
        key = key_of(viewer, "trading:read", expires_at=ends_at.isoformat())
        reader = handlers.admit(request(key=key["key"]))
        clock.advance(minutes=9)
        assert handlers.still_counts(reader)
        clock.advance(minutes=1)
        assert not handlers.still_counts(reader)

    def test_knows_when_a_keys_owner_may_no_longer_read_it(
        self, viewer, client, key_of, sign_in_as
    ):
        reader = handlers.admit(request(key=key_of(viewer, "trading:read")["key"]))
        admin = sign_in_as("admin")
        answer = client.post(f"/api/v1/admin/disable/{viewer.user_id}", headers=admin.headers)
        assert answer.status_code == 200
        assert not handlers.still_counts(reader)

    def test_knows_when_a_key_holds_the_scope_no_longer(self, viewer, key_of):
        reader = handlers.admit(request(key=key_of(viewer, "trading:read")["key"]))
        User.get(viewer.user_id).update([User.role.set("user")])
        assert not handlers.still_counts(reader)
