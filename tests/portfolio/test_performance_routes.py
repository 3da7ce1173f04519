"""Is a portfolio's performance told and drawn for its owner?"""

import xml.etree.ElementTree as ET  # the pictures are our own
from datetime import timedelta
from typing import Any

import pytest

from app.core import charts
from tests.conftest import NOON
from tests.portfolio.market import ToldMarket

SVG = "{http://www.w3.org/2000/svg}"
PATHS = ("/portfolio/performance", "/portfolio/performance.svg")
TODAY = NOON.date()
BITCOIN = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": 2,
    "purchase_price": 100,
    "purchase_date": (TODAY - timedelta(10)).isoformat(),
}
FIELDS = {
    "range",
    "start",
    "end",
    "currency",
    "cost_basis",
    "start_value",
    "end_value",
    "net_deposits",
    "income",
    "fees",
    "gain",
    "time_weighted_return",
    "money_weighted_return",
    "realised_gain",
    "unrealised_gain",
    "max_drawdown",
    "volatility",
    "sharpe",
    "benchmark",
    "series",
    "unpriced",
    "pending",
}


def words(picture: str, kind: str = "text") -> list[str]:
    root = ET.fromstring(picture)  # noqa: S314 - our own
    return [element.text or "" for element in root.iter(f"{SVG}{kind}")]


@pytest.fixture
def ann(client: Any, sign_up: Any, told_market: ToldMarket) -> Any:
    """Ann, who holds two bitcoins since ten days ago, when one cost 100; yesterday it closed at 110, now it is 120."""
    told_market.closes["crypto", "BTC"] = {
        TODAY - timedelta(days): "110" if days == 1 else "100" for days in range(1, 30)
    }
    told_market.closes["crypto", "ETH"] = {TODAY - timedelta(days): "3000" for days in range(1, 30)}
    told_market.tell("crypto", "BTC", "120", at=NOON)
    told_market.tell("crypto", "ETH", "2970", at=NOON)
    person = sign_up()
    made = client.post("/portfolio/assets", json=BITCOIN, headers=person.headers)
    assert made.status_code == 201, made.text
    return person


class TestGetPerformance:
    def test_tells_every_figure(self, client: Any, ann: Any) -> None:
        answer = client.get("/portfolio/performance?range=max", headers=ann.headers)
        assert answer.status_code == 200, answer.text
        found = answer.json
        assert found.keys() == FIELDS
        assert (found["start"], found["end"]) == ("2026-11-09", "2026-11-20")
        assert (found["start_value"], found["end_value"], found["net_deposits"]) == (0, 240, 200)
        assert (found["gain"], found["unrealised_gain"], found["realised_gain"]) == (40, 40, 0)
        assert found["time_weighted_return"] == 20
        assert found["max_drawdown"] == 0
        assert (found["benchmark"], found["pending"], found["unpriced"]) == (None, [], [])
        assert found["series"][-1] == {
            "date": "2026-11-20",
            "value": 240,
            "cumulative_return": 20,
            "benchmark_return": None,
            "benchmark_value": None,
        }

    def test_writes_numbers_with_their_digits(self, client: Any, ann: Any) -> None:
        answer = client.get("/portfolio/performance?range=1d", headers=ann.headers)
        assert '"time_weighted_return":9.09' in answer.text.replace(" ", "")
        assert '"range":"1d"' in answer.text.replace(" ", "")

    def test_compares_with_a_benchmark(self, client: Any, ann: Any) -> None:
        answer = client.get("/portfolio/performance?benchmark=crypto:ETH", headers=ann.headers)
        found = answer.json["benchmark"]
        assert (found["symbol"], found["total_return"], found["max_drawdown"]) == ("ETH", -1, 1)
        assert answer.json["series"][-1]["benchmark_value"] == 198

    @pytest.mark.parametrize("basis", ["fifo", "lifo", "hifo", "average"])
    def test_knows_every_cost_basis(self, client: Any, ann: Any, basis: str) -> None:
        answer = client.get(f"/portfolio/performance?cost_basis={basis}", headers=ann.headers)
        assert answer.json["cost_basis"] == basis

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("range=2w", "VALIDATION_ERROR"),
            ("range=1y&start=2026-01-01", "VALIDATION_ERROR"),
            ("start=yesterday", "VALIDATION_ERROR"),
            ("start=1899-12-31", "VALIDATION_ERROR"),
            ("cost_basis=best", "VALIDATION_ERROR"),
            ("benchmark=", "VALIDATION_ERROR"),
            (f"benchmark=stock:{'A' * 30}", "VALIDATION_ERROR"),
            ("start=2026-02-01&end=2026-01-01", "INVALID_PERIOD"),
            ("start=2026-11-21", "INVALID_PERIOD"),
            ("benchmark=gold:XAU", "INVALID_BENCHMARK"),
            ("benchmark=stock:NOSUCH", "UNKNOWN_SYMBOL"),
        ],
    )
    def test_says_what_is_wrong(
        self, client: Any, ann: Any, path: str, query: str, code: str
    ) -> None:
        answer = client.get(f"{path}?{query}", headers=ann.headers)
        assert (answer.status_code, answer.json["error_code"]) == (422, code)

    @pytest.mark.parametrize("path", PATHS)
    def test_is_the_owner_s_alone(self, client: Any, ann: Any, sign_up: Any, path: str) -> None:
        assert client.get(path).status_code == 401
        other = client.get("/portfolio/performance", headers=sign_up().headers)
        assert (other.json["series"], other.json["end_value"]) == ([], 0)


class TestDrawPerformance:
    PATH = "/portfolio/performance.svg"

    def test_shows_and_tells_what_there_is(self, client: Any, ann: Any) -> None:
        answer = client.get(f"{self.PATH}?range=max&benchmark=crypto:ETH", headers=ann.headers)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert {
            "Portfolio",
            "The same in ETH",
            "9 Nov 2026 \N{EN DASH} 20 Nov 2026, USD",
            "$240.00",
            "+20.00 %, ETH \N{MINUS SIGN}1.00 %",
        } <= set(words(answer.text))
        [told] = words(answer.text, "desc")
        assert told == (
            "A line of the portfolio's value from 9 Nov 2026 to 20 Nov 2026. It begins at $0.00 and ends at $240.00. "
            "The lowest is $0.00 on 9 Nov 2026, the highest $240.00 on 20 Nov 2026. The time-weighted return is "
            "20.00 %. ETH returned -1.00 %."
        )

    def test_tells_amounts_in_the_base_currency(
        self, client: Any, ann: Any, told_market: ToldMarket
    ) -> None:
        told_market.tell("currency", "EUR", "1.25", at=NOON)
        told_market.closes["currency", "EUR"] = {
            TODAY - timedelta(days): "1.25" for days in range(1, 40)
        }
        settled = client.put(
            "/portfolio/preferences", json={"base_currency": "EUR"}, headers=ann.headers
        )
        assert settled.status_code == 200, settled.text
        assert "192.00 EUR" in words(client.get(self.PATH, headers=ann.headers).text)

    def test_says_so_where_there_is_nothing(self, client: Any, sign_up: Any) -> None:
        answer = client.get(self.PATH, headers=sign_up().headers)
        assert answer.status_code == 200
        assert "There is no data for this picture yet." in words(answer.text)
        assert words(answer.text, "desc") == ["There is no portfolio to show yet."]

    def test_may_be_kept_by_the_owner_alone_and_is_sent_again_only_when_changed(
        self, client: Any, ann: Any
    ) -> None:
        answer = client.get(self.PATH, headers=ann.headers)
        assert answer.headers["Cache-Control"] == "private, max-age=60"
        assert {"Authorization", "X-API-Key"} <= set(answer.vary)
        tag = {"If-None-Match": answer.headers["ETag"], **ann.headers}
        same = client.get(self.PATH, headers=tag)
        assert (same.status_code, same.data) == (304, b"")
        assert client.get(f"{self.PATH}?range=1d", headers=tag).status_code == 200

    def test_runs_nothing_and_loads_nothing(self, client: Any, ann: Any) -> None:
        answer = client.get(self.PATH, headers=ann.headers)
        assert answer.headers["Content-Security-Policy"] == charts.POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
