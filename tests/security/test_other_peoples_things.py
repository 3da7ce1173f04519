"""Is another user's thing as good as absent, whatever is done to it?

For every private route with an id in its address, a thing of one user is made through the API, and another user
asks for it.
"""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core import auth, clock, dynamo
from app.workspace.models import Message
from app.workspace.models.messages import Said
from tests.security import routes, stored
from tests.security.conftest import Ask, CallerFor
from tests.security.routes import Route

ASSET = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": 1,
    "purchase_price": 1,
    "purchase_date": "2024-01-15",
}
WATCH = {"asset_type": "crypto", "symbol": "BTC"}
ALERT = {**WATCH, "condition": "above", "threshold": 60000}
DAYS = {"start": "2025-11-01", "end": "2026-10-31"}
BACKTEST = {**DAYS, "weights": {"AAPL": 1}}
OPTIMISATION = {**DAYS, "symbols": ["AAPL", "MSFT"], "objective": "min_variance"}
TRANSACTION = {
    "type": "buy",
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": 1,
    "price": 1,
    "executed_at": "2024-01-15",
}
ITEM = {"item_id": "lamp", "name": "Desk lamp", "price": 25}
OFFER = {"item_id": "lamp", "price": 20}

CITATION = {
    "sql": "SELECT 1",
    "columns": ["1"],
    "rows": [[1]],
    "row_count": 1,
    "truncated": False,
    "result_hash": "0" * 64,
    "file_ids": [],
    "live_tables": [],
}


class Owner:
    """The user whose things they are; each method makes one and gives its id."""

    def __init__(self, client: FlaskClient, new_person: Callable[[], Any]) -> None:
        self._client = client
        self._new_person = new_person
        self.person = new_person()

    def asset(self) -> str:
        return self._made("/portfolio/assets", ASSET, "asset_id")

    def watch(self) -> str:
        return self._made("/portfolio/watchlist", WATCH, "id")

    def alert(self) -> str:
        return self._made("/portfolio/alerts", ALERT, "id")

    def backtest(self) -> str:
        return self._made("/portfolio/backtests", BACKTEST, "id")

    def optimisation(self) -> str:
        return self._made("/portfolio/optimizations", OPTIMISATION, "id")

    def transaction(self) -> str:
        return self._made("/portfolio/transactions", TRANSACTION, "id")

    def device(self) -> str:
        return self._made("/users/me/devices", {"token": "a-device", "platform": "ios"}, "id")

    def api_key(self) -> str:
        return self._made("/users/me/api-keys", {"name": "mine", "scopes": ["account:read"]}, "id")

    def session(self) -> str:
        answer = self._client.get("/users/me/sessions", headers=self.person.headers)
        assert answer.status_code == 200, answer.json
        found: str = answer.json["sessions"][0]["id"]
        return found

    def offer(self) -> str:
        """One that they made, for another's item."""
        Owner(self._client, self._new_person)._made("/items", ITEM, "item_id")
        return self._made("/offers", OFFER, "id")

    def received_offer(self) -> str:
        """One that another made for an item of theirs."""
        self._made("/items", ITEM, "item_id")
        return Owner(self._client, self._new_person)._made("/offers", OFFER, "id")

    def project(self) -> str:
        return self._made("/projects", {"name": "Sales"}, "id")

    def conversation(self) -> str:
        return self._made(f"/projects/{self.project()}/sessions", {}, "id")

    def file(self) -> str:
        """One that has come, and that no worker has read yet."""
        answer = self._client.post(
            f"/projects/{self.project()}/files",
            data={"file": (io.BytesIO(b"a,b\n1,2\n"), "sales.csv")},
            headers=self.person.headers,
        )
        assert answer.status_code == 202, answer.json
        found: str = answer.json["id"]
        return found

    def imported(self) -> str:
        """One that no worker has carried out yet."""
        rows = b"date,type,symbol,quantity,price\n2024-01-02,buy,AAPL,1,100\n"
        answer = self._client.post(
            "/portfolio/import",
            data={"file": (io.BytesIO(rows), "export.csv")},
            headers=self.person.headers,
        )
        assert answer.status_code == 202, answer.json
        found: str = answer.json["id"]
        return found

    def answer(self) -> str:
        """One that came, with a query and a picture."""
        asked = self._client.post(
            f"/sessions/{self.conversation()}/messages",
            json={"content": "How many?"},
            headers=self.person.headers,
        )
        assert asked.status_code == 202, asked.json
        found: str = asked.json["ai_response"]["id"]
        said = Said(
            content="Four.",
            citations=[CITATION],
            chart={"kind": "bar", "title": "Rows", "x": "a", "y": ["b"], "points": [["x", 1]]},
            usage={},
            unverified=[],
        )
        message = Message.of(found)
        assert message is not None
        dynamo.commit(message.answered(said, now=clock.now()))
        return found

    def _made(self, path: str, body: dict[str, Any], name: str) -> str:
        answer = self._client.post(path, json=body, headers=self.person.headers)
        assert answer.status_code in {200, 201, 202}, answer.json
        found: str = answer.json[name]
        return found


# Whose id stands in the address, and how its owner comes by one.
MAKERS: dict[str, Callable[[Owner], str]] = {
    "/projects/{project_id}": Owner.project,
    "/sessions/{session_id}": Owner.conversation,
    "/files/{file_id}": Owner.file,
    "/messages/{message_id}": Owner.answer,
    "/portfolio/assets/{asset_id}": Owner.asset,
    "/portfolio/imports/{import_id}": Owner.imported,
    "/portfolio/transactions/{transaction_id}": Owner.transaction,
    "/portfolio/watchlist/{watch_id}": Owner.watch,
    "/portfolio/alerts/{alert_id}": Owner.alert,
    "/portfolio/backtests/{run_id}": Owner.backtest,
    "/portfolio/optimizations/{run_id}": Owner.optimisation,
    "/users/me/devices/{device_id}": Owner.device,
    "/users/me/api-keys/{key_id}": Owner.api_key,
    "/users/me/sessions/{sign_in_id}": Owner.session,
    "/offers/{offer_id}": Owner.offer,
    # Of an offer's two sides, the one that may do this.
    "/offers/{offer_id}/accept": Owner.received_offer,
    "/offers/{offer_id}/decline": Owner.received_offer,
}
HOW_TO_ADD_ONE = (
    "Nobody told how to make a thing for {address}. Add to MAKERS, in tests/security/test_other_peoples_things.py, "
    "the address up to its id and a method of Owner that makes such a thing through the API and returns its id; "
    "or to WORDS in tests/security/routes.py, if it names nothing that belongs to anybody."
)


def private_ones() -> list[Route]:
    """The private routes with an id. Those for admins are left out: an admin may see everybody's."""
    return [
        route
        for route in routes.protected()
        if route.ids and route.access.shows != auth.PUBLIC and route.access.role != "admin"
    ]


def addresses_of_ids(route: Route) -> dict[str, str]:
    """Each id in the address, and the address up to it."""
    return {name: route.template.partition(f"{{{name}}}")[0] + f"{{{name}}}" for name in route.ids}


@pytest.mark.usefixtures("priced", "unread")
@pytest.mark.parametrize("route", private_ones(), ids=str)
class TestPrivateThing:
    def test_is_not_there_for_another_user(
        self, route: Route, client: FlaskClient, ask: Ask, new_caller_for: CallerFor
    ):
        owner, other = Owner(client, lambda: new_caller_for(route)), new_caller_for(route)
        values = {}
        for name, address in addresses_of_ids(route).items():
            maker = MAKERS.get(route.template) or MAKERS.get(address)
            assert maker is not None, HOW_TO_ADD_ONE.format(address=address)
            values[name] = maker(owner)
        url = route.url(**values)
        before = stored.everything()

        answer = ask(route, headers=other.headers, url=url)

        assert answer.status_code == 404, answer.json
        absent = ask(route, headers=other.headers)
        assert absent.status_code == 404, absent.json
        assert shape(answer) == shape(absent), "The answers tell the two apart."
        assert stored.everything() == before
        own = ask(route, headers=owner.person.headers, url=url)
        assert own.status_code < 300, own.json


def shape(answer: Any) -> Any:
    """The error without the id that it may repeat."""
    body = answer.json.get("error", answer.json)
    return {name: value for name, value in body.items() if name != "details"}


class TestPrivateThings:
    def test_are_many(self):
        assert len(private_ones()) > 3

    def test_have_no_maker_without_an_address(self):
        known = {
            address for route in private_ones() for address in addresses_of_ids(route).values()
        } | {route.template for route in private_ones()}

        assert set(MAKERS) <= known, "Take these out of MAKERS: no route has such an address."
