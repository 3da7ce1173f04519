"""Is a field refused that a route doesn't name, above all one that would give the caller more rights?"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.security import bodies, routes, stored
from tests.security.routes import Route

WISHES = {
    "role": "admin",
    "plan": "pro",
    "status": "active",
    "user_id": routes.NOBODYS_ID,
    "email_verified": True,
    "token_version": 0,
    "unexpected": {"nested": [1]},
}


def told(answer: Any) -> dict[str, Any]:
    """The fields that an answer complains of."""
    body = answer.json.get("error", answer.json)
    found: dict[str, Any] = body["details"]["json"]
    return found


@pytest.mark.parametrize("route", routes.with_json_body(), ids=str)
class TestWrite:
    def test_refuses_fields_that_it_does_not_name(
        self, route: Route, caller_for: Callable[..., Any], ask: Callable[..., Any]
    ):
        assert route.body is not None
        headers = {} if route.access.public else caller_for(route).headers
        good = bodies.example(route.operation["operationId"], route.body)
        unknown = {
            name: value
            for name, value in WISHES.items()
            if name not in bodies.properties(route.body)
        }
        before = stored.everything()
        for name, value in unknown.items():
            answer = ask(route, headers=headers, json={**good, name: value})

            assert answer.status_code == 422, (name, answer.json)
            assert told(answer) == {name: ["Unknown field."]}
        assert stored.everything() == before

    def test_names_all_its_fields_in_the_document(self, route: Route):
        assert route.body is not None
        open_ones = [
            where
            for where, part in bodies.objects(route.body)
            if part.get("additionalProperties") is not False
        ]

        assert not open_ones, "Derive these from app.core.schemas.Schema, which refuses the rest."


class TestRoutes:
    def test_were_found(self):
        assert len(routes.with_json_body()) > 10
