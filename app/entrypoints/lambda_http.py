"""How does Lambda reach the app? `handler` answers what API Gateway or a function URL sends.

Everything slow happens as this module is imported, which Lambda does before the first request and with a whole
processor: the settings are read, the app is put together, DynamoDB's client is made. Zappa deploys this handler in
place of its own, which would import boto3 and trust X-Forwarded-For (docs/adr/0009).
"""

import os
from collections.abc import Mapping
from typing import Any

from app.config import Settings
from app.entrypoints import http_events, parameters
from app.factory import create_app

parameters.load()
app = create_app(Settings.from_env(os.environ))


class UnknownEvent(Exception):
    """The function was called for something that it doesn't do; returning would acknowledge it."""


def handler(event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Answer one request.

    Raises:
        UnknownEvent: it is no HTTP request. Queues and the tick belong to the worker's function.
    """
    if not http_events.is_http(event):
        raise UnknownEvent(f"an event with {sorted(event)} is no HTTP request")
    return http_events.answered(app, event)
