"""What is a good body for a route? Made from its JSON schema, with likely values for the names we know."""

from decimal import Decimal
from typing import Any

from tests.security.routes import document

# By field name, where the schema alone doesn't tell (a pattern, a rule that JSON Schema can't say).
VALUES: dict[str, Any] = {
    "base_currency": "USD",
    "code": "123456",
    "currency": "USD",
    "email": "somebody@example.com",
    "event_type": "page_view",
    "otp": "123456",
    "password": "Str0ngPass!word",
    "phone": "+15550100123",
    "purchase_date": "2024-01-15",
    "refresh_token": "not-a-token",
    "symbol": "BTC",
    "symbols": ["BTC", "ETH"],
    "token": "a-token",
    "type": "notification",
    "username": "somebody_new",
}
OF_FORMAT = {
    "date": "2024-01-15",
    "date-time": "2026-11-20T11:00:00+00:00",
    "email": VALUES["email"],
}
# By operation, where fields exclude each other: these are left out.
LEFT_OUT: dict[str, set[str]] = {
    "add_transaction": {"asset_id"},
    "login": {"username"},
    "push_trades": {"trades"},
    "track_events": {"events"},
}


class NoExampleError(Exception):
    """A field whose schema doesn't say what a good value is."""


def example(operation_id: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    """A body with every field that the schema names."""
    found: dict[str, Any] = _example("the body", schema or {})
    return {
        name: value
        for name, value in found.items()
        if name not in LEFT_OUT.get(operation_id, set())
    }


def as_json(operation_id: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    """A good body as the argument of a test client's call, where the route takes one."""
    return {} if schema is None else {"json": example(operation_id, schema)}


def properties(schema: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    """The fields of an object, each with its schema, references followed."""
    named = _resolved(schema or {}).get("properties", {})
    return {name: _resolved(found) for name, found in named.items()}


def objects(schema: dict[str, Any] | None, where: str = "body") -> list[tuple[str, dict[str, Any]]]:
    """Every object with named fields in a body, however deep, and where it stands."""
    schema = _resolved(schema or {})
    found: list[tuple[str, dict[str, Any]]] = []
    if "properties" in schema:
        found.append((where, schema))
        for name, part in schema["properties"].items():
            found += objects(part, f"{where}.{name}")
    if "items" in schema:
        found += objects(schema["items"], f"{where}[]")
    for way in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(way, []):
            found += objects(part, where)
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = document()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _example(name: str, schema: dict[str, Any]) -> Any:
    schema = _resolved(schema)
    if name in VALUES and VALUES[name] in schema.get("enum", [VALUES[name]]):
        return VALUES[name]
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return next(value for value in schema["enum"] if value is not None)
    for way in ("allOf", "anyOf", "oneOf"):
        if way in schema:
            return _example(name, schema[way][0])
    kinds = schema.get("type", "object")
    return _of_kind(kinds if isinstance(kinds, str) else kinds[0], name, schema)


def _of_kind(kind: str, name: str, schema: dict[str, Any]) -> Any:
    match kind:
        case "object":
            return {key: _example(key, part) for key, part in schema.get("properties", {}).items()}
        case "array":
            one = _example(name.removesuffix("s"), schema.get("items", {"type": "string"}))
            return [one] * max(1, schema.get("minItems", 1))
        case "boolean":
            return False
        case "integer" | "number":
            return max(1, schema.get("minimum", 1), Decimal(schema.get("exclusiveMinimum", 0)) + 1)
    return _text(name, schema)


def _text(name: str, schema: dict[str, Any]) -> str:
    if schema.get("format") in OF_FORMAT:
        return str(OF_FORMAT[schema["format"]])
    if "pattern" not in schema:
        return "x" * int(min(max(8, schema.get("minLength", 0)), schema.get("maxLength", 8)))
    message = f"what is a good {name}? Add it to VALUES in tests/security/bodies.py ({schema})"
    raise NoExampleError(message)
