"""How does a program act for its owner: who makes its key, what may it do, whose is one that came?"""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

from app.accounts import rules
from app.accounts.authentication import InactiveAccount, UnverifiedEmail
from app.accounts.models import ApiKey, User
from app.accounts.rules import api_keys as keys
from app.accounts.rules import scopes as scope_rules
from app.accounts.service.profile import get_account
from app.core import dynamo, errors, ids
from app.core.auth import Principal

ATTEMPTS = 12
USE_NOTED_EVERY = timedelta(hours=1)


class InvalidApiKey(errors.Unauthorized):
    """Not a key of ours, revoked or expired; which one is not told."""

    code = "invalid_api_key"
    message = "The API key is not valid: it was revoked, has expired or was never one."


class UnknownApiKey(errors.NotFound):
    """The caller has no such key."""

    code = "api_key_not_found"
    message = "You have no API key with this id."


class TooManyApiKeys(errors.Conflict):
    """The account holds as many as it may."""

    code = "too_many_api_keys"
    message = f"An account holds at most {keys.MOST_KEYS} API keys. Revoke one first."


class ScopeBeyondRole(errors.Forbidden):
    """A key can't do what its owner may not."""

    code = "scope_beyond_role"
    message = "Your role may not hand out these scopes; details names them."


class ExpiryInThePast(errors.Unprocessable):
    """The key would be dead at once."""

    code = "expiry_in_the_past"
    message = "expires_at must be in the future."


def create_api_key(
    *,
    user_id: str,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key; the key itself is returned this once and kept only as a hash.

    Raises:
        ScopeBeyondRole: the owner's role may not do what a scope allows.
        ExpiryInThePast, TooManyApiKeys.
        dynamo.Busy: the account kept changing meanwhile.
    """
    if expires_at is not None and expires_at <= now:
        raise ExpiryInThePast
    row, key = _made(user_id, name, scopes, expires_at, now)
    for _ in range(ATTEMPTS):
        user = get_account(user_id=user_id)
        excess = scope_rules.beyond(scopes=scopes, role=user.role)
        if excess:
            raise ScopeBeyondRole(details={"scopes": excess})
        if user.api_keys >= keys.MOST_KEYS:
            raise TooManyApiKeys
        try:
            dynamo.commit(user.one_more_key(at_most=keys.MOST_KEYS), row.creation())
        except dynamo.ConditionFailed:  # the role, or the count, changed since it was read
            continue
        return row, key
    raise dynamo.Busy


def _made(
    user_id: str, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> tuple[ApiKey, str]:
    key_id = ids.new_id().replace("-", "")[: keys.KEY_ID_LENGTH]
    key = keys.written(key_id=key_id, user_id=user_id, secret=ids.new_secret())
    row = ApiKey(
        user_id,
        key_id,
        name=name,
        prefix=keys.prefix(key_id=key_id),
        key_hash=keys.hashed(key),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    return row, key


def list_api_keys(*, user_id: str) -> list[ApiKey]:
    """A user's keys, expired ones too, the newest first."""
    return ApiKey.owned_by(user_id)


def revoke_api_key(*, user_id: str, key_id: str) -> None:
    """Refuse a key from the next request on.

    Raises:
        UnknownApiKey: the user has none such.
    """
    if not keys.is_key_id(key_id):
        raise UnknownApiKey
    try:
        dynamo.commit(User.one_key_less(user_id), ApiKey.revoked(user_id=user_id, key_id=key_id))
    except dynamo.ConditionFailed:
        raise UnknownApiKey from None


def authenticate_key(*, key: str, require_verified_email: bool, now: datetime) -> Principal:
    """The caller whom an API key was given to, as the account stands now; one round trip to DynamoDB.

    The scopes are those that the owner's role may hold today: after a demotion a key can do less at once. The use
    is noted at most once an hour, which costs that one request a second round trip.

    Raises:
        InvalidApiKey: no key of ours, revoked or expired.
        InactiveAccount: its owner is disabled or closed.
        UnverifiedEmail: `require_verified_email` is set and the owner's email is not verified.
    """
    named = keys.parts(key)
    if named is None:
        raise InvalidApiKey
    user, row = dynamo.get_together(
        (User, named.user_id, None), (ApiKey, named.user_id, named.key_id)
    )
    if row is None or not keys.matches(key, row.key_hash):
        raise InvalidApiKey
    caller = _caller(user, row, require_verified_email=require_verified_email, now=now)
    _note_use(row, now)
    return caller


def authenticate_known_key(
    *, user_id: str, key_id: str, require_verified_email: bool, now: datetime
) -> Principal:
    """The caller whom a key was given to that was shown a while ago, as key and account stand now.

    For what goes on long after the key itself was forgotten, such as a socket. It notes no use.

    Raises:
        InvalidApiKey, InactiveAccount, UnverifiedEmail: as `authenticate_key`.
    """
    user, row = dynamo.get_together((User, user_id, None), (ApiKey, user_id, key_id))
    return _caller(user, row, require_verified_email=require_verified_email, now=now)


def _caller(
    user: User | None, row: ApiKey | None, *, require_verified_email: bool, now: datetime
) -> Principal:
    """The caller, where the key and the account both still hold."""
    if user is None or row is None or (row.expires_at is not None and row.expires_at <= now):
        raise InvalidApiKey
    if user.status != rules.ACTIVE:
        raise InactiveAccount
    if require_verified_email and not user.email_verified:
        raise UnverifiedEmail
    return Principal(
        user_id=user.user_id,
        role=user.role,
        status=user.status,
        plan=user.plan,
        email_verified=user.email_verified,
        sign_in_id=None,
        token_id=row.key_id,
        scopes=scope_rules.held(scopes=[str(each) for each in row.scopes], role=user.role),
    )


def _note_use(row: ApiKey, now: datetime) -> None:
    noted_until = now - USE_NOTED_EVERY
    if row.last_used_at is not None and row.last_used_at > noted_until:
        return
    with suppress(
        dynamo.ConditionFailed, dynamo.Busy
    ):  # another request noted it, or it was just revoked
        dynamo.commit(row.used(now=now, unless_since=noted_until))
