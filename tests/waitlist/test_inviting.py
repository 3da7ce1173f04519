from dataclasses import replace

import pytest

from app.accounts import service as accounts
from app.accounts.models import User
from app.accounts.models.invitations import Invitation
from app.audit import service as audit
from app.core import dynamo, errors
from app.waitlist import service
from app.waitlist.models import Entry
from tests.core.together import together
from tests.waitlist.conftest import letters


@pytest.fixture
def admin(aws, settings, clock):
    def admin(name="boss"):
        return accounts.create_account(
            email=f"{name}@example.com",
            username=name,
            password="Str0ngPass!",
            role="admin",
            settings=settings,
            now=clock.now(),
        ).user_id

    return admin


@pytest.fixture
def invite(settings, jobs, clock):
    def invite(admin_id, *emails):
        return service.invite(
            admin_id=admin_id, emails=emails, settings=settings, jobs=jobs, now=clock.now()
        )

    return invite


class TestInvite:
    def test_mails_once_where_many_admins_invite_at_once(self, admin, invite, waitlist):
        waitlist.join("ada@example.com")
        boss = admin()

        results = together(6, lambda _: invite(boss, "ada@example.com")[0].result)

        assert sorted(results) == ["already_invited"] * 5 + ["invited"]
        assert len(letters("waitlist_invited", "ada@example.com")) == 1
        assert audit.verify().whole

    def test_is_for_those_who_are_active_admins_still(self, admin, invite):
        boss = admin()
        dynamo.commit(dynamo.update(User(boss), [User.role.set("viewer")]))

        with pytest.raises(errors.Forbidden):
            invite(boss, "ada@example.com")
        assert Invitation.of("ada@example.com") is None

    def test_counts_whoever_is_still_joining_as_a_stranger(self, admin, invite, clock):
        entry = Entry(
            "ada@example.com",
            status="joining",
            source="x",
            joined_at=clock.now(),
            code="DEADDEADDE",
            secret_hash="x",
        )
        dynamo.commit(entry.arrival(instead_of_before=clock.now()))

        (result,) = invite(admin(), "ada@example.com")

        assert (result.result, result.position) == ("invited", None)
        assert Entry.of("ada@example.com").status == "joining"

    def test_tells_the_caller_which_of_its_own_writes_did_not_hold(
        self, admin, settings, jobs, clock, waitlist
    ):
        entry = waitlist.join("ada@example.com")
        gone = Entry(entry.email, code="ANOTHERONE")

        with pytest.raises(dynamo.ConditionFailed) as failure:
            accounts.invite(
                admin_id=admin(),
                email=entry.email,
                besides=[gone.invitation(now=clock.now())],
                settings=settings,
                jobs=jobs,
                now=clock.now(),
            )
        assert failure.value.failed == {0}
        assert Invitation.of(entry.email) is None


class TestCanonicalEmail:
    def test_refuses_what_is_no_address(self):
        with pytest.raises(accounts.InvalidEmail):
            accounts.canonical_email(email="ada")

    def test_forgets_case_and_space(self):
        assert accounts.canonical_email(email=" Ada@Example.COM ") == "ada@example.com"


class TestRequestByInvitation:
    def test_checks_the_address_that_would_be_stored(self, aws, settings, jobs, clock):
        dynamo.commit(
            Invitation.creation(email="ada@example.com", invitation_id="1", now=clock.now())
        )

        user = accounts.request_account(
            username="ada",
            email=" Ada@example.com ",
            password="Str0ngPass!",
            settings=replace(settings, signup_mode="waitlist"),
            jobs=jobs,
            now=clock.now(),
        )

        assert user.email == "Ada@example.com"
