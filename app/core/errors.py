"""What can go wrong, with which status and code, and how is it told at each door?

One class of error, one registry of codes. `/api/v1/*` renders `{"error": {"code", "message", "details"}}`;
every other path renders `{"success": false, "message", "error_code", "details"}` with the code in upper case.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

API_V1 = "/api/v1"

_registry: dict[str, type["AppError"]] = {}


class AppError(Exception):
    """An error that a client is told of. Subclasses set the class attributes; a code belongs to one class.

    Attributes:
        status: the HTTP status.
        code: snake_case, the same at every door but for its case.
        message: a sentence that says what was wrong and what to do.
        api_v1_status: another status at /api/v1, where its document asks for one.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    message: ClassVar[str] = (
        "Something went wrong on our side. Try again; if it lasts, report the request id."
    )
    api_v1_status: ClassVar[int | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register the code, and refuse one that another class has."""
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            holder = _registry.setdefault(cls.code, cls)
            if (holder.__module__, holder.__qualname__) != (cls.__module__, cls.__qualname__):
                message = f"error code {cls.code!r} belongs to {holder.__qualname__} already; choose another"
                raise TypeError(message)

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.text = message or self.message
        self.details = dict(details or {})
        self.retry_after_seconds = retry_after_seconds

    @classmethod
    def status_at(cls, path: str) -> int:
        """The HTTP status at the door that `path` belongs to."""
        if cls.api_v1_status is not None and is_api_v1(path):
            return cls.api_v1_status
        return cls.status


class BadRequest(AppError):
    """The request has no meaning (400)."""

    status = 400
    code = "bad_request"
    message = "The request could not be understood. Check its syntax."


class Unauthorized(AppError):
    """Nobody is signed in (401)."""

    status = 401
    code = "unauthorized"
    message = "Sign in first: send 'Authorization: Bearer <access token>'."


class Forbidden(AppError):
    """Not allowed to this caller (403)."""

    status = 403
    code = "forbidden"
    message = "Your account may not do this."


class NotFound(AppError):
    """There is no such thing (404)."""

    status = 404
    code = "not_found"
    message = "There is nothing at this address."


class MethodNotAllowed(AppError):
    """The address knows other methods (405)."""

    status = 405
    code = "method_not_allowed"
    message = "This address does not answer that method; the Allow header lists those it does."


class Conflict(AppError):
    """The state is another than the change needs (409)."""

    status = 409
    code = "conflict"
    message = "The change does not fit what is there now. Read it again and retry."


class TooLarge(AppError):
    """Larger than is accepted (413)."""

    status = 413
    code = "payload_too_large"
    message = "The request is larger than is accepted."


class UnsupportedMediaType(AppError):
    """Not JSON (415)."""

    status = 415
    code = "unsupported_media_type"
    message = "Send JSON, with the header 'Content-Type: application/json'."


class Unprocessable(AppError):
    """Understood, but some values are wrong (422)."""

    status = 422
    code = "validation_error"
    message = "Some fields are not as they should be; details names each."


class TooManyRequests(AppError):
    """A limit is used up (429)."""

    status = 429
    code = "too_many_requests"
    message = "Too many requests. Wait as long as Retry-After says."


class UsageLimitExceeded(Forbidden):
    """The caller's plan includes no more of something in this period (403); nothing was counted."""

    code = "usage_limit_exceeded"
    message = (
        "Your plan includes no more of this until resets_at, and nothing was counted; details names limit, use and "
        "the plans that include more."
    )


class CallLimitExceeded(UsageLimitExceeded):
    """The caller's plan includes no more calls with an API key today (429)."""

    status = 429
    message = (
        "Your plan includes no more calls with an API key today; details names limit, use and the plans that include "
        "more. Wait as long as Retry-After says."
    )


class ServiceUnavailable(AppError):
    """Something that this needs is down (503)."""

    status = 503
    code = "service_unavailable"
    message = "A system that this needs is not answering. Try again shortly."


BY_STATUS: dict[int, type[AppError]] = {
    kind.status: kind
    for kind in (
        AppError,
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Conflict,
        TooLarge,
        UnsupportedMediaType,
        Unprocessable,
        TooManyRequests,
        ServiceUnavailable,
    )
}


def is_api_v1(path: str) -> bool:
    """Whether a path belongs to the /api/v1 door."""
    return path == API_V1 or path.startswith(API_V1 + "/")


def rendered(*, code: str, message: str, details: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The body of an error as the door of `path` shows it."""
    if is_api_v1(path):
        return {"error": {"code": code, "message": message, "details": dict(details)}}
    return {
        "success": False,
        "message": message,
        "error_code": code.upper(),
        "details": dict(details),
    }


def codes() -> list[str]:
    """Every code that a client can meet, in order."""
    return sorted(_registry)
