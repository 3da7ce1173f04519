"""Who asks in the tests that are made from the routes' own declarations?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.prices import service as prices
from bench import payments
from tests.conftest import SetClock
from tests.portfolio.market import ToldMarket
from tests.security import bodies
from tests.security.routes import Route

Ask = Callable[..., Any]
CallerFor = Callable[[Route], Any]


@pytest.fixture
def new_caller_for(sign_up: Callable[..., Any], sign_in_as: Callable[..., Any]) -> CallerFor:
    """Somebody new who may call a route, by its role."""

    def somebody(route: Route) -> Any:
        return sign_up() if route.access.role == "user" else sign_in_as(route.access.role)

    return somebody


@pytest.fixture
def caller_for(new_caller_for: CallerFor) -> CallerFor:
    """The one of this test who may call a route, by its role."""
    known: dict[str, Any] = {}

    def somebody(route: Route) -> Any:
        if route.access.role not in known:
            known[route.access.role] = new_caller_for(route)
        return known[route.access.role]

    return somebody


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """Call a route: as somebody, at another address than its own, with a body (a good one unless told)."""

    def call(
        route: Route, *, headers: dict[str, str] | None = None, url: str | None = None, **what: Any
    ) -> Any:
        if route.body is not None and not {"json", "data"} & set(what):
            what |= bodies.as_json(route.operation["operationId"], route.body)
        return client.open(url or route.url(), method=route.method, headers=headers or {}, **what)

    return call


@pytest.fixture
def priced(aws: object, clock: SetClock) -> None:
    """The price of the asset that the tests hold is known, so that nobody waits for a worker."""
    assert aws is not None
    market = ToldMarket()
    prices.refresh_symbols(asset_type="crypto", symbols=["BTC"], market=market, now=clock.now())


@pytest.fixture
def paid_promptly(app: Flask) -> Iterator[None]:
    """Whoever takes payments answers, so that nobody is told of an outage."""
    with payments.prompt(app):
        yield


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker reads files, answers questions or does backtests here, and nobody waits for one."""
    monkeypatch.setattr("app.workspace.routes.files.WAIT_SECONDS", 0)
    monkeypatch.setattr("app.workspace.routes.messages.WAIT_SECONDS", 0)
    monkeypatch.setattr("app.portfolio.routes.runs.WAIT_SECONDS", 0)
    monkeypatch.setattr("app.portfolio.routes.imports.WAIT_SECONDS", 0)
