"""Which DynamoDB calls does a request make? Recorded here, so that plain boto3 can make the very same."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from app.core.dynamo.connection import shared_connection

Call = tuple[str, dict[str, Any]]

METHODS = {
    "TransactGetItems": "transact_get_items",
    "BatchGetItem": "batch_get_item",
    "Query": "query",
    "GetItem": "get_item",
    "UpdateItem": "update_item",
    "PutItem": "put_item",
}


@contextlib.contextmanager
def recorded() -> Iterator[list[Call]]:
    """The calls that the block makes, in order, with their parameters."""
    calls: list[Call] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, copy.deepcopy(params)))

    events = shared_connection().client.meta.events
    events.register("provide-client-params.dynamodb", note)
    try:
        yield calls
    finally:
        events.unregister("provide-client-params.dynamodb", note)


def replay(client: Any, calls: list[Call]) -> None:
    """Make the same calls with a boto3 client, and do nothing with the answers."""
    for operation, params in calls:
        getattr(client, METHODS[operation])(**params)
