"""Is the ledger a table that questions can be asked of: told to the model, queried by the engine, answered aright?"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.providers.language_model.interface import USER, Turn
from app.providers.language_model.planner import Planner
from app.workspace.models.messages import Said
from app.workspace.rules import files, live_tables, suggestions
from app.workspace.service import live_tables as service
from app.workspace.service import prompting
from app.workspace.service.querying import Tables
from app.workspace.service.talking import Talk
from tests.conftest import NOON
from tests.portfolio.lot_ledgers import entry, of_no_asset, stored

ANN = "ann"
LEDGER = [
    entry("buy", 10, 100, fee="1.50", at="2025-01-10", symbol="ACME", id="1"),
    entry("buy", 5, 40, fee="1", at="2025-03-10", symbol="GLOBEX", asset_id="a2", id="2"),
    entry("dividend", 1, "12.50", fee="0.50", at="2025-06-10", symbol="ACME", id="3"),
    entry("dividend", 1, 3, at="2025-09-10", symbol="GLOBEX", asset_id="a2", id="4"),
    entry("dividend", 1, 8, at="2026-06-10", symbol="ACME", id="5"),
    entry("split", 2, at="2026-07-01", symbol="ACME", id="6"),
    entry("sell", 6, 70, fee=2, at="2026-08-01", symbol="ACME", id="7"),
    entry("transfer_in", 3, 20, at="2026-08-02", symbol="GLOBEX", asset_id="a2", id="8"),
    of_no_asset("fee", 25, at="2026-09-01", id="9"),
    of_no_asset("interest", 4, at="2026-10-01", id="10"),
]


@pytest.fixture
def table(aws: object) -> service.LiveTable:
    assert aws is not None
    stored(ANN, LEDGER)
    stored("bob", [entry("buy", 99, 99, at="2025-01-10")])
    (found,) = service.read(
        names=[live_tables.TRANSACTIONS], user_id=ANN, now=NOON, stale_after_seconds=600
    )
    return found


@pytest.fixture
def ask(table: service.LiveTable, tmp_path: Path) -> Callable[[str], Said]:
    """Ask the planner, whose queries the engine runs."""

    def asked(question: str) -> Said:
        tables = Tables(files=[], live_tables=[table], storage=_no_storage(), folder=tmp_path)
        talk = Talk(
            model=Planner(),
            system=prompting.system_text(tables=[], live=[table], now=NOON),
            turns=[Turn(role=USER, text=question)],
            ask=tables.ask,
            go_on=lambda: None,
            sleep=lambda _: None,
        )
        return talk.hold()

    return asked


def _no_storage() -> Any:
    """No file is asked about."""
    return None


class TestTransactions:
    def test_are_the_users_own_and_the_oldest_first(self, table: service.LiveTable) -> None:
        assert len(table.rows) == len(LEDGER)
        assert [row[0] for row in table.rows] == [each.executed_at for each in LEDGER]

    def test_tell_in_each_column_what_a_sum_of_it_means(self, table: service.LiveTable) -> None:
        sums = {
            name: sum((row[at] for row in table.rows if row[at] is not None), Decimal(0))
            for at, (name, kind) in enumerate(table.columns.items())
            if kind == "decimal"
        }
        assert {name: sums[name] for name in ("fee", "cost", "proceeds")} == {
            "fee": Decimal("30.00"),
            "cost": Decimal("1202.50"),
            "proceeds": Decimal(418),
        }
        assert (sums["dividend"], sums["interest"], sums["income"]) == (23, 4, 27)

    def test_leave_empty_what_a_row_has_nothing_of(self, table: service.LiveTable) -> None:
        split = dict(zip(table.columns, table.rows[5], strict=True))
        assert (split["quantity"], split["split_ratio"], split["price"]) == (None, 2, None)
        came = dict(zip(table.columns, table.rows[7], strict=True))
        assert (came["quantity"], came["price"], came["cost"]) == (3, 20, None)

    def test_take_their_name_from_no_file(self) -> None:
        assert files.table_names(["transactions.csv"]) == ["transactions_"]


class TestQuestions:
    @pytest.mark.parametrize(
        ("question", "figure"),
        [
            ("How much did I pay in fees?", "30"),
            ("How much did I pay in fees in 2025?", "3"),
            ("What is the total interest?", "4"),
            ("How much income did I get?", "27"),
            ("What did ACME cost in total?", "1,001.5"),
            ("How many transactions are there?", "10"),
        ],
    )
    def test_have_one_figure(self, ask: Callable[[str], Said], question: str, figure: str) -> None:
        said = ask(question)

        assert figure in said.content, said.content
        assert said.citations[0]["live_tables"] == ["transactions"]

    @pytest.mark.parametrize(
        ("question", "lines"),
        [
            ("total dividends by symbol", {"ACME": 20, "GLOBEX": 3}),
            ("How much did I spend by symbol?", {"ACME": 1001.5, "GLOBEX": 201}),
            ("total fees by year", {"2025": 3, "2026": 27}),
        ],
    )
    def test_have_a_figure_for_each_group(
        self, ask: Callable[[str], Said], question: str, lines: dict[str, Any]
    ) -> None:
        said = ask(question)

        rows = {str(row[0])[:6].removesuffix("-0"): row[1] for row in said.citations[0]["rows"]}
        found = {name.removesuffix("-"): value for name, value in rows.items() if name in {*lines}}
        assert found == lines, said.citations

    def test_that_are_suggested_are_answered(self, ask: Callable[[str], Said]) -> None:
        for question in suggestions.questions_about([], live=["transactions"]):
            said = ask(question)

            assert said.citations, question
            assert said.citations[0]["row_count"] > 0, question


class TestProject:
    def test_may_hold_them(self, client: Any, sign_up: Any) -> None:
        person = sign_up()
        project = client.post("/projects", json={"name": "Money"}, headers=person.headers).json

        changed = client.put(
            f"/projects/{project['id']}",
            json={"live_tables": ["portfolio", "transactions"]},
            headers=person.headers,
        )

        assert changed.json["live_tables"] == ["portfolio", "transactions"]


class TestManyTransactions:
    def test_are_written_for_the_engine_in_seconds(self, tmp_path: Path) -> None:
        """About a second for 10,000, which is what a question may wait for."""
        columns = live_tables.COLUMNS[live_tables.TRANSACTIONS]
        rows = [
            tuple(
                {
                    "timestamp": NOON + timedelta(seconds=number),
                    "text": f"T{number % 7}",
                    "decimal": Decimal(number) / 8,
                }[kind]
                for kind in columns.values()
            )
            for number in range(10_000)
        ]
        table = service.LiveTable(name="transactions", columns=columns, rows=rows)
        tables = Tables(files=[], live_tables=[table], storage=_no_storage(), folder=tmp_path)

        result, _ = tables.ask("SELECT count(*), sum(fee) FROM transactions")

        assert result.rows[0][0] == 10_000
