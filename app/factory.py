"""How is the app put together? Settings and providers in, a Flask app out; nothing happens at import."""

import logging
from http import HTTPStatus

from flask import Flask, Response, current_app
from werkzeug.middleware.proxy_fix import ProxyFix

from app import VERSION
from app.accounts import routes as accounts
from app.accounts import service as accounts_service
from app.config import Settings
from app.core import auth, clock, dynamo, http, tokens
from app.core import logging as logs
from app.core.auth import Principal
from app.core.json import ExactJson
from app.devices import routes as devices
from app.emails import routes as emails
from app.extensions import EXTENSION, api, jwt
from app.jobs import routes as jobs
from app.notifications import routes as notifications
from app.portfolio import routes as portfolio
from app.prices import routes as prices
from app.providers.job_queue.interface import GiveUp, TryAgain
from app.providers.registry import Providers
from app.site import routes as site
from app.trading import routes as trading

log = logging.getLogger("investforge.app")

LARGEST_BODY_BYTES = 1024 * 1024

BLUEPRINTS = (
    site.blp,
    *accounts.BLUEPRINTS,
    jobs.blp,
    prices.blp,
    portfolio.blp,
    trading.blp,
    devices.blp,
    emails.blp,
    notifications.blp,
)

DESCRIPTION = """\
The backend of an investing app.

Amounts are exact: JSON numbers with every digit, or strings of digits. Times are ISO 8601 in UTC. Every answer
carries `X-Request-ID`. Unknown fields are refused. Creating POSTs accept `Idempotency-Key`.
"""


def create_app(settings: Settings, providers: Providers | None = None) -> Flask:
    """Put the app together.

    Args:
        settings: parsed and checked.
        providers: the outside systems; those that the settings choose where it is None.
    """
    logs.configure(level=settings.log_level)
    dynamo.connect(settings)
    app = Flask("investforge", static_folder=None)
    app.json = ExactJson(app)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
        API_TITLE="InvestForge",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}}
        },
    )
    app.extensions[EXTENSION] = providers or Providers(settings)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies)  # type: ignore[method-assign]
    tokens.configure(app, jwt, settings)
    auth.install(app, _Authenticators(settings))
    http.hook(app, settings)
    _register_routes(app)
    app.after_request(_send_enqueued_jobs)
    return app


def _register_routes(app: Flask) -> None:
    api.init_app(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(site.pages)
    app.register_blueprint(emails.pages)


def _send_enqueued_jobs(response: Response) -> Response:
    """Send what the request enqueued once it succeeded; forget it where it failed."""
    chosen: Providers = current_app.extensions[EXTENSION]
    if not chosen.uses_job_queue:
        return response
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        chosen.job_queue.discard_enqueued()
        return response
    try:
        chosen.job_queue.send_enqueued()
    except (TryAgain, GiveUp):
        # The change is committed: the answer must say so. What must not be lost has an outbox row besides.
        chosen.job_queue.discard_enqueued()
        log.exception("jobs.not_sent")
    return response


class _Authenticators:
    """How credentials become a principal: accounts knows."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def by_key(self, key: str) -> Principal:
        return accounts_service.authenticate_key(
            key=key,
            require_verified_email=self._settings.require_verified_email,
            now=clock.now(),
        )

    def by_token(self, claims: tokens.Claims) -> Principal:
        return accounts_service.authenticate(
            claims=claims, require_verified_email=self._settings.require_verified_email
        )
