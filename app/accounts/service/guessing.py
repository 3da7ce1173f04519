"""How is the guessing of one account's password slowed down when it comes from many addresses?

One address may try five passwords in fifteen minutes, whoever's they are; the doors count that. Beyond fifty tries
an hour at one account, from anywhere, each address has three a day there. Nobody can lock the owner out: what
strangers use up is only their own share, the owner's sign-ins go on, and a password reset gives the owner's address its
share back. Names are counted as they were typed, whether there is such an account or not, so that nothing shows.
"""

from collections.abc import Iterable
from datetime import datetime

from app.accounts import rules
from app.core import throttle

ANYWHERE = throttle.Limit(name="login-account", count=50, window_seconds=60 * 60)
UNDER_ATTACK = throttle.Limit(name="login-account-address", count=3, window_seconds=24 * 60 * 60)


def limit_guesses(*, login: str, address: str | None, now: datetime) -> None:
    """Count a try of a password, or refuse it.

    Raises:
        throttle.TooManyAttempts: many try this account, and this address has had its share.
    """
    try:
        throttle.use(ANYWHERE, subject=rules.canonical(login), now=now)
    except throttle.TooManyAttempts:
        throttle.use(UNDER_ATTACK, subject=_pair(login, address), now=now)


def trust(*, logins: Iterable[str | None], address: str | None) -> None:
    """Give an address its share back, at the account that goes by these names."""
    for login in filter(None, logins):
        throttle.forget(UNDER_ATTACK, subject=_pair(login, address))


def _pair(login: str, address: str | None) -> str:
    return f"{address}\n{rules.canonical(login)}"
