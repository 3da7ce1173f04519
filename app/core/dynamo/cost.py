"""What does a request cost in DynamoDB?

botocore tells of every call that PynamoDB makes; round trips and capacity units are added up per context,
so that each endpoint's cost is measured and not guessed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Cost:
    """What was asked of DynamoDB: round trips, and capacity units as DynamoDB reported them."""

    requests: int = 0
    units: float = 0.0
    operations: list[str] = field(default_factory=list)


_cost: ContextVar[Cost | None] = ContextVar("dynamo_cost", default=None)


def count_call(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:  # noqa: ARG001 - botocore's signature
    """Add one call of botocore's to the cost of the context at hand."""
    cost = _cost.get()
    if cost is None:
        return
    cost.requests += 1
    cost.operations.append(model.name)
    consumed = parsed.get("ConsumedCapacity") or []
    for part in consumed if isinstance(consumed, list) else [consumed]:
        cost.units += part.get("CapacityUnits", 0)


@contextmanager
def counting() -> Iterator[Cost]:
    """Count what the block asks of DynamoDB."""
    cost = Cost()
    token = _cost.set(cost)
    try:
        yield cost
    finally:
        _cost.reset(token)
