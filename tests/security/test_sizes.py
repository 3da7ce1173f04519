"""Is whatever is too large refused, and never a mistake of ours?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core import json as core_json
from app.factory import LARGEST_BODY_BYTES
from tests.security import bodies, routes
from tests.security.conftest import Ask, CallerFor
from tests.security.routes import Route

JSON = {"content_type": "application/json"}
LONG = 50_000
MANY = 2_000
TOO_LARGE = [b'{"a": "' + b"x" * LARGEST_BODY_BYTES + b'"}', b" " * (LARGEST_BODY_BYTES + 1)]
# A CSV file comes in the body of this one: as much as a gateway lets through.
TAKES_FILES = "/projects/{project_id}/files"
TOO_DEEP = [
    f"{opening * depth}1{closing * depth}"
    for opening, closing in (("[", "]"), ('{"a":', "}"), ("[", ""))
    for depth in (core_json.DEEPEST + 1, 100_000)
]
ENDLESS = ["1" * 5_000, "1e999999999", "-1e-999999999", "NaN", "Infinity"]
NO_JSON = ["{", '{"a":1,}', '{"a":"\\ud800"}', b'{"a":"\xff"}', "{}{}"]
NO_OBJECT = ["[]", '"x"', "1", "null", "true"]
LONG_TEXTS = ["x" * LONG, "\N{SNOWMAN}" * LONG, " " * LONG]
ODD_PARTS = [
    *("x" * 129, "x" * 1_025, "x" * 3_000, "\N{SNOWMAN}" * 128, "\N{SNOWMAN}" * 400),
    *("..%2F..%2Fetc", "%00", "%ff", "a%0d%0ab", " ", "'\"<>"),
]
ODD_VALUES = [
    *("", "x" * 3_000, "\N{SNOWMAN}" * 700, "\0", "-1", "0", "1e9", "9" * 20, "9" * 5_000, "a&b"),
]


Send = Callable[..., Any]


@pytest.fixture
def send(ask: Ask, caller_for: CallerFor) -> Send:
    """Ask, as somebody who may; whatever comes, it is declared and no mistake of ours."""

    def sent(route: Route, **what: Any) -> Any:
        headers = {} if route.access.public else caller_for(route).headers
        answer = ask(route, headers=headers, **what)
        assert answer.status_code < 500, (str(route), answer.json)
        assert str(answer.status_code) in route.operation["responses"], (str(route), answer.json)
        declared = route.operation["responses"][str(answer.status_code)].get("content", {})
        assert answer.is_json or answer.mimetype in declared
        return answer

    return sent


def fields() -> Iterator[tuple[Route, str, dict[str, Any]]]:
    """Every field of every body, with the rest of a good body."""
    for route in routes.with_json_body():
        for name in bodies.properties(route.body):
            yield route, name, bodies.example(route.operation["operationId"], route.body)


class TestEveryBody:
    def refused(self, send: Send, data: list[Any], *statuses: int) -> None:
        accepted = [
            (str(route), str(body)[:60], answer.status_code)
            for route in routes.with_json_body()
            for body in data
            if (answer := send(route, data=body, **JSON)).status_code not in statuses
        ]
        assert not accepted

    def test_is_refused_over_a_megabyte(self, send: Send):
        accepted = [
            (str(route), answer.status_code)
            for route in routes.with_json_body()
            for body in TOO_LARGE
            if (
                answer := send(
                    route, data=body * 5 if route.template == TAKES_FILES else body, **JSON
                )
            ).status_code
            != 413
        ]
        assert not accepted

    def test_is_refused_when_nested_too_deep(self, send: Send):
        self.refused(send, [*TOO_DEEP, *(f'{{"a":{deep}}}' for deep in TOO_DEEP)], 400)

    def test_is_refused_with_endless_numbers(self, send: Send):
        self.refused(send, [f'{{"a":{number}}}' for number in ENDLESS], 400)

    def test_is_refused_when_it_is_no_json(self, send: Send):
        self.refused(send, NO_JSON, 400)

    def test_is_refused_when_it_is_no_object(self, send: Send):
        self.refused(send, NO_OBJECT, 422)

    def test_is_refused_with_long_texts(self, send: Send):
        accepted = [
            (str(route), name, answer.status_code)
            for route, name, good in fields()
            for text in LONG_TEXTS
            if (answer := send(route, json={**good, name: text})).status_code < 400
        ]
        assert not accepted, "Give the field a largest length."

    def test_is_refused_with_many_items(self, send: Send):
        accepted = [
            (str(route), name, answer.status_code)
            for route, name, good in fields()
            for many in (
                [good.get(name, "x")] * MANY,
                (good[name] if isinstance(good.get(name), list) else ["x"]) * MANY,
                {f"key{number}": 1 for number in range(MANY)},
            )
            if (answer := send(route, json={**good, name: many})).status_code < 400
        ]
        assert not accepted, "Give the field a largest number of items."


class TestEveryAddress:
    def test_may_hold_anything(self, send: Send):
        for route in routes.every_route():
            for name in route.parameters:
                for odd in ODD_PARTS:
                    send(route, url=route.url(**{name: odd}))

    def test_may_ask_for_anything(self, send: Send):
        for route in routes.every_route():
            for parameter in route.operation.get("parameters", []):
                if parameter["in"] == "query":
                    for odd in ODD_VALUES:
                        send(route, query_string={parameter["name"]: odd})
