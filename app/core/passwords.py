"""How is a password kept, and does this one match?

bcrypt over a base64 SHA-256 digest: bcrypt alone reads only 72 bytes and stops at NUL, the digest makes all of a
long password count. An unknown account costs the same time as a wrong password.
"""

import base64
import hashlib
from functools import lru_cache

import bcrypt

LONGEST = 1_024
"""Characters accepted; what is hashed is always 44 bytes."""


def hashed(password: str, *, rounds: int) -> str:
    """A salted bcrypt hash; the work doubles with each of `rounds` (4 to 31)."""
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(rounds)).decode("ascii")


def matches(password: str, password_hash: str | None, *, rounds: int) -> bool:
    """Whether this is the password; None as the hash takes the same time and says no."""
    kept = password_hash or _of_nobody(rounds)
    right = bcrypt.checkpw(_digest(password), kept.encode("ascii"))
    return right and password_hash is not None


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode("utf-8")).digest())


@lru_cache(maxsize=4)
def _of_nobody(rounds: int) -> str:
    return hashed("no account has this password", rounds=rounds)
