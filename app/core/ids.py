"""What is something called that has no name of its own?"""

import secrets
import uuid


def new_id() -> str:
    """An opaque, unguessable identifier (UUID version 4)."""
    return str(uuid.uuid4())


def new_secret(*, length_bytes: int = 32) -> str:
    """A URL-safe random text that holds `length_bytes` of entropy."""
    return secrets.token_urlsafe(length_bytes)
