"""Which states does an offer go through, and who moves it?

    pending -> accepted    by the seller
            -> declined    by the seller, or because the item left the market
            -> withdrawn   by the buyer
            -> expired     by time

An offer that left `pending` never moves again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

PENDING: Final = "pending"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
WITHDRAWN: Final = "withdrawn"
EXPIRED: Final = "expired"
STATUSES = (PENDING, ACCEPTED, DECLINED, WITHDRAWN, EXPIRED)

BUYER: Final = "buyer"
SELLER: Final = "seller"
SIDES = (BUYER, SELLER)

CLOSED_ACCOUNT: Final = "closed-account"
"""What stands for a side of an offer whose account was closed."""
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a side may do to a pending offer.

    Attributes:
        by: the side.
        after: what the offer then is.
    """

    by: str
    after: str


ACCEPT: Final = "accept"
DECLINE: Final = "decline"
WITHDRAW: Final = "withdraw"
MOVES: Mapping[str, Move] = {
    ACCEPT: Move(by=SELLER, after=ACCEPTED),
    DECLINE: Move(by=SELLER, after=DECLINED),
    WITHDRAW: Move(by=BUYER, after=WITHDRAWN),
}


def amount_told(*, price: Decimal, currency: str) -> str:
    """A price as an email tells it: with every digit, and two after the point at least.

    >>> amount_told(price=Decimal("1500.5"), currency="USD")
    '1,500.50 USD'
    """
    shown = price if price != price.quantize(CENT) else price.quantize(CENT)
    return f"{shown:,f} {currency}"


def side_of(*, user_id: str, buyer_id: str, seller_id: str) -> str | None:
    """Which side of an offer somebody is on; None for everybody else."""
    return {seller_id: SELLER, buyer_id: BUYER}.get(user_id)


def status_at(*, status: str, expires_at: datetime | None, now: datetime) -> str:
    """What an offer is at a moment: one whose time is up has expired, also before a job notes it."""
    is_over = expires_at is not None and expires_at <= now
    return EXPIRED if status == PENDING and is_over else status
