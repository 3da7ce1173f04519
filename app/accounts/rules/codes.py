"""When does a one-time code or token count, and what of it may be stored?

A login code has a million values, so what protects it is the number of tries. Wrong tries are counted for who
asked for the code (a phone and the address that asked), not for one code: another text message brings no new
tries, and a stranger who tries codes of somebody's phone from elsewhere uses up only their own. The count lasts
as long as a code does, from the latest wrong try on, also past a right one; so by the time it ends, every code that
was tried has expired, and no code is ever tried more often than the limit says.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

CODE_DIGITS = 6

VERIFY_EMAIL = "verify_email"
RESET_PASSWORD = "reset_password"  # noqa: S105 - what a token is for
TOKEN_LASTS = {VERIFY_EMAIL: timedelta(hours=24), RESET_PASSWORD: timedelta(hours=1)}


@dataclass(frozen=True, kw_only=True)
class Tries:
    """Wrong tries so far, and until when they count."""

    wrong: int
    count_until: datetime


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a try of a code comes to.

    Attributes:
        right: whether it opens the door.
        remaining: wrong tries that are left.
        counted: the tries to be kept from now on; None where they stay as they are.
    """

    right: bool
    remaining: int
    counted: Tries | None


def judged(
    *, tries: Tries | None, matches: bool, most: int, lasts: timedelta, now: datetime
) -> Verdict:
    """Judge one try of a code that has not expired.

    Args:
        tries: those before it; None where there were none.
        matches: whether the code is the one that was sent.
        most: wrong tries that are accepted; after them every code is refused until the count ends.
        lasts: how long a code lasts.
    """
    wrong = tries.wrong if tries is not None and tries.count_until > now else 0
    if wrong >= most:
        return Verdict(right=False, remaining=0, counted=None)
    if matches:
        return Verdict(right=True, remaining=most - wrong, counted=None)
    counted = Tries(wrong=wrong + 1, count_until=now + lasts)
    return Verdict(right=False, remaining=most - counted.wrong, counted=counted)


def code_of(number: int) -> str:
    """A number below a million as the code that a person reads.

    >>> code_of(42)
    '000042'
    """
    return f"{number:0{CODE_DIGITS}d}"


def code_hash(*, secret: str, session: str, phone: str, code: str) -> str:
    """What is stored of a code. It is keyed, because a million codes are quickly hashed and compared."""
    return _keyed(secret, "login code", session, phone, code)


def tries_key(*, secret: str, phone: str, address: str) -> str:
    """Under which name the wrong tries are counted of who asked for a code."""
    return _keyed(secret, "login tries", phone, address)


def is_same(kept: str, given: str) -> bool:
    """Whether two hashes are equal, in a time that does not tell how far they agree."""
    return hmac.compare_digest(kept, given)


def token_hash(token: str) -> str:
    """What is stored of a token or a session: those hold so much chance that no key is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def mark(text: str | None) -> str:
    """What a token is bound to (an address, a password's hash), so that it dies with it; tells nothing of it."""
    return hashlib.sha256(b"investforge mark:" + (text or "").encode()).hexdigest()


def _keyed(secret: str, *parts: str) -> str:
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()
