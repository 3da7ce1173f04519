"""What makes an email, a username, a password and a name acceptable, and which states has an account?"""

import re
import unicodedata

ACTIVE = "active"
PENDING = "pending"
DISABLED = "disabled"
DELETED = "deleted"
STATUSES = (PENDING, ACTIVE, DISABLED, DELETED)

USER = "user"
VIEWER = "viewer"
ADMIN = "admin"

FREE = "free"
PLANS = ("free", "growth", "pro")

USERNAME = re.compile(r"[A-Za-z0-9_]{3,30}")
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)
LONGEST_EMAIL = 254
SHORTEST_PASSWORD = 8
LONGEST_NAME = 100


def is_email(text: str) -> bool:
    """Whether the text can be an email address (the HTML standard's pattern, with a dot in the domain)."""
    return len(text) <= LONGEST_EMAIL and EMAIL.fullmatch(text) is not None


def is_username(text: str) -> bool:
    """Whether the text is 3 to 30 letters, digits and underscores."""
    return USERNAME.fullmatch(text) is not None


def canonical(text: str) -> str:
    """How an email, username or phone is compared: without regard to case or Unicode form."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_long_enough(password: str) -> bool:
    """The documented policy: at least 8 characters."""
    return len(password) >= SHORTEST_PASSWORD


def is_strong(password: str) -> bool:
    """The stronger policy: at least 8 characters with an upper-case letter, a lower-case one and a digit."""
    return (
        is_long_enough(password)
        and any(letter.isupper() for letter in password)
        and any(letter.islower() for letter in password)
        and any(letter.isdigit() for letter in password)
    )


def split_full_name(full_name: str) -> tuple[str, str | None]:
    """First and last name: split at the first space; a single word is a first name.

    >>> split_full_name("Ada King Lovelace")
    ('Ada', 'King Lovelace')
    """
    first, _, last = full_name.strip().partition(" ")
    return first, last.strip() or None
