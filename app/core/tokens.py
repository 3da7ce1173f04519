"""What does a token say, and is this one genuine?

Access, refresh and id tokens are JWTs. flask-jwt-extended makes them; PyJWT, on which it stands, reads them, once:
flask-jwt-extended parses a token three times to choose its key. Two signing keys may be accepted at once: the header's
`kid` only chooses between the two that the settings hold, so a made-up one fails.

So a key is replaced without signing anybody out, in three deployments: with `JWT_PREVIOUS_SECRET` set to the new key,
so that every process accepts it before any signs with it; then with the two exchanged, `JWT_SECRET` the new one; and
after `REFRESH_TOKEN_EXPIRES_DAYS` with `JWT_PREVIOUS_SECRET` unset. A key that was stolen is replaced in one: without
a previous one, everybody signs in again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
from flask import Flask, current_app
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token

from app.config import Settings
from app.core import errors

ISSUER = "investforge"
AUDIENCE = "investforge-api"
EXTENSION = "investforge-signing-keys"
CLOCK_SKEW = timedelta(seconds=30)
ANY_TIME = timedelta(days=36_500)
"""PyJWT's leeway: times are checked in `read`, against the clock that it is given."""
LONGEST_LIFETIME = timedelta(days=365)
"""No setting lets a token last longer."""


class InvalidToken(errors.Unauthorized):
    """Not a token that we gave out, altered, of another kind, or expired."""

    code = "invalid_token"
    message = "The token is not valid here or has expired. Sign in again, or refresh."


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a genuine token says.

    Attributes:
        user_id: whom it was given to (`sub`).
        sign_in_id: the sign-in that it belongs to (`sid`).
        token_id: its own id (`jti`).
        kind: access, refresh or id (`type`).
        token_version: the account's version when it was given out; an older one is refused.
    """

    user_id: str
    sign_in_id: str
    token_id: str
    kind: str
    role: str
    status: str
    token_version: int
    issued_at: datetime
    expires_at: datetime


def configure(app: Flask, jwt: JWTManager, settings: Settings) -> None:
    """Give flask-jwt-extended what it signs with, and `read` the keys that it accepts."""
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret,
        JWT_ALGORITHM=settings.jwt_algorithm,
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
        JWT_ENCODE_NBF=False,
    )
    app.extensions[EXTENSION] = {
        key_id(secret): secret
        for secret in (settings.jwt_previous_secret, settings.jwt_secret)
        if secret
    }
    jwt.init_app(app)


def key_id(secret: str) -> str:
    """A short public name for a signing key, which tells nothing of it."""
    return hashlib.sha256(b"investforge key id:" + secret.encode()).hexdigest()[:12]


def mint(
    *,
    kind: str,
    user_id: str,
    sign_in_id: str,
    token_id: str,
    role: str,
    status: str,
    token_version: int,
    now: datetime,
    lifetime: timedelta,
    about: Mapping[str, Any] | None = None,
) -> str:
    """Make a signed token of `kind` (access, refresh or id) that lasts `lifetime` from `now`.

    Args:
        about: what an id token tells of its holder besides.
    """
    make = create_refresh_token if kind == "refresh" else create_access_token
    claims = {
        **(about or {}),
        "sid": sign_in_id,
        "jti": token_id,
        "type": kind,
        "role": role,
        "status": status,
        "token_version": token_version,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    headers = {"kid": key_id(current_app.config["JWT_SECRET_KEY"])}
    token: str = make(identity=user_id, additional_claims=claims, additional_headers=headers)
    return token


def read(token: str, *, kind: str, now: datetime) -> Claims:
    """What a token says, once its signature, issuer, audience, kind and times were checked.

    Raises:
        InvalidToken: any of them is wrong; which one is not told.
    """
    try:
        found = pyjwt.decode(
            token,
            _key_of(token),
            algorithms=[current_app.config["JWT_ALGORITHM"]],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=ANY_TIME,
            options={"verify_exp": False},
        )
        claims = Claims(
            user_id=str(found["sub"]),
            sign_in_id=str(found["sid"]),
            token_id=str(found["jti"]),
            kind=str(found["type"]),
            role=str(found["role"]),
            status=str(found["status"]),
            token_version=int(found["token_version"]),
            issued_at=datetime.fromtimestamp(int(found["iat"]), tz=UTC),
            expires_at=datetime.fromtimestamp(int(found["exp"]), tz=UTC),
        )
    except (
        pyjwt.PyJWTError,
        KeyError,
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        OSError,
    ):
        raise InvalidToken from None
    if claims.kind != kind or claims.expires_at <= now or claims.issued_at > now + CLOCK_SKEW:
        raise InvalidToken
    return claims


def _key_of(token: str) -> str:
    """The accepted key that a token names, or else the signing one; while there is one key, no header is read."""
    accepted: dict[str, str] = current_app.extensions[EXTENSION]
    signing: str = current_app.config["JWT_SECRET_KEY"]
    if len(accepted) == 1:
        return signing
    return accepted.get(str(pyjwt.get_unverified_header(token).get("kid")), signing)
