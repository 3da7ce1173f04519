"""What does an API key look like, and is this one right?

`ifk_<key id>_<owner id>_<secret>`: it names its own row, so that one read finds key and owner. The secret is
256 random bits. Nobody can try out so many, so a plain SHA-256 keeps it as well as a slow hash would, which
is for what people choose themselves; and it costs each request a microsecond instead of a quarter second.
"""

import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass

MOST_KEYS = 20
"""Keys that one account may hold."""

KEY_ID_LENGTH = 16

_KEY = re.compile(r"ifk_([0-9a-f]{16})_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, kw_only=True)
class KeyParts:
    """Where the row of a key stands."""

    user_id: str
    key_id: str


def written(*, key_id: str, user_id: str, secret: str) -> str:
    """The whole key, as its owner sends it."""
    return f"{prefix(key_id=key_id)}_{uuid.UUID(user_id).hex}_{secret}"


def prefix(*, key_id: str) -> str:
    """How a key begins, by which its owner tells it from others."""
    return f"ifk_{key_id}"


def parts(key: str) -> KeyParts | None:
    """What a key says about itself; None for anything that can't be one."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    return KeyParts(user_id=str(uuid.UUID(found[2])), key_id=found[1])


def is_key_id(text: str) -> bool:
    """Whether this can be a key's id."""
    return _KEY_ID.fullmatch(text) is not None


def hashed(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def matches(key: str, key_hash: str) -> bool:
    """Whether this is the key that was hashed, in a time that tells nothing of how near it came."""
    return hmac.compare_digest(hashed(key), key_hash)
