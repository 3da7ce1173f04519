"""A Lambda handler on boto3 alone, with hand-written routes and checks."""

import json
import os
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

dynamodb = boto3.client(
    "dynamodb", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]
)
read, write = TypeDeserializer(), TypeSerializer()


def handler(event: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Answer one request of an HTTP API."""
    path, method = event["rawPath"], event["requestContext"]["http"]["method"]
    if path == "/healthz":
        return answer(200, {"status": "ok"})
    if method == "GET":
        found = dynamodb.get_item(
            TableName="bench-items", Key={"id": {"S": path.rpartition("/")[2]}}
        )
        if "Item" not in found:
            return answer(404, {})
        return answer(200, {name: read.deserialize(value) for name, value in found["Item"].items()})
    item = json.loads(event["body"])
    if not isinstance(item.get("id"), str) or not isinstance(item.get("quantity"), int):
        return answer(422, {})
    dynamodb.put_item(
        TableName="bench-items", Item={name: write.serialize(value) for name, value in item.items()}
    )
    return answer(201, item)


def answer(status: int, body: Any) -> dict[str, Any]:
    """A status and JSON."""
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, default=int)}
