"""What does the portfolio do for all that a user, or everyone, holds: export, erase, keep priced?"""

import logging
from datetime import datetime
from itertools import islice
from typing import Any

from app.core import dynamo
from app.portfolio.models import Asset, PortfolioRow, Profile, Transaction
from app.portfolio.models.alerts import AlertedSymbol
from app.portfolio.service.alerts import erase_alerts, export_alerts
from app.portfolio.service.imports import erase_imports, export_imports
from app.portfolio.service.runs import erase_runs, export_runs
from app.portfolio.service.watchlist import export_watchlist
from app.prices import service as prices

log = logging.getLogger(__name__)

# A DynamoDB transaction holds at most 100 writes.
ERASED_TOGETHER = 100


def track_holdings(*, now: datetime) -> int:
    """Keep every symbol that anyone holds, watches or has an alert for on the refresh list; returns how many there are.

    The list forgets a symbol 30 days after it was last wanted, so that nobody's old holdings are fetched for ever.
    """
    wanted = Asset.symbols_held() | AlertedSymbol.with_alerts()
    prices.keep_tracked(wanted=wanted, now=now)
    return len(wanted)


def export_owned_by(*, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """All that the portfolio holds of a user, by kind: what the user wrote, without prices."""
    profile = Profile.of(user_id)
    return {
        "profile": [_told(profile, "base_currency", "weekly_digest", "created_at")]
        if profile
        else [],
        "assets": [
            _told(
                asset,
                *("asset_id", "asset_type", "symbol", "name", "currency", "quantity"),
                *("purchase_price", "purchase_date", "created_at", "updated_at"),
            )
            for asset in Asset.owned_by(user_id)
        ],
        "transactions": [
            _told(
                transaction,
                *(
                    "transaction_id",
                    "asset_id",
                    "type",
                    "asset_type",
                    "symbol",
                    "quantity",
                    "price",
                ),
                *("fee", "currency", "executed_at", "external_id", "import_id"),
                *("created_at", "updated_at"),
            )
            for transaction in sorted(Transaction.owned_by(user_id), key=lambda row: row.time_key)
        ],
        "watchlist": export_watchlist(user_id=user_id),
        "alerts": export_alerts(user_id=user_id),
        "runs": export_runs(user_id=user_id),
        "imports": export_imports(user_id=user_id),
    }


def erase_owned_by(*, user_id: str) -> None:
    """Erase all that the portfolio holds of a user.

    Run again after a crash it finishes, and where nothing is left it changes nothing.
    """
    transactions = (row.erased() for row in Transaction.owned_by(user_id))
    rest = (row.erased() for row in PortfolioRow.belonging_to(user_id))
    for erasures in (transactions, rest):
        while some := list(islice(erasures, ERASED_TOGETHER)):
            dynamo.commit(*some)
    erase_alerts(user_id=user_id)
    erase_runs(user_id=user_id)
    erase_imports(user_id=user_id)
    log.info("portfolio.erased")


def _told(row: PortfolioRow | Transaction, *attributes: str) -> dict[str, Any]:
    return {attribute: getattr(row, attribute) for attribute in attributes}
