"""How a sign-in becomes tokens and a request a device: what the three doors share."""

from datetime import datetime, timedelta

from flask import request

from app.accounts import service
from app.config import Settings
from app.core import auth, errors, ids, throttle, tokens

LOGIN_LIMIT = throttle.Limit(name="login", count=5, window_seconds=15 * 60)
SIGN_UP_LIMIT = throttle.Limit(name="signup", count=10, window_seconds=60 * 60)


def device() -> service.Device:
    """Where the request comes from."""
    return service.Device(ip=request.remote_addr, user_agent=request.user_agent.string or None)


def limit_address(limit: throttle.Limit, *, now: datetime) -> None:
    """Count a try of the caller's address, or refuse it."""
    throttle.use(limit, subject=request.remote_addr or "unknown", now=now)


def access_token(signed_in: service.SignedIn, *, settings: Settings, now: datetime) -> str:
    """A new access token of a sign-in."""
    return _minted(
        signed_in, "access", timedelta(minutes=settings.access_token_expires_minutes), now
    )


def refresh_token(signed_in: service.SignedIn, *, settings: Settings, now: datetime) -> str:
    """A new refresh token of a sign-in."""
    return _minted(signed_in, "refresh", timedelta(days=settings.refresh_token_expires_days), now)


def _minted(signed_in: service.SignedIn, kind: str, lifetime: timedelta, now: datetime) -> str:
    user = signed_in.user
    return tokens.mint(
        kind=kind,
        user_id=user.user_id,
        sign_in_id=signed_in.sign_in_id,
        token_id=ids.new_id(),
        role=user.role,
        status=user.status,
        token_version=int(user.token_version),
        now=now,
        lifetime=lifetime,
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
