"""What is stored? All of it, to see that a refused request changed nothing."""

import time
from typing import Any

from app.core import dynamo

# They count tries and remember keys, and say nothing of anybody's things.
BOOKKEEPING = frozenset({"throttles", "idempotency"})


def everything() -> dict[str, list[Any]]:
    """Every item of every table that has any, but for the bookkeeping of limits and repeated requests.

    Items whose time is up by the wall clock are left out: DynamoDB may drop them at any moment.
    """
    found = {
        model.Meta.table_name: sorted(
            (item.to_dynamodb_dict() for item in model.scan(consistent_read=True)), key=str
        )
        for model in dynamo.tables()
        if model.Meta.name not in BOOKKEEPING
    }
    return {
        table: kept
        for table, items in found.items()
        if (kept := [item for item in items if not _is_over(item)])
    }


def _is_over(item: dict[str, Any]) -> bool:
    return "expires_at" in item and float(item["expires_at"].get("N", "inf")) < time.time()
