"""Where does somebody stand on the waitlist, what do codes and tokens look like, and how is a place exchanged?"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

JOINING, WAITING, CONFIRMED, INVITED = "joining", "waiting", "confirmed", "invited"
STATUSES = (WAITING, CONFIRMED, INVITED)
"""Of people who have a place; somebody who is still joining has none and is shown to nobody."""

# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O and U, which are misread or spell words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10

CLAIM_LASTS = timedelta(seconds=30)
"""No request lives longer: who began to join before that and has no place yet was interrupted."""
PLACE_TAKEN_WITHIN = timedelta(minutes=2)
"""A number that was given out so long ago and has no place belongs to somebody who was interrupted."""

FIRST = 1


@dataclass(frozen=True, kw_only=True)
class Move:
    """How somebody moves up by one: from a place to the one ahead, whose holder, if anyone, takes the place left."""

    origin: int
    target: int


def code_of(choices: Sequence[int]) -> str:
    """A referral code from numbers below 32.

    >>> code_of([0, 31, 10])
    '0ZA'
    """
    return "".join(ALPHABET[choice] for choice in choices)


def canonical_code(text: str) -> str:
    """How a code is looked up: case and surrounding space don't matter, and what is easily misread is read aright.

    >>> canonical_code(" k7mpq2wxro")
    'K7MPQ2WXR0'
    """
    return text.strip().upper().translate(str.maketrans("OIL", "011"))


def is_code(text: str) -> bool:
    """Whether a canonical code can have been given out."""
    return len(text) == CODE_LENGTH and set(text) <= set(ALPHABET)


def confirmation_token(*, code: str, secret: str) -> str:
    """What stands in the link that confirms an address: the code finds the place, the secret proves the reader."""
    return f"{code}.{secret}"


def read_token(token: str) -> tuple[str, str]:
    """The code and the secret of a token; of any other text, what stands before and after its first dot."""
    code, _, secret = token.strip().partition(".")
    return canonical_code(code), secret


def secret_hash(secret: str) -> str:
    """What is stored of a token: it holds so much chance that no key is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def is_same(kept: str, given: str) -> bool:
    """Whether two hashes are equal, in a time that does not tell how far they agree."""
    return hmac.compare_digest(kept, given)


def move_up(position: int) -> Move | None:
    """The move that one confirmed referral brings; None for whoever is first already."""
    return Move(origin=position, target=position - 1) if position > FIRST else None


def is_abandoned(*, next_taken_at: datetime, now: datetime) -> bool:
    """Whether a number without a place will stay so.

    Args:
        next_taken_at: when the place behind it was first taken: its own number was given out before that.
    """
    return now - next_taken_at > PLACE_TAKEN_WITHIN
