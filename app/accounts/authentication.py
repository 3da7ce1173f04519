"""Whose token is this, and does it still count? One round trip to DynamoDB answers.

It stands beside the service because every request needs it, most of them nothing else of accounts: the factory
imports this and not the thirty modules of the service (docs/adr/0012).
"""

from datetime import datetime

from app.accounts import rules
from app.accounts.models import RevokedToken, User
from app.core import dynamo, errors, tokens
from app.core.auth import Principal


class TokenRevoked(errors.Unauthorized):
    """Signed out, or the account changed since the token was given out."""

    code = "token_revoked"
    message = "This token was revoked. Sign in again."


class InactiveAccount(errors.Unauthorized):
    """Pending, disabled or closed."""

    code = "inactive_account"
    message = "Invalid credentials or inactive account."


class UnverifiedEmail(errors.Forbidden):
    """The installation asks for a verified email, and this one is not."""

    code = "email_not_verified"
    message = "Verify your email first: open the link that we sent, or ask for a new one."


def authenticate(*, claims: tokens.Claims, require_verified_email: bool) -> Principal:
    """The caller whom a genuine token was given to, as the account stands now.

    Raises:
        tokens.InvalidToken: there is no such account.
        InactiveAccount: it is pending, disabled or closed.
        TokenRevoked: the token or its sign-in was revoked, or the account's token version moved on.
        UnverifiedEmail: `require_verified_email` is set and the account has an email that is not verified.
    """
    user = current_holder(claims=claims)
    if require_verified_email and user.email is not None and not user.email_verified:
        raise UnverifiedEmail
    return Principal(
        user_id=user.user_id,
        role=user.role,
        status=user.status,
        plan=user.plan,
        email_verified=user.email_verified,
        sign_in_id=claims.sign_in_id,
        token_id=claims.token_id,
        claims=claims,
    )


def current_holder(*, claims: tokens.Claims) -> User:
    """The account that a genuine token belongs to, read together with what may have revoked it."""
    user, revoked_token, revoked_sign_in = dynamo.get_together(
        (User, claims.user_id, None),
        (RevokedToken, claims.token_id, None),
        (RevokedToken, claims.sign_in_id, None),
    )
    if user is None:
        raise tokens.InvalidToken
    if user.status != rules.ACTIVE:
        raise InactiveAccount
    if revoked_token or revoked_sign_in or user.token_version != claims.token_version:
        raise TokenRevoked
    found: User = user
    return found


def revoke(*, claims: tokens.Claims, now: datetime) -> list[dynamo.Write]:
    """The writes that end a token and every other token of its sign-in."""
    return [
        RevokedToken.revocation(token_id=token_id, user_id=claims.user_id, now=now, until=until)
        for token_id, until in (
            (claims.token_id, claims.expires_at),
            (claims.sign_in_id, _last_expiry(claims)),
        )
    ]


def _last_expiry(claims: tokens.Claims) -> datetime:
    """No token of a sign-in outlives a refresh token given out at the same moment by the longest setting."""
    return max(claims.expires_at, claims.issued_at + tokens.LONGEST_LIFETIME)
