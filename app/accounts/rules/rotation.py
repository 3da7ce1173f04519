"""A refresh token comes while tokens rotate: is it the sign-in's, a late twin, or one that was stolen?

Each refresh gives the sign-in another token. Two tabs that refresh at once send the same one, and a client whose
answer was lost sends it again; for ten seconds that is no theft. Later, somebody has a copy: which of the two is the
thief can't be told, so the whole sign-in ends (RFC 9700, section 4.14.2).
"""

from datetime import datetime, timedelta

GRACE = timedelta(seconds=10)

CURRENT = "current"
REPEATED = "repeated"
REUSED = "reused"


def judged(
    *,
    token_id: str,
    current_id: str | None,
    previous_id: str | None,
    rotated_at: datetime | None,
    now: datetime,
) -> str:
    """Which of the three a genuine token of the sign-in is: CURRENT, REPEATED or REUSED."""
    if token_id == current_id:
        return CURRENT
    if token_id == previous_id and rotated_at is not None and now <= rotated_at + GRACE:
        return REPEATED
    return REUSED
