"""What stands now in the tables of a project that no file is behind?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.portfolio import service as portfolio
from app.portfolio.service import ledger_lines
from app.workspace.rules import live_tables as rules

ASSET_TYPES: Final = ("crypto", "stock")

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class LiveTable:
    """A table as it is at this moment; the rows' values are in the order of the columns."""

    name: str
    columns: Mapping[str, str]
    rows: Rows


def read(
    *, names: Sequence[str], user_id: str, now: datetime, stale_after_seconds: int
) -> list[LiveTable]:
    """Read live tables of a user.

    Args:
        names: some of `rules.live_tables.NAMES`.
    """
    return [
        LiveTable(
            name=name,
            columns=rules.COLUMNS[name],
            rows=_READERS[name](user_id, now, stale_after_seconds),
        )
        for name in names
    ]


def _portfolio(user_id: str, now: datetime, stale_after_seconds: int) -> Rows:
    """One row for each asset."""
    assets = [
        asset
        for asset_type in ASSET_TYPES
        for asset in portfolio.value_assets(
            user_id=user_id,
            asset_type=asset_type,
            now=now,
            stale_after_seconds=stale_after_seconds,
        ).assets
    ]
    return [
        tuple(getattr(asset, column) for column in rules.COLUMNS[rules.PORTFOLIO])
        for asset in assets
    ]


def _transactions(user_id: str, now: datetime, stale_after_seconds: int) -> Rows:  # noqa: ARG001 - as every reader
    """One row for each transaction of the ledger behind the assets, the oldest first."""
    return [
        tuple(getattr(line, column) for column in rules.COLUMNS[rules.TRANSACTIONS])
        for line in ledger_lines.ledger_lines(user_id=user_id)
    ]


_READERS: Final[Mapping[str, Callable[[str, datetime, int], Rows]]] = {
    rules.PORTFOLIO: _portfolio,
    rules.TRANSACTIONS: _transactions,
}
