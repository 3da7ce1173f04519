"""What happens around every request: its id, its log line, its cost, its headers, its errors.

Routes know nothing of this; the factory hooks it onto the app once.
"""

import logging
import re
import time
from typing import Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, UnicodeConverter

from app.config import Settings
from app.core import dynamo, errors, idempotency, ids
from app.core import logging as logs

log = logging.getLogger("investforge.http")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
PREFLIGHT_SECONDS = 600
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-API-Key, X-Request-ID"
CORS_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
CORS_EXPOSED = "X-Request-ID, Retry-After, X-Next-Cursor, Idempotency-Replayed"
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
LONGEST_ADDRESS_PART = 128


class AddressPart(UnicodeConverter):
    """A part of an address, as long as our longest id: what is longer names nothing, and DynamoDB takes no such key."""

    def __init__(
        self,
        map: Map,  # noqa: A002 - Werkzeug's name
        minlength: int = 1,
        maxlength: int = LONGEST_ADDRESS_PART,
        length: int | None = None,
    ) -> None:
        super().__init__(map, minlength, maxlength, length)


def hook(app: Flask, settings: Settings) -> None:
    """Put everything that surrounds a request onto the app."""
    app.url_map.converters.update(default=AddressPart, string=AddressPart)
    app.before_request(_begin)
    # Flask calls these last first: the answer is kept, gets its headers, and then its cost is known.
    app.after_request(lambda response: _finished(response, settings))
    app.after_request(lambda response: _with_headers(response, settings))
    app.after_request(idempotency.keep_answer)
    app.teardown_request(_end)
    app.register_error_handler(errors.AppError, _told)
    app.register_error_handler(HTTPException, _translated)
    app.register_error_handler(Exception, _unexpected)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else ids.new_id()
    g.request_id_token = logs.request_id.set(g.request_id)
    g.started = time.perf_counter()
    g.counting = dynamo.counting()
    g.cost = g.counting.__enter__()


def _end(_error: BaseException | None) -> None:
    counting, token = g.pop("counting", None), g.pop("request_id_token", None)
    if counting is not None:
        counting.__exit__(None, None, None)
    if token is not None:
        logs.request_id.reset(token)


def _with_headers(response: Response, settings: Settings) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id") or ids.new_id()
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", API_POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    _allow_origin(response, settings)
    return response


def _allow_origin(response: Response, settings: Settings) -> None:
    """Answer a browser's cross-origin question: listed origins only, each by name."""
    any_origin = "*" in settings.cors_allowed_origins
    if not any_origin or settings.cors_allow_credentials:
        response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is None or not (any_origin or origin in settings.cors_allowed_origins):
        return
    named = not any_origin or settings.cors_allow_credentials
    response.headers["Access-Control-Allow-Origin"] = origin if named else "*"
    response.headers["Access-Control-Expose-Headers"] = CORS_EXPOSED
    if settings.cors_allow_credentials:
        response.headers["Access-Control-Allow-Credentials"] = "true"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = CORS_METHODS
        response.headers["Access-Control-Allow-Headers"] = CORS_HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)


def _finished(response: Response, settings: Settings) -> Response:
    if "started" not in g:
        return response
    latency = (time.perf_counter() - g.started) * 1000
    cost: dynamo.Cost = g.cost
    if settings.is_local:
        spent = f'dynamodb;desc="{cost.requests} requests, {cost.units:g} units"'
        response.headers["Server-Timing"] = f"total;dur={latency:.1f}, {spent}"
    log.info(
        "request.finished",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "latency_ms": round(latency, 1),
            "dynamodb_requests": cost.requests,
            "dynamodb_units": cost.units,
        },
    )
    return response


def _told(error: errors.AppError) -> Response:
    response = _rendered(
        status=error.status_at(request.path),
        code=error.code,
        message=error.text,
        details=error.details,
    )
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _translated(error: HTTPException) -> Response:
    """Werkzeug's own errors: unknown URLs, wrong methods, bodies that are too large."""
    if error.response is not None or error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is no error
        return error.get_response()  # type: ignore[return-value]
    kind = errors.BY_STATUS.get(error.code)
    if kind is None:
        return _rendered(
            status=error.code,
            code=re.sub(r"[^a-z0-9]+", "_", error.name.lower()),
            message=f"{error.name}.",
            details={},
        )
    response = _rendered(status=error.code, code=kind.code, message=kind.message, details={})
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    """A system that is down is told as 503, a mistake of ours as 500; both are logged, neither is shown."""
    if dynamo.is_outage(error):
        log.warning("dynamodb.unavailable", extra={"reason": type(error).__name__})
        return _told(errors.ServiceUnavailable(retry_after_seconds=2))
    log.error("request.failed", exc_info=error)
    return _told(errors.AppError())


def _rendered(*, status: int, code: str, message: str, details: dict[str, Any]) -> Response:
    response = jsonify(
        errors.rendered(code=code, message=message, details=details, path=request.path)
    )
    response.status_code = status
    return response
