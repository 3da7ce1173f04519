"""Where is somebody signed in, and how do they end one of those sign-ins?"""

import re
from dataclasses import dataclass
from datetime import datetime

from app.accounts.models import RevokedToken, SignIn
from app.core import dynamo, errors, tokens

_ID = re.compile(r"[0-9a-f-]{36}")


class UnknownSignIn(errors.NotFound):
    """The caller has no such sign-in."""

    code = "session_not_found"
    message = "You have no sign-in with this id; it may have ended already."


@dataclass(frozen=True, kw_only=True)
class OwnSignIn:
    """A sign-in as its holder sees it; `current` is the one that asks."""

    sign_in_id: str
    user_agent: str | None
    ip: str | None
    created_at: datetime
    last_used_at: datetime
    current: bool


def list_sign_ins(
    *, claims: tokens.Claims, now: datetime, limit: int, cursor: str | None
) -> tuple[list[OwnSignIn], str | None]:
    """A page of the sign-ins that last, within it the one used last first, and where the next page starts.

    Those that ended with their account's token version (another password, signed out everywhere) are left out,
    so that a page may hold fewer than `limit` and still have a cursor.

    Args:
        claims: of the caller's access token, which was just found to be good.
    """
    page = SignIn.page_owned_by(
        claims.user_id, token_version=claims.token_version, now=now, limit=limit, cursor=cursor
    )
    rows = sorted(page.items, key=lambda row: (row.last_used_at, row.sign_in_id), reverse=True)
    found = [
        OwnSignIn(
            sign_in_id=row.sign_in_id,
            user_agent=row.user_agent,
            ip=row.ip,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            current=row.sign_in_id == claims.sign_in_id,
        )
        for row in rows
    ]
    return found, page.next_cursor


def end_sign_in(*, user_id: str, sign_in_id: str, now: datetime) -> None:
    """End a sign-in of the user's: its access and refresh tokens are refused from the next request on.

    Raises:
        UnknownSignIn: the user has none such.
    """
    if not _ID.fullmatch(sign_in_id):
        raise UnknownSignIn
    try:
        dynamo.commit(
            SignIn.revoked(user_id=user_id, sign_in_id=sign_in_id),
            RevokedToken.revocation(
                token_id=sign_in_id,
                user_id=user_id,
                now=now,
                until=now + tokens.LONGEST_LIFETIME,
            ),
        )
    except dynamo.ConditionFailed:
        raise UnknownSignIn from None
