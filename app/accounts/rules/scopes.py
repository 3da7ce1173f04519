"""What may an API key be allowed to do, and which role must its owner have for that?

The one table of scopes. A route names the scope that it needs; a route that names none accepts no key.
"""

from collections.abc import Collection, Mapping

from app.accounts import rules

ROLE_NEEDED: Mapping[str, str] = {
    "account:read": rules.USER,
    "portfolio:read": rules.USER,
    "portfolio:write": rules.USER,
    "workspace:read": rules.USER,
    "workspace:write": rules.USER,
    "marketplace:read": rules.USER,
    "marketplace:write": rules.USER,
    "analytics:read": rules.USER,
    "usage:read": rules.USER,
    "usage:write": rules.USER,
    "trading:read": rules.VIEWER,
    "trading:write": rules.ADMIN,
}
"""Each scope and the least role that may hold it."""

SCOPES = tuple(ROLE_NEEDED)
_RANK = {rules.USER: 0, rules.VIEWER: 1, rules.ADMIN: 2}


def beyond(*, scopes: Collection[str], role: str) -> list[str]:
    """Those of the scopes that a role may not hold, in order; a scope that is unknown by now is one of them.

    >>> beyond(scopes=["portfolio:read", "trading:write"], role="viewer")
    ['trading:write']
    """
    return sorted(
        scope
        for scope in set(scopes)
        if scope not in ROLE_NEEDED or _RANK[ROLE_NEEDED[scope]] > _RANK[role]
    )


def held(*, scopes: Collection[str], role: str) -> frozenset[str]:
    """What is left of a key's scopes now that its owner has this role."""
    return frozenset(scopes) - frozenset(beyond(scopes=scopes, role=role))
