"""Where does one have an email sent to an account?"""

from typing import Any

from app.accounts import service as accounts
from app.core import auth, clock, throttle
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.extensions import providers
from app.notifications import schemas, service

blp = Blueprint(
    "notifications", __name__, url_prefix="/emails", description="Emails to an account, on request"
)
REFUSALS = (
    service.NotYourAccount,
    service.NoEmailAddress,
    accounts.UnknownAccount,
    throttle.TooManyAttempts,
)


@blp.route("/welcome", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.WelcomeIn)
@blp.response(202, schemas.QueuedOut)
@blp.failures(*REFUSALS)
@idempotent
def send_welcome_email(body: dict[str, Any]) -> dict[str, str]:
    """Send the welcome email

    To yourself, or to anyone if you are an admin; 20 a day.
    """
    email_id = service.send_welcome(
        caller=_caller(), **body, jobs=providers.job_queue, now=clock.now()
    )
    return {"message": "Email queued.", "email_id": email_id}


@blp.route("/notification", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.NotificationIn)
@blp.response(202, schemas.QueuedOut)
@blp.failures(*REFUSALS)
@idempotent
def send_notification_email(body: dict[str, Any]) -> dict[str, str]:
    """Send a notification by email

    To yourself, or to anyone if you are an admin; 20 a day. The text is plain: markup is shown as it is. Readers can
    unsubscribe from notifications; then nothing is sent.
    """
    email_id = service.send_notification(
        caller=_caller(), **body, jobs=providers.job_queue, now=clock.now()
    )
    return {"message": "Email queued.", "email_id": email_id}


def _caller() -> service.Caller:
    principal = auth.principal()
    return service.Caller(user_id=principal.user_id, is_admin=principal.has_role("admin"))
