"""How are a user's devices named, shown and kept to a sensible number?"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

PLATFORMS = ("ios", "android", "web")
IOS = "ios"
MOST_DEVICES = 20
SUFFIX_LENGTH = 6
DEVICE_ID = re.compile(r"[0-9a-f]{64}")


def device_id(token: str) -> str:
    """A device's id, which its token decides: so one token is one row, whoever registers it.

    A SHA-256 of the token, from which the token can't be found.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def is_device_id(text: str) -> bool:
    """Whether any token could have this id."""
    return DEVICE_ID.fullmatch(text) is not None


def token_suffix(token: str) -> str:
    """The end of a token, for a person to tell devices apart: 6 characters, a quarter of it at most.

    >>> token_suffix("fGhI9jKlMnOpQrStUvWxYz0123456789")
    '456789'
    """
    shown = min(SUFFIX_LENGTH, len(token) // 4)
    return token[len(token) - shown :]


def superfluous(devices: Iterable[tuple[str, datetime]]) -> list[str]:
    """Ids of the devices that give way because there are more than 20: those not heard of for longest.

    Apps get new tokens now and then and don't say which one they replace, so old ones must not keep a new
    one out.

    Args:
        devices: id and latest registration of each.
    """
    newest_first = sorted(devices, key=lambda device: (device[1], device[0]), reverse=True)
    return [found for found, _ in newest_first[MOST_DEVICES:]]
