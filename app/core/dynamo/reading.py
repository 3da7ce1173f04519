"""How is state read? One item, several at once, or a partition page by page; nothing is scanned."""

import base64
import binascii
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import simplejson
from pynamodb.exceptions import QueryError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import Index
from pynamodb.models import Model as PynamoModel
from pynamodb.pagination import ResultIterator

from app.core import errors
from app.core.dynamo.connection import Model, shared_connection, table_name
from app.core.dynamo.writing import CONFLICT_ATTEMPTS, Busy, pause_after

Item = TypeVar("Item", bound=PynamoModel)
LONGEST_CURSOR = 2_048
MOST_EXAMINED = 1_000
"""Rows that one page of a filtered list looks at."""


class InvalidCursor(errors.Unprocessable):
    """A cursor that this list never gave out."""

    code = "invalid_cursor"
    message = "cursor is not one that this list gave; pass next_cursor as it came, or leave it out."


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and where the next ones start (None at the end)."""

    items: list[Item]
    next_cursor: str | None


def page(
    source: type[Item] | Index[Item],
    hash_key: str,
    *,
    limit: int,
    cursor: str | None,
    range_key_condition: Condition | None = None,
    filter_condition: Condition | None = None,
    newest_first: bool = False,
    consistent_read: bool = False,
) -> Page[Item]:
    """One page of a partition.

    Args:
        source: a model, or an index of it.
        hash_key: the partition; a cursor of another partition is refused.
        limit: items at most; with a filter, fewer may come with a cursor, as a page looks at 1,000 rows at most.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidCursor: the cursor was made up or belongs to another list.
    """
    found = source.query(
        hash_key,
        range_key_condition=range_key_condition,
        filter_condition=filter_condition,
        scan_index_forward=not newest_first,
        limit=limit,
        page_size=limit if filter_condition is None else MOST_EXAMINED,
        consistent_read=consistent_read,
        last_evaluated_key=_decoded(cursor, hash_key) if cursor else None,
    )
    try:
        items, last = _first_of(found, source, limit)
    except QueryError as error:
        if (
            cursor and error.cause_response_code == "ValidationException"
        ):  # it fits no key of this list
            raise InvalidCursor from None
        raise
    return Page(items=items, next_cursor=_encoded(last, hash_key) if last else None)


def _first_of(
    found: ResultIterator[Item], source: type[Item] | Index[Item], limit: int
) -> tuple[list[Item], dict[str, Any] | None]:
    """What one request finds, and the key that it stopped at; a filter that matches little ends there, too."""
    rows = next(found.page_iter)["Items"]
    model = source if isinstance(source, type) else source._model  # noqa: SLF001 - an index does not tell otherwise
    items = [model.from_raw_data(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return items, found.page_iter.last_evaluated_key
    return items, {name: rows[limit - 1][name] for name in found.page_iter.key_names}


def every(
    source: type[Item] | Index[Item],
    hash_key: str,
    *,
    range_key_condition: Condition | None = None,
    filter_condition: Condition | None = None,
    newest_first: bool = False,
    consistent_read: bool = False,
) -> Iterator[Item]:
    """All of a partition, in as many requests as its size needs (1 MB each)."""
    return iter(
        source.query(
            hash_key,
            range_key_condition=range_key_condition,
            filter_condition=filter_condition,
            scan_index_forward=not newest_first,
            consistent_read=consistent_read,
        )
    )


def every_kind(
    source: type[Model],
    hash_key: str,
    *,
    range_key_condition: Condition,
    kind_of: Callable[[str], type[Model]],
) -> Iterator[Model]:
    """A part of a partition in which rows of several kinds stand, each as its own; read consistently.

    Args:
        kind_of: the model of a row, by its range key.
    """
    found = source.query(hash_key, range_key_condition=range_key_condition, consistent_read=True)
    range_key = source._range_key_attribute()  # type: ignore[no-untyped-call]  # noqa: SLF001 - PynamoDB does not tell otherwise
    for some in found.page_iter:
        for row in some["Items"]:
            yield kind_of(row[range_key.attr_name]["S"]).from_raw_data(row)


def get_many(model: type[Item], keys: Iterable[Any]) -> list[Item]:
    """The items with these keys that exist, 100 a request, in no particular order."""
    return list(model.batch_get(list(keys)))


def find(
    model: type[Item], hash_key: Any, range_key: Any = None, *, consistent_read: bool = False
) -> Item | None:
    """The item with this key, or None."""
    try:
        return model.get(hash_key, range_key, consistent_read=consistent_read)
    except model.DoesNotExist:
        return None


def get_together(*keys: tuple[type[Model], Any, Any]) -> list[Any]:
    """Items of several tables as they stand now, in one round trip; None where there is none.

    Each is read consistently: what was committed before is seen. They are not one moment's: a transaction that
    commits meanwhile may be seen in some. docs/adr/0003 tells why that is enough to know who asks.

    Args:
        keys: (model, hash key, range key or None) each; at most 100 in all.

    Raises:
        Busy: DynamoDB left some unread all the while.
    """
    wanted = [
        (table_name(model), model.get_operation_kwargs_from_class(hash_key, range_key)["Key"])
        for model, hash_key, range_key in keys
    ]
    rows = _rows_of(wanted)
    found = []
    for (model, _, _), (table, key) in zip(keys, wanted, strict=True):
        row = next((row for row in rows.get(table, ()) if key.items() <= row.items()), None)
        found.append(None if row is None else model.from_raw_data(row))
    return found


def _rows_of(wanted: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The rows with these keys, by table; what DynamoDB left unread is asked for again."""
    left: dict[str, Any] = {}
    for table, key in wanted:
        keys = left.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"]
        if key not in keys:  # DynamoDB refuses a repeated key
            keys.append(key)
    rows: dict[str, list[dict[str, Any]]] = {}
    for attempt in range(CONFLICT_ATTEMPTS):
        answer = shared_connection().dispatch("BatchGetItem", {"RequestItems": left})
        for table, some in answer.get("Responses", {}).items():
            rows.setdefault(table, []).extend(some)
        left = answer.get("UnprocessedKeys") or {}
        if not left:
            return rows
        pause_after(attempt)
    raise Busy


def distinct(keys: Collection[Any]) -> list[Any]:
    """The keys without repetition, in the order they came (BatchGetItem refuses a repeated key)."""
    return list(dict.fromkeys(keys))


def _encoded(last_evaluated_key: dict[str, Any], hash_key: str) -> str:
    text = simplejson.dumps([hash_key, last_evaluated_key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str, hash_key: str) -> dict[str, Any]:
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise InvalidCursor
        padded = cursor + "=" * (-len(cursor) % 4)
        owner, key = simplejson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise InvalidCursor from None
    well_formed = isinstance(key, dict) and all(
        isinstance(part, dict)
        and len(part) == 1
        and set(part) <= {"S", "N"}
        and isinstance(next(iter(part.values())), str)
        for part in key.values()
    )
    if (
        owner != hash_key
        or not well_formed
        or hash_key not in [next(iter(part.values())) for part in key.values()]
    ):
        raise InvalidCursor
    return dict(key)
