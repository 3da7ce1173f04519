from datetime import timedelta
from decimal import Decimal

import pytest

from app import extensions
from app.core import json
from app.prices import service
from app.prices.models import PriceSource


@pytest.fixture
def headers(sign_up):
    return sign_up().headers


@pytest.fixture
def at_work(app, market, worker, clock):
    """The worker, doing what is asked as soon as it is asked."""
    worker.now = clock.now()
    market.quoted_at = clock.now()
    app.extensions[extensions.EXTENSION].job_queue = Sent(worker)
    return worker


class Sent:
    """A queue whose worker is done before `ask` returns."""

    def __init__(self, worker):
        self.worker = worker

    def ask(self, task, arguments):
        self.worker.work(task, dict(arguments))

    def send_enqueued(self):
        """Nothing was enqueued."""

    def discard_enqueued(self):
        """Nothing was enqueued."""


class TestGetPrices:
    def test_needs_a_token(self, client):
        assert client.post("/prices", json={}).status_code == 401

    def test_answers_in_the_order_asked(self, client, headers, at_work, market, clock):
        market.prices |= {("stock", "AAPL"): "190.123456789012345678", ("stock", "MSFT"): "410"}

        answer = client.post(
            "/prices",
            json={"asset_type": "stock", "symbols": ["msft", " AAPL ", "NOSUCH"]},
            headers=headers,
        )

        assert answer.status_code == 200
        microsoft, apple, unknown = json.loads(answer.data)
        assert microsoft["symbol"] == "MSFT"
        assert apple == {
            "symbol": "AAPL",
            "price": Decimal("190.123456789012345678"),
            "currency": "USD",
            "timestamp": clock.now().isoformat(),
            "source": "told",
            "age_seconds": 0,
            "stale": False,
            "error": None,
        }
        assert unknown["price"] is None
        assert unknown["stale"] is True
        assert unknown["error"] == "unknown_symbol"

    def test_tells_the_age_of_a_price_that_no_source_confirms(
        self, client, headers, at_work, market, clock
    ):
        market.prices["crypto", "BTC"] = "64000"
        body = {"asset_type": "crypto", "symbols": ["BTC"]}
        client.post("/prices", json=body, headers=headers)
        clock.advance(minutes=10)
        PriceSource.of("crypto").pause(error="source_unavailable", seconds=3_600, at=clock.now())
        clock.advance(minutes=4)

        quote = client.post("/prices", json=body, headers=headers).json[0]

        assert (quote["price"], quote["age_seconds"], quote["stale"]) == (64000, 840, False)

    def test_tells_what_a_currency_costs_in_usd(self, client, headers, at_work, market):
        market.prices["currency", "EUR"] = "1.0834"
        body = {"asset_type": "currency", "symbols": ["eur", "USD", "XXX"]}

        euro, dollar, unknown = client.post("/prices", json=body, headers=headers).json

        assert (euro["symbol"], euro["price"], euro["currency"]) == (
            "EUR",
            Decimal("1.0834"),
            "USD",
        )
        assert (dollar["price"], dollar["source"], dollar["stale"]) == (1, None, False)
        assert (unknown["price"], unknown["error"]) == (None, "unknown_symbol")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"asset_type": "tulip", "symbols": ["BTC"]},
            {"asset_type": "crypto", "symbols": []},
            {"asset_type": "crypto", "symbols": ["BTC"] * 101},
            {"asset_type": "crypto", "symbols": ["B T C"]},
            {"asset_type": "crypto", "symbols": [1]},
            {"asset_type": "crypto", "symbols": "BTC"},
            {"asset_type": "crypto", "symbols": ["BTC"], "user_id": "x"},
        ],
    )
    def test_refuses_what_is_no_list_of_symbols(self, client, headers, body):
        assert client.post("/prices", json=body, headers=headers).status_code == 422


class TestGetPriceHistory:
    def test_answers_the_closes(self, client, headers, at_work, market, clock):
        today = clock.now().date()
        market.prices["crypto", "BTC"] = "64000"
        market.closes["crypto", "BTC"] = {today - timedelta(days=n): f"{n}.25" for n in range(40)}

        answer = client.get("/prices/crypto/btc/history?range=7d", headers=headers)

        assert answer.status_code == 200
        body = json.loads(answer.data)
        assert body["closes"][-1] == {
            "date": (today - timedelta(days=1)).isoformat(),
            "close": Decimal("1.25"),
        }
        assert len(body.pop("closes")) == 7
        assert body == {
            "asset_type": "crypto",
            "symbol": "BTC",
            "currency": "USD",
            "range": "7d",
            "status": "completed",
            "error": None,
        }

    def test_is_accepted_while_it_is_loaded(self, client, headers, clock):
        PriceSource.of("crypto").pause(error="source_unavailable", seconds=60, at=clock.now())

        answer = client.get("/prices/crypto/BTC/history", headers=headers)

        assert answer.status_code == 202
        assert answer.json["status"] == service.PENDING
        assert answer.json["range"] == "30d"

    def test_of_a_currency_is_in_usd(self, client, headers, at_work, market, clock):
        yesterday = clock.now().date() - timedelta(days=1)
        market.prices["currency", "EUR"] = "1.0834"
        market.closes["currency", "EUR"] = {yesterday: "1.08"}

        found = client.get("/prices/currency/eur/history?range=7d", headers=headers).json

        assert (found["symbol"], found["currency"], found["status"]) == ("EUR", "USD", "completed")
        assert found["closes"] == [{"date": yesterday.isoformat(), "close": Decimal("1.08")}]

    @pytest.mark.parametrize("code", ["XXX", "USD"])
    def test_refuses_a_currency_without_rates(self, client, headers, at_work, code):
        answer = client.get(f"/prices/currency/{code}/history", headers=headers)

        assert (answer.status_code, answer.json["error_code"]) == (422, "UNKNOWN_SYMBOL")

    def test_refuses_an_unknown_symbol(self, client, headers, at_work):
        answer = client.get("/prices/crypto/NOSUCH/history", headers=headers)

        assert answer.status_code == 422
        assert answer.json["error_code"] == "UNKNOWN_SYMBOL"

    def test_refuses_an_unknown_range(self, client, headers):
        answer = client.get("/prices/crypto/BTC/history?range=8d", headers=headers)

        assert answer.status_code == 422

    def test_knows_no_other_kind_of_asset(self, client, headers):
        assert client.get("/prices/tulip/X/history", headers=headers).status_code == 404

    def test_needs_a_token(self, client):
        assert client.get("/prices/crypto/BTC/history").status_code == 401
