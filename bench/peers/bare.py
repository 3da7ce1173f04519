"""A Lambda handler on boto3 alone, with hand-written routes and checks."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import time
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

dynamodb = boto3.client(
    "dynamodb", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]
)
tables = json.loads(os.environ["BENCH_TABLES"])
secret = os.environ["JWT_SECRET"].encode()
read, write = TypeDeserializer(), TypeSerializer()


def handler(event: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Answer one request of an HTTP API."""
    path, method = event["rawPath"], event["requestContext"]["http"]["method"]
    if path == "/healthz":
        return answer(200, {"status": "ok"})
    name = path.rpartition("/")[2]
    if method == "GET" and path.startswith("/items/"):
        return get_item(name)
    claims = token_claims(event["headers"].get("authorization", ""))
    if claims is None:
        return answer(401, {})
    return get_asset(claims, name) if method == "GET" else add_item(event["body"])


def get_item(item_id: str) -> dict[str, Any]:
    """An item by its key, for anybody."""
    found = dynamodb.get_item(TableName="bench-items", Key={"id": {"S": item_id}})
    return answer(200, plain(found["Item"])) if "Item" in found else answer(404, {})


def add_item(body: str) -> dict[str, Any]:
    """A new item, of somebody with a token."""
    item = json.loads(body)
    if not isinstance(item.get("id"), str) or not isinstance(item.get("quantity"), int):
        return answer(422, {})
    dynamodb.put_item(
        TableName="bench-items", Item={name: write.serialize(value) for name, value in item.items()}
    )
    return answer(201, item)


def get_asset(claims: dict[str, Any], asset_id: str) -> dict[str, Any]:
    """What our GET /portfolio/assets/{asset_id} reads and tells, in as many round trips."""
    if not may_call(claims):
        return answer(401, {})
    key = {"PK": f"USER#{claims['sub']}", "SK": f"ASSET#{asset_id}"}
    found = dynamodb.get_item(
        TableName=tables["portfolio"],
        Key={name: {"S": text} for name, text in key.items()},
        ConsistentRead=True,
    )
    if "Item" not in found:
        return answer(404, {})
    asset = plain(found["Item"])
    named = f"{asset['asset_type']}#{asset['symbol']}"
    wanted = {tables["quotes"]: {"Keys": [{"key": {"S": named}}]}}
    quotes = dynamodb.batch_get_item(RequestItems=wanted)["Responses"][tables["quotes"]]
    price = plain(quotes[0])["price"] if quotes else None
    worth = None if price is None else asset["quantity"] * price
    return answer(200, {**asset, "current_price": price, "current_value": worth})


def may_call(claims: dict[str, Any]) -> bool:
    """Whether the account is active, and neither the token nor its sign-in was revoked; one round trip."""
    wanted = {
        tables["users"]: {"Keys": [{"user_id": {"S": claims["sub"]}}], "ConsistentRead": True},
        tables["revoked"]: {
            "Keys": [{"token_id": {"S": claims["jti"]}}, {"token_id": {"S": claims["sid"]}}],
            "ConsistentRead": True,
        },
    }
    found = dynamodb.batch_get_item(RequestItems=wanted)["Responses"]
    users = [plain(row) for row in found[tables["users"]]]
    return (
        not found[tables["revoked"]]
        and bool(users)
        and users[0]["status"] == "active"
        and users[0]["token_version"] == claims["token_version"]
    )


def token_claims(header: str) -> dict[str, Any] | None:
    """What a genuine token says; None for any other."""
    try:
        head, body, signature = header.removeprefix("Bearer ").split(".")
        expected = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(decoded(signature), expected):
            return None
        claims: dict[str, Any] = json.loads(decoded(body))
    except (ValueError, binascii.Error):
        return None
    return claims if claims["exp"] > time.time() else None


def decoded(part: str) -> bytes:
    """Base64url, without its padding."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row's attributes as Python values."""
    return {name: read.deserialize(value) for name, value in row.items()}


def answer(status: int, body: Any) -> dict[str, Any]:
    """A status and JSON."""
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, default=as_number)}


def as_number(value: Decimal) -> float:
    """A decimal as JSON of the standard library can write it."""
    return float(value)
