"""Which objects do routes and tasks reach that exist once an app: API document, JWT, settings, providers?"""

from typing import cast

from flask import current_app, has_app_context
from flask_jwt_extended import JWTManager
from werkzeug.local import LocalProxy

from app.config import Settings
from app.core.openapi import Api
from app.providers.registry import Providers

EXTENSION = "investforge-providers"

api = Api()
jwt = JWTManager()

_of_process: Providers | None = None


def use(chosen: Providers) -> None:
    """Choose the providers of this process, for code that runs outside a Flask app: tasks and handlers."""
    global _of_process  # noqa: PLW0603 - a worker process has one set of providers
    _of_process = chosen


def _chosen() -> Providers:
    if has_app_context():
        return cast("Providers", current_app.extensions[EXTENSION])
    if _of_process is None:
        message = "call extensions.use(Providers(settings)) when the process starts"
        raise RuntimeError(message)
    return _of_process


providers: Providers = cast("Providers", LocalProxy(_chosen))
settings: Settings = cast("Settings", LocalProxy(lambda: _chosen().settings))
