"""What was held at the end of a past day, and what did a unit of it cost then?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.valuation import STOCK, Price

# After this many days without one, the last close tells little of the day.
CLOSE_HOLDS_FOR_DAYS: Final = 7

UNSPLIT: Final = Fraction(1)


@dataclass(frozen=True, kw_only=True)
class PastHolding:
    """What was held of one asset at the end of a day.

    Attributes:
        quantity: the units of that day: a split that came later is not in them.
        cost: of just those, first in, first out, in `currency`.
        later_splits: how many of today's units one of those units has become by splits since.
    """

    asset_id: str
    asset_type: str
    symbol: str
    currency: str
    quantity: Decimal
    cost: Decimal
    later_splits: Fraction


def held_on(day: date, *, entries: Iterable[Entry], today: date) -> list[PastHolding]:
    """What a ledger says was held at the end of `day` (UTC), by the time at which the assets first came in.

    Args:
        today: splits of later days have not happened to anybody yet.
    """
    told = ledger.ordered(entries)
    first: dict[str, Entry] = {}
    splits: dict[str, Fraction] = {}
    for entry in told:
        if entry.asset_id is None:
            continue
        if entry.type in ledger.COMING_IN:
            first.setdefault(entry.asset_id, entry)
        elif entry.type == ledger.SPLIT and day < entry.day <= today:
            ratio = lots.split_ratio(entry.quantity)
            splits[entry.asset_id] = splits.get(entry.asset_id, UNSPLIT) * ratio
    book = lots.follow((entry for entry in told if entry.day <= day), method=lots.FIFO)
    held: dict[str | None, list[lots.Lot]] = {}
    for lot in book.open_lots:
        held.setdefault(lot.asset_id, []).append(lot)
    return [
        PastHolding(
            asset_id=asset_id,
            asset_type=entry.asset_type or "",
            symbol=entry.symbol or "",
            currency=entry.currency,
            quantity=money.total(lot.quantity for lot in held[asset_id]),
            cost=money.total(lot.cost for lot in held[asset_id]),
            later_splits=splits.get(asset_id, UNSPLIT),
        )
        for asset_id, entry in first.items()
        if asset_id in held
    ]


def price_then(price: Price, *, holding: PastHolding) -> Price:
    """What one unit of that day cost, by a close as it is told today.

    Of stocks, past closes are told in today's units: after a split four for one, a close of 400 of before it is told
    as 100. So it is multiplied by the splits since, rounded at 18 places where that is not exact. Crypto's closes
    are told as they were.
    """
    ratio = holding.later_splits
    if price.amount is None or holding.asset_type != STOCK or ratio == UNSPLIT:
        return price
    exact = money.multiply(price.amount, Decimal(ratio.numerator))
    whole = money.ROUNDING.divide(exact, Decimal(ratio.denominator))
    rounded = whole.quantize(money.FINEST, rounding=ROUND_HALF_UP, context=money.ROUNDING)
    return replace(price, amount=whole if whole == rounded else rounded)


def is_old(*, price_date: date, day: date) -> bool:
    """Whether a close is too old to tell much of the day."""
    return (day - price_date).days > CLOSE_HOLDS_FOR_DAYS
