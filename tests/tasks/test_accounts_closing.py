"""Does erasing a closed account end erased, wherever it was interrupted?"""

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app import extensions
from app.accounts import service as accounts
from app.accounts.models import ApiKey, DataExport, Erasure, SignIn, User
from app.core import dynamo
from app.devices import service as devices
from app.emails import service as emails
from app.emails.models import Email
from app.jobs.schedule import SCHEDULE
from app.portfolio.models import Asset
from app.providers.registry import Providers
from tasks import accounts as tasks
from tasks import celery_app
from tasks.holders import HOLDERS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PASSWORD = "password123"
DEVICE = accounts.Device(ip="127.0.0.1", user_agent="laptop")

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(scope="module")
def made(settings):
    return Providers(settings)


@pytest.fixture
def providers(made, aws):
    before = extensions._of_process
    extensions.use(made)
    made.job_queue.ensure_queues()
    made.object_storage.ensure_bucket()
    yield made
    made.job_queue.discard_enqueued()
    extensions._of_process = before


@pytest.fixture
def holder_of_things(providers, settings, clock):
    """A user of whom every domain holds something."""

    def make(email, *, closed=True):
        user = accounts.sign_up(
            email=email,
            password=PASSWORD,
            device=DEVICE,
            settings=settings,
            jobs=providers.job_queue,
            now=NOON,
        ).user
        user_id = user.user_id
        accounts.create_api_key(
            user_id=user_id, name="bot", scopes=["account:read"], expires_at=None, now=NOON
        )
        devices.register_device(user_id=user_id, token=f"token-{user_id}", platform="ios", now=NOON)
        asset = Asset.bought(
            user_id=user_id,
            asset_id=f"asset-of-{user_id}",
            asset_type="crypto",
            symbol="BTC",
            name=None,
            currency="USD",
            quantity=Decimal("0.5"),
            purchase_price=Decimal(100),
            purchase_date=date(2026, 1, 2),
            now=NOON,
        )
        dynamo.commit(asset.added())
        mail = emails.outgoing(
            template="welcome",
            to=email,
            context={"name": "Ada"},
            idempotency_key=f"another#{user_id}",
            user_id=user_id,
            now=NOON,
        )
        dynamo.commit(mail.write)
        accounts.request_export(
            user_id=user_id, storage=providers.object_storage, jobs=providers.job_queue, now=NOON
        )
        row = DataExport.of(user_id)
        assert tasks.export.apply(
            kwargs={"user_id": user_id, "export_id": row.export_id}
        ).successful()
        dynamo.commit(dynamo.update(User(user_id), [User.stripe_customer_id.set("cus_1")]))
        if closed:
            close(user_id, settings, providers)
        return user_id

    return make


def close(user_id, settings, providers, now=NOON):
    accounts.close_account(
        user_id=user_id,
        password=PASSWORD,
        device=DEVICE,
        settings=settings,
        jobs=providers.job_queue,
        now=now,
    )


def held(user_id):
    """What every domain still holds, but for what stays by design."""
    found = {holder.domain: dict(holder.export(user_id=user_id)) for holder in HOLDERS}
    account = found["accounts"].pop("account")
    found["vendors"] = {"names": [account["email"], account["stripe_customer_id"]]}
    if found["vendors"]["names"] == [None, None]:
        del found["vendors"]
    return {name: part for name, part in found.items() if any(part.values())}


def files(providers, user_id):
    store = providers.object_storage
    answer = store._call("list_objects_v2", Bucket=store._bucket, Prefix=f"exports/{user_id}/")
    return [found["Key"] for found in answer.get("Contents", [])]


def is_erased(providers, user_id):
    return (
        held(user_id) == {}
        and files(providers, user_id) == []
        and DataExport.of(user_id) is None
        and SignIn.owned_by(user_id) == []
        and ApiKey.owned_by(user_id) == []
        and list(Erasure.unfinished()) == []
        and User.of(user_id).status == "deleted"
    )


def erase(user_id):
    return tasks.erase.apply(kwargs={"user_id": user_id})


class Interrupted(Exception):
    """The worker died here."""


@pytest.fixture
def dying():
    """Make this process fail at its n-th call of DynamoDB, and say whether it got so far."""
    events = dynamo.connection.shared_connection().client.meta.events
    hooked = []

    def dying(at):
        calls = {"left": at}

        def count(**_):
            calls["left"] -= 1
            if calls["left"] < 0:
                raise Interrupted

        events.register("provide-client-params.dynamodb.*", count)
        hooked.append(count)

        def revive():
            events.unregister("provide-client-params.dynamodb.*", count)
            hooked.remove(count)
            return calls["left"] < 0

        return revive

    yield dying
    for count in hooked:
        events.unregister("provide-client-params.dynamodb.*", count)


class TestTaskNames:
    @pytest.mark.parametrize("name", ["erase", "resume_erasures", "export"])
    def test_are_those_that_work_is_asked_by(self, name):
        assert celery_app.app.tasks[f"accounts.{name}"].run


class TestErase:
    def test_erases_what_every_domain_holds_also_when_run_twice(self, holder_of_things, providers):
        user_id = holder_of_things("ada@example.com")
        assert set(held(user_id)) == {
            *("portfolio", "devices", "emails", "analytics"),
            *("accounts", "vendors"),
        }
        assert files(providers, user_id)

        for _ in range(2):
            assert erase(user_id).successful()
            assert is_erased(providers, user_id)

    def test_touches_nobody_else(self, holder_of_things, providers):
        ada = holder_of_things("ada@example.com")
        bob = holder_of_things("bob@example.com", closed=False)
        before = held(bob)

        erase(ada)

        assert held(bob) == before
        assert files(providers, bob)

    def test_refuses_an_account_that_is_in_use(self, holder_of_things, providers):
        user_id = holder_of_things("ada@example.com", closed=False)
        before = held(user_id)

        result = erase(user_id)

        assert isinstance(result.result, accounts.NotClosed)
        assert held(user_id) == before

    def test_leaves_the_farewell_to_be_sent(self, holder_of_things, providers):
        user_id = holder_of_things("ada@example.com")
        asked = [
            found.body for found in providers.job_queue._kept() if "emails.send_email" in found.body
        ]
        assert asked

        erase(user_id)

        assert emails.export_owned_by(user_id=user_id)["emails"] == []
        assert "security_alert" in {row.template for row in Email.scan()}

    @pytest.mark.parametrize("step", range(len(HOLDERS) + 1))
    def test_ends_erased_after_a_domain_failed(self, holder_of_things, providers, step):
        user_id = holder_of_things("ada@example.com")

        def erase_exports(*, user_id):
            accounts.erase_exports(user_id=user_id, storage=providers.object_storage)

        def fail(*, user_id):
            raise Interrupted

        erasers = [*(holder.erase for holder in HOLDERS), erase_exports]
        with pytest.raises(Interrupted):
            accounts.erase_closed_account(
                user_id=user_id, erasers=[*erasers[:step], fail, *erasers[step:]]
            )
        assert [row.user_id for row in Erasure.unfinished()] == [user_id]

        assert erase(user_id).successful()
        assert is_erased(providers, user_id)

    def test_ends_erased_wherever_it_was_interrupted(self, holder_of_things, providers, dying):
        interruptions = 0
        while True:
            user_id = holder_of_things(f"user{interruptions}@example.com")
            revive = dying(interruptions)
            with contextlib.suppress(Interrupted):
                accounts.erase_closed_account(
                    user_id=user_id, erasers=[holder.erase for holder in HOLDERS]
                )
            if not revive():
                break

            assert erase(user_id).successful()
            assert is_erased(providers, user_id)
            interruptions += 1

        assert interruptions > 10

    def test_makes_do_with_an_account_that_never_was(self, providers):
        assert erase("3f0f9f0e-6a55-4a0e-9d1c-5f6f0c2d7b11").successful()


class TestResumeErasures:
    def test_asks_again_for_what_should_be_over(self, holder_of_things, providers, clock):
        user_id = holder_of_things("ada@example.com")
        providers.job_queue.discard_enqueued()

        asked = []
        for minutes in (29, 1):
            clock.advance(minutes=minutes)
            assert tasks.resume_erasures.apply().successful()
            asked.append(accounts.resume_erasures(jobs=providers.job_queue, now=clock.now()))

        assert asked == [0, 1]
        (kept,) = providers.job_queue._kept()
        assert "accounts.erase" in kept.body
        assert user_id in kept.body

    def test_is_on_the_schedule(self):
        assert "accounts.resume_erasures" in {job.name for job in SCHEDULE}
