"""How a sign-in becomes tokens and a request a device: what the three doors share."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import request

from app.accounts import service
from app.config import Settings
from app.core import auth, errors, ids, throttle, tokens

LOGIN_LIMIT = throttle.Limit(name="login", count=5, window_seconds=15 * 60)
PASSWORD_LIMIT = throttle.Limit(name="password", count=5, window_seconds=15 * 60)
SIGN_UP_LIMIT = throttle.Limit(name="signup", count=10, window_seconds=60 * 60)
FORGOT_PASSWORD_LIMIT = throttle.Limit(name="forgot-password", count=10, window_seconds=60 * 60)
SMS_LIMIT = throttle.Limit(name="sms-address", count=30, window_seconds=60 * 60)
PHONE_TOKEN_SECONDS = 3_600
"""How long access and id tokens last that began with a code, as document 003 has it."""


def device() -> service.Device:
    """Where the request comes from."""
    return service.Device(ip=request.remote_addr, user_agent=request.user_agent.string or None)


def limit_address(limit: throttle.Limit, *, now: datetime) -> None:
    """Count a try of the caller's address, or refuse it."""
    throttle.use(limit, subject=request.remote_addr or "unknown", now=now)


def limit_login(login: str, *, now: datetime) -> None:
    """Count a try of a password by the caller's address and at the account, or refuse it."""
    limit_address(LOGIN_LIMIT, now=now)
    service.limit_guesses(login=login, address=request.remote_addr, now=now)


def caller_verified_or_not(*, now: datetime) -> auth.Principal:
    """Who sent an access token, also where the installation asks for verified emails and this one is not yet."""
    token = auth.bearer_token()
    if token is None:
        raise errors.Unauthorized
    claims = tokens.read(token, kind="access", now=now)
    return service.authenticate(claims=claims, require_verified_email=False)


def access_seconds(signed_in: service.SignedIn, *, settings: Settings) -> int:
    """How long an access token of this sign-in lasts."""
    if signed_in.by_phone:
        return PHONE_TOKEN_SECONDS
    return settings.access_token_expires_minutes * 60


def id_token(signed_in: service.SignedIn, *, now: datetime) -> dict[str, str]:
    """What a sign-in by phone is answered besides: a token that tells an app who it is; no door accepts it."""
    if not signed_in.by_phone:
        return {}
    lifetime = timedelta(seconds=PHONE_TOKEN_SECONDS)
    about = {"phone_number": signed_in.user.phone, "phone_number_verified": True}
    return {"id_token": _minted(signed_in, "id", ids.new_id(), lifetime, now, about=about)}


def limit_password_tries(user_id: str, *, now: datetime) -> None:
    """Count a try of somebody who is signed in to tell their password, or refuse it.

    Only who holds the account's access token can use its tries up, and a reset needs none of them.
    """
    throttle.use(PASSWORD_LIMIT, subject=user_id, now=now)


def forget_password_tries(user_id: str) -> None:
    """Give an account all its tries back: the password was right."""
    throttle.forget(PASSWORD_LIMIT, subject=user_id)


def access_token(signed_in: service.SignedIn, *, settings: Settings, now: datetime) -> str:
    """A new access token of a sign-in."""
    lifetime = timedelta(seconds=access_seconds(signed_in, settings=settings))
    return _minted(signed_in, "access", ids.new_id(), lifetime, now)


def refresh_token(signed_in: service.SignedIn, *, settings: Settings, now: datetime) -> str:
    """The refresh token that a sign-in has from now on."""
    lifetime = timedelta(days=settings.refresh_token_expires_days)
    return _minted(signed_in, "refresh", signed_in.refresh_token_id, lifetime, now)


def rotated_token(
    signed_in: service.SignedIn, *, settings: Settings, now: datetime
) -> dict[str, str]:
    """What a refresh answers besides, where refresh tokens rotate."""
    if not settings.refresh_token_rotation:
        return {}
    return {"refresh_token": refresh_token(signed_in, settings=settings, now=now)}


def pair_of_tokens(
    signed_in: service.SignedIn, *, settings: Settings, now: datetime
) -> dict[str, Any]:
    """What a new sign-in answers at /auth and /users/me."""
    return {
        "user_id": signed_in.user.user_id,
        "email": signed_in.user.email,
        "access_token": access_token(signed_in, settings=settings, now=now),
        "refresh_token": refresh_token(signed_in, settings=settings, now=now),
        "token_type": "Bearer",
        "expires_in": access_seconds(signed_in, settings=settings),
        "user": signed_in.user,
    }


def _minted(
    signed_in: service.SignedIn,
    kind: str,
    token_id: str,
    lifetime: timedelta,
    now: datetime,
    *,
    about: Mapping[str, Any] | None = None,
) -> str:
    user = signed_in.user
    return tokens.mint(
        kind=kind,
        user_id=user.user_id,
        sign_in_id=signed_in.sign_in_id,
        token_id=token_id,
        role=user.role,
        status=user.status,
        token_version=int(user.token_version),
        now=now,
        lifetime=lifetime,
        about=about,
    )


def refresh_claims(given: str | None, *, now: datetime) -> tokens.Claims:
    """What the refresh token says that came in the body or as the Bearer token.

    Raises:
        service.MissingToken: neither is there.
        tokens.InvalidToken: it is not one of ours.
    """
    try:
        token = given or auth.bearer_token()
    except errors.Unauthorized:
        raise tokens.InvalidToken from None
    if token is None:
        raise service.MissingToken
    return tokens.read(token, kind="refresh", now=now)


def accompanying_claims(given: str | None, *, now: datetime) -> tokens.Claims | None:
    """The refresh token that a logout names; one that has expired needs no revoking."""
    if given is None:
        return None
    try:
        return tokens.read(given, kind="refresh", now=now)
    except tokens.InvalidToken:
        return None
