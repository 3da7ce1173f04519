"""Where does SNS tell what became of emails, and where do readers unsubscribe?"""

from pathlib import Path
from typing import Any

from flask import Blueprint as Pages
from flask import Response, make_response, request
from marshmallow import ValidationError

from app.core import auth, clock, errors, json
from app.core.openapi import Blueprint
from app.emails import schemas, service
from app.extensions import providers, settings

PAGE_FILES = Path(__file__).parent / "pages"
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
LARGEST_NOTICE = 300 * 1024

blp = Blueprint("emails", __name__, url_prefix="/emails", description="Emails")


@blp.route("/events", methods=["POST"])
@auth.public
@blp.response(200, schemas.NoticeTakenOut)
@blp.failures(
    service.NoticeNotTrusted,
    service.NoticesUnavailable,
    errors.BadRequest,
    json.MalformedJson,
    errors.TooLarge,
    errors.Unprocessable,
)
@blp.doc(
    requestBody={
        "required": True,
        "description": "An SNS message, as SNS posts it; its content type is text/plain.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
)
def take_mail_notice() -> dict[str, int]:
    """Tell what became of emails

    For Amazon SNS. A signed notice of SES that mail bounced for good, or was called unwanted, ends all emails to
    that address. A topic that asks to be confirmed is, if it is one that is listened to.
    """
    newly = service.take_notice(
        envelope=_envelope(), notices=providers.mail_notices, now=clock.now()
    )
    return {"suppressed": newly}


def _envelope() -> dict[str, Any]:
    """The message in the body; SNS calls JSON text/plain."""
    body = request.get_data(cache=True)
    if len(body) > LARGEST_NOTICE:
        raise errors.TooLarge
    try:
        found: dict[str, Any] = schemas.NoticeIn().load(json.loads(body))
    except ValidationError as error:
        raise errors.Unprocessable(details={"json": error.messages}) from None
    return found


pages = Pages("emails_pages", __name__, url_prefix="/emails")


@pages.get("/unsubscribe")
@auth.public
def ask_before_unsubscribing() -> Response:
    """Show a button: programs that look at every link of an email must not unsubscribe its reader."""
    try:
        service.check_unsubscribe_link(token=request.args.get("token", ""), settings=settings)
    except service.UnknownUnsubscribeLink as error:
        return _page("unknown_link.html", status=error.status)
    return _page("ask.html")


@pages.post("/unsubscribe")
@auth.public
def unsubscribe() -> Response:
    """Unsubscribe a reader: the button of the page, and the one-click of mail programs (RFC 8058)."""
    try:
        service.unsubscribe(token=request.args.get("token", ""), settings=settings, now=clock.now())
    except service.UnknownUnsubscribeLink as error:
        return _page("unknown_link.html", status=error.status)
    return _page("done.html")


def _page(name: str, *, status: int = 200) -> Response:
    page = make_response((PAGE_FILES / name).read_text(encoding="utf-8"), status)
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


BLUEPRINTS = (blp, pages)
