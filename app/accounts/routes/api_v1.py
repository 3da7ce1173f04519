"""The door /api/v1: accounts that an administrator approves."""

from typing import Any

from app.accounts import service
from app.accounts.routes import session
from app.accounts.schemas import account as schemas
from app.core import auth, clock, throttle, tokens
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers, settings

blp = Blueprint(
    "api_v1", __name__, url_prefix="/api/v1", description="Accounts that an administrator approves"
)


@blp.route("/signup", methods=["POST"], operation_id="api_v1_signup")
@auth.public
@blp.arguments(schemas.ApiV1SignUpIn)
@blp.response(201, schemas.ApiV1SignUpOut)
@blp.failures(
    service.SignupByInvitation,
    service.UserExists,
    service.InvalidUsername,
    service.InvalidEmail,
    service.WeakPassword,
    throttle.TooManyAttempts,
)
def signup(body: dict[str, Any]) -> dict[str, str]:
    """Ask for an account

    It is pending, and no tokens are given, until an administrator approves it. Where signing up takes an invitation
    (`SIGNUP_MODE=waitlist`), only invited addresses are accepted.
    """
    now = clock.now()
    session.limit_address(session.SIGN_UP_LIMIT, now=now)
    service.request_account(**body, settings=settings, jobs=providers.job_queue, now=now)
    return {"message": "Signup received. Await approval.", "status": "pending"}


@blp.route("/login", methods=["POST"], operation_id="api_v1_login")
@auth.public
@blp.arguments(schemas.ApiV1LoginIn)
@blp.response(200, schemas.ApiV1TokensOut)
@blp.failures(service.InvalidCredentials, service.InactiveAccount, throttle.TooManyAttempts)
def login(body: dict[str, Any]) -> dict[str, str]:
    """Log in with a username or an email

    Five tries in fifteen minutes are accepted from one address, counted together with /auth/login.
    """
    now = clock.now()
    session.limit_login(body["username"], now=now)
    signed_in = service.sign_in(
        login=body["username"],
        password=body["password"],
        device=session.device(),
        settings=settings,
        now=now,
    )
    return {
        "access_token": session.access_token(signed_in, settings=settings, now=now),
        "refresh_token": session.refresh_token(signed_in, settings=settings, now=now),
        "token_type": "bearer",
    }


@blp.route("/refresh", methods=["POST"], operation_id="api_v1_refresh")
@auth.public
@blp.arguments(schemas.RefreshIn, required=False)
@blp.response(200, schemas.ApiV1RefreshedOut)
@blp.failures(
    service.MissingToken, tokens.InvalidToken, service.TokenRevoked, service.InactiveAccount
)
def refresh(body: dict[str, Any]) -> dict[str, str]:
    """Get a new access token

    The refresh token comes in the body or as the Bearer token. Where refresh tokens rotate, the answer holds the
    next one, and one that comes again later than ten seconds after its use ends the sign-in.
    """
    now = clock.now()
    claims = session.refresh_claims(body.get("refresh_token"), now=now)
    signed_in = service.take_refresh_token(claims=claims, settings=settings, now=now)
    return {
        "access_token": session.access_token(signed_in, settings=settings, now=now),
        "token_type": "bearer",
        **session.rotated_token(signed_in, settings=settings, now=now),
    }


@blp.route("/logout", methods=["POST"], operation_id="api_v1_logout")
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.ApiV1LogoutIn, required=False)
@blp.response(200, MessageOut)
def logout(body: dict[str, Any]) -> dict[str, str]:
    """Log out

    The sign-in's tokens are refused from now on with token_revoked.
    """
    now = clock.now()
    refresh_claims = session.accompanying_claims(body.get("refresh_token"), now=now)
    service.sign_out(claims=auth.token_claims(), refresh=refresh_claims, everywhere=False, now=now)
    return {"message": "Logged out"}


@blp.route("/me", methods=["GET"], operation_id="api_v1_me")
@auth.signed_in(shows=auth.PRIVATE, scope="account:read")
@blp.response(200, schemas.ApiV1MeOut)
def me() -> service.User:
    """Read the caller's account"""
    return service.get_account(user_id=auth.principal().user_id)
