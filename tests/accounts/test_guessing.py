"""Is guessing slowed down, from one address and from many, without anyone locking the owner out?"""

import itertools
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts import service
from app.core import throttle
from tests.accounts.doors import PASSWORD, post
from tests.accounts.worker import Worker

STRANGER = "127.66.0.1"
HOME = "127.66.0.2"


@pytest.fixture
def ada(sign_up: Any) -> Any:
    return sign_up(email="ada@example.com", username="ada")


def log_in(client: FlaskClient, ip: str, password: str = PASSWORD, **more: Any) -> int:
    body = {"email": "ada@example.com", "password": password}
    return int(post(client, "/auth/login", body, ip=ip, **more).status_code)


def attack(now: Any, login: str = "ada@example.com", tries: int = 50) -> None:
    """So many wrong passwords in the last hour, each from elsewhere."""
    for number in range(tries):
        service.limit_guesses(login=login, address=f"127.77.0.{number}", now=now)


class TestStrangersFailures:
    def test_leave_the_owner_s_session_and_login_be(self, client: FlaskClient, ada: Any):
        assert [log_in(client, STRANGER, "wrong") for _ in range(6)] == [401] * 5 + [429]

        assert client.get("/users/me", headers=ada.headers).status_code == 200
        body = {"refresh_token": ada.refresh_token}
        assert post(client, "/auth/refresh", body).status_code == 200
        assert log_in(client, HOME) == 200

    def test_leave_the_owner_s_reset_be(self, client: FlaskClient, ada: Any, worker: Worker):
        for _ in range(12):
            post(client, "/auth/forgot-password", {"email": ada.email}, ip=STRANGER)

        answer = post(client, "/auth/forgot-password", {"email": ada.email}, ip=HOME)

        assert answer.status_code == 202
        token = next(m.token for m in worker.emails(ada.email) if "new password" in m.subject)
        body = {"token": token, "password": "another password"}
        assert post(client, "/auth/reset-password", body).status_code == 200

    def test_count_for_the_address_that_the_connection_has(self, client: FlaskClient, ada: Any):
        forged = itertools.count(1)

        def headers() -> dict[str, str]:
            return {"X-Forwarded-For": f"10.0.0.{next(forged)}", "X-Real-IP": "10.1.1.1"}

        found = [log_in(client, STRANGER, "wrong", headers=headers()) for _ in range(6)]

        assert found == [401] * 5 + [429]


class TestGuessesFromManyAddresses:
    def test_leave_three_a_day_to_each(self, client: FlaskClient, ada: Any, clock: Any):
        attack(clock.now())

        assert [log_in(client, STRANGER, "wrong") for _ in range(4)] == [401] * 3 + [429]
        attack(clock.now(), tries=1)  # another address has its own share
        clock.advance(minutes=59)
        assert log_in(client, STRANGER, "wrong") == 429

    def test_tell_how_long_to_wait(self, client: FlaskClient, ada: Any, clock: Any):
        attack(clock.now())
        for _ in range(3):
            log_in(client, STRANGER, "wrong")

        body = {"email": ada.email, "password": "wrong"}
        refused = post(client, "/auth/login", body, ip=STRANGER)

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "86400")

    def test_are_counted_alike_where_there_is_no_such_account(self, clock: Any, app: Any):
        for login in ("nobody@example.com", "Nobody@Example.com "):
            attack(clock.now(), login=login, tries=25)

        for _ in range(3):
            service.limit_guesses(login="nobody@example.com", address=STRANGER, now=clock.now())
        with pytest.raises(throttle.TooManyAttempts):
            service.limit_guesses(login="nobody@example.com", address=STRANGER, now=clock.now())

    def test_let_the_owner_in_from_a_new_address(self, client: FlaskClient, ada: Any, clock: Any):
        attack(clock.now())

        assert log_in(client, HOME) == 200

    def test_let_the_owner_in_after_a_reset_who_used_up_their_share(
        self, client: FlaskClient, ada: Any, clock: Any, worker: Worker
    ):
        attack(clock.now())
        assert [log_in(client, HOME, "wrong") for _ in range(4)] == [401] * 3 + [429]
        post(client, "/auth/forgot-password", {"email": ada.email}, ip=HOME)
        token = next(m.token for m in worker.emails(ada.email) if "new password" in m.subject)

        body = {"token": token, "password": "another password"}
        assert post(client, "/auth/reset-password", body, ip=HOME).status_code == 200

        clock.advance(minutes=15)  # the address's own five tries, whoever's they are
        assert log_in(client, HOME, "another password") == 200

    def test_end_with_the_hour(self, client: FlaskClient, ada: Any, clock: Any):
        attack(clock.now())
        clock.advance(hours=1)

        assert [log_in(client, STRANGER, "wrong") for _ in range(5)] == [401] * 5
