"""Does every request of document 001 work, at its URL and as it is written there?"""

from typing import Any

import pytest
from flask import Flask

from app import extensions
from app.core import clock
from tests.portfolio.market import ToldMarket, WorkingJobs

# The document's own curl command, under "Test locally".
REGISTER_BODY = '{"email":"test@example.com","password":"password123"}'

BITCOIN = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": 0.5,
    "purchase_price": 45000,
    "purchase_date": "2024-01-15",
}
APPLE = {
    "asset_type": "stock",
    "symbol": "AAPL",
    "quantity": 10,
    "purchase_price": 150.25,
    "purchase_date": "2024-02-01",
}


@pytest.fixture(autouse=True)
def _market(app: Flask) -> None:
    """A worker that answers at once, so that no request waits for one."""
    app.extensions[extensions.EXTENSION].job_queue = WorkingJobs(ToldMarket(), clock.now)


@pytest.fixture
def headers(client: Any) -> dict[str, str]:
    """Registered as the document does it."""
    answer = client.post("/auth/register", data=REGISTER_BODY, content_type="application/json")
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def add(client: Any, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/portfolio/assets", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    asset: dict[str, Any] = answer.json
    return asset


class TestAuthenticationIsPublic:
    def test_register(self, client: Any) -> None:
        answer = client.post("/auth/register", data=REGISTER_BODY, content_type="application/json")
        assert answer.status_code == 201
        assert answer.json["email"] == "test@example.com"
        assert answer.json["access_token"]

    @pytest.mark.usefixtures("headers")
    def test_login(self, client: Any) -> None:
        answer = client.post("/auth/login", data=REGISTER_BODY, content_type="application/json")
        assert answer.status_code == 200
        token = answer.json["access_token"]
        summary = client.get("/portfolio/summary", headers={"Authorization": f"Bearer {token}"})
        assert summary.status_code == 200


class TestPortfolioIsProtected:
    def test_refuses_without_a_token(self, client: Any) -> None:
        for method, path in (
            ("GET", "/portfolio/crypto"),
            ("GET", "/portfolio/stocks"),
            ("GET", "/portfolio/summary"),
            ("POST", "/portfolio/assets"),
            ("PUT", "/portfolio/assets/some-asset"),
            ("DELETE", "/portfolio/assets/some-asset"),
            ("POST", "/prices"),
        ):
            assert client.open(path, method=method, json={}).status_code == 401, path


class TestPortfolioEndpoints:
    def test_add_asset(self, client: Any, headers: dict[str, str]) -> None:
        asset = add(client, headers, BITCOIN)
        assert {field: asset[field] for field in BITCOIN} == BITCOIN

    def test_get_crypto_portfolio(self, client: Any, headers: dict[str, str]) -> None:
        bitcoin, apple = add(client, headers, BITCOIN), add(client, headers, APPLE)
        answer = client.get("/portfolio/crypto", headers=headers)
        assert answer.status_code == 200
        ids = [asset["asset_id"] for asset in answer.json["assets"]]
        assert ids == [bitcoin["asset_id"]]
        assert apple["asset_id"] not in ids

    def test_get_stock_portfolio(self, client: Any, headers: dict[str, str]) -> None:
        add(client, headers, BITCOIN)
        apple = add(client, headers, APPLE)
        answer = client.get("/portfolio/stocks", headers=headers)
        assert answer.status_code == 200
        assert [asset["asset_id"] for asset in answer.json["assets"]] == [apple["asset_id"]]

    def test_get_portfolio_summary(self, client: Any, headers: dict[str, str]) -> None:
        add(client, headers, BITCOIN)
        add(client, headers, APPLE)
        answer = client.get("/portfolio/summary", headers=headers)
        assert answer.status_code == 200
        counts = ("crypto_count", "stock_count", "total_assets")
        assert [answer.json[count] for count in counts] == [1, 1, 2]

    def test_update_asset(self, client: Any, headers: dict[str, str]) -> None:
        path = f"/portfolio/assets/{add(client, headers, BITCOIN)['asset_id']}"
        answer = client.put(path, json={"quantity": 0.75}, headers=headers)
        assert answer.status_code == 200
        assert (answer.json["quantity"], answer.json["purchase_price"]) == (0.75, 45000)

    def test_delete_asset(self, client: Any, headers: dict[str, str]) -> None:
        path = f"/portfolio/assets/{add(client, headers, BITCOIN)['asset_id']}"
        answer = client.delete(path, headers=headers)
        assert (answer.status_code, answer.json) == (200, {"message": "Asset deleted successfully"})
        assert client.delete(path, headers=headers).status_code == 404


class TestPricesEndpoint:
    @pytest.mark.parametrize(
        ("asset_type", "symbols"), [("crypto", ["BTC", "ETH"]), ("stock", ["AAPL", "MSFT"])]
    )
    def test_get_real_time_prices(
        self, client: Any, headers: dict[str, str], asset_type: str, symbols: list[str]
    ) -> None:
        body = {"symbols": symbols, "asset_type": asset_type}
        answer = client.post("/prices", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert [price["symbol"] for price in answer.json] == symbols
        for price in answer.json:
            assert {"symbol", "price", "currency", "timestamp", "stale", "error"} <= set(price)
            assert price["price"] > 0
            assert price["error"] is None
