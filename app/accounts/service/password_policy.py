"""Which passwords are accepted, at which door?

Eight characters are enough at /auth, as documented; where an administrator approves, and everywhere with
`PASSWORD_POLICY=strict`, it takes an upper-case letter, a lower-case one and a digit, and strict refuses the
passwords that breaches showed most often. Signing up, changing and resetting a password all ask here.
"""

from functools import cache
from pathlib import Path

from app.accounts import rules
from app.config import Settings
from app.core import errors

BREACHED = Path(__file__).parent.parent / "data" / "breached_passwords.txt"
STRICT = "strict"


class WeakPassword(errors.Unprocessable):
    """The policy of this door asks for more."""

    code = "weak_password"
    message = "A password needs at least 8 characters, with an upper-case letter, a lower-case one and a digit."
    api_v1_status = 400


def check_password(*, password: str, strong: bool, settings: Settings) -> None:
    """Refuse a password that the policy does not accept.

    Args:
        strong: whether this door asks for upper, lower and digit whatever the installation's policy.

    Raises:
        WeakPassword: says which of the rules it breaks.
    """
    strict = settings.password_policy == STRICT
    if not rules.is_long_enough(password):
        raise WeakPassword("A password needs at least 8 characters.")
    if (strong or strict) and not rules.is_strong(password):
        raise WeakPassword
    if strict and password.casefold() in _breached():
        raise WeakPassword(
            "This password is among those that are guessed first, because others used it and lost it. Choose another."
        )


@cache
def _breached() -> frozenset[str]:
    """The list, read when the first password is checked against it."""
    return frozenset(BREACHED.read_text("utf-8").split())
