"""At which URLs does somebody bring a ledger in, and take it out?"""

import time
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Response

from app.core import auth, clock, errors
from app.core.dynamo import InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import PageArgs
from app.core.throttle import Limit, TooManyAttempts, use
from app.core.waiting import Patience
from app.extensions import providers
from app.portfolio.routes import import_forms
from app.portfolio.schemas import imports as schemas
from app.portfolio.service import exporting
from app.portfolio.service import imports as service

ROUTE = "imports.import_file"
# API Gateway gives up after 29 s.
WAIT_SECONDS = 25.0
IMPORT_LIMIT = Limit(name="portfolio-import", count=60, window_seconds=60 * 60)
FOLDER_PREFIX = "investforge-"

blp = Blueprint(
    "imports",
    __name__,
    url_prefix="/portfolio",
    description="Transactions from brokers' and exchanges' exports, and our own export",
)
blp.before_request(lambda: import_forms.make_room(ROUTE))


@blp.route("/import", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.doc(requestBody=schemas.FORM_DOCUMENT)
@blp.response(200, schemas.ShownImportOut)
@blp.alt_response(202, schema=schemas.ShownImportOut, description="It is still being imported.")
@blp.failures(
    errors.BadRequest,
    errors.UnsupportedMediaType,
    errors.Unprocessable,
    service.NoImportFile,
    service.ImportTooLarge,
    service.NotReadable,
    service.ImportsUnavailable,
    TooManyAttempts,
)
@idempotent
def import_file() -> Any:
    """Import an export

    Of Interactive Brokers, Coinbase, ghostfolio, this API, or any other CSV by a mapping of its columns, which is
    proposed from the header: up to 4 MiB and 20,000 rows. Every line is told to be imported, a duplicate or refused,
    with the reason. The same file again, or one that overlaps it, adds only what is new. `dry_run` changes nothing.
    """
    user_id, now = auth.principal().user_id, clock.now()
    use(IMPORT_LIMIT, subject=user_id, now=now)
    with TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        shown = service.start_import(
            user_id=user_id,
            **import_forms.sent(),
            storage=providers.object_storage,
            jobs=providers.job_queue,
            patience=Patience(sleep=time.sleep, seconds=WAIT_SECONDS),
            folder=Path(folder),
            now=now,
        )
    return shown, HTTPStatus.OK if shown.found.is_over else HTTPStatus.ACCEPTED


@blp.route("/imports", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.ImportListOut)
@blp.failures(InvalidCursor)
def list_imports(page: dict[str, Any]) -> dict[str, Any]:
    """List imports

    The newest first. They are kept for 90 days.
    """
    found, next_cursor = service.list_imports(user_id=auth.principal().user_id, **page)
    return {"imports": found, "next_cursor": next_cursor}


@blp.route("/imports/<string(maxlength=64):import_id>", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.ShownImportOut)
@blp.failures(service.UnknownImport, service.ImportsUnavailable)
def get_import(import_id: str) -> service.ShownImport:
    """Show an import

    How far it is, and once it is completed what became of each line.
    """
    with TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        return service.get_import(
            user_id=auth.principal().user_id,
            import_id=import_id,
            storage=providers.object_storage,
            folder=Path(folder),
        )


@blp.route("/export", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(schemas.ExportArgs, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
@blp.failures(InvalidCursor)
def export_ledger(args: dict[str, Any]) -> Response:
    """Export the transactions

    As CSV with every digit, the oldest first, 10,000 rows at a time; `X-Next-Cursor` is there when more follow. It
    imports back to the very same ledger. A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    text, next_cursor = exporting.export_ledger(
        user_id=auth.principal().user_id, cursor=args["cursor"]
    )
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="investforge.csv"'
    if next_cursor:
        response.headers["X-Next-Cursor"] = next_cursor
    return response
