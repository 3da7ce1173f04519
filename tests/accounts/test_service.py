"""What do accounts decide that no route shows by itself?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.accounts import service
from app.accounts.models import AccountTotal, SignIn, UniqueKey, User
from app.config import Settings
from app.core import dynamo, tokens
from app.core.auth import Principal
from app.providers.job_queue.interface import JobQueue
from app.providers.registry import Providers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEVICE = service.Device(ip="127.0.0.1", user_agent="x" * 1_000)
PASSWORD = "Str0ngPass!"

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def jobs(settings: Settings) -> JobQueue:
    """The queue, which keeps what is enqueued: nothing here sends it."""
    return Providers(settings).job_queue


@pytest.fixture
def ada(settings: Settings, jobs: JobQueue) -> service.SignedIn:
    return service.sign_up(
        email="Ada@example.com",
        password=PASSWORD,
        username="ada",
        device=DEVICE,
        settings=settings,
        jobs=jobs,
        now=NOW,
    )


def claims_of(signed_in: service.SignedIn, **changes: Any) -> tokens.Claims:
    claims = tokens.Claims(
        user_id=signed_in.user.user_id,
        sign_in_id=signed_in.sign_in_id,
        token_id="t1",
        kind="access",
        role="user",
        status="active",
        token_version=0,
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
    )
    return replace(claims, **changes)


class TestSignUp:
    def test_keeps_the_email_as_written_and_its_canonical_form(self, ada: service.SignedIn):
        user = service.get_account(user_id=ada.user.user_id)
        assert (user.email, user.email_canonical) == ("Ada@example.com", "ada@example.com")

    def test_keeps_the_device_and_how_long_it_lasts(self, ada: service.SignedIn):
        row = SignIn.of(user_id=ada.user.user_id, sign_in_id=ada.sign_in_id)
        assert row is not None
        assert (row.ip, len(str(row.user_agent))) == ("127.0.0.1", 300)
        assert row.expires_at == NOW + timedelta(days=7)

    @pytest.mark.parametrize("password", ["password123", "short"])
    def test_asks_for_a_strong_password_where_the_policy_is_strict(
        self, settings: Settings, jobs: JobQueue, password: str
    ):
        strict = replace(settings, password_policy="strict")
        with pytest.raises(service.WeakPassword):
            service.sign_up(
                email="b@example.com",
                password=password,
                device=DEVICE,
                settings=strict,
                jobs=jobs,
                now=NOW,
            )

    def test_asks_for_eight_characters_in_any_case(self, settings: Settings, jobs: JobQueue):
        with pytest.raises(service.WeakPassword):
            service.sign_up(
                email="b@example.com",
                password="seven77",
                device=DEVICE,
                settings=settings,
                jobs=jobs,
                now=NOW,
            )


class TestCreateAccount:
    @pytest.mark.parametrize(("role", "admins"), [("admin", 1), ("viewer", None), ("user", None)])
    def test_counts_administrators(self, settings: Settings, role: str, admins: int | None):
        user = service.create_account(
            email="root@example.com",
            username="root",
            password=PASSWORD,
            role=role,
            settings=settings,
            now=NOW,
        )
        assert (user.role, user.status, user.email_verified) == (role, "active", True)
        total = dynamo.find(AccountTotal, "active_admins")
        assert (total.total if total else None) == admins


class TestGetAccount:
    def test_refuses_an_unknown_id(self):
        with pytest.raises(service.UnknownAccount):
            service.get_account(user_id="nobody")


class TestSignIn:
    def test_costs_the_same_requests_each_time(self, settings: Settings, ada: service.SignedIn):
        with dynamo.counting() as cost:
            service.sign_in(
                login="ada", password=PASSWORD, device=DEVICE, settings=settings, now=NOW
            )
        assert cost.operations == ["GetItem", "GetItem", "TransactWriteItems"]

    def test_refuses_a_name_whose_account_is_gone(self, settings: Settings, ada: service.SignedIn):
        dynamo.commit(dynamo.delete(User(ada.user.user_id)))
        with pytest.raises(service.InvalidCredentials):
            service.sign_in(
                login="ada", password=PASSWORD, device=DEVICE, settings=settings, now=NOW
            )

    def test_refuses_an_account_without_a_password(self, settings: Settings, ada: service.SignedIn):
        dynamo.commit(dynamo.update(User(ada.user.user_id), [User.password_hash.remove()]))
        with pytest.raises(service.InvalidCredentials):
            service.sign_in(
                login="ada", password=PASSWORD, device=DEVICE, settings=settings, now=NOW
            )

    def test_refuses_an_account_that_is_disabled_meanwhile(
        self, settings: Settings, ada: service.SignedIn
    ):
        class DisablingDevice(service.Device):
            """Reading the device is what happens between the check of the status and the write."""

            def __getattribute__(self, name: str) -> Any:
                if name == "ip":
                    disabled = [User.status.set("disabled")]
                    dynamo.commit(dynamo.update(User(ada.user.user_id), disabled))
                return super().__getattribute__(name)

        device = DisablingDevice(ip="127.0.0.1", user_agent=None)
        with pytest.raises(service.InactiveAccount):
            service.sign_in(
                login="ada", password=PASSWORD, device=device, settings=settings, now=NOW
            )
        assert len(list(dynamo.every(SignIn, ada.user.user_id))) == 1


class TestAuthenticate:
    def test_answers_in_one_request(self, ada: service.SignedIn):
        with dynamo.counting() as cost:
            principal = service.authenticate(claims=claims_of(ada), require_verified_email=False)
        assert cost.requests == 1
        assert principal == Principal(
            user_id=ada.user.user_id,
            role="user",
            status="active",
            plan="free",
            email_verified=False,
            sign_in_id=ada.sign_in_id,
            token_id="t1",
            claims=claims_of(ada),
        )

    def test_believes_the_account_and_not_the_token_about_its_role(self, ada: service.SignedIn):
        claims = claims_of(ada, role="admin")
        assert service.authenticate(claims=claims, require_verified_email=False).role == "user"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"user_id": "nobody"}, tokens.InvalidToken),
            ({"token_version": 1}, service.TokenRevoked),
            ({"token_version": -1}, service.TokenRevoked),
        ],
    )
    def test_refuses(self, ada: service.SignedIn, changes: Any, error: type[Exception]):
        with pytest.raises(error):
            service.authenticate(claims=claims_of(ada, **changes), require_verified_email=False)


class TestSignOut:
    def test_revokes_the_token_and_everything_of_its_sign_in(self, ada: service.SignedIn):
        claims = claims_of(ada)
        service.sign_out(claims=claims, refresh=None, everywhere=False, now=NOW)
        for revoked in (claims, claims_of(ada, token_id="t2"), claims_of(ada, sign_in_id="other")):
            with pytest.raises(service.TokenRevoked):
                service.authenticate(claims=revoked, require_verified_email=False)

    def test_may_be_repeated(self, ada: service.SignedIn):
        for _ in range(2):
            service.sign_out(claims=claims_of(ada), refresh=None, everywhere=False, now=NOW)


class TestChangeProfile:
    def test_tries_again_when_somebody_else_changed_the_account_meanwhile(
        self, ada: service.SignedIn
    ):
        class Meanwhile(dict[str, Any]):
            """Reading the wish is what happens between the read of the account and the write."""

            rivals = 2

            def __getitem__(self, name: str) -> Any:
                if self.rivals:
                    self.rivals -= 1
                    later = NOW + timedelta(seconds=self.rivals + 1)
                    change = [User.last_name.set("Rival"), User.updated_at.set(later)]
                    dynamo.commit(dynamo.update(User(ada.user.user_id), change))
                return super().__getitem__(name)

        wish = Meanwhile(first_name="Ada")
        user = service.change_profile(user_id=ada.user.user_id, changes=wish, now=NOW)
        assert (user.first_name, user.last_name) == ("Ada", "Rival")

    def test_gives_up_when_that_never_ends(self, ada: service.SignedIn):
        class Always(dict[str, Any]):
            turns = 0

            def __getitem__(self, name: str) -> Any:
                self.turns += 1
                later = NOW + timedelta(seconds=self.turns)
                change = [User.updated_at.set(later)]
                dynamo.commit(dynamo.update(User(ada.user.user_id), change))
                return super().__getitem__(name)

        with pytest.raises(dynamo.Busy):
            service.change_profile(
                user_id=ada.user.user_id, changes=Always(first_name="Ada"), now=NOW
            )

    def test_leaves_everything_be_when_the_username_is_taken(
        self, settings: Settings, jobs: JobQueue, ada: service.SignedIn
    ):
        service.request_account(
            username="bob",
            email="bob@example.com",
            password=PASSWORD,
            settings=settings,
            jobs=jobs,
            now=NOW,
        )
        changes = {"username": "bob", "first_name": "Ada"}
        with pytest.raises(service.UserExists):
            service.change_profile(user_id=ada.user.user_id, changes=changes, now=NOW)
        user = service.get_account(user_id=ada.user.user_id)
        assert user.username == "ada"
        assert user.first_name is None
        assert UniqueKey.holder(kind="username", value="ada") == ada.user.user_id
