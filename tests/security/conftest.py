"""Who asks in the tests that are made from the routes' own declarations?"""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.security.routes import Route


@pytest.fixture
def caller_for(sign_up: Callable[..., Any], sign_in_as: Callable[..., Any]) -> Callable[..., Any]:
    """Somebody who may call a route, by its role."""

    def somebody(route: Route) -> Any:
        return sign_up() if route.access.role == "user" else sign_in_as(route.access.role)

    return somebody


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., Any]:
    """Call a route: as somebody, with a body, with values for what stands in its address."""

    def call(
        route: Route, *, headers: dict[str, str] | None = None, url: str | None = None, **what: Any
    ) -> Any:
        return client.open(
            url or route.url(),
            method=route.method,
            headers=headers or {},
            environ_base={"REMOTE_ADDR": "127.9.9.9"},
            **what,
        )

    return call
