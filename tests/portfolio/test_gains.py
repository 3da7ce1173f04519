"""Does a year's report stand on the ledger and on rates that were really there, and does it download safely?"""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.core.waiting import Patience
from app.portfolio.models import Profile
from app.portfolio.rules import gains
from app.portfolio.service import gains as service
from tests.portfolio.kept_jobs import KeptJobs
from tests.portfolio.lot_ledgers import entry, of_no_asset, stored
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

ANN = "ann"
EUROS: dict[str, Any] = {"currency": "EUR", "symbol": "SAP.DE", "asset_id": "sap"}
LEDGER = [
    entry("buy", 10, 100, at="2025-03-07", **EUROS, id="1"),
    entry("sell", 4, 150, fee=4, at="2025-05-10", **EUROS, id="2"),  # a Saturday
    entry("buy", 1, 50, at="2025-05-01", id="3"),
    entry("sell", 1, 70, at="2025-06-02", id="4"),
    of_no_asset("fee", 12, at="2025-07-01", id="5"),
]


@pytest.fixture
def euro(market: ToldMarket, aws: object) -> ToldMarket:
    assert aws is not None
    market.tell("currency", "EUR", "1.18")
    market.closes["currency", "EUR"] = {date(2025, 3, 7): "1.10", date(2025, 5, 9): "1.20"}
    return market


def report(
    *,
    jobs: Any,
    year: int | None = 2025,
    cost_basis: str = "fifo",
    cursor: str | None = None,
    now: datetime = NOON,
) -> service.Gains:
    return service.gains_of(
        user_id=ANN,
        year=year,
        cost_basis=cost_basis,
        cursor=cursor,
        jobs=jobs,
        now=now,
        patience=Patience(sleep=lambda _: None, seconds=1),
    )


class TestGains:
    def test_are_nothing_without_a_ledger(self, aws: object) -> None:
        assert aws is not None
        found = report(jobs=KeptJobs(), year=None)

        assert (found.year, found.currency, found.rows) == (2026, "USD", [])
        assert (found.totals.gain, found.by_asset, found.next_cursor) == (0, [], None)

    def test_have_rates_loaded_by_a_worker(self, euro: ToldMarket) -> None:
        stored(ANN, LEDGER)
        jobs = WorkingJobs(euro, lambda: NOON)

        found = report(jobs=jobs)

        # Saturday has Friday's rate: 596 euros at 1.20, less 400 at 1.10.
        assert found.pending == []
        assert found.totals.gain == Decimal("275.20") + 20
        assert found.uncounted_count == 0
        report(jobs=jobs)
        assert jobs.given.count("prices.load_history") == 1

    def test_name_what_has_no_rate_yet(self, euro: ToldMarket) -> None:
        assert not euro.down
        stored(ANN, LEDGER)

        found = report(jobs=KeptJobs())

        assert found.pending == ["EUR"]
        assert (found.totals.gain, found.uncounted_count, found.row_count) == (20, 1, 3)

    def test_are_in_the_base_currency(self, euro: ToldMarket) -> None:
        stored(ANN, LEDGER[:2])
        dynamo.commit(Profile.opened(user_id=ANN, base_currency="EUR", now=NOON))

        found = report(jobs=WorkingJobs(euro, lambda: NOON))

        assert (found.currency, found.totals.gain) == ("EUR", 196)

    def test_are_of_the_methods_units(self, aws: object) -> None:
        assert aws is not None
        stored(
            ANN,
            [
                entry("buy", 1, 10, at="2025-01-01", id="1"),
                entry("buy", 1, 40, at="2025-01-02", id="2"),
                entry("buy", 1, 25, at="2025-01-03", id="3"),
                entry("sell", 1, 100, at="2025-02-01", id="4"),
            ],
        )
        gained = {
            method: report(jobs=KeptJobs(), cost_basis=method).totals.gain
            for method in ("fifo", "lifo", "hifo", "average")
        }
        assert gained == {"fifo": 90, "lifo": 75, "hifo": 60, "average": 75}

    def test_go_on_from_a_cursor(self, aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
        assert aws is not None
        monkeypatch.setattr(service, "MOST_ROWS", 2)
        stored(ANN, [of_no_asset("fee", day, at=f"2025-01-0{day}") for day in range(1, 6)])

        seen, cursor = [], None
        while True:
            found = report(jobs=KeptJobs(), cursor=cursor)
            assert (found.row_count, found.totals.fees) == (5, 15)
            seen += [row.fee.amount for row in found.rows if isinstance(row, gains.Payment)]
            cursor = found.next_cursor
            if cursor is None:
                break
        assert seen == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "²", "1" * 10])
    def test_refuse_a_cursor_they_did_not_give(self, cursor: str) -> None:
        with pytest.raises(dynamo.InvalidCursor):
            report(jobs=KeptJobs(), cursor=cursor)


class TestCsv:
    def read(self, found: service.Gains) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(service.as_csv(found=found))))

    def test_has_a_line_for_each_row(self, euro: ToldMarket) -> None:
        stored(ANN, LEDGER)

        sap, acme, fee = self.read(report(jobs=WorkingJobs(euro, lambda: NOON)))

        assert (sap["kind"], sap["date"], sap["acquired_on"]) == (
            "sale",
            "2025-05-10",
            "2025-03-07",
        )
        assert (sap["currency"], sap["proceeds"], sap["cost"], sap["gain"]) == (
            *("EUR", "596", "400", "196"),
        )
        assert (sap["base_currency"], sap["base_proceeds"], sap["base_cost"]) == (
            *("USD", "715.2", "440"),
        )
        assert (sap["base_gain"], sap["term"], sap["holding_days"]) == ("275.2", "short", "64")
        assert (acme["symbol"], acme["base_gain"]) == ("ACME", "20")
        assert (fee["kind"], fee["symbol"], fee["gain"], fee["base_gain"]) == (
            *("fee", "", "-12", "-12"),
        )

    def test_leaves_empty_what_has_no_rate(self, euro: ToldMarket) -> None:
        assert not euro.down
        stored(ANN, LEDGER[:2])

        (sap,) = self.read(report(jobs=KeptJobs()))

        assert (sap["gain"], sap["base_gain"]) == ("196", "")

    def test_starts_no_formula(self, aws: object) -> None:
        assert aws is not None
        harmful = {"symbol": "=1+1", "asset_id": "@SUM(1)"}
        stored(
            ANN,
            [
                entry("buy", 1, 10, at="2025-01-01", **harmful, id="+1"),
                entry("sell", 1, 5, at="2025-01-02", **harmful, id="-1"),
            ],
        )
        text = service.as_csv(found=report(jobs=KeptJobs()))

        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["symbol"], row["asset_id"]) == ("'=1+1", "'@SUM(1)")
        assert row["gain"] == "-5"  # a number below 0 is no formula
