"""Does a new password shut everybody else out, and can only its holder choose it?"""

from datetime import timedelta

import pytest

from app.accounts import service
from app.accounts.models import SignIn, User
from app.accounts.service import password_change
from app.core import dynamo, passwords
from tests.accounts.doors import bearer, code_of, post
from tests.conftest import NOON, PASSWORD
from tests.core.together import together

NEW = "another-password"
DEVICE = service.Device(ip="127.0.0.1", user_agent="laptop")


@pytest.fixture
def ada(sign_up):
    return sign_up("ada@example.com", first_name="Ada")


@pytest.fixture
def change(client, ada):
    def change(headers=None, **body):
        asked = {"current_password": PASSWORD, "new_password": NEW, **body}
        return post(
            client,
            "/users/me/password",
            {name: value for name, value in asked.items() if value is not None},
            headers=headers or ada.headers,
        )

    return change


class TestChangePassword:
    def test_answers_with_fresh_tokens_and_kills_all_others(self, client, ada, change, clock):
        phone = post(client, "/auth/login", {"email": ada.email, "password": PASSWORD}).json

        answer = change()

        assert answer.status_code == 200, answer.json
        assert set(answer.json) == set(phone)
        for token in (ada.access_token, phone["access_token"]):
            dead = client.get("/users/me", headers=bearer(token))
            assert (dead.status_code, code_of(dead)) == (401, "token_revoked")
        dead = post(client, "/auth/refresh", {"refresh_token": phone["refresh_token"]})
        assert (dead.status_code, code_of(dead)) == (401, "token_revoked")
        fresh = bearer(answer.json["access_token"])
        found = client.get("/users/me/sessions", headers=fresh).json["sessions"]
        assert [one["current"] for one in found] == [True]
        refreshed = post(client, "/auth/refresh", {"refresh_token": answer.json["refresh_token"]})
        assert refreshed.status_code == 200

    def test_lets_only_the_new_one_in(self, client, ada, change):
        change()

        found = [
            post(client, "/auth/login", {"email": ada.email, "password": password}).status_code
            for password in (PASSWORD, NEW)
        ]

        assert found == [401, 200]

    def test_tells_the_holder(self, ada, change, worker):
        change()

        (email,) = [mail for mail in worker.emails(ada.email) if "password" in mail.subject]
        assert email.subject == "Security alert: Your password was changed"

    def test_leaves_api_keys_alone(self, client, ada, change, give_plan):
        give_plan(ada.user_id, "growth")
        key = post(
            client,
            "/users/me/api-keys",
            {"name": "bot", "scopes": ["account:read"]},
            headers=ada.headers,
        ).json["key"]

        change()

        assert client.get("/users/me", headers={"X-API-Key": key}).status_code == 200

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"current_password": "wrong"}, (403, "wrong_password")),
            ({"current_password": None}, (422, "password_required")),
            ({"new_password": "short"}, (422, "validation_error")),
            ({"role": "admin"}, (422, "validation_error")),
        ],
    )
    def test_refuses(self, client, ada, change, body, expected):
        answer = change(**body)

        assert (answer.status_code, code_of(answer)) == expected
        assert client.get("/users/me", headers=ada.headers).status_code == 200

    def test_refuses_the_sixth_guess_and_a_reset_stays_possible(self, client, ada, change, worker):
        for _ in range(5):
            assert change(current_password="wrong").status_code == 403

        answer = change()

        assert (answer.status_code, code_of(answer)) == (429, "too_many_attempts")
        assert int(answer.headers["Retry-After"]) > 0
        assert post(client, "/auth/forgot-password", {"email": ada.email}).status_code == 202

    def test_gives_the_tries_back_when_it_was_right(self, client, ada, change):
        for _ in range(4):
            change(current_password="wrong")
        fresh = bearer(change().json["access_token"])

        found = [change(fresh, current_password="wrong").status_code for _ in range(2)]

        assert found == [403, 403]

    def test_of_two_at_once_one_takes_effect(self, app, ada, settings):
        # Without an address there is no email whose own uniqueness would decide the race.
        dynamo.commit(dynamo.update(User(ada.user_id), [User.email.remove()]))
        row = SignIn.owned_by(ada.user_id)[0]
        asking = service.Asking(user_id=ada.user_id, sign_in_id=row.sign_in_id, device=DEVICE)

        def attempt(number):
            try:
                service.change_password(
                    asking=asking,
                    current_password=PASSWORD,
                    new_password=f"{NEW}-{number}",
                    settings=settings,
                    jobs=app.extensions["investforge-providers"].job_queue,
                    now=NOON,
                )
            except (service.TokenRevoked, service.WrongPassword):
                return False
            return True

        won = together(6, attempt)

        user = User.of(ada.user_id)
        assert won.count(True) == 1
        assert user.token_version == 1
        assert passwords.matches(f"{NEW}-{won.index(True)}", user.password_hash, rounds=4)


class TestFirstPassword:
    @pytest.fixture
    def phone_account(self, ada):
        dynamo.commit(
            dynamo.update(
                User(ada.user_id),
                [User.password_hash.remove(), User.email.remove(), User.email_canonical.remove()],
            )
        )
        return ada

    def test_can_be_set_soon_after_signing_in(self, phone_account, change, clock, worker):
        clock.advance(minutes=15)

        assert change(current_password=None).status_code == 401  # the access token lasts as long
        clock.set(NOON)
        answer = change(current_password=None)

        assert answer.status_code == 200, answer.json
        assert not [mail for mail in worker.emails() if "Security" in mail.subject]

    @pytest.mark.parametrize("sign_in_id", ["gone", None])
    def test_needs_a_sign_in_of_the_last_minutes(self, app, phone_account, settings, sign_in_id):
        row = SignIn.owned_by(phone_account.user_id)[0]
        dynamo.commit(
            dynamo.update(
                row, [SignIn.created_at.set(NOON - password_change.FRESH - timedelta(seconds=1))]
            )
        )
        asking = service.Asking(
            user_id=phone_account.user_id,
            sign_in_id=sign_in_id or row.sign_in_id,
            device=DEVICE,
        )

        with pytest.raises(service.RecentSignInRequired):
            service.change_password(
                asking=asking,
                current_password=None,
                new_password=NEW,
                settings=settings,
                jobs=app.extensions["investforge-providers"].job_queue,
                now=NOON,
            )
