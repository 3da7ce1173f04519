"""How does Lambda reach the app? `handler` answers what API Gateway or a function URL sends.

What every request needs happens as this module is imported, which Lambda does before the first request and with a
whole processor: the settings are read, DynamoDB's client is made. A domain is loaded when it is first asked for
(docs/adr/0012). Zappa deploys this handler in place of its own, which would import boto3 and trust X-Forwarded-For
(docs/adr/0009).
"""

import gc
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.config import Settings
from app.entrypoints import http_events, parameters

if TYPE_CHECKING:
    from app.entrypoints.first_touch import FirstTouch


def started() -> "FirstTouch":
    """The API, with what every request needs imported.

    Python looks for garbage whenever many objects are made, and imports make many and leave none: that would be a
    tenth of the start. What is there afterwards stays, so later collections leave it out.
    """
    gc.disable()
    from app.entrypoints.first_touch import FirstTouch

    parameters.load()
    made = FirstTouch(Settings.from_env(os.environ))
    gc.freeze()
    gc.enable()
    return made


app = started()


class UnknownEvent(Exception):
    """The function was called for something that it doesn't do; returning would acknowledge it."""


def handler(event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Answer one request, or what API Gateway tells of a WebSocket.

    Raises:
        UnknownEvent: it is neither. Queues and the tick belong to the worker's function.
    """
    if http_events.is_http(event):
        return http_events.answered(app, event)
    if "connectionId" in event.get("requestContext", {}):
        from app.entrypoints import lambda_websocket

        if lambda_websocket.is_websocket(event):
            feeds = app.app_for(lambda_websocket.A_PATH_OF_FEEDS)
            return lambda_websocket.answered(feeds, event)
    raise UnknownEvent(
        f"an event with {sorted(event)} is neither an HTTP request nor a WebSocket's"
    )
