"""The door /auth/start and /auth/verify: signing in by phone and code."""

from typing import Any

from app.accounts import service
from app.accounts.routes import session
from app.accounts.schemas import phone as schemas
from app.core import auth, clock, throttle
from app.core.openapi import Blueprint
from app.extensions import providers, settings

blp = Blueprint("phone", __name__, url_prefix="/auth", description="Sign in by phone and code")


@blp.route("/start", methods=["POST"], operation_id="start_phone_login")
@auth.public
@blp.arguments(schemas.StartIn)
@blp.response(200, schemas.StartOut)
@blp.failures(service.PhoneNotReachable, throttle.TooManyAttempts)
def start(body: dict[str, str]) -> dict[str, str]:
    """Send a code to a phone

    One text message a minute and ten a day go to one phone, and one address may ask thirty times an hour.
    `dev_otp` is there only where `SMS_DEV_ECHO` is true, which production refuses.
    """
    now = clock.now()
    session.limit_address(session.SMS_LIMIT, now=now)
    started = service.start_phone_login(
        phone=body["phone"],
        device=session.device(),
        sms=providers.sms,
        settings=settings,
        now=now,
    )
    shown = {"dev_otp": started.code} if settings.sms_dev_echo else {}
    return {"session": started.session, "phone": body["phone"], **shown}


@blp.route("/verify", methods=["POST"], operation_id="finish_phone_login")
@auth.public
@blp.arguments(schemas.VerifyIn)
@blp.response(200, schemas.PhoneTokensOut)
@blp.failures(service.WrongCode, service.InactiveAccount, service.SignupByInvitation)
def verify(body: dict[str, str]) -> dict[str, Any]:
    """Sign in with the code

    The first time makes the account, unless signing up takes an invitation. A wrong code is 401, and
    `details.attempts_remaining` says how many tries are left; the session stays good until they or five minutes run
    out. A new text message brings no new tries.
    """
    now = clock.now()
    signed_in = service.finish_phone_login(
        phone=body["phone"],
        code=body["otp"],
        session=body["session"],
        device=session.device(),
        settings=settings,
        now=now,
    )
    return {
        "access_token": session.access_token(signed_in, settings=settings, now=now),
        **session.id_token(signed_in, now=now),
        "refresh_token": session.refresh_token(signed_in, settings=settings, now=now),
        "expires_in": session.access_seconds(signed_in, settings=settings),
        "token_type": "Bearer",
    }
