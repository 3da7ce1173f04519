import pytest

from app.accounts import service as accounts
from app.accounts.models import Erasure, User
from app.accounts.models.invitations import Invitation
from app.core import dynamo
from app.waitlist import service
from app.waitlist.models import Entry, ReferralCode
from tests.waitlist.conftest import order

DEVICE = accounts.Device(ip="127.0.0.1", user_agent="laptop")
PASSWORD = "password123"


@pytest.fixture
def account(aws, settings, jobs, clock):
    def account(email, *, verified=True):
        user_id = accounts.sign_up(
            email=email,
            password=PASSWORD,
            device=DEVICE,
            settings=settings,
            jobs=jobs,
            now=clock.now(),
        ).user.user_id
        if verified:
            dynamo.commit(User.of(user_id).email_confirmed(now=clock.now()))
        return user_id

    return account


@pytest.fixture
def close(settings, jobs, clock):
    def close(user_id):
        accounts.close_account(
            user_id=user_id,
            password=PASSWORD,
            device=DEVICE,
            settings=settings,
            jobs=jobs,
            now=clock.now(),
        )

    return close


class TestExport:
    def test_holds_the_place_of_a_confirmed_address(self, waitlist, account):
        entry = waitlist.join("ada@example.com")

        found = service.export_owned_by(user_id=account("Ada@example.com"))["waitlist"]

        assert (found["position"], found["referral_code"]) == (1, entry.code)
        assert "secret_hash" not in found

    def test_gives_nothing_to_whoever_only_typed_the_address(self, waitlist, account):
        waitlist.join("ada@example.com")

        user_id = account("ada@example.com", verified=False)

        assert service.export_owned_by(user_id=user_id) == {"waitlist": None}

    def test_is_empty_for_who_never_joined(self, account):
        assert service.export_owned_by(user_id=account("ada@example.com")) == {"waitlist": None}


class TestErase:
    def test_leaves_the_place_empty_and_the_others_where_they_are(self, waitlist, account, close):
        waitlist.join("a@example.com")
        ada = waitlist.join("ada@example.com")
        waitlist.join("c@example.com")
        user_id = account("ada@example.com")
        close(user_id)

        for _ in range(2):
            service.erase_owned_by(user_id=user_id)

        assert order() == ["a@example.com", None, "c@example.com"]
        assert Entry.of("ada@example.com") is None
        assert ReferralCode.holder(ada.code) is None

    def test_spares_the_place_of_whoever_the_address_really_is(self, waitlist, account, close):
        waitlist.join("ada@example.com")
        user_id = account("ada@example.com", verified=False)
        close(user_id)

        service.erase_owned_by(user_id=user_id)

        assert order() == ["ada@example.com"]

    def test_spares_a_place_that_was_taken_after_the_closing(self, waitlist, account, close, clock):
        user_id = account("ada@example.com")
        close(user_id)
        clock.advance(1)
        waitlist.join("ada@example.com")

        service.erase_owned_by(user_id=user_id)

        assert order() == ["ada@example.com"]

    def test_removes_whoever_was_interrupted_at_joining(self, account, close, clock):
        entry = Entry(
            "ada@example.com",
            status="joining",
            source="x",
            joined_at=clock.now(),
            code="DEADDEADDE",
            secret_hash="x",
        )
        dynamo.commit(entry.arrival(instead_of_before=clock.now()))
        user_id = account("ada@example.com")
        close(user_id)

        service.erase_owned_by(user_id=user_id)

        assert Entry.of("ada@example.com") is None

    def test_is_harmless_for_an_account_that_is_in_use(self, waitlist, account):
        waitlist.join("ada@example.com")

        service.erase_owned_by(user_id=account("ada@example.com"))

        assert order() == ["ada@example.com"]

    def test_forgets_the_invitation_too(self, account, close, clock):
        dynamo.commit(
            Invitation.creation(email="ada@example.com", invitation_id="1", now=clock.now())
        )
        user_id = account("ada@example.com")
        close(user_id)

        accounts.erase_owned_by(user_id=user_id)

        assert Invitation.of("ada@example.com") is None

    def test_keeps_no_address_once_all_is_erased(self, account, close):
        user_id = account("ada@example.com")
        close(user_id)
        assert accounts.find_closed(user_id=user_id).email == "ada@example.com"

        accounts.erase_closed_account(user_id=user_id, erasers=[])

        assert Erasure.of(user_id) is None
        assert accounts.find_closed(user_id=user_id) is None
