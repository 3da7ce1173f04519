"""How is the local AWS emptied in a few milliseconds between two tests, with its tables left standing?

A script for the environment `.venv-aws`: ministack, whose `POST /_ministack/reset` drops DynamoDB's items
but keeps its tables, because making two dozen tables again would be most of a test's time.
`POST /_ministack/reset?init=1` drops the tables too.
"""

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.services import dynamodb

forget_tables = dynamodb.reset


class NothingExpires(type(dynamodb._ttl_settings)):  # type: ignore[misc]
    """Rows expire by the clock that a test sets, not by this machine's, which ministack reads each minute."""

    def all_items(self) -> tuple[()]:
        """None that the reaper would look at."""
        return ()


dynamodb._ttl_settings = NothingExpires()


def empty_tables() -> None:
    """Drop every item, and what was remembered of transactions."""
    for table in dynamodb._tables.all_values():
        table["items"].clear()
        table["ItemCount"] = 0
    dynamodb._txn_idempotency.clear()


class Emptying:
    """The ASGI application, which learns from the URL how much to forget."""

    def __init__(self, served: Any) -> None:
        self._served = served

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Choose what a reset of DynamoDB means for this request."""
        if scope["type"] == "http" and scope["path"] == "/_ministack/reset":
            dynamodb.reset = forget_tables if scope["query_string"] else empty_tables
        await self._served(scope, receive, send)


async def run(port: int) -> None:
    """Serve on the loopback interface until the process is told to end."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "ERROR"
    await serve(Emptying(ministack.app), config)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent.parent / "app" / "local"))
    importlib.import_module("aws_bedrock").answer_as_bedrock_does()
    importlib.import_module("aws_ses").keep_pictures()
    asyncio.run(run(int(sys.argv[1])))
