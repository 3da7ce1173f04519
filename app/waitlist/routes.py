"""At which URLs do people join the waitlist, and administrators look after it?"""

from typing import Any

from flask import Response, request

from app.accounts import service as accounts
from app.core import auth, clock, dynamo, errors, throttle, tokens
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.extensions import providers, settings
from app.waitlist import schemas, service

JOIN_LIMIT = throttle.Limit(name="waitlist-join", count=10, window_seconds=60 * 60)

blp = Blueprint(
    "waitlist",
    __name__,
    url_prefix="/waitlist",
    description="Wait to be let in, and move up by bringing others",
)
admin_blp = Blueprint(
    "waitlist_admin",
    __name__,
    url_prefix="/api/v1/admin/waitlist",
    description="Who waits, and who is let in",
)
BLUEPRINTS = (blp, admin_blp)


@blp.route("/join", methods=["POST"], operation_id="join_waitlist")
@auth.public
@blp.arguments(schemas.JoinIn)
@blp.response(201, schemas.JoinedOut)
@blp.failures(
    service.AlreadyOnWaitlist,
    service.UnknownReferralCode,
    accounts.InvalidEmail,
    throttle.TooManyAttempts,
    dynamo.Busy,
)
@idempotent
def join(body: dict[str, Any]) -> service.Entry:
    """Join the waitlist

    The place is the next one, and an email asks to confirm the address. Whoever joins with somebody's referral code
    and confirms moves that one up by one place. Ten an hour are accepted from one address of the internet.
    """
    now = clock.now()
    throttle.use(JOIN_LIMIT, subject=request.remote_addr or "unknown", now=now)
    return service.join(**body, settings=settings, jobs=providers.job_queue, now=now)


@blp.route("/confirm", methods=["POST"], operation_id="confirm_waitlist")
@auth.public
@blp.arguments(schemas.ConfirmIn)
@blp.response(200, schemas.ConfirmedOut)
@blp.failures(tokens.InvalidToken, dynamo.Busy)
def confirm(body: dict[str, Any]) -> dict[str, Any]:
    """Confirm one's address

    With the token of the welcome email. It acts once; sent again it answers the same and changes nothing.
    """
    position = service.confirm(token=body["token"], jobs=providers.job_queue, now=clock.now())
    return {"confirmed": True, "position": position}


# A code has 10 characters: `join` and `confirm` are none, and nobody is told that they can be read.
@blp.route("/<string(minlength=8):referral_code>", methods=["GET"], operation_id="get_referrals")
@auth.public
@blp.response(200, schemas.ReferralsOut)
@blp.failures(service.ReferralCodeNotFound)
def get_referrals(referral_code: str) -> service.Entry:
    """See where somebody stands

    By their referral code, which is theirs to share. It tells the position and how many confirmed referrals there
    are, and nothing of who it is.
    """
    return service.find_referrals(referral_code=referral_code)


@admin_blp.route("", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@admin_blp.arguments(schemas.WaitlistArgs, location="query")
@admin_blp.response(200, schemas.WaitlistOut)
@admin_blp.failures(dynamo.InvalidCursor)
def list_waitlist(args: dict[str, Any]) -> service.Part:
    """List who waits

    By position. Where people have left, a page may be shorter than `limit` and still have a `next_cursor`.
    """
    return service.list_waitlist(limit=args["limit"], cursor=args["cursor"])


@admin_blp.route("/invite", methods=["POST"], operation_id="invite_from_waitlist")
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@admin_blp.arguments(schemas.InviteIn)
@admin_blp.response(200, schemas.InvitedOut)
@admin_blp.failures(accounts.InvalidEmail, errors.Forbidden, dynamo.Busy)
@idempotent
def invite(body: dict[str, Any]) -> dict[str, Any]:
    """Let people in

    Each address is mailed, and may sign up where that takes an invitation (`SIGNUP_MODE=waitlist`). Addresses that
    are not on the waitlist may be invited, too. Whoever was invited before, or has an account, is left alone.
    """
    results = service.invite(
        admin_id=auth.principal().user_id,
        emails=body["emails"],
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"results": results}


@admin_blp.route("/export", methods=["GET"], operation_id="export_waitlist")
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@admin_blp.arguments(schemas.ExportArgs, location="query")
@admin_blp.response(200, {"type": "string"}, content_type="text/csv")
@admin_blp.failures(dynamo.InvalidCursor)
def export_waitlist(args: dict[str, Any]) -> Response:
    """Export the waitlist

    As CSV by position, 5,000 places at a time; `X-Next-Cursor` is there when more follow. A cell that a spreadsheet
    would take for a formula begins with an apostrophe.
    """
    part = service.list_waitlist(limit=service.MOST_EXPORTED, cursor=args["cursor"])
    response = Response(service.as_csv(entries=part.entries), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="waitlist.csv"'
    if part.next_cursor:
        response.headers["X-Next-Cursor"] = part.next_cursor
    return response
