"""Does each refresh token work once where they rotate, and does a stolen one end its sign-in?"""

from datetime import timedelta

import pytest

from app.accounts import service
from app.accounts.models import SignIn
from app.accounts.rules import rotation as rules
from app.accounts.service import rotation
from app.core import dynamo, tokens
from tests.accounts.doors import bearer, code_of, post
from tests.accounts.variants import app_with
from tests.conftest import NOON, PASSWORD
from tests.core.together import together

DOORS = ("/auth/refresh", "/api/v1/refresh")


@pytest.fixture
def rotating(app, settings):
    return app_with(settings, refresh_token_rotation=True)


@pytest.fixture
def client(rotating):
    return rotating.test_client()


@pytest.fixture
def ada(client):
    body = {"email": "ada@example.com", "password": PASSWORD}
    return post(client, "/auth/signup", body).json


def refreshed(client, token, door="/auth/refresh"):
    return post(client, door, {"refresh_token": token})


class TestRefresh:
    @pytest.mark.parametrize("door", DOORS)
    def test_gives_another_token_each_time(self, client, ada, door, clock):
        first = refreshed(client, ada["refresh_token"], door).json["refresh_token"]
        clock.advance(minutes=1)
        second = refreshed(client, first, door).json["refresh_token"]

        assert len({ada["refresh_token"], first, second}) == 3
        clock.advance(minutes=1)
        answer = refreshed(client, second, door)
        assert answer.status_code == 200
        assert (
            client.get("/users/me", headers=bearer(answer.json["access_token"])).status_code == 200
        )

    @pytest.mark.parametrize("door", DOORS)
    def test_takes_the_old_one_for_ten_seconds(self, client, ada, door, clock):
        first = refreshed(client, ada["refresh_token"], door).json["refresh_token"]
        clock.advance(seconds=10)

        again = refreshed(client, ada["refresh_token"], door)

        assert again.status_code == 200
        for token in (first, again.json["refresh_token"]):  # they are the same token, minted twice
            assert refreshed(client, token, door).status_code == 200

    @pytest.mark.parametrize("door", DOORS)
    def test_ends_the_sign_in_when_it_comes_later(self, client, ada, door, clock):
        answer = refreshed(client, ada["refresh_token"], door).json
        clock.advance(seconds=10.001)

        reused = refreshed(client, ada["refresh_token"], door)

        assert (reused.status_code, code_of(reused)) == (401, "token_revoked")
        dead = refreshed(client, answer["refresh_token"], door)
        assert (dead.status_code, code_of(dead)) == (401, "token_revoked")
        for token in (ada["access_token"], answer["access_token"]):
            dead = client.get("/users/me", headers=bearer(token))
            assert (dead.status_code, code_of(dead)) == (401, "token_revoked")

    def test_ends_the_sign_in_when_an_older_one_comes(self, client, ada):
        first = refreshed(client, ada["refresh_token"]).json["refresh_token"]
        second = refreshed(client, first).json["refresh_token"]

        assert refreshed(client, ada["refresh_token"]).status_code == 401
        assert refreshed(client, second).status_code == 401

    def test_leaves_other_sign_ins_alone(self, client, ada, clock):
        phone = post(client, "/auth/login", {"email": ada["email"], "password": PASSWORD}).json
        refreshed(client, ada["refresh_token"])
        clock.advance(minutes=1)
        refreshed(client, ada["refresh_token"])

        assert refreshed(client, phone["refresh_token"]).status_code == 200

    def test_tells_of_reuse_in_the_log_without_the_token(self, client, ada, clock, caplog):
        refreshed(client, ada["refresh_token"])
        clock.advance(minutes=1)
        refreshed(client, ada["refresh_token"])

        (line,) = [r for r in caplog.records if r.message == "accounts.refresh_token_reused"]
        assert line.user_id == ada["user_id"]

    def test_of_many_at_once_all_get_one_token(self, rotating, ada):
        def attempt(_):
            return refreshed(rotating.test_client(), ada["refresh_token"])

        answers = together(8, attempt)

        assert {answer.status_code for answer in answers} == {200}
        (row,) = SignIn.owned_by(ada["user_id"])
        with rotating.app_context():
            ids = {
                tokens.read(answer.json["refresh_token"], kind="refresh", now=NOON).token_id
                for answer in answers
            }
        assert ids == {row.refresh_token_id}

    def test_carries_on_a_sign_in_from_before_rotation(self, app, client, ada):
        before = refreshed(app.test_client(), ada["refresh_token"])
        assert "refresh_token" not in before.json

        assert refreshed(client, ada["refresh_token"]).json["refresh_token"]


class TestWithoutRotation:
    @pytest.mark.parametrize("door", DOORS)
    def test_one_token_is_used_again_and_again(self, app, ada, door, clock):
        documented = app.test_client()
        for _ in range(3):
            answer = refreshed(documented, ada["refresh_token"], door)
            assert answer.status_code == 200
            assert "refresh_token" not in answer.json
            clock.advance(minutes=5)


class TestRotated:
    @pytest.fixture
    def claims(self, rotating, ada):
        with rotating.app_context():
            return tokens.read(ada["refresh_token"], kind="refresh", now=NOON)

    def rotate(self, claims):
        return rotation.rotated(
            claims=claims,
            user=service.get_account(user_id=claims.user_id),
            lasts=timedelta(days=7),
            now=NOON,
        )

    def test_refuses_a_sign_in_that_is_gone(self, claims):
        dynamo.commit(SignIn.ended(user_id=claims.user_id, sign_in_id=claims.sign_in_id))

        with pytest.raises(service.TokenRevoked):
            self.rotate(claims)

    def test_gives_up_where_others_always_come_first(self, claims):
        events = dynamo.connection.shared_connection().client.meta.events

        def spoil(**_):
            raise dynamo.ConditionFailed(frozenset({0}))

        events.register("provide-client-params.dynamodb.UpdateItem", spoil)
        try:
            with pytest.raises(dynamo.Busy):
                self.rotate(claims)
        finally:
            events.unregister("provide-client-params.dynamodb.UpdateItem", spoil)


class TestJudged:
    @pytest.mark.parametrize(
        ("token_id", "rotated_at", "seconds", "verdict"),
        [
            ("now", None, 0, rules.CURRENT),
            ("now", NOON, 3_600, rules.CURRENT),
            ("before", NOON, 0, rules.REPEATED),
            ("before", NOON, 10, rules.REPEATED),
            ("before", NOON, 10.001, rules.REUSED),
            ("before", NOON, -5, rules.REPEATED),  # by the clock of another server
            ("before", None, 0, rules.REUSED),
            ("long ago", NOON, 0, rules.REUSED),
        ],
    )
    def test_tells_a_late_twin_from_a_stolen_token(self, token_id, rotated_at, seconds, verdict):
        found = rules.judged(
            token_id=token_id,
            current_id="now",
            previous_id="before",
            rotated_at=rotated_at,
            now=NOON + timedelta(seconds=seconds),
        )

        assert found == verdict
