"""How does Stripe's API read a request and shape an answer? Forms, errors, lists and expansion."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from app.local.standins.stripe import shapes
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.shapes import Object

DEFAULT_LIMIT, HIGHEST_LIMIT = 10, 100
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
DEEPEST_EXPANSION = 4
ALWAYS_KNOWN = frozenset({"expand"})
LIST_PARAMS = frozenset({"limit", "starting_after", "ending_before", "created"})
COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
}


class RefusedError(Exception):
    """A request that Stripe refuses: the status and what stands in the answer's `error`."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        given = {"code": code, "decline_code": decline_code, "param": param}
        self.error: Object = {
            **{name: value for name, value in given.items() if value is not None},
            "message": message,
            "type": kind,
        }


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: its parameters as nested dicts and lists of texts, and the ids in its path."""

    params: Object
    ids: tuple[str, ...] = ()
    url: str = ""
    base_url: str = ""
    known: frozenset[str] = field(default=frozenset())

    @property
    def id(self) -> str:
        """The id that the path names."""
        return self.ids[0]


def decoded(text: str) -> Object:
    """`a[b][0][c]=1` as {"a": {"b": [{"c": "1"}]}}; values stay texts."""
    tree: Object = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        at: Any = tree
        path = [first, *rest]
        for part in path[:-1]:
            at = at.setdefault(part or str(len(at)), {})
            if not isinstance(at, dict):
                raise RefusedError(f"Invalid object: {name}", param=first)
        at[path[-1] or str(len(at))] = value
    return {name: _listed(value, name) for name, value in tree.items()}


def _listed(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name == "metadata":
        return value
    inner = {key: _listed(part, key) for key, part in value.items()}
    return list(inner.values()) if all(key.isdigit() for key in inner) else inner


def refuse_unknown(params: Mapping[str, Any], known: Iterable[str]) -> None:
    """Stripe names a parameter that it doesn't have; so do we, and those that we don't imitate."""
    unknown = sorted(params.keys() - set(known) - ALWAYS_KNOWN)
    if unknown:
        raise RefusedError(
            f"Received unknown parameter: {unknown[0]} (or this stand-in does not imitate it)",
            code="parameter_unknown",
            param=unknown[0],
        )


def required(params: Mapping[str, Any], name: str, *, within: str = "") -> Any:
    """A parameter that must be there and not be empty."""
    value = params.get(name)
    if value in (None, "", [], {}):
        shown = f"{within}[{name}]" if within else name
        message = f"Missing required param: {shown}."
        raise RefusedError(message, code="parameter_missing", param=shown)
    return value


def whole(params: Mapping[str, Any], name: str) -> int | None:
    """A whole number, or None where there is none."""
    value = params.get(name)
    if value in (None, ""):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        message = f"Invalid integer: {value}"
        raise RefusedError(message, code="parameter_invalid_integer", param=name) from None


def truth(params: Mapping[str, Any], name: str) -> bool | None:
    """A truth, or None where there is none."""
    value = params.get(name)
    if value in (None, ""):
        return None
    if value not in ("true", "false"):
        raise RefusedError(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def one_of(
    params: Mapping[str, Any], name: str, allowed: Iterable[str], default: str | None = None
) -> str | None:
    """One of a few words."""
    value: str | None = params.get(name, default)
    if value is not None and value not in allowed:
        raise RefusedError(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
    return value


def merged_metadata(params: Mapping[str, Any], old: Mapping[str, str]) -> dict[str, str]:
    """Keys are added and replaced; an empty value takes its key away, an empty `metadata` all."""
    given = params.get("metadata", {})
    if given == "":
        return {}
    if not isinstance(given, dict):
        raise RefusedError("Invalid object", param="metadata")
    for key, value in given.items():
        too_long = len(key) > METADATA_KEY_LENGTH or len(str(value)) > METADATA_VALUE_LENGTH
        if too_long or not isinstance(value, str):
            raise RefusedError(
                f"Metadata keys have up to {METADATA_KEY_LENGTH} characters and values are texts of up "
                f"to {METADATA_VALUE_LENGTH}.",
                param=f"metadata[{key}]",
            )
    found = {key: value for key, value in {**old, **given}.items() if value != ""}
    if len(found) > METADATA_KEYS:
        raise RefusedError(f"Metadata has up to {METADATA_KEYS} keys.", param="metadata")
    return found


def existing(account: Account, kind: str, object_id: Any, *, param: str = "id") -> Object:
    """The object with this id, or Stripe's 404."""
    found = account.find(kind, str(object_id))
    if found is None:
        name = kind.replace("test_helpers.test_clock", "test clock").replace(".", " ")
        message = f"No such {name}: '{object_id}'"
        status = 404 if param == "id" else 400
        raise RefusedError(message, status=status, code="resource_missing", param=param)
    return found


def page(call: Call, rows: list[Object]) -> Object:
    """One page of rows that come newest first."""
    limit = whole(call.params, "limit")
    limit = DEFAULT_LIMIT if limit is None else limit
    if not 1 <= limit <= HIGHEST_LIMIT:
        raise RefusedError(f"Invalid limit: it is 1 to {HIGHEST_LIMIT}", param="limit")
    rows = [row for row in rows if _created_within(call.params.get("created"), row)]
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    if after is not None:
        rows = rows[_place(rows, after, "starting_after") + 1 :]
    if before is not None:
        rows = rows[: _place(rows, before, "ending_before")]
        return shapes.list_of(rows[-limit:], url=call.url, has_more=len(rows) > limit)
    return shapes.list_of(rows[:limit], url=call.url, has_more=len(rows) > limit)


def _place(rows: list[Object], object_id: str, param: str) -> int:
    place = next((place for place, row in enumerate(rows) if row["id"] == object_id), None)
    if place is None:
        message = f"No such object: '{object_id}'"
        raise RefusedError(message, code="resource_missing", param=param)
    return place


def _created_within(wanted: Any, row: Object) -> bool:
    if wanted is None:
        return True
    bounds = wanted if isinstance(wanted, dict) else {"gte": wanted, "lte": wanted}
    for name in bounds:
        if name not in COMPARISONS:
            raise RefusedError(f"Invalid created: {name}", param="created")
    return all(COMPARISONS[name](row["created"], whole(bounds, name) or 0) for name in bounds)


def expanded(account: Account, answer: Object, wanted: Any) -> Object:
    """The answer with the objects themselves where `expand` asks for them instead of ids."""
    made = copy.deepcopy(answer)
    for path in [wanted] if isinstance(wanted, str) else wanted or []:
        parts = str(path).split(".")
        depth = len(parts) - (parts[0] == "data")
        if depth > DEEPEST_EXPANSION:
            raise RefusedError("You cannot expand more than 4 levels of a property", param="expand")
        _expand(account, made, parts, str(path))
    return made


def _expand(account: Account, at: Any, parts: list[str], path: str) -> None:
    if isinstance(at, list):
        for row in at:
            _expand(account, row, parts, path)
        return
    if not parts or at is None:
        return
    name, *rest = parts
    if isinstance(at, dict) and name in _includable(at):
        at[name] = copy.deepcopy(_included(account, at, name))
    if not isinstance(at, dict) or name not in at:
        message = f"This property cannot be expanded ({path})."
        raise RefusedError(message, param="expand[0]")
    if isinstance(at[name], str):
        at[name] = _expanded_id(account, at[name], path)
    _expand(account, at[name], rest, path)


def _expanded_id(account: Account, object_id: str, path: str) -> Object:
    for kind in account.objects.values():
        if object_id in kind:
            return copy.deepcopy(kind[object_id])
    raise RefusedError(f"This property cannot be expanded ({path}).", param="expand[0]")


def _includable(at: Object) -> tuple[str, ...]:
    return {"customer": ("subscriptions",), "checkout.session": ("line_items",)}.get(
        str(at.get("object")), ()
    )


def _included(account: Account, at: Object, name: str) -> Object:
    """What an object holds only when one asks for it."""
    if name == "line_items":
        url = f"/v1/checkout/sessions/{at['id']}/line_items"
        return shapes.list_of(account.secret_of(at["id"])["line_items"], url=url)
    rows = account.all("subscription", customer=at["id"])
    alive = [row for row in rows if row["status"] != "canceled"]
    return shapes.list_of(alive, url=f"/v1/customers/{at['id']}/subscriptions")
