"""The doors to one's sign-ins and password: /users/me/sessions and /users/me/password."""

from typing import Any

from app.accounts import service
from app.accounts.routes import session
from app.accounts.schemas import account, sessions
from app.core import auth, clock, dynamo, throttle
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut, PageArgs
from app.extensions import providers, settings

blp = Blueprint(
    "sessions", __name__, url_prefix="/users/me", description="One's sign-ins and password"
)


@blp.route("/sessions", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(PageArgs, location="query")
@blp.response(200, sessions.SignInsOut)
@blp.failures(dynamo.InvalidCursor)
def list_sessions(args: dict[str, Any]) -> dict[str, Any]:
    """List where one is signed in

    Sign-ins that have ended are left out, so that a page may be shorter than `limit` and still have a cursor.
    """
    found, next_cursor = service.list_sign_ins(
        claims=auth.token_claims(), now=clock.now(), limit=args["limit"], cursor=args["cursor"]
    )
    return {"sessions": found, "next_cursor": next_cursor}


@blp.route("/sessions/<sign_in_id>", methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, MessageOut)
@blp.failures(service.UnknownSignIn)
def end_session(sign_in_id: str) -> dict[str, str]:
    """End one of one's sign-ins

    Its access and refresh tokens are refused from now on. It may be the sign-in that asks.
    """
    service.end_sign_in(user_id=auth.principal().user_id, sign_in_id=sign_in_id, now=clock.now())
    return {"message": "Session ended"}


@blp.route("/password", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(sessions.PasswordIn)
@blp.response(200, account.TokensOut)
@blp.failures(
    service.PasswordRequired,
    service.WrongPassword,
    service.RecentSignInRequired,
    service.WeakPassword,
    service.TokenRevoked,
    throttle.TooManyAttempts,
)
def change_password(body: dict[str, Any]) -> dict[str, Any]:
    """Change one's password

    Every token and sign-in of the account ends, and the answer holds tokens of a new one; API keys stay. An account
    that signs in by phone may be given its first password within 15 minutes of a sign-in, without
    `current_password`. Five tries in fifteen minutes are accepted, counted together with those to close the account.
    """
    now, claims = clock.now(), auth.token_claims()
    session.limit_password_tries(claims.user_id, now=now)
    signed_in = service.change_password(
        asking=service.Asking(
            user_id=claims.user_id, sign_in_id=claims.sign_in_id, device=session.device()
        ),
        current_password=body.get("current_password"),
        new_password=body["new_password"],
        settings=settings,
        jobs=providers.job_queue,
        now=now,
    )
    session.forget_password_tries(claims.user_id)
    return session.pair_of_tokens(signed_in, settings=settings, now=now)
