"""Does what is exported import back to the very same ledger, whatever it holds?"""

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import csv_cells, money
from app.extensions import EXTENSION
from app.portfolio.rules import entries
from app.portfolio.rules.imports import ours
from app.portfolio.rules.imports.rows import Parsed
from app.portfolio.service import exporting
from tests.portfolio.importing import Importer, counts, read, sample, send, transactions

NAMES = ["=1+1", "+49", "-x", "@me", "'tis", "''", "plain", 'a "quoted", name', "über"]


@pytest.fixture
def owner(sign_up):
    return sign_up()


@pytest.fixture
def worker(app):
    made = Importer()
    app.extensions[EXTENSION].job_queue = made
    return made


@pytest.fixture
def known(quoted):
    """The market has told of these, so that nobody waits to hear whether there are such."""
    quoted("crypto", "BTC", "42000")
    quoted("stock", "KO", "60")


def export(client, person, cursor=""):
    answer = client.get(f"/portfolio/export{cursor}", headers=person.headers)
    assert answer.status_code == 200, answer.json
    assert answer.mimetype == "text/csv"
    return answer


def ledger(client, person):
    """What somebody's ledger says, whatever its ids, with what its assets are called."""
    assets = client.get("/portfolio/assets?limit=100", headers=person.headers).json["assets"]
    names = {asset["asset_id"]: (asset["name"], asset["quantity"]) for asset in assets}
    kept = ("type", "asset_type", "symbol", "quantity", "price", "fee", "currency", "executed_at")
    return Counter(
        (*(row[name] for name in (*kept, "external_id")), names.get(row["asset_id"]))
        for row in transactions(client, person)
    )


@pytest.mark.usefixtures("worker", "known")
class TestExportLedger:
    def fill(self, client, person):
        """A ledger of everything: imports, rows by hand, assets of their own with names of all kinds."""
        for name in ("interactive_brokers.csv", "coinbase_2024.csv", "ghostfolio.json"):
            send(client, person, sample(name))
        for name in NAMES:
            asset = {"asset_type": "crypto", "symbol": "BTC", "quantity": "0.000000000000000001"}
            asset |= {"purchase_price": "42000.5", "purchase_date": "2024-01-15", "name": name}
            made = client.post("/portfolio/assets", json=asset, headers=person.headers)
            assert made.status_code == 201, made.json
        row = {"type": "dividend", "asset_type": "stock", "symbol": "KO", "quantity": "7"}
        row |= {"price": "0.485", "executed_at": "2024-04-01T09:30:00.123456Z"}
        row |= {"external_id": "=cmd|' /C calc'!A0", "currency": "USD"}
        made = client.post("/portfolio/transactions", json=row, headers=person.headers)
        assert made.status_code == 201, made.json

    def test_imports_back_to_the_very_same_ledger(self, client, owner, sign_up):
        self.fill(client, owner)
        other = sign_up()

        text = export(client, owner).get_data()
        answer = send(client, other, text)

        assert answer.json["format"] == "investforge"
        assert counts(answer)[1:] == (0, 0), answer.json["rows"]
        assert ledger(client, other) == ledger(client, owner)
        assert counts(send(client, other, text)) == (0, counts(answer)[0], 0)

    def test_adds_nothing_where_it_came_from(self, client, owner):
        self.fill(client, owner)
        before = ledger(client, owner)

        answer = send(client, owner, export(client, owner).get_data())

        imported, duplicates, refused = counts(answer)
        assert (imported, duplicates, refused) == (0, sum(before.values()), 0)
        assert ledger(client, owner) == before

    def test_brings_a_deleted_row_back_into_its_asset(self, client, owner):
        self.fill(client, owner)
        before = ledger(client, owner)
        text = export(client, owner).get_data()
        gone = next(row for row in transactions(client, owner) if row["symbol"] == "SOL")
        away = client.delete(f"/portfolio/transactions/{gone['id']}", headers=owner.headers)
        assert away.status_code == 200, away.json

        assert counts(send(client, owner, text))[0] == 1
        assert ledger(client, owner) == before

    def test_starts_no_formula(self, client, owner):
        self.fill(client, owner)
        cells = [
            cell for row in csv.reader(io.StringIO(export(client, owner).text)) for cell in row
        ]

        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert "'=1+1" in cells

    def test_comes_in_parts_the_oldest_first(self, client, owner, sign_up, monkeypatch):
        self.fill(client, owner)
        monkeypatch.setattr(exporting, "MOST_EXPORTED", 10)
        other, parts = sign_up(), 0
        cursor: str | None = ""
        while cursor is not None:
            answer = export(client, owner, cursor)
            assert counts(send(client, other, answer.get_data()))[1:] == (0, 0)
            parts += 1
            following = answer.headers.get("X-Next-Cursor")
            cursor = None if following is None else f"?cursor={following}"

        assert parts > 3
        assert sum(ledger(client, other).values()) == sum(ledger(client, owner).values())

    def test_refuses_a_cursor_that_was_made_up(self, client, owner):
        answer = client.get("/portfolio/export?cursor=abc", headers=owner.headers)

        assert answer.status_code == 422

    def test_of_nothing_is_a_header(self, client, owner):
        assert export(client, owner).text.strip() == ",".join(ours.HEADER)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)
AMOUNTS = st.decimals(min_value=0, max_value=10**17, places=18, allow_nan=False)
MORE = st.decimals(min_value=Decimal("1e-18"), max_value=10**17, places=18, allow_nan=False)
MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis puts the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)


@st.composite
def told_rows(draw):
    type_ = draw(st.sampled_from(entries.TYPES))
    plain = type_ in {entries.INTEREST, entries.FEE} and draw(st.booleans())
    nothing = type_ in {entries.TRANSFER_OUT, entries.SPLIT}
    price = Decimal(0) if nothing else draw(MORE)
    return {
        "transaction_id": str(draw(st.uuids())),
        "type": type_,
        "asset_type": None if plain else draw(st.sampled_from(["crypto", "stock"])),
        "symbol": None if plain else draw(st.from_regex(r"[A-Z0-9.^=&-]{1,20}", fullmatch=True)),
        "quantity": draw(MORE),
        "price": price,
        "fee": draw(AMOUNTS),
        "currency": draw(st.sampled_from(["USD", "EUR"])),
        "executed_at": draw(MOMENTS),
        "external_id": draw(st.one_of(st.none(), TEXT.filter(str.isprintable))) or None,
        "own_asset": None if plain else draw(st.one_of(st.none(), st.uuids().map(str))),
        "opening": draw(st.booleans()),
        "name": draw(st.one_of(st.sampled_from([*NAMES, "\tx", "\t", "\n=1"]), TEXT)) or None,
    }


class TestEveryRow:
    @given(st.lists(told_rows(), min_size=1, max_size=5))
    def test_reads_back_as_it_was(self, told):
        text = csv_cells.written([ours.HEADER, *(ours.row_of(**row) for row in told)])
        lines = read(text.encode())

        assert all(isinstance(line, Parsed) for line in lines), lines
        for row, line in zip(told, lines, strict=True):
            (found,) = line.entries
            for name in ("type", "symbol", "asset_type", "currency", "executed_at", "external_id"):
                assert getattr(found, name) == row[name]
            for name in ("quantity", "price", "fee"):
                assert str(money.Plain(getattr(found, name))) == str(money.Plain(row[name]))
            assert line.known_as == row["transaction_id"]
            own = line.asset
            assert (own and own.label) == row["own_asset"]
            if own:
                assert (own.name, own.opening) == (row["name"], row["opening"])

    @given(TEXT.map(lambda text: f"={text}") | st.text(max_size=20))
    def test_has_cells_that_read_back_and_start_no_formula(self, text):
        cell = csv_cells.defused(text)

        assert csv_cells.restored(cell) == text
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))

    @pytest.mark.parametrize(
        ("name", "value", "part"),
        [
            ("transaction_id", "not an id!", "no id"),
            ("external_id", "x" * 200, "longer than"),
            ("asset_type", "", "needs an asset_type"),
            ("type", "gift", "no type"),
            ("quantity", "-1", "more than 0"),
        ],
    )
    def test_that_somebody_changed_is_refused(self, name, value, part):
        row = dict.fromkeys(ours.HEADER, "")
        row |= {"type": "buy", "asset_type": "stock", "symbol": "KO", "quantity": "1", "fee": "0"}
        row |= {"price": "1", "currency": "USD", "executed_at": "2024-01-02", name: value}
        lines = read(csv_cells.written([ours.HEADER, list(row.values())]).replace("'", "").encode())

        assert part in lines[0].reason
