"""Do the ledger's URLs answer as documented, and only to the owner?"""

from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from tests.portfolio.ledger import START, add_many, assert_adds_up, new_row
from tests.portfolio.market import NOON

BUY = {
    "type": "buy",
    "asset_type": "crypto",
    "symbol": "btc",
    "quantity": 2,
    "price": "100.5",
    "executed_at": "2024-01-15T10:00:00+01:00",
}
FIELDS = {
    *("id", "asset_id", "type", "asset_type", "symbol", "quantity", "price", "fee", "currency"),
    *("executed_at", "external_id", "created_at"),
}
PATH = "/portfolio/transactions"


@pytest.fixture
def ann(clock: Any, sign_up: Any, told_market: Any) -> Any:
    """Signed up at noon, in front of a market that works."""
    clock.set(NOON)
    assert not told_market.down
    return sign_up(email="ann@example.com")


def post(client: Any, owner: Any, **facts: Any) -> Any:
    body = {name: value for name, value in (BUY | facts).items() if value is not ...}
    return client.post(PATH, json=body, headers=owner.headers)


def written(client: Any, owner: Any, **facts: Any) -> Any:
    answer = post(client, owner, **facts)
    assert answer.status_code == 201, answer.text
    return answer.json


def listed(client: Any, owner: Any, **query: Any) -> Any:
    answer = client.get(PATH, query_string=query, headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json


class TestEveryCall:
    def test_needs_a_token(self, client: Any) -> None:
        for method, path in (
            ("POST", PATH),
            ("GET", PATH),
            ("GET", f"{PATH}/t1"),
            ("PUT", f"{PATH}/t1"),
            ("DELETE", f"{PATH}/t1"),
        ):
            answer = client.open(path, method=method, json=BUY if method != "GET" else None)
            assert (answer.status_code, answer.json["error_code"]) == (401, "UNAUTHORIZED")


class TestAddTransaction:
    def test_answers_with_the_whole_transaction(self, client: Any, ann: Any) -> None:
        row = written(client, ann)
        assert set(row) == FIELDS
        assert (row["type"], row["symbol"], row["currency"]) == ("buy", "BTC", "USD")
        assert (row["quantity"], row["price"], row["fee"]) == (2, Decimal("100.5"), 0)
        assert row["executed_at"] == "2024-01-15T09:00:00+00:00"
        assert (row["created_at"], row["external_id"]) == ("2026-03-02T12:00:00+00:00", None)
        asset = client.get(f"/portfolio/assets/{row['asset_id']}", headers=ann.headers).json
        assert (asset["quantity"], asset["purchase_price"]) == (2, Decimal("100.5"))
        assert_adds_up(ann.user_id)

    def test_answers_200_when_it_was_sent_before_and_409_when_it_differs(
        self, client: Any, ann: Any
    ) -> None:
        first = written(client, ann, external_id="x-1")
        again = post(client, ann, external_id="x-1")
        other = post(client, ann, external_id="x-1", quantity=3)
        assert (again.status_code, again.json) == (200, first)
        assert (other.status_code, other.json["error_code"]) == (409, "TRANSACTION_CONFLICT")
        assert other.json["details"]["transaction_id"] == first["id"]

    def test_writes_once_for_a_repeated_idempotency_key(self, client: Any, ann: Any) -> None:
        headers = ann.headers | {"Idempotency-Key": "one"}
        first = client.post(PATH, json=BUY, headers=headers)
        again = client.post(PATH, json=BUY, headers=headers)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json == again.json
        assert len(listed(client, ann)["transactions"]) == 1

    def test_refuses_a_short_position_and_says_so(self, client: Any, ann: Any) -> None:
        written(client, ann)
        answer = post(client, ann, type="sell", quantity=3, executed_at="2024-02-01")
        assert (answer.status_code, answer.json["error_code"]) == (409, "OVERSOLD")
        assert "Short positions are not supported" in answer.json["message"]
        assert answer.json["details"]["held"] == "2"
        too_early = post(client, ann, type="sell", quantity=1, executed_at="2024-01-14")
        assert too_early.json["details"]["held"] == "0"

    @pytest.mark.parametrize(
        "row",
        [
            {"type": "split", "quantity": 4, "price": ...},
            {"type": "transfer_out", "quantity": 1, "price": ...},
            {"type": "transfer_in", "quantity": 1, "price": 0},
            {"type": "dividend", "quantity": ..., "price": 3},
            {"type": "dividend", "quantity": 2, "price": 3, "fee": "0.5"},
            {"type": "interest", "quantity": ..., "price": 3, "symbol": ..., "asset_type": ...},
            {"type": "fee", "quantity": ..., "price": ..., "fee": 3},
            {"type": "sell", "quantity": 1, "price": 0},
        ],
    )
    def test_takes_every_type(self, client: Any, ann: Any, row: dict[str, Any]) -> None:
        written(client, ann)
        kept = written(client, ann, executed_at="2024-02-01", **row)
        assert kept["type"] == row["type"]
        assert_adds_up(ann.user_id)

    @pytest.mark.parametrize(
        ("row", "fields"),
        [
            ({"type": "short"}, {"type"}),
            ({"quantity": 0}, {"quantity"}),
            ({"quantity": ...}, {"quantity"}),
            ({"price": ...}, {"price"}),
            ({"price": -1}, {"price"}),
            ({"fee": -1}, {"fee"}),
            ({"symbol": ...}, {"symbol"}),
            ({"asset_type": ...}, {"asset_type"}),
            ({"symbol": ..., "asset_type": ...}, {"symbol"}),
            ({"type": "split", "quantity": 4}, {"price"}),
            ({"type": "split", "quantity": 4, "price": 0, "fee": 1}, {"fee"}),
            ({"type": "split", "quantity": "0.0000001", "price": 0}, {"quantity"}),
            ({"type": "transfer_out", "price": 1}, {"price"}),
            ({"executed_at": "1899-12-31"}, {"executed_at"}),
            ({"executed_at": "yesterday"}, {"executed_at"}),
            ({"executed_at": ...}, {"executed_at"}),
            ({"external_id": ""}, {"external_id"}),
            ({"currency": "DOLLAR"}, {"currency"}),
            ({"surprise": 1}, {"surprise"}),
        ],
    )
    def test_names_every_field_that_makes_no_sense(
        self, client: Any, ann: Any, row: dict[str, Any], fields: set[str]
    ) -> None:
        answer = post(client, ann, **row)
        assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_ERROR")
        assert set(answer.json["details"]["json"]) == fields

    def test_refuses_the_future_and_unknown_symbols(self, client: Any, ann: Any) -> None:
        future = post(client, ann, executed_at="2026-03-04")
        unknown = post(client, ann, symbol="NOSUCHCOIN")
        assert (future.status_code, future.json["error_code"]) == (422, "EXECUTED_AT_IN_FUTURE")
        assert (unknown.status_code, unknown.json["error_code"]) == (422, "UNKNOWN_SYMBOL")

    def test_moves_the_asset_that_it_names(self, client: Any, ann: Any) -> None:
        asset = client.post(
            "/portfolio/assets",
            json={
                "asset_type": "crypto",
                "symbol": "BTC",
                "quantity": 5,
                "purchase_price": 1,
                "purchase_date": "2024-01-01",
            },
            headers=ann.headers,
        ).json
        named = {"asset_id": asset["asset_id"], "symbol": ..., "asset_type": ..., "type": "sell"}
        assert written(client, ann, **named)["symbol"] == "BTC"
        other = post(client, ann, **(named | {"symbol": "ETH"}))
        unknown = post(client, ann, **(named | {"asset_id": "nothing"}))
        assert (other.status_code, other.json["error_code"]) == (422, "ASSET_MISMATCH")
        assert (unknown.status_code, unknown.json["error_code"]) == (404, "ASSET_NOT_FOUND")
        path = f"/portfolio/assets/{asset['asset_id']}"
        for method, body in (("PUT", {"quantity": 9}), ("DELETE", None)):
            answer = client.open(path, method=method, json=body, headers=ann.headers)
            assert (answer.status_code, answer.json["error_code"]) == (409, "ASSET_HAS_SALES")


class TestListTransactions:
    @pytest.fixture
    def rows(self, client: Any, ann: Any) -> list[str]:
        """Seven rows of two symbols, the newest first."""
        made = [
            written(
                client, ann, symbol=symbol, type=kind, executed_at=f"2024-01-{day:02d}", price=1
            )
            for day, symbol, kind in (
                (3, "BTC", "buy"),
                (1, "BTC", "buy"),
                (2, "ETH", "buy"),
                (4, "BTC", "sell"),
                (5, "ETH", "dividend"),
                (7, "BTC", "buy"),
                (6, "ETH", "buy"),
            )
        ]
        return [row["id"] for row in sorted(made, key=lambda row: row["executed_at"], reverse=True)]

    def test_goes_from_the_newest_page_by_page(
        self, client: Any, ann: Any, rows: list[str]
    ) -> None:
        seen: list[str] = []
        page: dict[str, Any] = {"next_cursor": ""}
        while page["next_cursor"] is not None:
            query = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
            page = listed(client, ann, limit=3, **query)
            assert set(page) == {"transactions", "next_cursor"}
            seen += [row["id"] for row in page["transactions"]]
        assert seen == rows

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_filters(self, client: Any, ann: Any, rows: list[str], limit: int) -> None:
        everything = listed(client, ann)["transactions"]
        asset_id = everything[0]["asset_id"]
        for query, wanted in (
            ({"symbol": "eth"}, lambda row: row["symbol"] == "ETH"),
            ({"type": "buy"}, lambda row: row["type"] == "buy"),
            (
                {"type": "buy", "symbol": "BTC"},
                lambda row: (row["type"], row["symbol"]) == ("buy", "BTC"),
            ),
            ({"asset_id": asset_id}, lambda row: row["asset_id"] == asset_id),
            (
                {"asset_id": asset_id, "type": "sell"},
                lambda row: row["asset_id"] == asset_id and row["type"] == "sell",
            ),
            (
                {"start": "2024-01-02", "end": "2024-01-05"},
                lambda row: "2024-01-02" <= row["executed_at"][:10] <= "2024-01-05",
            ),
            (
                {"asset_id": asset_id, "start": "2024-01-03T00:00:00Z"},
                lambda row: row["asset_id"] == asset_id and row["executed_at"] >= "2024-01-03",
            ),
        ):
            found: list[Any] = []
            cursor: dict[str, Any] = {}
            while True:
                page = listed(client, ann, limit=limit, **query, **cursor)
                found += page["transactions"]
                if page["next_cursor"] is None:
                    break
                cursor = {"cursor": page["next_cursor"]}
            assert found == [row for row in everything if wanted(row)], query
        assert len(rows) == len(everything)

    def test_rejects_a_wrong_question(self, client: Any, ann: Any) -> None:
        for query in (
            *("limit=0", "limit=101", "cursor=made-up", "type=short", "symbol=TWO WORDS"),
            *("start=yesterday", "start=2024-02-01&end=2024-01-01", "asset_id="),
        ):
            answer = client.get(f"{PATH}?{query}", headers=ann.headers)
            assert answer.status_code == 422, query

    def test_shows_only_the_callers(self, client: Any, ann: Any, sign_up: Any) -> None:
        row = written(client, ann)
        bob = sign_up(email="bob@example.com")
        empty: dict[str, Any] = {"transactions": [], "next_cursor": None}
        assert listed(client, bob) == empty
        assert listed(client, bob, asset_id=row["asset_id"]) == empty


class TestOneTransaction:
    def test_is_shown_changed_and_deleted(self, client: Any, ann: Any) -> None:
        row = written(client, ann)
        path = f"{PATH}/{row['id']}"
        assert client.get(path, headers=ann.headers).json == row
        changed = client.put(path, json={"quantity": "2.5", "fee": 1}, headers=ann.headers)
        assert (changed.status_code, changed.json["quantity"]) == (200, Decimal("2.5"))
        assert changed.json | {"quantity": 2, "fee": 0} == row
        deleted = client.delete(path, headers=ann.headers)
        assert deleted.json == {"message": "Transaction deleted successfully"}
        for method in ("GET", "PUT", "DELETE"):
            answer = client.open(path, method=method, json={}, headers=ann.headers)
            assert (answer.status_code, answer.json["error_code"]) == (404, "TRANSACTION_NOT_FOUND")

    def test_rejects_a_wrong_change(self, client: Any, ann: Any) -> None:
        path = f"{PATH}/{written(client, ann)['id']}"
        for body in ({"quantity": 0}, {"price": None}, {"symbol": "ETH"}, {"type": "sell"}):
            assert client.put(path, json=body, headers=ann.headers).status_code == 422, body

    def test_is_not_changed_where_a_later_sale_needs_it(self, client: Any, ann: Any) -> None:
        path = f"{PATH}/{written(client, ann)['id']}"
        written(client, ann, type="sell", executed_at="2024-02-01")
        change = client.put(path, json={"quantity": 1}, headers=ann.headers)
        removal = client.delete(path, headers=ann.headers)
        for answer in (change, removal):
            assert (answer.status_code, answer.json["error_code"]) == (409, "OVERSOLD")
        assert client.get(path, headers=ann.headers).json["quantity"] == 2

    def test_is_not_there_for_another_user(self, client: Any, ann: Any, sign_up: Any) -> None:
        row = written(client, ann)
        bob = sign_up(email="bob@example.com")
        for method, body in (("GET", None), ("PUT", {"quantity": 1}), ("DELETE", None)):
            answer = client.open(
                f"{PATH}/{row['id']}", method=method, json=body, headers=bob.headers
            )
            assert (answer.status_code, answer.json["error_code"]) == (404, "TRANSACTION_NOT_FOUND")
        assert client.get(f"{PATH}/{row['id']}", headers=ann.headers).json == row


class TestSummary:
    def asked(self, client: Any, owner: Any) -> tuple[list[str], Any]:
        with dynamo.counting() as cost:
            answer = client.get("/portfolio/summary", headers=owner.headers)
        assert answer.status_code == 200
        return cost.operations, answer.json

    def test_asks_as_often_with_ten_thousand_transactions_as_with_ten(
        self, client: Any, ann: Any, quoted: Any
    ) -> None:
        quoted("crypto", "BTC", "50000")
        rows = [
            new_row("buy", 1, 10, executed_at=START, fingerprint=f"f{number}")
            for number in range(10_000)
        ]
        add_many(rows[:10], user_id=ann.user_id)
        with_ten, small = self.asked(client, ann)
        add_many(rows[10:], user_id=ann.user_id)
        with_many, large = self.asked(client, ann)
        assert with_many == with_ten
        assert (small["total_invested"], large["total_invested"]) == (100, 100_000)
        assert large["total_assets"] == 1
