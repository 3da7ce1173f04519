"""FastAPI behind Mangum, with boto3: what a team would most likely write instead."""

import os
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from fastapi import FastAPI, HTTPException
from mangum import Mangum
from pydantic import BaseModel, Field

dynamodb = boto3.client(
    "dynamodb", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]
)
read, write = TypeDeserializer(), TypeSerializer()
app = FastAPI()


class Item(BaseModel):
    """An item."""

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    quantity: int = Field(ge=0)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@app.get("/items/{item_id}")
def get_item(item_id: str) -> Item:
    """One item."""
    found = dynamodb.get_item(TableName="bench-items", Key={"id": {"S": item_id}})
    if "Item" not in found:
        raise HTTPException(404)
    return Item(**{name: read.deserialize(value) for name, value in found["Item"].items()})


@app.post("/items", status_code=201)
def add_item(item: Item) -> Item:
    """A new item."""
    fields: dict[str, Any] = item.model_dump()
    dynamodb.put_item(
        TableName="bench-items",
        Item={name: write.serialize(value) for name, value in fields.items()},
    )
    return item


handler = Mangum(app, lifespan="off")
