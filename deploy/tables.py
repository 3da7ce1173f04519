"""What do the tables look like on AWS? Read from the models, so that the two can't differ."""

import re
from collections.abc import Sequence
from typing import Any

from app import factory
from app.core import dynamo

__all__ = ["logical_id", "table_resources"]

KEEPING = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def models() -> list[type[dynamo.Model]]:
    """Every table's model."""
    factory.load_every_domain()
    return dynamo.tables()


def logical_id(name: str) -> str:
    """A table's name as CloudFormation's templates write one: `users` is UsersTable."""
    return "".join(part.capitalize() for part in re.split(r"[^a-z0-9]", name)) + "Table"


def table_resources() -> dict[str, dict[str, Any]]:
    """A resource for each table."""
    return {logical_id(model.Meta.name): _resource(model) for model in models()}


def _resource(model: type[dynamo.Model]) -> dict[str, Any]:
    schema = model._get_schema()  # noqa: SLF001 - what PynamoDB itself makes tables from
    properties: dict[str, Any] = {
        "TableName": {"Fn::Sub": f"${{TablePrefix}}${{Stage}}-{model.Meta.name}"},
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": _attributes(schema["attribute_definitions"]),
        "KeySchema": _keys(schema["key_schema"]),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "DeletionProtectionEnabled": {"Fn::If": ["IsProd", True, False]},
    }
    for kind, key in (
        ("global_secondary_indexes", "GlobalSecondaryIndexes"),
        ("local_secondary_indexes", "LocalSecondaryIndexes"),
    ):
        if schema[kind]:  # type: ignore[literal-required]
            properties[key] = [_index(index) for index in schema[kind]]  # type: ignore[literal-required]
    expires = model._ttl_attribute()  # type: ignore[no-untyped-call]  # noqa: SLF001
    if expires is not None:
        properties["TimeToLiveSpecification"] = {
            "AttributeName": expires.attr_name,
            "Enabled": True,
        }
    return {"Type": "AWS::DynamoDB::Table", **KEEPING, "Properties": properties}


def _attributes(found: Sequence[Any]) -> list[dict[str, str]]:
    types = {row["AttributeName"]: row["AttributeType"] for row in found}
    return [{"AttributeName": name, "AttributeType": types[name]} for name in sorted(types)]


def _keys(found: Sequence[Any]) -> list[dict[str, str]]:
    # The hash key comes first, which DynamoDB insists on.
    return sorted(
        ({"AttributeName": row["AttributeName"], "KeyType": row["KeyType"]} for row in found),
        key=lambda row: row["KeyType"] != "HASH",
    )


def _index(found: Any) -> dict[str, Any]:
    projection = {"ProjectionType": found["projection"]["ProjectionType"]}
    if found["projection"].get("NonKeyAttributes"):
        projection["NonKeyAttributes"] = sorted(found["projection"]["NonKeyAttributes"])
    return {
        "IndexName": found["index_name"],
        "KeySchema": _keys(found["key_schema"]),
        "Projection": projection,
    }
