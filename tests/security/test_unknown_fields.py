"""Is a field refused that a route doesn't name, above all one that would give the caller more rights?"""

from typing import Any

import pytest

from tests.security import bodies, routes, stored
from tests.security.conftest import Ask, CallerFor
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


def told(answer: Any) -> Any:
    """The fields that an answer complains of."""
    body = answer.json.get("error", answer.json)
    return body.get("details", {}).get("json")


class TestEveryWrite:
    @pytest.mark.parametrize("field", WISHES)
    def test_refuses_a_field_that_it_does_not_name(
        self, field: str, caller_for: CallerFor, ask: Ask
    ):
        headers = {
            route: {} if route.access.public else caller_for(route).headers
            for route in routes.with_json_body()
            if field not in bodies.properties(route.body)
        }
        before = stored.everything()

        accepted = {
            str(route): (answer.status_code, answer.json)
            for route, own in headers.items()
            if (answer := _with(ask, route, own, field)).status_code != 422
            or told(answer) != {field: ["Unknown field."]}
        }

        assert len(headers) > 10
        assert not accepted, "Derive the body from app.core.schemas.Schema, which refuses the rest."
        assert stored.everything() == before

    def test_names_all_its_fields_in_the_document(self):
        open_ones = [
            f"{route}: {where}"
            for route in routes.with_json_body()
            for where, part in bodies.objects(route.body)
            if part.get("additionalProperties") is not False
        ]

        assert not open_ones, "Derive these from app.core.schemas.Schema, which refuses the rest."


def _with(ask: Ask, route: Route, headers: dict[str, str], field: str) -> Any:
    good = bodies.example(route.operation["operationId"], route.body)
    return ask(route, headers=headers, json={**good, field: WISHES[field]})
