"""How does a route become a documented operation, with every answer that it can give?

`Blueprint` adds to flask-smorest's what its routes declare anyway: who may call (`app.core.auth`), which
errors there are (`failures`), an operationId. `Api` builds the document when it is first asked for, because
building it costs the cold start and most processes never show it.
"""

from app.core import late_patterns  # noqa: F401 - it comes before what imports marshmallow

# isort: split
import threading
from collections.abc import Callable, Iterable
from copy import deepcopy
from http import HTTPStatus
from typing import Any, Never, TypeVar, cast

import flask_smorest
from flask import Flask, Request
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, missing
from webargs.flaskparser import FlaskParser

from app.core import auth, errors, json
from app.core.schemas import ErrorAtApiV1Out, ErrorOut, Money

View = TypeVar("View", bound=Callable[..., Any])

SECURITY_SCHEMES = {
    "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
BODY_FAILURES = (
    errors.BadRequest,
    json.MalformedJson,
    errors.TooLarge,
    errors.UnsupportedMediaType,
)
ANY_FAILURES = (errors.ServiceUnavailable, errors.AppError)


class ExactParser(FlaskParser):
    """Reads bodies through our own JSON and tells what was wrong in our own errors."""

    def load_json(self, req: Request, schema: MarshmallowSchema) -> Any:  # noqa: ARG002 - webargs' signature
        """The body, or `missing` where there is none."""
        if not req.get_data(cache=True):
            return missing
        if not req.is_json:
            raise errors.UnsupportedMediaType(details={"content_type": req.content_type or ""})
        return json.loads(req.get_data(cache=True))

    def handle_error(
        self,
        error: ValidationError,
        req: Request,  # noqa: ARG002
        schema: MarshmallowSchema,  # noqa: ARG002
        *,
        error_status_code: int | None,  # noqa: ARG002
        error_headers: Any,  # noqa: ARG002 - webargs' signature
    ) -> Never:
        """Name every field that is wrong."""
        found: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise errors.Unprocessable(details=_text_keys(found))


def _text_keys(found: Any) -> Any:
    if isinstance(found, dict):
        return {str(key): _text_keys(value) for key, value in found.items()}
    return found


class Blueprint(flask_smorest.Blueprint):
    """A domain's routes."""

    ARGUMENTS_PARSER = ExactParser()

    def failures(self, *kinds: type[errors.AppError]) -> Callable[[View], View]:
        """Declare the errors that a route can give, besides those of its guard and its arguments."""

        def decorate(view: View) -> View:
            view.__failures__ = (*getattr(view, "__failures__", ()), *kinds)  # type: ignore[attr-defined]
            return view

        return decorate

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        *args: Any,
        operation_id: str | None = None,
        **options: Any,
    ) -> None:
        """Register a view with the answers that it declares."""
        if view_func is None:
            message = f"{rule} has no view"
            raise TypeError(message)
        name = operation_id or view_func.__name__

        def operation(*view_args: Any, **view_kwargs: Any) -> Any:
            return view_func(*view_args, **view_kwargs)

        operation.__dict__.update(view_func.__dict__)
        operation.__doc__, operation.__name__, operation.__module__ = (
            view_func.__doc__,
            name,
            view_func.__module__,
        )
        operation._apidoc = self._documented(view_func, name, f"{self.url_prefix or ''}{rule}")  # type: ignore[attr-defined] # noqa: SLF001
        super().add_url_rule(rule, endpoint or name, operation, *args, **options)

    def _documented(self, view: Callable[..., Any], name: str, path: str) -> dict[str, Any]:
        doc = deepcopy(getattr(view, "_apidoc", {}))
        access: auth.Access | None = getattr(view, "__access__", None)
        arguments = doc.get("arguments", {})
        arguments.pop("responses", None)
        kinds = [
            *getattr(view, "__failures__", ()),
            *(access.failures if access else ()),
            *ANY_FAILURES,
        ]
        if arguments:
            kinds.append(errors.Unprocessable)
            if any(part["in"] in {"json", "files", "form"} for part in arguments["parameters"]):
                kinds += BODY_FAILURES
            for part in arguments["parameters"]:
                if part["in"] == "json":
                    part["required"] = not _may_be_left_out(part["schema"])
        responses = doc.setdefault("response", {}).setdefault("responses", {})
        for status, described in _error_responses(kinds, path).items():
            responses.setdefault(status, []).append(described)
        manual = doc.setdefault("manual_doc", {})
        manual["operationId"] = name
        manual["security"] = _security(access)
        return cast("dict[str, Any]", doc)


def _may_be_left_out(body: MarshmallowSchema | type[MarshmallowSchema]) -> bool:
    """No body is read as one without fields, so it may be left out where that is a good one."""
    schema = body() if isinstance(body, type) else body
    return not schema.validate({})


def _security(access: auth.Access | None) -> list[dict[str, list[str]]]:
    if access is None or access.public:
        return []
    return [{"accessToken": []}, {"apiKey": []}] if access.scope else [{"accessToken": []}]


def _error_responses(
    kinds: Iterable[type[errors.AppError]], path: str
) -> dict[int, dict[str, Any]]:
    schema = ErrorAtApiV1Out if errors.is_api_v1(path) else ErrorOut
    found: dict[int, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        code = kind.code if errors.is_api_v1(path) else kind.code.upper()
        found.setdefault(kind.status_at(path), []).append(f"`{code}`: {kind.message}")
    answers: dict[int, dict[str, Any]] = {}
    for status, sentences in sorted(found.items()):
        answers[status] = {
            "schema": schema(),
            "description": f"{HTTPStatus(status).phrase}. " + " ".join(sorted(sentences)),
            "content_type": None,
        }
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            answers[status]["headers"] = {
                "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}
            }
    return answers


class Api(flask_smorest.Api):
    """flask-smorest's Api, whose document is built when it is first read."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask | None = None, **kwargs: Any) -> None:
        self._waiting: list[flask_smorest.Blueprint] = []
        self._building = threading.Lock()  # two requests may ask for the document first
        super().__init__(app, **kwargs)

    def init_app(self, app: Flask, **kwargs: Any) -> None:
        """Start the document of `app`."""
        self._waiting = []
        super().init_app(app, **kwargs)
        self.ma_plugin.converter.add_attribute_function(_money_type)
        app.cli.commands.pop("openapi", None)  # it would print the document before it is built
        for name, scheme in SECURITY_SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)

    def register_blueprint(self, blp: flask_smorest.Blueprint, **options: Any) -> None:
        """Register the routes now and their documentation later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._waiting.append(blp)

    def document(self) -> dict[str, Any]:
        """The whole OpenAPI document."""
        with self._building, self._app.app_context():
            for blp in self._waiting:
                blp.register_views_in_doc(
                    self, self._app, self.spec, name=blp.name, parameters=None
                )
                self.spec.tag({"name": blp.name, "description": blp.description})
            self._waiting = []
            found: dict[str, Any] = self.spec.to_dict()
        return found

    def _register_doc_blueprint(self) -> None:
        """Leave the pages to app.site, which serves them without a request to another server."""

    def _register_error_handlers(self) -> None:
        """Leave errors to the factory, which renders them for each door."""

    def _register_responses(self) -> None:
        """Leave out the default responses: every error is declared where it can happen."""

    def _register_pagination_header(self) -> None:
        """Leave out X-Pagination: lists are paged by cursor."""

    def _register_etag_headers(self) -> None:
        """Leave out ETags."""


def _money_type(self: Any, field: Any, **_: Any) -> dict[str, Any]:  # noqa: ARG001 - apispec's signature
    if not isinstance(field, Money):
        return {}
    incoming = (
        not field.dump_only
        and isinstance(field.parent, MarshmallowSchema)
        and not type(field.parent).__name__.endswith("Out")
    )
    found = field.json_schema(incoming=incoming)
    if field.allow_none:
        return {"anyOf": [*found.get("anyOf", [found]), {"type": "null"}]}
    return found
