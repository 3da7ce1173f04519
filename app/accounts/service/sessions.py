"""Where is somebody signed in, and how do they end one of those sign-ins?"""

import re
from datetime import datetime

from app.accounts.models import RevokedToken, SignIn
from app.core import dynamo, errors, tokens

_ID = re.compile(r"[0-9a-f-]{36}")


class UnknownSignIn(errors.NotFound):
    """The caller has no such sign-in."""

    code = "session_not_found"
    message = "You have no sign-in with this id; it may have ended already."


def list_sign_ins(
    *, user_id: str, token_version: int, now: datetime, limit: int, cursor: str | None
) -> dynamo.Page[SignIn]:
    """A page of the sign-ins that last, within it the one used last first.

    Those that ended with their account's token version (another password, signed out everywhere) are left out,
    so that a page may hold fewer than `limit` and still have a cursor.
    """
    page = SignIn.page_owned_by(
        user_id, token_version=token_version, now=now, limit=limit, cursor=cursor
    )
    items = sorted(page.items, key=lambda row: (row.last_used_at, row.sign_in_id), reverse=True)
    return dynamo.Page(items=items, next_cursor=page.next_cursor)


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
