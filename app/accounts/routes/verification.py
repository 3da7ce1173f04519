"""The door /auth for what is mailed: verifying an email, and choosing a forgotten password anew."""

from typing import Any

from flask import request

from app.accounts import service
from app.accounts.routes import session
from app.accounts.schemas import verification as schemas
from app.core import auth, clock, errors, throttle, tokens
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers, settings

blp = Blueprint(
    "verification", __name__, url_prefix="/auth", description="Verify an email, reset a password"
)


@blp.route("/verify-email", methods=["POST"])
@auth.public
@blp.arguments(schemas.VerifyEmailIn)
@blp.response(200, schemas.VerifyEmailOut)
@blp.failures(tokens.InvalidToken)
def verify_email(body: dict[str, Any]) -> dict[str, bool]:
    """Verify an email

    The token was mailed to it. It lasts 24 hours and works once; sent again, it says the same and changes nothing.
    """
    service.verify_email(token=body["token"], now=clock.now())
    return {"email_verified": True}


@blp.route("/resend-verification", methods=["POST"])
@auth.public
@blp.response(202, MessageOut)
@blp.failures(
    errors.Unauthorized,
    tokens.InvalidToken,
    service.TokenRevoked,
    service.InactiveAccount,
    service.NoEmail,
    throttle.TooManyAttempts,
)
def resend_verification() -> dict[str, str]:
    """Ask for another verification email

    Needs an access token as `Authorization: Bearer <token>`; it counts even where the installation refuses those
    whose email is not verified. One email a minute; links sent before stay good.
    """
    now = clock.now()
    caller = session.caller_verified_or_not(now=now)
    sent = service.resend_verification(
        user_id=caller.user_id, settings=settings, jobs=providers.job_queue, now=now
    )
    return {"message": "Verification email sent." if sent else "This email is verified already."}


@blp.route("/forgot-password", methods=["POST"])
@auth.public
@blp.arguments(schemas.ForgotPasswordIn)
@blp.response(202, MessageOut)
@blp.failures(throttle.TooManyAttempts)
def forgot_password(body: dict[str, Any]) -> dict[str, str]:
    """Ask for a link to choose another password

    The answer is the same whether there is an account or not. The link lasts an hour and works once. One address
    may ask ten times an hour; five links an hour are mailed to one account, of which each lasts as long.
    """
    session.limit_address(session.FORGOT_PASSWORD_LIMIT, now=clock.now())
    service.ask_for_reset(email=body["email"], jobs=providers.job_queue)
    return {"message": "If there is an account with this email, a link is on its way."}


@blp.route("/reset-password", methods=["POST"])
@auth.public
@blp.arguments(schemas.ResetPasswordIn)
@blp.response(200, MessageOut)
@blp.failures(tokens.InvalidToken, service.WeakPassword)
def reset_password(body: dict[str, Any]) -> dict[str, str]:
    """Choose another password by a mailed link

    Every sign-in of the account ends; sign in again with the new password.
    """
    service.reset_password(
        **body,
        ip=request.remote_addr,
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"message": "Password changed. Sign in with the new one."}
