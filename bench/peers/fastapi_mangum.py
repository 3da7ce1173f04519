"""FastAPI behind Mangum, with boto3: what a team would most likely write instead."""

import json
import os
from decimal import Decimal
from typing import Annotated, Any

import boto3
import jwt
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from fastapi import Depends, FastAPI, Header, HTTPException
from mangum import Mangum
from pydantic import BaseModel, Field

dynamodb = boto3.client(
    "dynamodb", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]
)
tables = json.loads(os.environ["BENCH_TABLES"])
read, write = TypeDeserializer(), TypeSerializer()
app = FastAPI()


class Item(BaseModel):
    """An item."""

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    quantity: int = Field(ge=0)


class Asset(BaseModel):
    """An asset and what it is worth."""

    asset_id: str
    asset_type: str
    symbol: str
    currency: str
    quantity: Decimal
    purchase_price: Decimal
    purchase_date: str
    created_at: str
    updated_at: str
    current_price: Decimal | None
    current_value: Decimal | None


def claims_of(authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
    """What the caller's token says."""
    try:
        claims: dict[str, Any] = jwt.decode(
            authorization.removeprefix("Bearer "),
            os.environ["JWT_SECRET"],
            algorithms=["HS256"],
            audience="investforge-api",
            issuer="investforge",
        )
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return claims


Claims = Annotated[dict[str, Any], Depends(claims_of)]


def active(claims: Claims) -> dict[str, Any]:
    """The claims of somebody whose account is active and whose token and sign-in were not revoked."""
    wanted = {
        tables["users"]: {"Keys": [{"user_id": {"S": claims["sub"]}}], "ConsistentRead": True},
        tables["revoked"]: {
            "Keys": [{"token_id": {"S": claims["jti"]}}, {"token_id": {"S": claims["sid"]}}],
            "ConsistentRead": True,
        },
    }
    found = dynamodb.batch_get_item(RequestItems=wanted)["Responses"]
    users = [plain(row) for row in found[tables["users"]]]
    if found[tables["revoked"]] or not users or users[0]["status"] != "active":
        raise HTTPException(401)
    if users[0]["token_version"] != claims["token_version"]:
        raise HTTPException(401)
    return claims


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@app.get("/items/{item_id}")
def get_item(item_id: str) -> Item:
    """An item by its key, for anybody."""
    found = dynamodb.get_item(TableName="bench-items", Key={"id": {"S": item_id}})
    if "Item" not in found:
        raise HTTPException(404)
    return Item(**plain(found["Item"]))


@app.post("/items", status_code=201)
def add_item(item: Item, claims: Claims) -> Item:  # noqa: ARG001 - a token is asked for
    """A new item, of somebody with a token."""
    fields: dict[str, Any] = item.model_dump()
    dynamodb.put_item(
        TableName="bench-items",
        Item={name: write.serialize(value) for name, value in fields.items()},
    )
    return item


@app.get("/portfolio/assets/{asset_id}")
def get_asset(asset_id: str, claims: Annotated[dict[str, Any], Depends(active)]) -> Asset:
    """What our route of this path reads and tells, in as many round trips."""
    key = {"PK": f"USER#{claims['sub']}", "SK": f"ASSET#{asset_id}"}
    found = dynamodb.get_item(
        TableName=tables["portfolio"],
        Key={name: {"S": text} for name, text in key.items()},
        ConsistentRead=True,
    )
    if "Item" not in found:
        raise HTTPException(404)
    asset = plain(found["Item"])
    named = f"{asset['asset_type']}#{asset['symbol']}"
    wanted = {tables["quotes"]: {"Keys": [{"key": {"S": named}}]}}
    quotes = dynamodb.batch_get_item(RequestItems=wanted)["Responses"][tables["quotes"]]
    price = plain(quotes[0])["price"] if quotes else None
    worth = None if price is None else asset["quantity"] * price
    return Asset(**asset, current_price=price, current_value=worth)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row's attributes as Python values."""
    return {name: read.deserialize(value) for name, value in row.items()}


handler = Mangum(app, lifespan="off")
