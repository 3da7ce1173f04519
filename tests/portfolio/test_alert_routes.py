"""Do the watchlist and alerts answer over HTTP as they are documented?"""

from typing import Any

import pytest
from flask.testing import FlaskClient

ALERT = {"asset_type": "crypto", "symbol": " btc ", "condition": "above", "threshold": "60000.5"}


@pytest.fixture
def headers(told_market: object, sign_up: Any) -> dict[str, str]:
    assert told_market is not None
    found: dict[str, str] = sign_up().headers
    return found


class TestWatchlist:
    def test_is_empty_at_first(self, client: FlaskClient, headers: dict[str, str]):
        answer = client.get("/portfolio/watchlist", headers=headers)

        assert answer.json == {"watchlist": [], "next_cursor": None}

    def test_holds_what_is_put_on_it_until_it_is_removed(
        self, client: FlaskClient, headers: dict[str, str]
    ):
        body = {"asset_type": "crypto", "symbol": "btc"}
        first = client.post("/portfolio/watchlist", json=body, headers=headers)
        again = client.post("/portfolio/watchlist", json=body, headers=headers)
        listed = client.get("/portfolio/watchlist", headers=headers)

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json == again.json == listed.json["watchlist"][0]
        assert first.json["symbol"] == "BTC"
        assert first.json["price"] == 50000
        address = f"/portfolio/watchlist/{first.json['id']}"
        assert client.delete(address, headers=headers).status_code == 200
        gone = client.delete(address, headers=headers)
        assert (gone.status_code, gone.json["error_code"]) == (404, "WATCH_NOT_FOUND")

    def test_takes_no_unknown_symbol(self, client: FlaskClient, headers: dict[str, str]):
        body = {"asset_type": "crypto", "symbol": "NOSUCH"}

        answer = client.post("/portfolio/watchlist", json=body, headers=headers)

        assert (answer.status_code, answer.json["error_code"]) == (422, "UNKNOWN_SYMBOL")


class TestAlerts:
    def test_are_set_shown_listed_and_deleted(self, client: FlaskClient, headers: dict[str, str]):
        made = client.post("/portfolio/alerts", json=ALERT, headers=headers)

        assert made.status_code == 201
        assert made.json == {
            "id": made.json["id"],
            "asset_type": "crypto",
            "symbol": "BTC",
            "condition": "above",
            "threshold": 60000.5,
            "cooldown_seconds": 86400,
            "note": None,
            "active": True,
            "rests_until": None,
            "reference_price": None,
            "times_triggered": 0,
            "last_triggered_at": None,
            "last_triggered_price": None,
            "created_at": "2026-11-20T12:00:00+00:00",
        }
        address = f"/portfolio/alerts/{made.json['id']}"
        assert client.get(address, headers=headers).json == made.json
        listed = client.get("/portfolio/alerts", headers=headers).json
        assert listed == {"alerts": [made.json], "next_cursor": None}
        assert client.delete(address, headers=headers).status_code == 200
        gone = client.get(address, headers=headers)
        assert (gone.status_code, gone.json["error_code"]) == (404, "ALERT_NOT_FOUND")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"condition": "sideways"}, "condition"),
            ({"threshold": 0}, "threshold"),
            ({"threshold": -5}, "threshold"),
            ({"condition": "percent_change", "threshold": 10001}, "threshold"),
            ({"cooldown_seconds": 299}, "cooldown_seconds"),
            ({"cooldown_seconds": 1.5}, "cooldown_seconds"),
            ({"note": "x" * 201}, "note"),
            ({"symbol": "b t c"}, "symbol"),
            ({"asset_type": "bond"}, "asset_type"),
        ],
    )
    def test_name_the_field_that_is_wrong(
        self, client: FlaskClient, headers: dict[str, str], wrong: dict[str, Any], field: str
    ):
        answer = client.post("/portfolio/alerts", json=ALERT | wrong, headers=headers)

        assert answer.status_code == 422
        assert list(answer.json["details"]["json"]) == [field]

    def test_are_full_at_a_hundred(
        self, client: FlaskClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("app.portfolio.rules.alerts.MOST_ALERTS", 1)
        client.post("/portfolio/alerts", json=ALERT, headers=headers)

        answer = client.post("/portfolio/alerts", json=ALERT, headers=headers)

        assert (answer.status_code, answer.json["error_code"]) == (409, "TOO_MANY_ALERTS")

    def test_repeat_their_answer_to_the_same_key(
        self, client: FlaskClient, headers: dict[str, str]
    ):
        keyed = headers | {"Idempotency-Key": "once"}
        first, second = [
            client.post("/portfolio/alerts", json=ALERT, headers=keyed) for _ in range(2)
        ]

        assert first.json == second.json
        assert len(client.get("/portfolio/alerts", headers=headers).json["alerts"]) == 1
