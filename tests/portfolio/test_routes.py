"""Do the portfolio's URLs answer as documented, and only to the owner?"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from decimal import Decimal
from typing import Any

import pytest

from app.prices import service as prices
from tests.portfolio.market import NOON

BITCOIN = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": 0.5,
    "purchase_price": 40000,
    "purchase_date": "2024-01-15",
}
ASSET_FIELDS = {
    "asset_id",
    "user_id",
    "asset_type",
    "symbol",
    "name",
    "currency",
    "quantity",
    "purchase_price",
    "purchase_date",
    "current_price",
    "current_value",
    "gain_loss",
    "gain_loss_percentage",
    "price_as_of",
    "stale",
    "created_at",
    "updated_at",
}
TOTAL_FIELDS = {
    "currency",
    "total_value",
    "total_invested",
    "total_gain_loss",
    "total_gain_loss_percentage",
    "as_of",
    "stale",
    "unpriced",
}
EVERY_CALL = [
    ("POST", "/portfolio/assets"),
    ("GET", "/portfolio/assets"),
    ("GET", "/portfolio/assets/a1"),
    ("PUT", "/portfolio/assets/a1"),
    ("DELETE", "/portfolio/assets/a1"),
    ("GET", "/portfolio/crypto"),
    ("GET", "/portfolio/stocks"),
    ("GET", "/portfolio/summary"),
]


@pytest.fixture
def ann(clock: Any, sign_up: Any, told_market: Any) -> Any:
    """Signed up at noon, in front of a market that works."""
    clock.set(NOON)
    assert not told_market.down
    return sign_up(email="ann@example.com")


def add(client: Any, owner: Any, **facts: Any) -> Any:
    answer = client.post("/portfolio/assets", json=BITCOIN | facts, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    return answer.json


class TestEveryCall:
    def test_needs_a_token(self, client: Any) -> None:
        for method, path in EVERY_CALL:
            answer = client.open(path, method=method, json=BITCOIN if method != "GET" else None)
            assert (answer.status_code, answer.json["error_code"]) == (401, "UNAUTHORIZED")


class TestAddAsset:
    def test_answers_with_the_whole_asset(self, client: Any, ann: Any) -> None:
        asset = add(client, ann)
        assert set(asset) == ASSET_FIELDS
        assert asset["user_id"] == ann.user_id
        assert asset["purchase_date"] == "2024-01-15"
        assert (asset["currency"], asset["name"]) == ("USD", None)
        assert asset["created_at"] == asset["updated_at"] == "2026-03-02T12:00:00+00:00"

    def test_values_it_when_the_price_is_known(self, client: Any, ann: Any, quoted: Any) -> None:
        quoted("crypto", "BTC", "50000.10")
        asset = add(client, ann)
        assert asset["current_price"] == Decimal("50000.1")
        assert asset["price_as_of"] == "2026-03-02T12:00:00+00:00"
        assert asset["stale"] is False

    def test_keeps_every_digit_of_a_number(self, client: Any, ann: Any) -> None:
        answer = client.post(
            "/portfolio/assets",
            data='{"asset_type":"crypto","symbol":"BTC","quantity":123456789012345678.123456789012345678,'
            '"purchase_price":"0.000000000000000001","purchase_date":"2024-01-15"}',
            headers=ann.headers,
            content_type="application/json",
        )
        assert answer.status_code == 201
        assert '"quantity":123456789012345678.123456789012345678' in answer.text
        assert '"purchase_price":0.000000000000000001' in answer.text

    def test_names_every_field_that_makes_no_sense(self, client: Any, ann: Any) -> None:
        body = BITCOIN | {"quantity": 0, "symbol": "TWO WORDS", "current_price": 1}
        answer = client.post("/portfolio/assets", json=body, headers=ann.headers)
        assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_ERROR")
        assert set(answer.json["details"]["json"]) == {"quantity", "symbol", "current_price"}

    def test_rejects_a_purchase_to_come(self, client: Any, ann: Any) -> None:
        body = BITCOIN | {"purchase_date": "2026-03-04"}
        answer = client.post("/portfolio/assets", json=body, headers=ann.headers)
        assert (answer.status_code, answer.json["error_code"]) == (422, "PURCHASE_DATE_IN_FUTURE")

    def test_rejects_a_symbol_that_the_market_does_not_know(self, client: Any, ann: Any) -> None:
        body = BITCOIN | {"symbol": "NOSUCHCOIN"}
        answer = client.post("/portfolio/assets", json=body, headers=ann.headers)
        assert (answer.status_code, answer.json["error_code"]) == (422, "UNKNOWN_SYMBOL")

    def test_accepts_without_a_price_when_the_market_is_down(
        self, client: Any, ann: Any, told_market: Any
    ) -> None:
        told_market.down = True
        # A worker has found out before, so that this request does not wait for one.
        prices.refresh_symbols(asset_type="crypto", symbols=["ETH"], market=told_market, now=NOON)
        asset = add(client, ann)
        assert (asset["current_price"], asset["current_value"], asset["stale"]) == (
            None,
            None,
            True,
        )

    def test_adds_once_for_a_repeated_idempotency_key(self, client: Any, ann: Any) -> None:
        headers = ann.headers | {"Idempotency-Key": "one"}
        first = client.post("/portfolio/assets", json=BITCOIN, headers=headers)
        again = client.post("/portfolio/assets", json=BITCOIN, headers=headers)
        other = client.post("/portfolio/assets", json=BITCOIN | {"quantity": 2}, headers=headers)
        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
        assert again.json == first.json
        assert client.get("/portfolio/summary", headers=ann.headers).json["total_assets"] == 1


class TestListAssets:
    def test_pages_with_a_cursor(self, client: Any, ann: Any) -> None:
        added = {add(client, ann)["asset_id"] for _ in range(3)}
        first = client.get("/portfolio/assets?limit=2", headers=ann.headers).json
        assert set(first) == {"assets", "next_cursor"}
        rest = client.get(
            "/portfolio/assets",
            query_string={"limit": 2, "cursor": first["next_cursor"]},
            headers=ann.headers,
        ).json
        assert {asset["asset_id"] for asset in first["assets"] + rest["assets"]} == added
        assert rest["next_cursor"] is None

    def test_rejects_a_wrong_page(self, client: Any, ann: Any) -> None:
        for query in ("limit=0", "limit=101", "limit=x", "cursor=made-up"):
            answer = client.get(f"/portfolio/assets?{query}", headers=ann.headers)
            assert answer.status_code == 422, query

    def test_shows_only_the_callers(self, client: Any, ann: Any, sign_up: Any) -> None:
        add(client, ann)
        bob = sign_up(email="bob@example.com")
        found = client.get("/portfolio/assets", headers=bob.headers).json
        assert found == {"assets": [], "next_cursor": None}


class TestOneAsset:
    def test_is_shown(self, client: Any, ann: Any) -> None:
        asset = add(client, ann)
        answer = client.get(f"/portfolio/assets/{asset['asset_id']}", headers=ann.headers)
        assert (answer.status_code, answer.json) == (200, asset)

    def test_is_changed(self, client: Any, ann: Any, clock: Any) -> None:
        asset = add(client, ann)
        clock.advance(60)
        answer = client.put(
            f"/portfolio/assets/{asset['asset_id']}", json={"quantity": "1.25"}, headers=ann.headers
        )
        assert answer.status_code == 200
        assert answer.json["quantity"] == Decimal("1.25")
        assert answer.json["purchase_price"] == asset["purchase_price"]
        assert answer.json["updated_at"] == "2026-03-02T12:01:00+00:00"

    def test_rejects_a_wrong_change(self, client: Any, ann: Any) -> None:
        path = f"/portfolio/assets/{add(client, ann)['asset_id']}"
        for body in ({"quantity": 0}, {"quantity": None}, {"symbol": "ETH"}, {"name": "x"}):
            assert client.put(path, json=body, headers=ann.headers).status_code == 422, body

    def test_rejects_a_change_to_a_day_to_come(self, client: Any, ann: Any) -> None:
        path = f"/portfolio/assets/{add(client, ann)['asset_id']}"
        answer = client.put(path, json={"purchase_date": "2030-01-01"}, headers=ann.headers)
        assert (answer.status_code, answer.json["error_code"]) == (422, "PURCHASE_DATE_IN_FUTURE")

    def test_is_deleted(self, client: Any, ann: Any) -> None:
        path = f"/portfolio/assets/{add(client, ann)['asset_id']}"
        answer = client.delete(path, headers=ann.headers)
        assert (answer.status_code, answer.json) == (200, {"message": "Asset deleted successfully"})
        assert client.get(path, headers=ann.headers).status_code == 404

    def test_is_deleted_for_one_of_two_at_once(self, app: Any, client: Any, ann: Any) -> None:
        path = f"/portfolio/assets/{add(client, ann)['asset_id']}"

        def delete() -> int:
            status: int = app.test_client().delete(path, headers=ann.headers).status_code
            return status

        with ThreadPoolExecutor(2) as pool:
            # Each thread takes the test's clock with it.
            answers = [pool.submit(copy_context().run, delete) for _ in range(2)]
            assert sorted(answer.result() for answer in answers) == [200, 404]

    def test_is_not_there_for_another_user(self, client: Any, ann: Any, sign_up: Any) -> None:
        asset = add(client, ann)
        path = f"/portfolio/assets/{asset['asset_id']}"
        bob = sign_up(email="bob@example.com")
        for method, body in (("GET", None), ("PUT", {"quantity": 1}), ("DELETE", None)):
            answer = client.open(path, method=method, json=body, headers=bob.headers)
            assert (answer.status_code, answer.json["error_code"]) == (404, "ASSET_NOT_FOUND")
        assert client.get(path, headers=ann.headers).json == asset

    def test_is_not_there_under_an_id_that_none_can_have(self, client: Any, ann: Any) -> None:
        for asset_id in ("x", "x" * 65, "x" * 3000, "%00", "%F0%9F%92%B0" * 64):
            for method in ("GET", "DELETE"):
                path = f"/portfolio/assets/{asset_id}"
                answer = client.open(path, method=method, headers=ann.headers)
                assert answer.status_code == 404, asset_id


class TestPortfolio:
    def test_shows_crypto_with_its_totals(self, client: Any, ann: Any, quoted: Any) -> None:
        quoted("crypto", "BTC", "50000")
        asset = add(client, ann)
        euros = add(client, ann, currency="EUR")
        found = client.get("/portfolio/crypto", headers=ann.headers).json
        assert set(found) == {"user_id", "assets"} | TOTAL_FIELDS
        assert found["currency"] == "USD"
        assert found["user_id"] == ann.user_id
        assert {each["asset_id"] for each in found["assets"]} == {
            asset["asset_id"],
            euros["asset_id"],
        }
        assert (found["total_value"], found["total_invested"]) == (25000, 20000)
        assert (found["total_gain_loss"], found["total_gain_loss_percentage"]) == (5000, 25)
        assert (found["as_of"], found["stale"]) == ("2026-03-02T12:00:00+00:00", False)
        assert found["unpriced"] == [
            {"asset_id": euros["asset_id"], "symbol": "BTC", "reason": "no_exchange_rate"}
        ]

    def test_shows_stocks_apart(self, client: Any, ann: Any) -> None:
        add(client, ann)
        found = client.get("/portfolio/stocks", headers=ann.headers).json
        assert found["assets"] == []
        assert found["total_value"] == 0


class TestSummary:
    def test_counts_and_sums(self, client: Any, ann: Any, quoted: Any) -> None:
        quoted("crypto", "BTC", "50000")
        quoted("stock", "AAPL", "200")
        add(client, ann)
        add(client, ann, asset_type="stock", symbol="AAPL", quantity=2, purchase_price=100)
        found = client.get("/portfolio/summary", headers=ann.headers).json
        assert found == {
            "currency": "USD",
            "crypto_count": 1,
            "stock_count": 1,
            "total_assets": 2,
            "crypto_value": 25000,
            "stock_value": 400,
            "total_value": 25400,
            "total_invested": 20200,
            "total_gain_loss": 5200,
            "total_gain_loss_percentage": Decimal("25.74"),
            "as_of": "2026-03-02T12:00:00+00:00",
            "stale": False,
            "unpriced": [],
        }
