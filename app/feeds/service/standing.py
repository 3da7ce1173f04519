"""Does what somebody was let in with still let them read a channel, minutes after the connection was opened?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.accounts import service as accounts
from app.core import errors, tokens
from app.feeds import rules


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What somebody was let in with: an access token, or else an API key. Neither of the two is kept itself.

    Attributes:
        claims: what the access token said; None for an API key.
        key_id: the API key's id; None for an access token.
    """

    user_id: str
    claims: tokens.Claims | None = None
    key_id: str | None = None


def still_counts(
    *, channel: str, credential: Credential, require_verified_email: bool, now: datetime
) -> bool:
    """Whether the account stands as it must, and the token or the key was not revoked.

    A token's expiry is not looked at: the connection knows when it ends. A key's is, and whether it still holds the
    scope. No call is counted.
    """
    try:
        if credential.claims is not None:
            caller = accounts.authenticate(
                claims=credential.claims, require_verified_email=require_verified_email
            )
        else:
            caller = accounts.authenticate_known_key(
                user_id=credential.user_id,
                key_id=str(credential.key_id),
                require_verified_email=require_verified_email,
                now=now,
            )
    except (errors.Unauthorized, errors.Forbidden):
        return False
    if caller.scopes is not None and rules.SCOPE_NEEDED[channel] not in caller.scopes:
        return False
    return caller.has_role(rules.ROLE_NEEDED[channel])


def as_stored(*, credential: Credential) -> dict[str, Any]:
    """A credential as JSON can write it."""
    return asdict(credential)


def from_stored(*, found: Mapping[str, Any]) -> Credential:
    """A credential as `as_stored` wrote it."""
    claims = found["claims"]
    if claims is not None:
        moments = {
            name: datetime.fromisoformat(claims[name]) for name in ("issued_at", "expires_at")
        }
        claims = tokens.Claims(**{**claims, **moments})
    return Credential(user_id=found["user_id"], claims=claims, key_id=found["key_id"])
