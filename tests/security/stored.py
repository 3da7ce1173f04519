"""What is stored? All of it, to see that a refused request changed nothing."""

from typing import Any

from app.core import dynamo

# They count tries and remember keys, and say nothing of anybody's things.
BOOKKEEPING = frozenset({"throttles", "idempotency"})


def everything() -> dict[str, list[Any]]:
    """Every item of every table, but for the bookkeeping of limits and repeated requests."""
    return {
        model.Meta.table_name: sorted(
            (item.to_dynamodb_dict() for item in model.scan(consistent_read=True)), key=str
        )
        for model in dynamo.tables()
        if model.Meta.name not in BOOKKEEPING
    }
