"""Is whatever is too large refused, and never a mistake of ours?"""

from collections.abc import Callable
from typing import Any

import pytest

from app.core import json as core_json
from app.factory import LARGEST_BODY_BYTES
from tests.security import bodies, routes
from tests.security.routes import Route

JSON = {"content_type": "application/json"}
LONG = 200_000
MANY = 20_000
# Nothing may take them, but some things may be absent for another reason: an unknown id, an email not found.
REFUSED = {400, 401, 403, 404, 409, 413, 414, 422, 429}
ODD_IDS = [
    "x" * 1_025,
    "x" * 3_000,
    "\N{SNOWMAN}" * 400,
    "..%2F..%2Fetc",
    "%00",
    "%ff",
    "a%0d%0ab",
    " ",
    "'\"<>",
    "-1",
]
ODD_VALUES = ["", "x" * 3_000, "\N{SNOWMAN}" * 700, "\0", "-1", "1e9", "99999999999999999999", "a&b"]


@pytest.mark.parametrize("route", routes.with_json_body(), ids=str)
class TestBody:
    @pytest.fixture
    def send(
        self, route: Route, ask: Callable[..., Any], caller_for: Callable[..., Any]
    ) -> Callable[..., Any]:
        headers = {} if route.access.public else caller_for(route).headers

        def sent(**what: Any) -> Any:
            answer = ask(route, headers=headers, **what)
            assert answer.status_code < 500, answer.json
            assert str(answer.status_code) in route.operation["responses"], answer.json
            return answer

        return sent

    def test_is_refused_over_a_megabyte(self, route: Route, send: Callable[..., Any]):
        for body in (b'{"a": "' + b"x" * LARGEST_BODY_BYTES + b'"}', b" " * (LARGEST_BODY_BYTES + 1)):
            assert send(data=body, **JSON).status_code == 413

    def test_is_refused_when_nested_too_deep(self, route: Route, send: Callable[..., Any]):
        name = next(iter(bodies.properties(route.body or {})))
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            for depth in (core_json.DEEPEST + 1, 1_000, 100_000):
                nested = f"{opening * depth}1{closing * depth}"
                assert send(data=f'{{"{name}":{nested}}}', **JSON).status_code == 400
                assert send(data=opening * depth, **JSON).status_code == 400

    def test_is_refused_with_endless_numbers(self, route: Route, send: Callable[..., Any]):
        name = next(iter(bodies.properties(route.body or {})))
        for number in ("1" * 5_000, "1e999999999", "-1e-999999999", "NaN", "Infinity"):
            assert send(data=f'{{"{name}":{number}}}', **JSON).status_code == 400

    def test_is_refused_with_long_texts(self, route: Route, send: Callable[..., Any]):
        assert route.body is not None
        good = bodies.example(route.operation["operationId"], route.body)
        for name, schema in bodies.properties(route.body).items():
            for value in ("x" * LONG, "\N{SNOWMAN}" * LONG, "1" * LONG, " " * LONG):
                answer = send(json={**good, name: value})
                assert answer.status_code in REFUSED, (name, schema, answer.status_code)

    def test_is_refused_with_many_items(self, route: Route, send: Callable[..., Any]):
        assert route.body is not None
        good = bodies.example(route.operation["operationId"], route.body)
        for name in bodies.properties(route.body):
            one = good.get(name, "x")
            many = (one if isinstance(one, list) else [one]) * MANY
            for value in (many, {f"key{number}": 1 for number in range(MANY)}):
                answer = send(json={**good, name: value})
                assert answer.status_code in REFUSED, (name, answer.status_code)

    def test_is_refused_in_other_shapes(self, route: Route, send: Callable[..., Any]):
        for body in ("[]", '"x"', "1", "null", "true"):
            assert send(data=body, **JSON).status_code == 422
        for body in ("{", '{"a":1,}', '{"a":"\\ud800"}', b'{"a":"\xff"}', b"\xef\xbb\xbf{}", "{}{}"):
            assert send(data=body, **JSON).status_code == 400


@pytest.mark.parametrize("route", [r for r in routes.every_route() if r.parameters], ids=str)
class TestAddress:
    def test_may_hold_anything(
        self, route: Route, ask: Callable[..., Any], caller_for: Callable[..., Any]
    ):
        headers = {} if route.access.public else caller_for(route).headers
        body = (
            {"json": bodies.example(route.operation["operationId"], route.body)}
            if route.body
            else {}
        )
        for name in route.parameters:
            for odd in ODD_IDS:
                answer = ask(route, headers=headers, url=route.url(**{name: odd}), **body)

                assert answer.status_code in {400, 404, 422}, (name, odd, answer.json)
                assert answer.is_json


@pytest.mark.parametrize(
    "route",
    [r for r in routes.every_route() if any(p["in"] == "query" for p in r.operation.get("parameters", []))],
    ids=str,
)
class TestQuery:
    def test_may_hold_anything(
        self, route: Route, ask: Callable[..., Any], caller_for: Callable[..., Any]
    ):
        headers = {} if route.access.public else caller_for(route).headers
        for parameter in route.operation["parameters"]:
            for odd in ODD_VALUES:
                answer = ask(route, headers=headers, query_string={parameter["name"]: odd})

                assert str(answer.status_code) in route.operation["responses"], answer.json
                assert answer.status_code < 500, (parameter["name"], odd)
