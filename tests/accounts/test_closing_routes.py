"""Is a closed account gone at once, for everybody and in every way?"""

from typing import Any

import pytest

from app.accounts import rules, service
from app.accounts.models import AccountTotal, Erasure, UniqueKey, User
from app.accounts.models.closing import UNFINISHED
from app.audit import service as audit
from app.core import dynamo
from app.extensions import EXTENSION
from tests.accounts.doors import STRONG, bearer, code_of, post
from tests.conftest import NOON, PASSWORD
from tests.core.together import together

DEVICE = service.Device(ip="127.0.0.1", user_agent="laptop")


@pytest.fixture(autouse=True)
def bucket(app):
    app.extensions[EXTENSION].object_storage.ensure_bucket()


@pytest.fixture
def ada(sign_up):
    return sign_up("ada@example.com", username="ada", first_name="Ada", preferences={"a": 1})


@pytest.fixture
def close(client, ada):
    def close(headers=None, **body):
        return client.delete("/users/me", json=body, headers=headers or ada.headers)

    return close


@pytest.fixture
def admin(settings):
    def admin(name):
        return service.create_account(
            email=f"{name}@example.com",
            username=name,
            password=STRONG,
            role=rules.ADMIN,
            settings=settings,
            now=NOON,
        )

    return admin


def admins():
    return dynamo.find(AccountTotal, "active_admins").total


class TestCloseAccount:
    def test_empties_the_account(self, ada, close, clock):
        clock.advance(minutes=1)

        answer = close(password=PASSWORD)

        assert answer.status_code == 202
        assert "closed" in answer.json["message"]
        user = User.of(ada.user_id)
        assert {
            name for name, value in user.attribute_values.items() if value not in (None, {})
        } == {
            "user_id",
            "status",
            "role",
            "plan",
            "kind",
            "email_verified",
            "token_version",
            "api_keys",
            "created_at",
            "updated_at",
        }
        assert (user.status, user.role, user.token_version) == ("deleted", "user", 1)
        assert (user.created_at, user.updated_at) == (NOON, clock.now())

    def test_refuses_every_token_and_key_from_then_on(self, client, ada, close):
        key = post(
            client,
            "/users/me/api-keys",
            {"name": "bot", "scopes": ["account:read"]},
            headers=ada.headers,
        ).json["key"]
        close(password=PASSWORD)

        for headers in (ada.headers, {"X-API-Key": key}):
            dead = client.get("/users/me", headers=headers)
            assert (dead.status_code, code_of(dead)) == (401, "inactive_account")
        dead = post(client, "/auth/refresh", {"refresh_token": ada.refresh_token})
        assert dead.status_code == 401
        dead = post(client, "/auth/login", {"email": ada.email, "password": PASSWORD})
        assert (dead.status_code, code_of(dead)) == (401, "invalid_credentials")

    def test_gives_the_names_back(self, client, ada, close, sign_up):
        close(password=PASSWORD)

        again = sign_up("ADA@example.com", username="Ada")

        assert again.user_id != ada.user_id

    def test_gives_the_phone_back(self, ada, close):
        dynamo.commit(
            dynamo.update(User(ada.user_id), [User.phone.set("+14155550100")]),
            UniqueKey.claim(kind="phone", value="+14155550100", user_id=ada.user_id),
        )

        assert close(password=PASSWORD).status_code == 202

        assert UniqueKey.holder(kind="phone", value="+14155550100") is None

    def test_tells_the_former_address(self, ada, close, worker):
        close(password=PASSWORD)

        (mail,) = [one for one in worker.emails(ada.email) if "closed" in one.subject]
        assert mail.subject == "Security alert: Your account was closed"

    def test_keeps_what_administrators_did_on_record(self, client, ada, close, admin):
        root = admin("root")
        service.change_role(admin_id=root.user_id, user_id=ada.user_id, role=rules.VIEWER, now=NOON)
        token = post(client, "/auth/login", {"email": ada.email, "password": PASSWORD}).json

        assert close(bearer(token["access_token"]), password=PASSWORD).status_code == 202

        assert audit.verify().whole
        page = audit.list_entries(target_user_id=ada.user_id, limit=10, cursor=None)
        assert [entry.action for entry in page.items] == ["change_role"]

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({}, (422, "password_required")),
            ({"password": "wrong"}, (403, "wrong_password")),
            ({"password": PASSWORD, "sure": True}, (422, "validation_error")),
        ],
    )
    def test_refuses(self, client, ada, close, body, expected):
        answer = close(**body)

        assert (answer.status_code, code_of(answer)) == expected
        assert client.get("/users/me", headers=ada.headers).status_code == 200

    def test_needs_no_body_where_there_is_no_password(self, client, ada, worker):
        dynamo.commit(
            dynamo.update(
                User(ada.user_id),
                [
                    User.password_hash.remove(),
                    User.email.remove(),
                    User.username.remove(),
                    User.email_canonical.remove(),
                ],
            )
        )

        assert client.delete("/users/me", headers=ada.headers).status_code == 202
        assert not [mail for mail in worker.emails() if "closed" in mail.subject]

    def test_refuses_the_sixth_guess(self, ada, close):
        for _ in range(5):
            assert close(password="wrong").status_code == 403

        answer = close(password=PASSWORD)

        assert (answer.status_code, code_of(answer)) == (429, "too_many_attempts")

    def test_asks_for_the_erasing_now_and_once_more_later(self, app, ada, close, worker):
        close(password=PASSWORD)

        asked = [body for body in worker.waiting() if "accounts.erase" in body]
        assert len(asked) == 1  # the other is held back by the queue
        (row,) = Erasure.unfinished()
        assert (row.queue, row.user_id, row.requested_at) == (UNFINISHED, ada.user_id, NOON)


class TestLastAdmin:
    def test_is_refused_after_the_password(self, client, admin, close):
        root = admin("root")
        token = post(client, "/auth/login", {"username": "root", "password": STRONG}).json
        headers = bearer(token["access_token"])

        codes = [
            (answer.status_code, code_of(answer))
            for answer in (
                close(headers),
                close(headers, password="wrong"),
                close(headers, password=STRONG),
            )
        ]

        assert codes == [(422, "password_required"), (403, "wrong_password"), (409, "last_admin")]
        assert User.of(root.user_id).status == rules.ACTIVE
        assert admins() == 1

    def test_remains_where_all_close_at_once(self, app, admin, settings):
        everyone = [admin(f"root{number}") for number in range(4)]

        def attempt(number):
            try:
                service.close_account(
                    user_id=everyone[number].user_id,
                    password=STRONG,
                    device=DEVICE,
                    settings=settings,
                    jobs=app.extensions[EXTENSION].job_queue,
                    now=NOON,
                )
            except service.LastAdmin:
                return False
            return True

        assert together(4, attempt).count(True) == 3
        left = [user for user in everyone if User.of(user.user_id).status == rules.ACTIVE]
        assert len(left) == 1
        assert admins() == 1


class TestRaces:
    def close(self, app, ada, settings):
        service.close_account(
            user_id=ada.user_id,
            password=PASSWORD,
            device=DEVICE,
            settings=settings,
            jobs=app.extensions[EXTENSION].job_queue,
            now=NOON,
        )

    @pytest.fixture
    def meanwhile(self):
        """Do something the first time that a transaction is about to be sent."""
        events = dynamo.connection.shared_connection().client.meta.events
        name = "provide-client-params.dynamodb.TransactWriteItems"
        registered: list[Any] = []

        def meanwhile(act):
            def once(**_):
                events.unregister(name, once)
                registered.remove(once)
                act()

            events.register(name, once)
            registered.append(once)

        yield meanwhile
        for left in registered:
            events.unregister(name, left)

    def test_closes_an_account_whose_username_changed_meanwhile(
        self, app, ada, settings, meanwhile, clock
    ):
        clock.advance(seconds=1)
        meanwhile(
            lambda: service.change_profile(
                user_id=ada.user_id, changes={"username": "lovelace"}, now=clock.now()
            )
        )

        self.close(app, ada, settings)

        assert User.of(ada.user_id).status == rules.DELETED
        assert UniqueKey.holder(kind="username", value="lovelace") is None

    def test_is_refused_where_it_was_disabled_meanwhile(self, app, ada, settings, meanwhile, admin):
        root = admin("root")
        meanwhile(
            lambda: service.disable_account(admin_id=root.user_id, user_id=ada.user_id, now=NOON)
        )

        with pytest.raises(service.InactiveAccount):
            self.close(app, ada, settings)

        assert User.of(ada.user_id).email == ada.email

    def test_of_many_at_once_closes_one_time(self, app, ada, settings):
        def attempt(_):
            try:
                self.close(app, ada, settings)
            except service.InactiveAccount:
                return False
            return True

        assert together(4, attempt).count(True) == 1
        assert User.of(ada.user_id).token_version == 1

    def test_gives_up_where_others_always_come_first(self, app, ada, settings):
        events = dynamo.connection.shared_connection().client.meta.events
        name = "provide-client-params.dynamodb.TransactWriteItems"

        def spoil(**_):
            raise dynamo.ConditionFailed(frozenset({0}))

        events.register(name, spoil)
        try:
            with pytest.raises(dynamo.Busy):
                self.close(app, ada, settings)
        finally:
            events.unregister(name, spoil)
