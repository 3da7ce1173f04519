"""Which routes are there, and what did each declare? Read from the app itself, so new routes are tested too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from app import extensions, factory
from app.config import Settings
from app.core import auth, json
from app.providers.registry import Providers

PARAMETER = re.compile(r"<(?:[^<>]*:)?(\w+)>")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What stands in a URL but names nothing that belongs to anybody, and a value that the URL accepts.
WORDS = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "name": "prices.refresh_quotes",
    "feature": "analyses",
}
NOBODYS_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, eq=False)
class Route:
    """One method of one address.

    Attributes:
        template: the address as the OpenAPI document has it: /portfolio/assets/{asset_id}.
        access: what the route declares about its callers.
        operation: its part of the OpenAPI document.
    """

    method: str
    template: str
    access: auth.Access
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def parameters(self) -> list[str]:
        """The names in the address, in order."""
        return re.findall(r"{(\w+)}", self.template)

    @property
    def ids(self) -> list[str]:
        """Those of them that name a thing."""
        return [name for name in self.parameters if name not in WORDS]

    @property
    def body(self) -> dict[str, Any] | None:
        """The JSON schema of the body, or None where the route takes no JSON."""
        content = self.operation.get("requestBody", {}).get("content", {})
        return cast("dict[str, Any] | None", content.get("application/json", {}).get("schema"))

    def url(self, **values: str) -> str:
        """The address with these values; words as they must be, and ids that nothing has."""
        return re.sub(
            r"{(\w+)}",
            lambda found: values.get(found[1]) or WORDS.get(found[1], NOBODYS_ID),
            self.template,
        )


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, as a client reads it."""
    return _read()[1]


@cache
def every_route() -> tuple[Route, ...]:
    """Every documented route, in order."""
    return _read()[0]


def protected() -> list[Route]:
    """The routes that only those who signed in may call."""
    return [route for route in every_route() if not route.access.public]


def with_json_body() -> list[Route]:
    """The routes that take JSON."""
    return [route for route in every_route() if route.body is not None]


@cache
def _read() -> tuple[tuple[Route, ...], dict[str, Any]]:
    settings = Settings.from_env({"ENV": "local"})
    # Not create_app, which would lead the running test's models to another DynamoDB.
    app = factory.whole(settings, Providers(settings))
    described = json.loads(json.dumps(extensions.api.document()))
    return tuple(_declared(app, described)), described


def _declared(app: Any, described: dict[str, Any]) -> Iterator[Route]:
    declared = {
        (method, PARAMETER.sub(r"{\1}", rule.rule)): app.view_functions[rule.endpoint].__access__
        for rule in app.url_map.iter_rules()
        for method in rule.methods
    }
    for template, item in sorted(described["paths"].items()):
        for method in METHODS:
            if method.lower() in item:
                yield Route(
                    method=method,
                    template=template,
                    access=declared[method, template],
                    operation=item[method.lower()],
                )
