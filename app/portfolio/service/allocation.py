"""How is what a user holds spread over assets, types and currencies?"""

from dataclasses import dataclass
from datetime import datetime

from app.portfolio import rules
from app.portfolio.rules import allocation
from app.portfolio.service.valuation import Unpriced, totals_of, unpriced_of, worth_of


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """The shares of what could be counted, in `currency`; `unpriced` names what could not."""

    currency: str
    totals: rules.Totals
    shares: allocation.Shares
    unpriced: list[Unpriced]


def allocation_of(*, user_id: str, now: datetime, stale_after_seconds: int) -> Allocation:
    """How what the user holds is spread now: one query, and a batched read of prices and rates."""
    worth = worth_of(
        user_id=user_id,
        asset_types=rules.ASSET_TYPES,
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    positions = [
        allocation.Position(
            asset_id=each.asset.asset_id,
            asset_type=each.asset.asset_type,
            symbol=each.asset.symbol,
            name=each.asset.name,
            currency=each.asset.currency,
            value=each.counted.value,
        )
        for each in worth.holdings
        if each.counted.value is not None
        and rules.why_uncounted(each.counted, currency=worth.currency) is None
    ]
    return Allocation(
        currency=worth.currency,
        totals=totals_of(holdings=worth.holdings, currency=worth.currency),
        shares=allocation.shares(positions, base_currency=worth.currency),
        unpriced=unpriced_of(holdings=worth.holdings, currency=worth.currency),
    )
