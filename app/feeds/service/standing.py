"""Does an access token still let its holder read a channel, minutes after the connection was opened with it?"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.accounts import service as accounts
from app.core import errors, tokens
from app.feeds import rules


def still_counts(*, channel: str, claims: tokens.Claims, require_verified_email: bool) -> bool:
    """Whether the account stands as it must and nothing was revoked; the token's expiry is not looked at."""
    try:
        caller = accounts.authenticate(claims=claims, require_verified_email=require_verified_email)
    except (errors.Unauthorized, errors.Forbidden):
        return False
    return caller.has_role(rules.ROLE_NEEDED[channel])


def as_stored(*, claims: tokens.Claims | None) -> dict[str, Any] | None:
    """Claims as JSON can write them; the token itself is kept nowhere."""
    return asdict(claims) if claims is not None else None


def from_stored(*, found: Mapping[str, Any]) -> tokens.Claims:
    """Claims as `as_stored` wrote them."""
    moments = {name: datetime.fromisoformat(found[name]) for name in ("issued_at", "expires_at")}
    return tokens.Claims(**{**found, **moments})
