"""How does Lambda answer the WebSocket API? It lets connections in, forgets those that ended, and reads nothing.

API Gateway gives one URL a stage: `wss://{api}.execute-api.{region}.amazonaws.com/{stage}?channel=equity&token=...`.
It sends $connect, $disconnect and $default to the API's function: app/entrypoints/lambda_http.py calls `answered` for
what `is_websocket` knows. Zappa's `websocket_handler_module` names this module, so that it builds the WebSocket API;
its own dispatcher is in no zip (docs/adr/0009). Messages go out from tasks (tasks/feeds.py), through
WEBSOCKET_ENDPOINT_URL.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask

from app.core import errors
from app.extensions import providers
from app.feeds import handlers

log = logging.getLogger(__name__)

Event = Mapping[str, Any]

A_PATH_OF_FEEDS: Final = "/api/v1/feeds"
"""Whose app answers, where each domain has one of its own."""
OK: Final = {"statusCode": 200}
POSITION_REFUSED: Final = frozenset({410, 422})


def is_websocket(event: Event) -> bool:
    """Whether API Gateway tells of a WebSocket."""
    match event:
        case {
            "requestContext": {
                "eventType": "CONNECT" | "DISCONNECT" | "MESSAGE",
                "connectionId": str(),
            }
        }:
            return True
    return False


def answered(application: Flask, event: Event) -> dict[str, Any]:
    """Let a connection in or refuse it, or note that it ended. What clients say is not listened to."""
    context = event["requestContext"]
    with application.app_context():
        match context["eventType"]:
            case "CONNECT":
                return _connect(event, connection_id=context["connectionId"])
            case "DISCONNECT":
                handlers.disconnect(connection_id=context["connectionId"])
    return OK


def _connect(event: Event, *, connection_id: str) -> dict[str, Any]:
    """200 opens the connection; a refusal is 401, and 410 or 422 where `after` is what can't be."""
    query = event.get("queryStringParameters") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    request = handlers.Request.of(channel=query.get("channel", ""), query=query, headers=headers)
    try:
        handlers.connect(connection_id=connection_id, request=request)
        providers.job_queue.send_enqueued()
    except errors.AppError as error:
        providers.job_queue.discard_enqueued()
        if error.status >= 500:  # noqa: PLR2004
            raise
        log.info("feeds.refused", extra={"channel": request.channel, "reason": error.code})
        status = error.status if error.status in POSITION_REFUSED else 401
        return {"statusCode": status, "body": error.text}
    return OK
