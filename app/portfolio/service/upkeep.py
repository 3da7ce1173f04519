"""What does the portfolio do for all that a user, or everyone, holds: export, erase, keep priced?"""

import logging
from datetime import datetime
from itertools import islice
from typing import Any

from app.core import dynamo
from app.portfolio.models import Asset, PortfolioRow, Profile
from app.prices import service as prices

log = logging.getLogger(__name__)

# A DynamoDB transaction holds at most 100 writes.
ERASED_TOGETHER = 100


def track_holdings(*, now: datetime) -> int:
    """Keep the price of every symbol that anyone holds on the refresh list; returns how many there are.

    The list forgets a symbol 30 days after it was last wanted, so that nobody's old holdings are fetched for ever.
    """
    held = Asset.symbols_held()
    prices.keep_tracked(wanted=held, now=now)
    return len(held)


def export_owned_by(*, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """All that the portfolio holds of a user, by kind: what the user wrote, without prices."""
    profile = Profile.of(user_id)
    return {
        "profile": [_told(profile, "base_currency", "created_at")] if profile else [],
        "assets": [
            _told(
                asset,
                *("asset_id", "asset_type", "symbol", "name", "currency", "quantity"),
                *("purchase_price", "purchase_date", "created_at", "updated_at"),
            )
            for asset in Asset.owned_by(user_id)
        ],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Erase all that the portfolio holds of a user.

    Run again after a crash it finishes, and where nothing is left it changes nothing.
    """
    rows = PortfolioRow.belonging_to(user_id)
    while some := list(islice(rows, ERASED_TOGETHER)):
        dynamo.commit(*(row.erased() for row in some))
    log.info("portfolio.erased")


def _told(row: PortfolioRow, *attributes: str) -> dict[str, Any]:
    return {attribute: getattr(row, attribute) for attribute in attributes}
