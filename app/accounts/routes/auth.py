"""The door /auth: sign up, log in, refresh, log out."""

from typing import Any

from app.accounts import service
from app.accounts.routes import session
from app.accounts.schemas import account as schemas
from app.core import auth, clock, throttle, tokens
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers, settings

blp = Blueprint(
    "auth", __name__, url_prefix="/auth", description="Sign up, log in, refresh, log out"
)


@blp.route("/register", methods=["POST"], operation_id="register")
@blp.route("/signup", methods=["POST"])
@auth.public
@blp.arguments(schemas.SignUpIn)
@blp.response(201, schemas.TokensOut)
@blp.failures(
    service.SignupByInvitation,
    service.UserExists,
    service.InvalidEmail,
    service.InvalidUsername,
    service.WeakPassword,
    service.PreferencesTooLarge,
    throttle.TooManyAttempts,
)
def signup(body: dict[str, Any]) -> dict[str, Any]:
    """Create an account

    The account is active at once and starts on the free plan; a plan that is named is only remembered.
    Ten signups an hour are accepted from one address. Where signing up takes an invitation (`SIGNUP_MODE=waitlist`),
    only invited addresses are.
    """
    now = clock.now()
    session.limit_address(session.SIGN_UP_LIMIT, now=now)
    signed_in = service.sign_up(
        **body, device=session.device(), settings=settings, jobs=providers.job_queue, now=now
    )
    return session.pair_of_tokens(signed_in, settings=settings, now=now)


@blp.route("/login", methods=["POST"])
@auth.public
@blp.arguments(schemas.LoginIn)
@blp.response(200, schemas.TokensOut)
@blp.failures(service.InvalidCredentials, service.InactiveAccount, throttle.TooManyAttempts)
def login(body: dict[str, Any]) -> dict[str, Any]:
    """Log in with an email or a username

    Five tries in fifteen minutes are accepted from one address.
    """
    now = clock.now()
    name = body.get("email") or body["username"]
    session.limit_login(name, now=now)
    signed_in = service.sign_in(
        login=name, password=body["password"], device=session.device(), settings=settings, now=now
    )
    return session.pair_of_tokens(signed_in, settings=settings, now=now)


@blp.route("/refresh", methods=["POST"])
@auth.public
@blp.arguments(schemas.RefreshIn, required=False)
@blp.response(200, schemas.RefreshedOut)
@blp.failures(
    service.MissingToken, tokens.InvalidToken, service.TokenRevoked, service.InactiveAccount
)
def refresh(body: dict[str, Any]) -> dict[str, Any]:
    """Get a new access token

    The refresh token comes in the body or as the Bearer token. Where refresh tokens rotate, the answer holds the
    next one, and one that comes again later than ten seconds after its use ends the sign-in.
    """
    now = clock.now()
    claims = session.refresh_claims(body.get("refresh_token"), now=now)
    signed_in = service.take_refresh_token(claims=claims, settings=settings, now=now)
    return {
        "access_token": session.access_token(signed_in, settings=settings, now=now),
        "token_type": "Bearer",
        "expires_in": session.access_seconds(signed_in, settings=settings),
        **session.id_token(signed_in, now=now),
        **session.rotated_token(signed_in, settings=settings, now=now),
    }


@blp.route("/logout", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.LogoutIn, required=False)
@blp.response(200, MessageOut)
def logout(body: dict[str, Any]) -> dict[str, str]:
    """Log out

    The sign-in's access and refresh tokens are refused from now on; with `everywhere`, those of every
    sign-in of the account.
    """
    now = clock.now()
    claims = auth.token_claims()
    refresh_claims = session.accompanying_claims(body.get("refresh_token"), now=now)
    service.sign_out(claims=claims, refresh=refresh_claims, everywhere=body["everywhere"], now=now)
    return {"message": "Logged out"}
