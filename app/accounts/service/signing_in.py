"""How does somebody sign in, stay signed in, and sign out?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts import authentication, rules
from app.accounts.authentication import InactiveAccount
from app.accounts.models import SignIn, UniqueKey, User
from app.accounts.models.sign_ins import PHONE
from app.accounts.service import rotation
from app.analytics import service as analytics
from app.config import Settings
from app.core import dynamo, errors, ids, passwords, tokens

LONGEST_USER_AGENT = 300
SIGNUP, LOGIN = "signup", "login"
"""How analytics call a new account and a sign-in. A signup signs in, too, and is no login."""


class InvalidCredentials(errors.Unauthorized):
    """The same for an unknown user and a wrong password."""

    code = "invalid_credentials"
    message = "The email, username or password is not right."


class MissingToken(errors.BadRequest):
    """Neither the body nor the Authorization header holds a refresh token."""

    code = "missing_token"
    message = "Send the refresh token as refresh_token in the body, or as 'Authorization: Bearer <token>'."


@dataclass(frozen=True, kw_only=True)
class Device:
    """Where a sign-in comes from."""

    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A user and the sign-in whose tokens are to be given out.

    Attributes:
        refresh_token_id: the id of the refresh token that the sign-in has from now on.
        by_phone: it began with a code, so that its tokens last an hour and an id token comes with them.
    """

    user: User
    sign_in_id: str
    refresh_token_id: str
    by_phone: bool = False


def sign_in(
    *, login: str, password: str, device: Device, settings: Settings, now: datetime
) -> SignedIn:
    """Sign in by email or username and password.

    Raises:
        InvalidCredentials: there is no such account, or the password is wrong; both take the same time.
        InactiveAccount: the password is right, but the account is pending, disabled or closed.
    """
    user = _holder_of(login)
    right = passwords.matches(
        password, user.password_hash if user else None, rounds=settings.password_hash_rounds
    )
    if user is None or not right:
        raise InvalidCredentials
    if user.status != rules.ACTIVE:
        raise InactiveAccount
    signed_in, row = started(user=user, device=device, settings=settings, now=now)
    try:
        dynamo.commit(
            row.creation(),
            user.signed_in_at(now),
            *analytics.happened(event_type=LOGIN, user_id=user.user_id, now=now),
        )
    except dynamo.ConditionFailed:  # disabled between the read and the write
        raise InactiveAccount from None
    user.last_login_at = now
    return signed_in


def _holder_of(login: str) -> User | None:
    kind = "email" if "@" in login else "username"
    user_id = UniqueKey.holder(kind=kind, value=login)
    return User.of(user_id) if user_id else None


def started(
    *, user: User, device: Device, settings: Settings, now: datetime
) -> tuple[SignedIn, SignIn]:
    """A new sign-in of a user, and the row to be stored for it."""
    row = SignIn(
        user.user_id,
        ids.new_id(),
        ip=device.ip,
        user_agent=(device.user_agent or "")[:LONGEST_USER_AGENT] or None,
        token_version=int(user.token_version),
        refresh_token_id=ids.new_id(),
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=settings.refresh_token_expires_days),
    )
    signed_in = SignedIn(
        user=user, sign_in_id=row.sign_in_id, refresh_token_id=str(row.refresh_token_id)
    )
    return signed_in, row


def take_refresh_token(*, claims: tokens.Claims, settings: Settings, now: datetime) -> SignedIn:
    """The sign-in that a genuine refresh token belongs to, if it still counts.

    With `refresh_token_rotation` the sign-in has another refresh token afterwards.

    Raises:
        tokens.InvalidToken, authentication.TokenRevoked, InactiveAccount.
    """
    user = authentication.current_holder(claims=claims)
    by_phone = _began_by_phone(user, claims.sign_in_id)
    lasts = timedelta(days=settings.refresh_token_expires_days)
    if settings.refresh_token_rotation:
        successor_id = rotation.rotated(claims=claims, user=user, lasts=lasts, now=now)
        return SignedIn(
            user=user,
            sign_in_id=claims.sign_in_id,
            refresh_token_id=successor_id,
            by_phone=by_phone,
        )
    try:
        dynamo.commit(
            SignIn.used(user_id=user.user_id, sign_in_id=claims.sign_in_id, now=now, lasts=lasts)
        )
    except dynamo.ConditionFailed:  # the sign-in was ended from another device
        raise authentication.TokenRevoked from None
    return SignedIn(
        user=user,
        sign_in_id=claims.sign_in_id,
        refresh_token_id=claims.token_id,
        by_phone=by_phone,
    )


def _began_by_phone(user: User, sign_in_id: str) -> bool:
    """Only an account with a phone may have begun so: no other pays for the read."""
    if user.phone is None:
        return False
    row = SignIn.of(user_id=user.user_id, sign_in_id=sign_in_id)
    return row is not None and row.came_by == PHONE


def sign_out(
    *, claims: tokens.Claims, refresh: tokens.Claims | None, everywhere: bool, now: datetime
) -> None:
    """End a sign-in: its access and refresh tokens are refused at once.

    Args:
        refresh: the refresh token that came along; another user's is ignored.
        everywhere: end all sign-ins of the account, by raising its token version.
    """
    writes = authentication.revoke(claims=claims, now=now)
    writes.append(SignIn.ended(user_id=claims.user_id, sign_in_id=claims.sign_in_id))
    if (
        refresh is not None
        and refresh.user_id == claims.user_id
        and refresh.sign_in_id != claims.sign_in_id
    ):
        writes += authentication.revoke(claims=refresh, now=now)
        writes.append(SignIn.ended(user_id=refresh.user_id, sign_in_id=refresh.sign_in_id))
    if everywhere:
        writes.append(User.tokens_voided(claims.user_id))
    dynamo.commit(*writes)
