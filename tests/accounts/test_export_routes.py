"""Does somebody get everything that is held of them, once made, and nothing secret in it?"""

import io
import json
import urllib.request
import zipfile
from datetime import timedelta

import pytest

from app.accounts import service
from app.accounts.models import DataExport, SignIn, User
from app.core import dynamo
from app.extensions import EXTENSION
from tests.accounts.doors import code_of, post
from tests.conftest import NOON, PASSWORD
from tests.core.together import together

DAY = timedelta(days=1)


@pytest.fixture
def storage(app):
    kept = app.extensions[EXTENSION].object_storage
    kept.ensure_bucket()
    return kept


@pytest.fixture
def ada(sign_up, storage):
    return sign_up("ada@example.com", first_name="Ada", preferences={"size": 1.50})


@pytest.fixture
def ask(client, ada):
    def ask():
        return client.get("/users/me/export", headers=ada.headers)

    return ask


def download(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert "investforge-export.zip" in answer.headers["Content-Disposition"]
        return zipfile.ZipFile(io.BytesIO(answer.read()))


class TestExportAccount:
    def test_is_made_by_a_task_and_then_linked_to(self, ask, worker):
        first = ask()
        assert (first.status_code, first.json) == (202, {"status": "processing"})
        assert ask().status_code == 202
        assert worker.work().count("accounts.export") == 1

        ready = ask()

        assert ready.status_code == 200
        assert set(ready.json) == {"url", "expires_at"}
        assert ready.json["expires_at"] == (NOON + timedelta(minutes=15)).isoformat()
        assert set(download(ready.json["url"]).namelist()) >= {
            "accounts.json",
            "devices.json",
            "emails.json",
            "portfolio.json",
        }

    def test_holds_what_is_held_and_no_secrets(self, client, ada, ask, worker):
        key = post(
            client,
            "/users/me/api-keys",
            {"name": "bot", "scopes": ["account:read"]},
            headers=ada.headers,
        ).json["key"]
        ask()
        worker.work()

        archive = download(ask().json["url"])

        found = json.loads(archive.read("accounts.json"))
        assert found["account"]["email"] == ada.email
        assert found["account"]["preferences"] == {"size": 1.5}
        assert [row["name"] for row in found["api_keys"]] == ["bot"]
        assert [row["ip"] for row in found["sign_ins"]] != [None]
        user, (sign_in,) = User.of(ada.user_id), SignIn.owned_by(ada.user_id)
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
        for secret in (
            user.password_hash,
            key,
            key.rsplit("_", 1)[1],
            sign_in.refresh_token_id,
            ada.refresh_token,
            PASSWORD,
        ):
            assert secret not in everything
        assert "hash" not in everything

    def test_is_made_anew_after_a_day(self, ask, worker, clock, client, ada):
        ask()
        worker.work()
        clock.advance(hours=23, minutes=50)
        token = post(client, "/auth/login", {"email": ada.email, "password": PASSWORD}).json
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        late = client.get("/users/me/export", headers=headers)
        assert (
            late.json["expires_at"] == (NOON + DAY).isoformat()
        )  # the link never outlasts the file
        clock.advance(minutes=10)

        assert client.get("/users/me/export", headers=headers).status_code == 202
        assert "accounts.export" in worker.work()
        assert client.get("/users/me/export", headers=headers).status_code == 200

    def test_is_begun_again_when_its_task_was_lost(self, ada, app, storage):
        jobs = app.extensions[EXTENSION].job_queue

        def asked(now):
            before = DataExport.of(ada.user_id)
            service.request_export(user_id=ada.user_id, storage=storage, jobs=jobs, now=now)
            after = DataExport.of(ada.user_id)
            return before is None or before.export_id != after.export_id

        minutes = [timedelta(minutes=minute) for minute in (0, 19, 20, 39, 40)]
        assert [asked(NOON + later) for later in minutes] == [True, False, True, False, True]
        jobs.discard_enqueued()

    def test_of_many_at_once_makes_one(self, app, ada, worker):
        def attempt(_):
            return app.test_client().get("/users/me/export", headers=ada.headers).status_code

        assert set(together(6, attempt)) == {202}
        assert worker.work().count("accounts.export") == 1

    def test_is_for_its_holder_alone(self, client, ada, ask, worker, sign_up):
        ask()
        worker.work()

        bob = client.get("/users/me/export", headers=sign_up("bob@example.com").headers)

        assert bob.status_code == 202
        nobody = client.get("/users/me/export")
        assert (nobody.status_code, code_of(nobody)) == (401, "unauthorized")


class TestMakeExport:
    @pytest.fixture
    def begun(self, ada, app, storage):
        jobs = app.extensions[EXTENSION].job_queue
        service.request_export(user_id=ada.user_id, storage=storage, jobs=jobs, now=NOON)
        jobs.discard_enqueued()
        return DataExport.of(ada.user_id)

    @pytest.fixture
    def make(self, begun, storage):
        def make(export_id=None, collect=lambda *, user_id: {"of": user_id}):
            service.make_export(
                user_id=begun.user_id,
                export_id=export_id or begun.export_id,
                collectors={"things": collect},
                storage=storage,
                now=NOON,
            )

        return make

    def stored(self, storage):
        answer = storage._call("list_objects_v2", Bucket=storage._bucket)
        return [found["Key"] for found in answer.get("Contents", [])]

    def test_is_harmless_when_run_twice(self, begun, make, storage):
        made = []

        def collect(*, user_id):
            made.append(user_id)
            return {}

        for _ in range(2):
            make(collect=collect)

        assert made == [begun.user_id]
        assert self.stored(storage) == [f"exports/{begun.user_id}/{begun.export_id}.zip"]

    def test_makes_nothing_that_another_took_the_place_of(self, make, storage):
        make(export_id="an earlier one")

        assert self.stored(storage) == []

    def test_makes_nothing_for_a_closed_account(self, begun, make, storage):
        dynamo.commit(dynamo.update(User(begun.user_id), [User.status.set("deleted")]))

        make()

        assert self.stored(storage) == []
        assert DataExport.of(begun.user_id) is None
        make()

    def test_removes_what_it_made_when_the_account_is_erased_meanwhile(self, begun, make, storage):
        def collect(*, user_id):
            service.erase_exports(user_id=user_id, storage=storage)
            return {}

        make(collect=collect)

        assert self.stored(storage) == []
        assert DataExport.of(begun.user_id) is None

    def test_is_erased_with_the_account(self, begun, make, storage):
        make()

        for _ in range(2):
            service.erase_exports(user_id=begun.user_id, storage=storage)

        assert self.stored(storage) == []
        assert DataExport.of(begun.user_id) is None
