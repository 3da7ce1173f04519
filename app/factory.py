"""How is the app put together? Settings and providers in, a Flask app out; nothing happens at import.

`DOMAINS` says which domain answers which paths. A laptop, the tests and the command line put every domain into one
app; a Lambda function makes one of a domain when the first request for it comes (app/entrypoints/first_touch.py).
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module

from flask import Blueprint, Flask, Response, current_app
from werkzeug.middleware.proxy_fix import ProxyFix

from app import VERSION
from app.accounts import authentication
from app.config import Settings
from app.core import auth, clock, dynamo, http, openapi, tokens
from app.core import logging as logs
from app.core.auth import Principal
from app.core.json import ExactJson
from app.extensions import EXTENSION, api, jwt
from app.providers.job_queue.interface import GiveUp, TryAgain
from app.providers.registry import Providers

log = logging.getLogger("investforge.app")

LARGEST_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain that answers requests.

    Attributes:
        routes: the module whose `blp`, or whose `BLUEPRINTS` where it has several, are registered.
        answers: the paths of its routes, up to their first variable part or any part before it. Of the domains that
            claim the beginning of a path, the one with the longest claim answers.
    """

    routes: str
    answers: tuple[str, ...]

    def blueprints(self) -> tuple[Blueprint, ...]:
        """Import its routes."""
        module = import_module(self.routes)
        return getattr(module, "BLUEPRINTS", None) or (module.blp,)


# A row for each domain with routes. tests/architecture/test_domains.py holds `answers` against the routes.
DOMAINS = (
    Domain(routes="app.site.routes", answers=("/",)),
    Domain(
        routes="app.accounts.routes",
        answers=(
            "/auth",
            "/users/me",
            "/api/v1/admin",
            "/api/v1/login",
            "/api/v1/logout",
            "/api/v1/me",
            "/api/v1/refresh",
            "/api/v1/signup",
        ),
    ),
    Domain(routes="app.jobs.routes", answers=("/api/v1/admin/jobs", "/api/v1/admin/dead-letters")),
    Domain(routes="app.prices.routes", answers=("/prices",)),
    Domain(routes="app.portfolio.routes.assets", answers=("/portfolio/assets",)),
    Domain(
        routes="app.portfolio.routes.totals",
        answers=("/portfolio/crypto", "/portfolio/stocks", "/portfolio/summary"),
    ),
    Domain(routes="app.portfolio.routes.transactions", answers=("/portfolio/transactions",)),
    Domain(
        routes="app.portfolio.routes.imports",
        answers=("/portfolio/import", "/portfolio/imports", "/portfolio/export"),
    ),
    Domain(routes="app.portfolio.routes.gains", answers=("/portfolio/gains",)),
    Domain(routes="app.portfolio.routes.allocation", answers=("/portfolio/allocation",)),
    Domain(
        routes="app.portfolio.routes.performance",
        answers=("/portfolio/performance", "/portfolio/performance.svg"),
    ),
    Domain(
        routes="app.portfolio.routes.runs",
        answers=("/portfolio/backtests", "/portfolio/optimizations"),
    ),
    Domain(routes="app.portfolio.routes.preferences", answers=("/portfolio/preferences",)),
    Domain(routes="app.portfolio.routes.watchlist", answers=("/portfolio/watchlist",)),
    Domain(routes="app.portfolio.routes.alerts", answers=("/portfolio/alerts",)),
    Domain(
        routes="app.billing.routes",
        answers=("/stripe", "/users/billing", "/api/v1/admin/billing"),
    ),
    Domain(routes="app.usage.routes", answers=("/users/usage", "/api/v1/admin/usage")),
    Domain(
        routes="app.trading.routes",
        answers=(
            "/api/v1/calendar",
            "/api/v1/equity",
            "/api/v1/equity-curve",
            "/api/v1/equity-curve.svg",
            "/api/v1/profit",
            "/api/v1/stats",
            "/api/v1/status",
            "/api/v1/trades",
        ),
    ),
    Domain(
        routes="app.workspace.routes",
        answers=("/projects", "/sessions", "/files", "/messages"),
    ),
    Domain(routes="app.marketplace.routes", answers=("/items", "/offers")),
    Domain(routes="app.waitlist.routes", answers=("/waitlist", "/api/v1/admin/waitlist")),
    Domain(routes="app.feeds.routes", answers=("/api/v1/feeds",)),
    Domain(routes="app.devices.routes", answers=("/users/me/devices", "/api/v1/register-device")),
    Domain(routes="app.emails.routes", answers=("/emails/events", "/emails/unsubscribe")),
    Domain(routes="app.analytics.routes", answers=("/analytics",)),
    Domain(routes="app.notifications.routes", answers=("/emails/welcome", "/emails/notification")),
)

ABOUT_EVERY_DOMAIN = ("/health", "/openapi.json")
"""What these answer is about all the tables, or all the routes, so all must be known."""

DESCRIPTION = """\
The backend of an investing app.

Amounts are exact: JSON numbers with every digit, or strings of digits. Times are ISO 8601 in UTC. Every answer
carries `X-Request-ID`. Unknown fields are refused. Creating POSTs accept `Idempotency-Key`.
"""


def create_app(settings: Settings, providers: Providers | None = None) -> Flask:
    """Start the process and put the whole app together.

    Args:
        settings: parsed and checked.
        providers: the outside systems; those that the settings choose where it is None.
    """
    start(settings)
    return whole(settings, providers or Providers(settings))


def start(settings: Settings) -> None:
    """Prepare the process: how it logs, and its client of DynamoDB."""
    logs.configure(level=settings.log_level)
    dynamo.connect(settings)


def whole(settings: Settings, providers: Providers) -> Flask:
    """The app of all domains, with the OpenAPI document, in a process that was started."""
    app = _without_routes(settings, providers)
    api.init_app(app)
    for domain in DOMAINS:
        for blueprint in domain.blueprints():
            documents = isinstance(blueprint, openapi.Blueprint)
            (api if documents else app).register_blueprint(blueprint)
    return app


def part(settings: Settings, providers: Providers, domain: Domain) -> Flask:
    """The app of one domain, in a process that was started: it answers that domain's paths as the whole app does."""
    app = _without_routes(settings, providers)
    for blueprint in domain.blueprints():
        app.register_blueprint(blueprint)
    return app


def load_every_domain() -> None:
    """Import every domain, which makes every table known."""
    for domain in DOMAINS:
        domain.blueprints()


def _without_routes(settings: Settings, providers: Providers) -> Flask:
    """Everything that happens around a request."""
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
    app.extensions[EXTENSION] = providers
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies)  # type: ignore[method-assign]
    tokens.configure(app, jwt, settings)
    auth.install(app, _Authenticators(settings))
    http.hook(app, settings)
    app.after_request(_send_enqueued_jobs)
    return app


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
    """How credentials become a principal: accounts knows. What a key's calls cost: usage knows."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def by_key(self, key: str) -> Principal:
        # Most callers have no API key, and so no use for the rest of accounts.
        from app.accounts import service as accounts

        return accounts.authenticate_key(
            key=key,
            require_verified_email=self._settings.require_verified_email,
            now=clock.now(),
        )

    def charge(self, caller: Principal, *, scope: str) -> None:
        # Most callers have no API key: they don't wait for this import.
        from app.usage import service as usage

        usage.charge_api_call(
            user_id=caller.user_id, plan=caller.plan, scope=scope, now=clock.now()
        )

    def by_token(self, claims: tokens.Claims) -> Principal:
        return authentication.authenticate(
            claims=claims, require_verified_email=self._settings.require_verified_email
        )
