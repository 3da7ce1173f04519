"""How do parts of a whole come to add up to exactly 1?"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Final

from app.core import money

_DIGITS: Final = Context(prec=50)
_STEP: Final = Decimal("0.000001")
_ONE: Final = Decimal(1)


def normalised(shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The shares divided by their sum, to 50 digits; those of 0 are left out."""
    total = money.total(shares.values())
    return {label: _DIGITS.divide(share, total) for label, share in shares.items() if share > 0}


def shown(shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The shares (which add up to about 1) with 6 decimals, so that what is shown adds up to exactly 1.

    All are rounded down, and the millionths that are missing go to those that lost most, the first of equals: the
    method of largest remainders.

    >>> [str(share) for share in shown(dict.fromkeys("abc", Decimal(1) / 3)).values()]
    ['0.333334', '0.333333', '0.333333']
    """
    down = {
        label: share.quantize(_STEP, rounding=ROUND_FLOOR, context=_DIGITS)
        for label, share in shares.items()
    }
    missing = int((_ONE - money.total(down.values())) / _STEP)
    by_loss = sorted(shares, key=lambda label: down[label] - shares[label])
    more = set(by_loss[:missing])
    return {label: down[label] + (_STEP if label in more else 0) for label in shares}
