"""Is what brokers and exchanges export imported once, and is each line told what became of it?"""

import json

import pytest

from app.extensions import EXTENSION
from app.portfolio.models.imports import Import
from tests.portfolio.importing import (
    SAMPLES,
    Importer,
    counts,
    holdings,
    refusals,
    sample,
    send,
    transactions,
)

FILES = {
    "interactive_brokers.csv": ("interactive_brokers", (18, 0, 2)),
    "coinbase_2024.csv": ("coinbase", (8, 0, 3)),
    "coinbase_2022.csv": ("coinbase", (5, 0, 0)),
    "coinbase_2020.csv": ("coinbase", (2, 0, 0)),
    "coinbase_2015.csv": ("coinbase", (2, 0, 0)),
    "ghostfolio.json": ("ghostfolio", (7, 0, 2)),
    "broker_de.csv": ("generic", (5, 0, 0)),
    "broker_us.csv": ("generic", (5, 0, 0)),
    "ten_bad_rows.csv": ("generic", (3, 0, 11)),
}


@pytest.fixture
def owner(sign_up):
    return sign_up()


@pytest.fixture
def worker(app):
    made = Importer()
    app.extensions[EXTENSION].job_queue = made
    return made


@pytest.mark.usefixtures("worker")
class TestImportFile:
    @pytest.mark.parametrize("name", FILES)
    def test_imports_a_sample_once(self, client, owner, name):
        format_name, expected = FILES[name]

        first = send(client, owner, sample(name), filename=name)
        ledger = transactions(client, owner)
        again = send(client, owner, sample(name), filename=name)

        assert (first.json["format"], counts(first)) == (format_name, expected), first.json["rows"]
        imported, _, refused = expected
        assert counts(again) == (0, imported, refused), again.json["rows"]
        assert transactions(client, owner) == ledger
        named = {row["transaction_id"] for row in first.json["rows"]} - {None}
        assert named <= {row["id"] for row in ledger}

    def test_covers_every_sample(self):
        assert set(FILES) == {path.name for path in SAMPLES.iterdir()} - {"README.md"}

    def test_names_ten_kinds_of_bad_line_and_imports_the_good_ones(self, client, owner):
        answer = send(client, owner, sample("ten_bad_rows.csv"))

        assert holdings(client, owner) == {"AAPL": 6, "MSFT": 4}
        told = refusals(answer)
        expected = {
            3: "no such day",
            4: "'ten' is no number",
            5: "no symbol",
            6: "'borrow' is no type",
            8: "more than 0",
            9: "less than 0",
            10: "'DOLLAR' is no currency",
            11: "Short positions are not supported",
            12: "in the future",
            13: "'A PPLE INC!' is no symbol",
            14: "is no symbol",
        }
        assert set(told) == set(expected)
        for line, part in expected.items():
            assert part in told[line]

    def test_keeps_what_a_statement_says(self, client, owner):
        send(client, owner, sample("interactive_brokers.csv"))

        assert holdings(client, owner) == {
            "AAPL": 60,
            "BRK-B": 12,
            "NVDA": 200,
            "SAP.DE": 25,
            "0700.HK": 1000,
            "VWRA.L": 50.25,
        }
        dividends = [row for row in transactions(client, owner) if row["type"] == "dividend"]
        assert {(row["symbol"], row["price"], row["currency"]) for row in dividends} == {
            ("AAPL", 25, "USD"),
            ("AAPL", 15, "USD"),
            ("SAP.DE", 55, "EUR"),
        }

    def test_adds_of_an_overlapping_file_only_what_is_new_in_any_order(self, client, owner):
        header, *rows = sample("broker_us.csv").decode().splitlines()
        header = header.replace(",Order ID", "")
        rows = [row.rpartition(",")[0] for row in rows]
        first = "\n".join([header, *rows[:2]]).encode()
        again = "\n".join([header, *reversed(rows)]).encode()

        assert counts(send(client, owner, first)) == (2, 0, 0)
        assert counts(send(client, owner, again, mapping={"date_order": "month_first"})) == (
            3,
            2,
            0,
        )
        assert holdings(client, owner) == {"VTI": 1200, "KO": 100}

    def test_does_not_add_again_what_was_typed_in(self, client, owner):
        row = {"type": "buy", "asset_type": "stock", "symbol": "KO", "quantity": 30}
        row |= {"price": "59.85", "fee": "1.25", "executed_at": "2024-02-05T00:00:00Z"}
        typed = client.post("/portfolio/transactions", json=row, headers=owner.headers)
        assert typed.status_code == 201, typed.json
        rows = b"Date,Type,Symbol,Quantity,Price,Fee\n" + b"2024-02-05,buy,KO,30,59.85,1.25\n" * 2

        answer = send(client, owner, rows)

        assert counts(answer) == (1, 1, 0)
        assert answer.json["rows"][0]["transaction_id"] == typed.json["id"]
        assert holdings(client, owner) == {"KO": 60}

    def test_takes_two_equal_rows_as_two(self, client, owner):
        rows = b"date,type,symbol,quantity,price\n" + b"2024-01-02,buy,AAPL,1,100\n" * 3

        assert counts(send(client, owner, rows)) == (3, 0, 0)
        assert counts(send(client, owner, rows)) == (0, 3, 0)
        assert holdings(client, owner) == {"AAPL": 3}

    def test_counts_once_in_analytics(self, client, owner):
        for _ in range(2):
            send(client, owner, sample("coinbase_2020.csv"))
        send(client, owner, sample("coinbase_2022.csv"), dry_run="true")

        seen = client.get(
            "/analytics?event_type=portfolio_imported&days=1", headers=owner.headers
        ).json
        assert seen["total_events"] == 2
        told = [event["event_data"] for event in seen["events"]]
        assert sorted(one["imported"] for one in told) == [0, 2]

    def test_leaves_another_users_ledger_alone(self, client, owner, sign_up):
        other = sign_up()
        send(client, owner, sample("coinbase_2024.csv"))

        assert counts(send(client, other, sample("coinbase_2024.csv"))) == (8, 0, 3)
        assert holdings(client, other) == holdings(client, owner)

    def test_is_done_once_by_a_repeated_request(self, client, owner):
        key = {"Idempotency-Key": "one-import"}
        answers = [send(client, owner, sample("coinbase_2020.csv"), headers=key) for _ in "12"]

        assert answers[0].json == answers[1].json
        listed = client.get("/portfolio/imports", headers=owner.headers).json["imports"]
        assert len(listed) == 1

    def test_keeps_no_file_once_it_is_read(self, app, client, owner):
        answer = send(client, owner, sample("coinbase_2020.csv"))

        storage = app.extensions[EXTENSION].object_storage
        found = Import.of(owner.user_id, answer.json["id"])
        assert storage.size_of(key=found.file_key) is None
        assert storage.size_of(key=found.rows_key) > 0


@pytest.mark.usefixtures("worker")
class TestDryRun:
    def test_tells_what_would_happen_and_changes_nothing(self, client, owner):
        foreseen = send(client, owner, sample("ten_bad_rows.csv"), dry_run="true")

        assert transactions(client, owner) == []
        done = send(client, owner, sample("ten_bad_rows.csv"))
        assert (foreseen.json["dry_run"], done.json["dry_run"]) == (True, False)
        assert counts(foreseen) == counts(done)
        assert refusals(foreseen) == refusals(done)

    def test_proposes_a_mapping_and_names_unknown_columns(self, client, owner):
        rows = b"When,Paper,Units,Price,Colour\n2024-01-02,AAPL,3,100,red\n"

        foreseen = send(client, owner, rows, dry_run="true")

        assert foreseen.status_code == 200
        body = foreseen.json
        assert (body["status"], body["rows"], body["format"]) == ("failed", [], "generic")
        assert body["mapping"] == {"quantity": "Units", "price": "Price"}
        assert body["missing"] == ["date", "symbol"]
        assert body["unknown_columns"] == ["When", "Paper", "Colour"]
        mapping = body["mapping"] | {"date": "When", "symbol": "Paper"}
        assert counts(send(client, owner, rows, mapping=mapping)) == (1, 0, 0)

    def test_is_needed_to_be_answered_a_mapping_that_lacks_something(self, client, owner):
        rows = b"When,Paper,Units,Price\n2024-01-02,AAPL,3,100\n"

        answer = send(client, owner, rows)

        assert (answer.status_code, answer.json["error_code"]) == (422, "IMPORT_NOT_READABLE")
        assert answer.json["details"]["missing"] == ["date", "symbol"]
        assert "can't be told from the header" in answer.json["message"]


@pytest.mark.usefixtures("worker")
class TestRefusedFile:
    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"PK\x03\x04rest", "Excel"),
            (b"   \n", "empty"),
            (b"Date,Type,Symbol\n2024,\x00,b\n", "no text"),
            (b'{"activities": [', "no JSON"),
            (b'{"accounts": []}', "list of activities"),
            (b"Date,Type,Symbol,Quantity,Price\n" + b"2024-01-02,buy,A,1,1\n" * 20_100, "20,000"),
        ],
    )
    def test_is_told_why(self, client, owner, content, part):
        answer = send(client, owner, content)

        assert (answer.status_code, answer.json["error_code"]) == (422, "IMPORT_NOT_READABLE")
        assert part in answer.json["message"]
        listed = client.get("/portfolio/imports", headers=owner.headers).json["imports"]
        assert listed == []

    def test_may_not_be_larger_than_4_mib(self, client, owner):
        answer = send(client, owner, b"x" * (4 * 1024 * 1024 + 1))
        far_more = send(client, owner, b"x" * (5 * 1024 * 1024))

        for one in (answer, far_more):
            assert (one.status_code, one.json["error_code"]) == (413, "IMPORT_TOO_LARGE")

    def test_fails_where_it_holds_nothing(self, client, owner):
        answer = send(client, owner, b"date,type,symbol,quantity,price\n")

        assert answer.json["status"] == "failed"
        assert answer.json["error"] == "The file holds no transactions."

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"format": "excel"}, "format"),
            ({"mapping": "[1]"}, "mapping"),
            ({"mapping": '{"date": 1}'}, "mapping"),
            ({"mapping": "{"}, "mapping"),
            ({"mapping": {"date": "x" * 9000}}, "mapping"),
            ({"dry_run": "perhaps"}, "dry_run"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_names_a_field_that_is_wrong(self, client, owner, told, field):
        answer = send(client, owner, sample("broker_us.csv"), **told)

        assert answer.status_code == 422
        assert set(answer.json["details"]["form"]) == {field}

    @pytest.mark.parametrize(
        ("told", "part"),
        [
            ({"format": "coinbase"}, "no coinbase export"),
            ({"format": "ghostfolio"}, "no JSON"),
            ({"mapping": {"date": "Day"}}, "doesn't have"),
            ({"mapping": {"when": "Trade Date"}}, "it may have"),
            ({"mapping": {"date_order": "backwards"}}, "day_first, month_first"),
            ({"mapping": {"default_currency": "dollars"}}, "no currency"),
        ],
    )
    def test_says_what_does_not_fit(self, client, owner, told, part):
        answer = send(client, owner, sample("broker_us.csv"), **told)

        assert (answer.status_code, answer.json["error_code"]) == (422, "IMPORT_NOT_READABLE")
        assert part in answer.json["message"]

    def test_needs_a_form_with_a_file(self, client, owner):
        no_file = client.post(
            "/portfolio/import",
            data={"format": "coinbase"},
            content_type="multipart/form-data",
            headers=owner.headers,
        )
        empty = send(client, owner, b"")
        no_form = client.post("/portfolio/import", data=json.dumps({"a": 1}), headers=owner.headers)

        for answer in (no_file, empty):
            assert (answer.status_code, answer.json["error_code"]) == (422, "IMPORT_FILE_MISSING")
        assert no_form.status_code == 415

    def test_is_not_taken_more_than_60_times_an_hour(self, client, owner):
        answers = [send(client, owner, b"") for _ in range(61)]

        assert {answer.status_code for answer in answers[:60]} == {422}
        assert answers[60].status_code == 429


class TestShownImport:
    def test_is_told_of_while_it_waits(self, client, owner, worker, monkeypatch):
        monkeypatch.setattr("app.portfolio.routes.imports.WAIT_SECONDS", 0)
        worker.asleep = True

        answer = send(client, owner, sample("coinbase_2020.csv"), filename="../a/cb.csv")

        assert answer.status_code == 202
        shown = client.get(f"/portfolio/imports/{answer.json['id']}", headers=owner.headers)
        assert shown.json == answer.json
        assert (shown.json["status"], shown.json["progress"]) == ("pending", 0)
        assert (shown.json["filename"], shown.json["rows"]) == ("cb.csv", [])

    def test_is_listed_without_its_lines(self, client, owner, worker, clock):
        for name in ("coinbase_2020.csv", "broker_de.csv"):
            send(client, owner, sample(name), filename=name)
            clock.advance(60)

        first = client.get("/portfolio/imports?limit=1", headers=owner.headers).json
        rest = client.get(
            f"/portfolio/imports?limit=1&cursor={first['next_cursor']}", headers=owner.headers
        ).json

        assert [one["filename"] for one in first["imports"]] == ["broker_de.csv"]
        assert [one["filename"] for one in rest["imports"]] == ["coinbase_2020.csv"]
        assert "rows" not in first["imports"][0]

    def test_of_another_user_is_not_there(self, client, owner, sign_up, worker):
        answer = send(client, owner, sample("coinbase_2020.csv"))

        other = client.get(f"/portfolio/imports/{answer.json['id']}", headers=sign_up().headers)
        assert (other.status_code, other.json["error_code"]) == (404, "IMPORT_NOT_FOUND")

    def test_without_its_lines_is_still_shown(self, app, client, owner, worker):
        answer = send(client, owner, sample("coinbase_2020.csv"))
        found = Import.of(owner.user_id, answer.json["id"])
        app.extensions[EXTENSION].object_storage.delete_under(prefix=found.folder)

        shown = client.get(f"/portfolio/imports/{answer.json['id']}", headers=owner.headers)
        assert (shown.json["imported"], shown.json["rows"]) == (2, [])
