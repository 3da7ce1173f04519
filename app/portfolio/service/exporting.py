"""How does a user take the ledger elsewhere? As a CSV that reads back to the very same ledger, part by part."""

from app.core import csv_cells
from app.portfolio.models import Asset, Transaction
from app.portfolio.models.transactions import position_id
from app.portfolio.rules.imports import ours

MOST_EXPORTED = 10_000
"""Rows of one part: an import takes a part whole."""
A_READ = 1_000


def export_ledger(*, user_id: str, cursor: str | None) -> tuple[str, str | None]:
    """A part of the ledger as CSV, the oldest rows first, and the cursor of the next part (None at the end).

    Raises:
        dynamo.InvalidCursor.
    """
    rows: list[Transaction] = []
    while len(rows) < MOST_EXPORTED:
        page = Transaction.oldest_first(
            user_id, limit=min(A_READ, MOST_EXPORTED - len(rows)), cursor=cursor
        )
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assets = {asset.asset_id: asset for asset in Asset.owned_by(user_id)}
    cells = [_cells(row, assets.get(row.asset_id or "")) for row in rows]
    return csv_cells.written([ours.HEADER, *cells]), cursor


def _cells(row: Transaction, asset: Asset | None) -> tuple[str, ...]:
    own = asset if asset is not None and not _is_position(asset) else None
    opening = own is not None and own.opening_id == row.transaction_id
    return ours.row_of(
        transaction_id=row.transaction_id,
        type=row.type,
        asset_type=row.asset_type,
        symbol=row.symbol,
        quantity=row.quantity,
        price=row.price,
        fee=row.fee,
        currency=row.currency,
        executed_at=row.executed_at,
        external_id=row.external_id,
        own_asset=own.asset_id if own else None,
        opening=opening,
        name=own.name if own and opening else None,
    )


def _is_position(asset: Asset) -> bool:
    return bool(
        asset.asset_id
        == position_id(
            user_id=asset.user_id,
            asset_type=asset.asset_type,
            symbol=asset.symbol,
            currency=asset.currency,
        )
    )
