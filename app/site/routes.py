"""Where are things, is the process alive, is the system healthy, and what is the API?"""

from pathlib import Path
from typing import Any

from flask import Blueprint as Pages
from flask import Response, current_app, make_response, request, send_from_directory, url_for

from app import VERSION
from app.core import auth, clock
from app.core.openapi import Blueprint
from app.extensions import api, providers, settings
from app.jobs.schedule import schedule
from app.site import schemas, service

SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PAGE_FILES = Path(__file__).parent / "pages"

blp = Blueprint("site", __name__, description="Where things are, and how they are")


@blp.route("/", methods=["GET"])
@auth.public
@blp.response(200, schemas.WelcomeOut)
def welcome() -> dict[str, str]:
    """Find your way"""
    return {
        "name": "InvestForge",
        "version": VERSION,
        "documentation": url_for("site_pages.docs"),
        "openapi": url_for("site_pages.openapi_json"),
        "health": url_for("site.health"),
        # url_for knows this domain alone where accounts was not asked for yet.
        "sign_up": f"{request.script_root}/auth/signup",
    }


@blp.route("/healthz", methods=["GET"])
@auth.public
@blp.response(200, schemas.AliveOut)
def healthz() -> dict[str, str]:
    """Ask whether the process answers

    It looks at nothing else: a load balancer's question.
    """
    return {"status": "ok", "version": VERSION}


@blp.route("/health", methods=["GET"])
@auth.public
@blp.response(200, schemas.HealthOut)
@blp.alt_response(
    503, schema=schemas.HealthOut, description="Something is down; `checks` says what."
)
def health() -> tuple[dict[str, Any], int]:
    """Ask whether everything works that the API leans on

    503 when the tables, the queue or a recurring job is down.
    """
    checks = service.check_health(
        schedule=schedule(settings), jobs=providers.job_queue, now=clock.now()
    )
    status = service.OK if all(check.status == service.OK for check in checks) else service.DOWN
    return {
        "status": status,
        "version": VERSION,
        "checks": checks,
    }, 200 if status == service.OK else 503


pages = Pages("site_pages", __name__)


@pages.get("/docs")
@auth.public
def docs() -> Response:
    """Show Swagger UI; every file of it is served from here."""
    page = make_response(send_from_directory(PAGE_FILES, "docs.html", mimetype="text/html"))
    page.headers["Content-Security-Policy"] = SWAGGER_POLICY
    return page


@pages.get("/docs/files/<path:name>")
@auth.public
def docs_file(name: str) -> Response:
    """Serve one of the files that Swagger UI consists of."""
    folder = PAGE_FILES if name == "docs.js" else _swagger_files()
    return make_response(send_from_directory(folder, name, max_age=3_600))


@pages.get("/openapi.json")
@auth.public
def openapi_json() -> Response:
    """Serve the OpenAPI document."""
    return make_response(current_app.json.response(api.document()))


def _swagger_files() -> Path:
    """Where the package flask-swagger-ui keeps Swagger UI; imported here, as only /docs needs it."""
    import flask_swagger_ui

    return Path(flask_swagger_ui.__file__).parent / "dist"


BLUEPRINTS = (blp, pages)
