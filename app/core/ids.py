"""What is something called that has no name of its own?"""

import secrets
import uuid
from datetime import datetime


def new_id() -> str:
    """An opaque, unguessable identifier (UUID version 4)."""
    return str(uuid.uuid4())


def new_secret(*, length_bytes: int = 32) -> str:
    """A URL-safe random text that holds `length_bytes` of entropy."""
    return secrets.token_urlsafe(length_bytes)


def new_id_in_time(*, now: datetime) -> str:
    """An opaque identifier whose order as text is that of making, to the millisecond (UUID version 7).

    Source: RFC 9562, section 5.7.
    """
    milliseconds = int(now.timestamp() * 1_000)
    bits = milliseconds << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=bits))
