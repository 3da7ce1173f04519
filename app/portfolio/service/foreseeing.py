"""What would become of rows of one asset, as far as that can be told without adding them?"""

from collections.abc import Sequence
from datetime import datetime

from app.portfolio import rules
from app.portfolio.models import Transaction
from app.portfolio.rules import oversold, projection
from app.portfolio.rules.imports.matching import IMPORTED, REFUSED, Fate
from app.portfolio.service import additions, ledger


def foresee(
    *, rows: Sequence[Transaction], held: Sequence[Transaction], now: datetime
) -> list[Fate]:
    """The fate of each row, in their order, if all were added now.

    Args:
        rows: of one asset, or of none; not stored.
        held: what is stored of the asset.
    """
    early = {
        row.transaction_id
        for row in rows
        if rules.is_in_the_future(purchase_date=row.entry().day, now=now)
    }
    new = [row for row in rows if row.transaction_id not in early]
    reasons = dict.fromkeys(early, additions.IN_THE_FUTURE) | _impossible(new, held=held)
    return [_fate(reasons.get(row.transaction_id)) for row in rows]


def _impossible(new: Sequence[Transaction], *, held: Sequence[Transaction]) -> dict[str, str]:
    """Those that an asset can't take, and why."""
    if not new or new[0].asset_id is None:
        return {}
    try:
        refused = oversold.refused(
            stored=[row.entry() for row in held], new=[row.entry() for row in new]
        )
    except projection.Unwieldy:
        return {row.transaction_id: ledger.HoldingTooLarge.message for row in new}
    return dict.fromkeys(refused, additions.OVERSOLD)


def _fate(reason: str | None) -> Fate:
    return Fate(result=IMPORTED if reason is None else REFUSED, reason=reason)
