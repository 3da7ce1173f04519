"""Is an import carried out to its end, once, whatever dies or is told twice?"""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.extensions import EXTENSION
from app.portfolio.models import Transaction
from app.portfolio.models.imports import Import
from app.portfolio.service import additions, imports
from app.portfolio.service.imports import ASK_AGAIN_AFTER, GIVE_UP_AFTER, IMPORT
from app.providers.object_storage.interface import TryAgain
from tasks import portfolio as tasks
from tests.portfolio.importing import Importer, holdings, sample, send


@pytest.fixture
def owner(sign_up):
    return sign_up()


@pytest.fixture
def worker(app, monkeypatch):
    """One that sleeps: a test does its work."""
    made = Importer()
    made.asleep = True
    app.extensions[EXTENSION].job_queue = made
    monkeypatch.setattr("app.portfolio.routes.imports.WAIT_SECONDS", 0)
    return made


@pytest.fixture
def waiting(app, client, owner, worker):
    """An import that nobody has carried out yet; gives its keys."""

    def begin(content=None, **told):
        answer = send(client, owner, content or sample("coinbase_2024.csv"), **told)
        assert answer.status_code == 202, answer.json
        return {"user_id": owner.user_id, "import_id": answer.json["id"]}

    with app.app_context():
        yield begin


def shown(client, owner, keys):
    answer = client.get(f"/portfolio/imports/{keys['import_id']}", headers=owner.headers)
    assert answer.status_code == 200, answer.json
    return answer.json


class DyingError(BaseException):
    """A worker is killed: nothing may catch it."""


class TestImportFile:
    def test_is_harmless_when_told_again(self, client, owner, waiting):
        keys = waiting()
        tasks.import_file(**keys)
        first, ledger = shown(client, owner, keys), list(Transaction.owned_by(owner.user_id))

        tasks.import_file(**keys)

        assert shown(client, owner, keys) == first
        assert len(list(Transaction.owned_by(owner.user_id))) == len(ledger)

    def test_of_nothing_does_nothing(self, app, owner):
        with app.app_context():
            tasks.import_file(user_id=owner.user_id, import_id="gone")

    def test_goes_on_after_a_killed_worker(self, client, owner, waiting, clock, monkeypatch):
        keys = waiting()
        whole = additions.add_many
        calls = []

        def killed(**given):
            calls.append(given)
            if len(calls) == 3:
                raise DyingError
            return whole(**given)

        monkeypatch.setattr(additions, "add_many", killed)
        with pytest.raises(DyingError):
            tasks.import_file(**keys)
        monkeypatch.setattr(additions, "add_many", whole)
        stored = len(list(Transaction.owned_by(owner.user_id)))
        tasks.import_file(**keys)
        assert shown(client, owner, keys)["status"] == "processing", "It is claimed still."
        clock.advance(minutes=4)

        tasks.import_file(**keys)

        done = shown(client, owner, keys)
        assert stored > 0
        assert (done["imported"], done["duplicates"], done["refused"]) == (8, 0, 3)
        assert holdings(client, owner)["BTC"] == Decimal("0.04")
        seen = client.get(
            "/analytics?event_type=portfolio_imported&days=1", headers=owner.headers
        ).json
        assert seen["total_events"] == 1

    def test_is_tried_again_at_once_after_an_outage(self, app, client, owner, waiting):
        keys = waiting()
        providers = app.extensions[EXTENSION]
        storage = providers.object_storage

        class Down:
            def fetch(self, **_):
                raise TryAgain

        providers.object_storage = Down()
        with pytest.raises(TryAgain):
            tasks.import_file.run(**keys)
        providers.object_storage = storage
        tasks.import_file(**keys)

        assert shown(client, owner, keys)["status"] == "completed"

    def test_fails_where_the_file_is_gone(self, app, client, owner, waiting):
        keys = waiting()
        app.extensions[EXTENSION].object_storage.delete_under(prefix=Import.of(**keys).file_key)
        tasks.import_file(**keys)

        done = shown(client, owner, keys)
        assert (done["status"], done["error"]) == (
            "failed",
            "The file is not there any more. Send it again.",
        )

    def test_tells_how_far_it_is(self, client, owner, waiting, monkeypatch):
        rows = "".join(f"2024-01-02,buy,S{one},1,1\n" for one in range(4))
        keys = waiting(f"date,type,symbol,quantity,price\n{rows}".encode())
        monkeypatch.setattr("app.portfolio.service.importing.TOLD_EVERY", 1)
        told = []
        whole = additions.add_many

        def looked_at(**given):
            told.append(shown(client, owner, keys)["progress"])
            return whole(**given)

        monkeypatch.setattr(additions, "add_many", looked_at)
        tasks.import_file(**keys)

        assert told == [0, 25, 50, 75]

    def test_takes_many_rows_of_one_asset_some_at_a_time(self, client, owner, waiting, monkeypatch):
        monkeypatch.setattr("app.portfolio.service.importing.ROWS_TOGETHER", 3)
        rows = "".join(
            f"2024-01-{day:02d},{'sell' if day % 3 == 0 else 'buy'},S,{day % 3 or 2},{day}\n"
            for day in range(1, 29)
        )
        keys = waiting(f"date,type,symbol,quantity,price\n{rows}".encode())
        tasks.import_file(**keys)

        done = shown(client, owner, keys)
        assert (done["imported"], done["refused"]) == (28, 0), done["rows"]
        assert holdings(client, owner) == {"S": 28 - 18}


class TestLookAfterImports:
    def test_asks_again_for_what_nobody_carries_out(self, app, waiting, worker, clock):
        keys = waiting()
        worker.enqueued.clear()
        tasks.look_after_imports()
        assert (IMPORT, keys) not in worker.enqueued
        clock.advance(ASK_AGAIN_AFTER.total_seconds() + 1)

        tasks.look_after_imports()

        assert (IMPORT, keys) in worker.enqueued

    def test_leaves_alone_what_somebody_carries_out(self, waiting, worker, clock):
        keys = waiting()
        clock.advance(minutes=2)
        now = clock.now()
        dynamo.commit(Import.of(**keys).claim(now=now, until=now + timedelta(minutes=3)))
        worker.enqueued.clear()

        tasks.look_after_imports()

        assert worker.enqueued == []

    def test_gives_up_in_the_end(self, owner, waiting, clock):
        keys = waiting()
        clock.advance(GIVE_UP_AFTER.total_seconds() + 1)

        tasks.look_after_imports()
        tasks.import_file(**keys)

        done = Import.of(**keys)
        assert (done.status, done.error) == ("failed", imports.GIVEN_UP)
        assert list(Transaction.owned_by(owner.user_id)) == []


class TestErasure:
    def test_takes_rows_and_files_of_imports_along(self, app, client, owner, waiting):
        keys = waiting()
        tasks.import_file(**keys)
        storage = app.extensions[EXTENSION].object_storage
        rows_key = Import.of(**keys).rows_key
        told = imports.export_imports(user_id=owner.user_id)
        assert [one["imported"] for one in told] == [8]

        imports.erase_imports(user_id=owner.user_id)
        imports.erase_files(user_id=owner.user_id, storage=storage)

        assert imports.export_imports(user_id=owner.user_id) == []
        assert storage.size_of(key=rows_key) is None
