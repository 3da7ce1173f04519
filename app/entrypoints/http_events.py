"""How does an HTTP request look to Lambda, and its answer?

API Gateway's REST APIs write format 1.0, its HTTP APIs and function URLs 2.0; both are turned into WSGI and back.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

The caller's address is the one that the gateway saw. X-Forwarded-For begins with whatever a caller wrote into it.
"""

import base64
import io
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlencode
from wsgiref.types import WSGIApplication

Event = Mapping[str, Any]
Headers = list[tuple[str, str]]

VERSION_2: Final = "2.0"
TEXT: Final = ("text/", "application/json", "application/javascript", "application/xml")


def is_http(event: Event) -> bool:
    """Whether the event is a request of one of the formats read here."""
    match event:
        case {"version": "2.0", "requestContext": {"http": {"method": str()}}, "rawPath": str()}:
            return True
        case {"httpMethod": str(), "path": str(), "requestContext": {"identity": {}}}:
            return True
    return False


def answered(application: WSGIApplication, event: Event) -> dict[str, Any]:
    """Let the application answer the request, in the format that it came in."""
    second = event.get("version") == VERSION_2
    environ = _environ_2(event) if second else _environ_1(event)
    status, headers, body = _run(application, environ)
    answer = _headers_2(headers) if second else _headers_1(headers)
    return {"statusCode": status, **answer, **_body(headers, body)}


def _environ_1(event: Event) -> dict[str, Any]:
    context = event["requestContext"]
    path, whole = event["path"], context.get("path") or event["path"]
    several = event.get("multiValueQueryStringParameters")
    query = several if several is not None else event.get("queryStringParameters") or {}
    given = event.get("multiValueHeaders")
    headers = given if given is not None else event.get("headers") or {}
    return _environ(
        event,
        method=event["httpMethod"],
        prefix=whole.removesuffix(path) if whole.endswith(path) else "",
        path=path,
        query=urlencode(query, doseq=True),
        address=context["identity"].get("sourceIp"),
        headers=[
            (name, value)
            for name, values in headers.items()
            for value in ([values] if isinstance(values, str) else values)
        ],
    )


def _environ_2(event: Event) -> dict[str, Any]:
    http, stage = event["requestContext"]["http"], event["requestContext"].get("stage")
    path, prefix = event["rawPath"], f"/{stage}"
    # Under a domain of one's own the stage is no part of the path.
    inside = path == prefix or path.startswith(f"{prefix}/")
    return _environ(
        event,
        method=http["method"],
        prefix=prefix if inside else "",
        path=(path.removeprefix(prefix) or "/") if inside else path,
        query=event.get("rawQueryString") or "",
        address=http.get("sourceIp"),
        headers=[
            *(event.get("headers") or {}).items(),
            *(("cookie", cookie) for cookie in event.get("cookies") or ()),
        ],
    )


def _environ(
    event: Event,
    *,
    method: str,
    prefix: str,
    path: str,
    query: str,
    address: str | None,
    headers: Headers,
) -> dict[str, Any]:
    body = _request_body(event)
    return {
        **_header_variables(headers),
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": _wsgi_text(prefix),
        "PATH_INFO": _wsgi_text(path),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": address or "",
        "SERVER_NAME": event["requestContext"].get("domainName") or "lambda",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _header_variables(headers: Headers) -> dict[str, str]:
    """The headers under their CGI names. One with an underscore would pass for another, and is left out."""
    found: dict[str, str] = {}
    for name, value in headers:
        upper = name.upper()
        if "_" in upper or upper == "CONTENT-LENGTH":
            continue
        key = "CONTENT_TYPE" if upper == "CONTENT-TYPE" else f"HTTP_{upper.replace('-', '_')}"
        glue = "; " if upper == "COOKIE" else ","
        found[key] = f"{found[key]}{glue}{value}" if key in found else value
    return found


def _request_body(event: Event) -> bytes:
    body: str = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _wsgi_text(path: str) -> str:
    """Percent-encoded or plain text as WSGI wants it: the bytes of its UTF-8, each a character."""
    return unquote_to_bytes(path).decode("latin-1")


def _run(application: WSGIApplication, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
    begun: list[tuple[str, Headers]] = []
    written = io.BytesIO()

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> Any:
        if exc_info is not None:
            raise exc_info[1]
        begun.append((status, headers))
        return written.write

    parts: Iterable[bytes] = application(environ, start_response)
    try:
        for part in parts:
            written.write(part)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = begun[-1]
    return int(status[:3]), headers, written.getvalue()


def _headers_1(headers: Headers) -> dict[str, Any]:
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    return {"multiValueHeaders": several}


def _headers_2(headers: Headers) -> dict[str, Any]:
    single: dict[str, str] = {}
    cookies = []
    for name, value in headers:
        lower = name.lower()
        if lower == "set-cookie":
            cookies.append(value)
        else:
            single[lower] = f"{single[lower]}, {value}" if lower in single else value
    return {"headers": single, "cookies": cookies}


def _body(headers: Headers, body: bytes) -> dict[str, Any]:
    given = {name.lower(): value for name, value in headers}
    kind = given.get("content-type", "text/plain").partition(";")[0].strip().lower()
    as_text = "content-encoding" not in given and (kind.startswith(TEXT) or kind.endswith("+json"))
    if as_text:
        return {"body": body.decode(), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
