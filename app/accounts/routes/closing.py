"""The doors to take one's data along and to close one's account: /users/me/export and DELETE /users/me."""

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, make_response

from app.accounts import service
from app.accounts.routes import session
from app.accounts.schemas import closing as schemas
from app.core import auth, clock, dynamo, throttle
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers, settings

blp = Blueprint(
    "own-data", __name__, url_prefix="/users/me", description="Take one's data along, or erase it"
)


@blp.route("", methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.ClosingIn, required=False)
@blp.response(202, MessageOut)
@blp.failures(
    service.PasswordRequired,
    service.WrongPassword,
    service.LastAdmin,
    service.InactiveAccount,
    throttle.TooManyAttempts,
    dynamo.Busy,
)
def close_account(body: dict[str, Any]) -> dict[str, str]:
    """Close one's account for good

    The account is emptied at once: its names, email, tokens and keys are gone, and email, username and phone are
    free again. What else is stored is erased within minutes. The record of what administrators did stays; it holds
    only the opaque id. The password is needed where the account has one.
    """
    now, user_id = clock.now(), auth.principal().user_id
    session.limit_password_tries(user_id, now=now)
    service.close_account(
        user_id=user_id,
        password=body.get("password"),
        device=session.device(),
        settings=settings,
        jobs=providers.job_queue,
        now=now,
    )
    return {"message": "Account closed. What is stored of it is being erased."}


@blp.route("/export", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, schemas.ExportOut, description="It is ready.")
@blp.alt_response(202, schema=schemas.ExportPendingOut, description="It is being made.")
def export_account() -> service.Download | Response:
    """Get everything that is held of one

    A zip archive of JSON files, without anything secret. It is made when it is asked for: ask again until it is
    ready. It is kept for a day, and then made anew.
    """
    found = service.request_export(
        user_id=auth.principal().user_id,
        storage=providers.object_storage,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    if found is None:
        return make_response(jsonify(status="processing"), HTTPStatus.ACCEPTED)
    return found
