"""How does each refresh token work once, and what happens when one comes again?"""

import logging
from datetime import datetime, timedelta

from app.accounts.authentication import TokenRevoked
from app.accounts.models import RevokedToken, SignIn, User
from app.accounts.rules import rotation as rules
from app.core import dynamo, ids, tokens

log = logging.getLogger(__name__)

ATTEMPTS = 12


def rotated(*, claims: tokens.Claims, user: User, lasts: timedelta, now: datetime) -> str:
    """The id of the refresh token that the sign-in has from now on, in exchange for the one that came.

    Of several that bring the same token at once, one moves the sign-in on and all get the same new token.

    Args:
        claims: of a genuine refresh token of `user`, whose account and sign-in are not revoked.
        lasts: how long a refresh token lasts.

    Raises:
        TokenRevoked: the sign-in is over; or the token was exchanged before, and with it the sign-in ends now.
    """
    for _ in range(ATTEMPTS):
        row = SignIn.of(user_id=user.user_id, sign_in_id=claims.sign_in_id)
        if row is None:
            raise TokenRevoked
        verdict = rules.judged(
            token_id=claims.token_id,
            current_id=row.refresh_token_id,
            previous_id=row.previous_refresh_token_id,
            rotated_at=row.rotated_at,
            now=now,
        )
        if verdict == rules.REUSED:
            _end_family(claims, now)
            raise TokenRevoked
        if verdict == rules.REPEATED:
            return str(row.refresh_token_id)
        successor_id = ids.new_id()
        moving_on = row.rotated(
            refresh_token_id=claims.token_id, successor_id=successor_id, now=now, lasts=lasts
        )
        try:
            dynamo.commit(moving_on)
        except dynamo.ConditionFailed:  # somebody else's exchange came first: look again
            continue
        return successor_id
    raise dynamo.Busy


def _end_family(claims: tokens.Claims, now: datetime) -> None:
    dynamo.commit(
        SignIn.ended(user_id=claims.user_id, sign_in_id=claims.sign_in_id),
        RevokedToken.revocation(
            token_id=claims.sign_in_id,
            user_id=claims.user_id,
            now=now,
            until=now + tokens.LONGEST_LIFETIME,
        ),
    )
    log.warning("accounts.refresh_token_reused", extra={"user_id": claims.user_id})
