"""At which URLs does one read what was sent? `/local/outbox`, on the laptop's own API.

An email is a document of its own, in a sandbox: it can't run anything, ask any other server, or reach the page
around it. Its links open in a new tab.
"""

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    render_template,
    request,
)

from app.local.outbox.sent import Carriers, Email

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
MOST_SHOWN = 50
REFRESH_SECONDS = 5
FILES = Path(__file__).parent
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
EMAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
OPEN_LINKS_ELSEWHERE = '<base target="_blank">'


def blueprint(carriers: Carriers) -> Blueprint:
    """The outbox, as a part of the API's app."""
    blp = Blueprint(
        "outbox", __name__, url_prefix="/local/outbox", template_folder=str(FILES / "templates")
    )

    @blp.before_request
    def only_from_this_machine() -> None:
        """The server listens on loopback; the Host check keeps out DNS rebinding. Codes stand here."""
        if request.host.rsplit(":", 1)[0] not in LOOPBACK_NAMES:
            abort(403)

    @blp.get("")
    def show_outbox() -> Response:
        sent = carriers.sent()
        wanted = request.args.get("email", type=int)
        response = make_response(
            render_template(
                "outbox.html",
                sent=sent,
                emails=sent.emails[:MOST_SHOWN],
                conversations=sent.conversations[:MOST_SHOWN],
                pushes=sent.pushes[:MOST_SHOWN],
                opened=_opened(sent.emails, wanted),
                wanted=wanted,
                refreshing="refresh" in request.args,
                refresh_seconds=REFRESH_SECONDS,
            )
        )
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    @blp.get("/emails/<int:number>")
    def show_email(number: int) -> Response:
        found = next((email for email in carriers.sent().emails if email.number == number), None)
        if found is None or found.html is None:
            abort(404)
        response = make_response(found.html + OPEN_LINKS_ELSEWHERE)
        response.headers["Content-Security-Policy"] = EMAIL_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    @blp.get("/outbox.css")
    def show_style() -> Response:
        return Response((FILES / "outbox.css").read_text("utf-8"), mimetype="text/css")

    return blp


def _opened(emails: list[Email], wanted: int | None) -> Email | None:
    """The email that was asked for, otherwise the newest."""
    chosen = (email for email in emails if wanted in {None, email.number})
    return next(chosen, None)
