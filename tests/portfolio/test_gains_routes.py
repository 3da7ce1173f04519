"""Does GET /portfolio/gains answer as documented, as JSON and as a download, and only of one's own?"""

import csv
import io
from typing import Any

import pytest

from tests.portfolio.market import NOON

LEDGER = [
    {"type": "buy", "quantity": 2, "price": 100, "fee": 1, "executed_at": "2024-01-10T00:00:00Z"},
    {"type": "dividend", "price": 7, "fee": 2, "executed_at": "2025-02-01T00:00:00Z"},
    {"type": "sell", "quantity": 1, "price": 150, "executed_at": "2025-03-10T00:00:00Z"},
    {"type": "sell", "quantity": 1, "price": 90, "executed_at": "2026-01-10T00:00:00Z"},
]


@pytest.fixture
def ann(clock: Any, client: Any, sign_up: Any, told_market: Any) -> Any:
    clock.set(NOON)
    assert not told_market.down
    person = sign_up(email="ann@example.com")
    for row in LEDGER:
        answer = client.post(
            "/portfolio/transactions",
            json={"asset_type": "stock", "symbol": "AAPL", **row},
            headers=person.headers,
        )
        assert answer.status_code == 201, answer.text
    client.post(
        "/portfolio/transactions",
        json={"type": "fee", "price": 12, "executed_at": "2025-05-01T00:00:00Z"},
        headers=person.headers,
    )
    return person


class TestGains:
    def test_need_a_token(self, client: Any) -> None:
        assert client.get("/portfolio/gains").status_code == 401

    def test_are_those_of_the_year(self, client: Any, ann: Any) -> None:
        told = client.get("/portfolio/gains?year=2025", headers=ann.headers).json

        assert (told["year"], told["cost_basis"], told["currency"]) == (2025, "fifo", "USD")
        result = {"proceeds": 150, "cost": 100.5, "gain": 49.5}
        nothing = {"proceeds": 0, "cost": 0, "gain": 0}
        assert told["totals"] == {
            **result,
            "short_term": nothing,
            "long_term": result,
            "dividends": 5,
            "interest": 0,
            "income": 5,
            "fees": 12,
        }
        (sale,) = told["disposals"]
        assert (sale["symbol"], sale["quantity"], sale["term"], sale["holding_days"]) == (
            *("AAPL", 1, "long", 425),
        )
        assert sale["base"] == result
        assert sale["sold_at"] == "2025-03-10T00:00:00+00:00"
        (income,), (fee,) = told["income"], told["fees"]
        assert (income["type"], income["amount"], income["base_amount"]) == ("dividend", 5, 5)
        assert (fee["symbol"], fee["amount"]) == (None, 12)
        assert [each["symbol"] for each in told["by_asset"]] == ["AAPL", None]
        assert (told["row_count"], told["uncounted"], told["pending"]) == (3, [], [])
        assert told["next_cursor"] is None

    def test_are_this_years_if_none_is_named(self, client: Any, ann: Any) -> None:
        told = client.get("/portfolio/gains?cost_basis=average", headers=ann.headers).json

        assert (told["year"], told["cost_basis"]) == (2026, "average")
        assert told["totals"]["gain"] == -10.5

    def test_name_the_rows_without_a_rate(self, client: Any, ann: Any) -> None:
        client.post(
            "/portfolio/transactions",
            json={
                "type": "fee",
                "price": 3,
                "currency": "XAU",
                "executed_at": "2025-06-01T00:00:00Z",
            },
            headers=ann.headers,
        )

        told = client.get("/portfolio/gains?year=2025", headers=ann.headers).json

        (row,) = told["uncounted"]
        assert (row["currency"], row["reason"]) == ("XAU", "no_exchange_rate")
        assert (told["uncounted_count"], told["totals"]["fees"]) == (1, 12)
        assert [fee["base_amount"] for fee in told["fees"]] == [12, None]

    def test_can_be_downloaded(self, client: Any, ann: Any) -> None:
        answer = client.get("/portfolio/gains?year=2025&format=csv", headers=ann.headers)

        assert answer.mimetype == "text/csv"
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="gains-2025-fifo.csv"'
        )
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["kind"], row["gain"]) for row in rows] == [
            ("dividend", "5"),
            ("sale", "49.5"),
            ("fee", "-12"),
        ]
        assert "X-Next-Cursor" not in answer.headers

    def test_say_where_the_download_goes_on(
        self, client: Any, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.portfolio.service.gains.MOST_ROWS", 2)

        answer = client.get("/portfolio/gains?year=2025&format=csv", headers=ann.headers)

        assert answer.headers["X-Next-Cursor"] == "2"

    def test_are_nobody_elses(self, client: Any, ann: Any, sign_up: Any) -> None:
        assert ann is not None
        bob = sign_up(email="bob@example.com")

        told = client.get("/portfolio/gains?year=2025", headers=bob.headers).json

        assert (told["row_count"], told["by_asset"]) == (0, [])

    @pytest.mark.parametrize(
        "query", ["year=1899", "year=9999", "year=x", "cost_basis=lofo", "format=pdf", "cursor=x"]
    )
    def test_refuse_what_they_do_not_know(self, client: Any, ann: Any, query: str) -> None:
        assert client.get(f"/portfolio/gains?{query}", headers=ann.headers).status_code == 422
