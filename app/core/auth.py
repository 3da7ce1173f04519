"""Who is calling, and may they call this?

Every route declares one of `public` and `signed_in`; the guard tests refuse a route that declares nothing.
The factory says how an access token or an API key becomes a `Principal` (accounts knows), so that this module
knows no product.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from flask import Flask, current_app, g, request

from app.core import clock, errors, tokens

View = TypeVar("View", bound=Callable[..., Any])

ROLES = ("user", "viewer", "admin")

PRIVATE = "private"
"""The caller's own; another user's id is 404."""
PARTY = "party"
"""The two sides of an offer; who may see but not act gets 403."""
PUBLIC = "public"
"""Every signed-in user's to see."""
SHOWS = (PRIVATE, PARTY, PUBLIC)

EXTENSION = "investforge-auth"


class InsufficientScope(errors.Forbidden):
    """The API key was not given the scope that this route needs."""

    code = "insufficient_scope"
    message = "This API key does not hold the scope that this needs; details names it."


class KeyNotAccepted(errors.Forbidden):
    """The route is for people who signed in, not for API keys."""

    code = "api_key_not_accepted"
    message = "This can't be done with an API key. Sign in and send the access token."


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who is calling.

    Attributes:
        sign_in_id: the sign-in of the token; None for an API key.
        token_id: the token's or the key's own id.
        scopes: what an API key may do; None for a token, which may do what its role may.
    """

    user_id: str
    role: str
    status: str
    plan: str
    email_verified: bool
    sign_in_id: str | None
    token_id: str
    scopes: frozenset[str] | None = None
    claims: tokens.Claims | None = None

    def has_role(self, role: str) -> bool:
        """Whether the caller's role is `role` or a higher one (user < viewer < admin)."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a route declares about its callers; the OpenAPI document and the guard tests read it."""

    public: bool
    shows: str | None = None
    role: str = "user"
    scope: str | None = None
    failures: tuple[type[errors.AppError], ...] = field(default=())


class Authenticators(Protocol):
    """How credentials become a principal; each raises an `errors.AppError` for those that don't hold."""

    def by_token(self, claims: tokens.Claims) -> Principal:
        """The caller whom an access token was given to."""

    def by_key(self, key: str) -> Principal:
        """The caller whom an API key was given to."""

    def charge(self, caller: Principal, *, scope: str) -> None:
        """Count a call that a key was let in for by its scope, or refuse it."""


def install(app: Flask, authenticators: Authenticators) -> None:
    """Tell the guards of `app` how credentials become a principal."""
    app.extensions[EXTENSION] = authenticators


def public(view: View) -> View:
    """Anyone may call this."""
    view.__access__ = Access(public=True)  # type: ignore[attr-defined]
    return view


def signed_in(
    *, shows: str, role: str = "user", scope: str | None = None
) -> Callable[[View], View]:
    """Only signed-in callers of at least `role` may call this.

    Args:
        shows: PRIVATE, PARTY or PUBLIC: whose things the route shows.
        role: user, viewer or admin.
        scope: the scope that an API key needs; without one, no API key is accepted.
    """
    if shows not in SHOWS or role not in ROLES:
        message = f"shows must be one of {SHOWS} and role one of {ROLES}"
        raise ValueError(message)
    failures: tuple[type[errors.AppError], ...] = (errors.Unauthorized, tokens.InvalidToken)
    if role != "user":
        failures += (errors.Forbidden,)
    failures += (InsufficientScope, errors.CallLimitExceeded) if scope else (KeyNotAccepted,)
    access = Access(public=False, shows=shows, role=role, scope=scope, failures=failures)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.principal = _admitted(access)
            return current_app.ensure_sync(view)(*args, **kwargs)

        guarded.__access__ = access  # type: ignore[attr-defined]
        return cast("View", guarded)

    return decorate


def principal() -> Principal:
    """Who is calling; only within a route that is `signed_in`."""
    caller: Principal = g.principal
    return caller


def caller_if_any() -> Principal | None:
    """Who is calling; None within a route that is `public`."""
    caller: Principal | None = g.get("principal")
    return caller


def token_claims() -> tokens.Claims:
    """What the caller's access token says; only within a route that accepts no API key."""
    claims = principal().claims
    if claims is None:
        raise KeyNotAccepted
    return claims


def bearer_token() -> str | None:
    """The token of the Authorization header, or None where there is no such header.

    Raises:
        tokens.InvalidToken: the header is there but is not 'Bearer <token>'.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise tokens.InvalidToken("Send the header as 'Authorization: Bearer <token>'.")
    return token.strip()


def admitted(
    *,
    token: str | None,
    key: str | None,
    role: str,
    scope: str | None,
) -> Principal:
    """Who holds this access token, or else this API key, if they may do what needs `role` and `scope`.

    Args:
        scope: None where no API key is accepted.

    Raises:
        errors.Unauthorized: neither is given, or it does not hold.
        errors.Forbidden: it holds, but its role or its scopes do not suffice.
        errors.CallLimitExceeded: the key's owner has no calls left.
    """
    authenticators: Authenticators = current_app.extensions[EXTENSION]
    if key is not None and token is None:
        if scope is None:
            raise KeyNotAccepted
        caller = authenticators.by_key(key)
        if caller.scopes is None or scope not in caller.scopes:
            raise InsufficientScope(details={"scope": scope})
    else:
        if token is None:
            raise errors.Unauthorized
        caller = authenticators.by_token(tokens.read(token, kind="access", now=clock.now()))
    if not caller.has_role(role):
        raise errors.Forbidden(details={"role": role})
    if caller.scopes is not None and scope is not None:
        authenticators.charge(caller, scope=scope)
    return caller


def _admitted(access: Access) -> Principal:
    return admitted(
        token=bearer_token(),
        key=request.headers.get("X-API-Key"),
        role=access.role,
        scope=access.scope,
    )
