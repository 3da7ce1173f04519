"""The only home of PynamoDB's plumbing: models build on what is named here."""

from app.core.dynamo.connection import (
    DecimalAttribute,
    JsonAttribute,
    Meta,
    Model,
    connect,
    create_tables,
    is_connected_with,
    is_outage,
    missing_tables,
    table_name,
    tables,
)
from app.core.dynamo.cost import Cost, counting
from app.core.dynamo.reading import (
    InvalidCursor,
    Page,
    distinct,
    every,
    find,
    get_many,
    get_together,
    page,
)
from app.core.dynamo.writing import Busy, ConditionFailed, Write, check, commit, delete, put, update

__all__ = [
    "Busy",
    "ConditionFailed",
    "Cost",
    "DecimalAttribute",
    "InvalidCursor",
    "JsonAttribute",
    "Meta",
    "Model",
    "Page",
    "Write",
    "check",
    "commit",
    "connect",
    "counting",
    "create_tables",
    "delete",
    "distinct",
    "every",
    "find",
    "get_many",
    "get_together",
    "is_connected_with",
    "is_outage",
    "missing_tables",
    "page",
    "put",
    "table_name",
    "tables",
    "update",
]
