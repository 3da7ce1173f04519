"""How does an asset's ledger change, and the asset with it?

Whoever changes rows reads the asset and all its rows, computes what they come to, and commits the rows and the asset
in one transaction that holds only if nobody else changed them meanwhile; else all of it starts again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from app.core import dynamo, errors
from app.portfolio import rules
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.rules import entries
from app.portfolio.rules.entries import Entry

if TYPE_CHECKING:
    from app.portfolio.rules import lots, projection

log = logging.getLogger(__name__)

MOST_TRANSACTIONS: Final = 50_000
MOST_SPLITS: Final = 100
"""Of one asset: each is followed lot by lot whenever its ledger changes."""
ROWS_TOGETHER: Final = 95
"""Rows that one DynamoDB transaction changes; it holds 100 writes, and the asset and the profile are two."""
ATTEMPTS: Final = 24
LONGEST_PAUSE: Final = 3

Result = TypeVar("Result")


class UnknownAsset(errors.NotFound):
    """The user has no asset with this id: it never was, is gone, or is another user's."""

    code = "asset_not_found"
    message = "You have no asset with this id."


class Oversold(errors.Conflict):
    """More would go out than is held."""

    code = "oversold"
    message = "More would go out than is held at that moment. Short positions are not supported."


class TooManyTransactions(errors.Conflict):
    """The ledger is full."""

    code = "too_many_transactions"
    message = (
        f"A portfolio keeps at most {MOST_TRANSACTIONS} transactions. Export old ones and delete them, "
        "or write to us."
    )


class TooManySplits(errors.Conflict):
    """The asset has as many splits as one may have."""

    code = "too_many_splits"
    message = (
        f"An asset takes at most {MOST_SPLITS} splits. Look for some that were written down twice."
    )


class HoldingTooLarge(errors.Unprocessable):
    """The result has more digits than we compute with."""

    code = "holding_too_large"
    message = (
        "With this the units held, or the price of one, would have more than 18 digits before the point. "
        "Look for a slip in a quantity, a price or a split."
    )


@dataclass(kw_only=True)
class Pool:
    """An asset with all its rows, as they were read.

    Attributes:
        asset: may never have been stored, while it has no rows.
        rows: by id.
        profile: None before the user's first write.
    """

    asset: Asset
    rows: dict[str, Transaction]
    profile: Profile | None

    def entries(self) -> list[Entry]:
        """The rows as the rules read them."""
        return [row.entry() for row in self.rows.values()]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to become of rows; no row is in two of these.

    Attributes:
        edited: each as it was and as it is to be.
    """

    added: Sequence[Transaction] = ()
    edited: Sequence[tuple[Transaction, Transaction]] = ()
    removed: Sequence[Transaction] = ()

    def writes(self) -> list[dynamo.Write]:
        """The rows' own."""
        return [
            *(row.added() for row in self.added),
            *(row.edited(before=before) for before, row in self.edited),
            *(row.removed() for row in self.removed),
        ]

    def earliest(self) -> date:
        """The first day for which it counts."""
        edited = (row for pair in self.edited for row in pair)
        return min(row.entry().day for row in (*self.added, *edited, *self.removed))


def entries_of(*, user_id: str) -> list[Entry]:
    """A user's whole ledger as it stands now, in no particular order: a request for every MB, about 1,500 rows."""
    return list(Transaction.entries_of(user_id))


def read_pool(*, user_id: str, asset_id: str) -> Pool | None:
    """An asset with all its rows; None where the user has none such.

    The asset is read first: rows that change afterwards change its version, too, so nothing is committed on them.

    Raises:
        dynamo.ConditionFailed: rows came or went between the two.
    """
    asset, profile = Asset.and_profile(user_id, asset_id)
    if asset is None:
        return None
    rows = {row.transaction_id: row for row in Transaction.of_asset(user_id, asset_id)}
    if len(rows) != asset.transaction_count:
        raise dynamo.ConditionFailed(frozenset())
    return Pool(asset=asset, rows=rows, profile=profile)


def until_alone(*, step: Callable[[], Result]) -> Result:
    """Take a step that reads, computes and commits, again and again until nobody comes in between.

    Raises:
        dynamo.Busy: others came in between all the while.
    """
    for attempt in range(ATTEMPTS):
        try:
            return step()
        except dynamo.ConditionFailed:
            dynamo.pause_after(min(attempt, LONGEST_PAUSE))
    raise dynamo.Busy


def apply(*, pool: Pool, change: Change, now: datetime) -> None:
    """Commit a change of an asset's rows, at most ROWS_TOGETHER, with what the asset comes to then.

    Raises:
        dynamo.ConditionFailed: somebody else changed the asset, a row or the profile since they were read.
        Oversold, HoldingTooLarge, TooManyTransactions.
    """
    rows = dict(pool.rows)
    rows.update((row.transaction_id, row) for row in change.added)
    rows.update((row.transaction_id, row) for _, row in change.edited)
    for row in change.removed:
        del rows[row.transaction_id]
    if pool.asset.opening_id not in rows:
        pool.asset.opening_id = None
    if rows:
        held = projected(pool=pool, rows=[row.entry() for row in rows.values()])
        outcome = pool.asset.projected(held, transaction_count=len(rows), now=now)
    else:
        outcome = pool.asset.removed()
    commit(pool=pool, change=change, outcome=outcome, now=now)
    pool.rows = rows


def room_for_splits(*, pool: Pool) -> int:
    """How many more splits the asset takes."""
    return MOST_SPLITS - sum(row.type == entries.SPLIT for row in pool.rows.values())


def projected(*, pool: Pool, rows: Sequence[Entry]) -> "projection.Projection":
    """What an asset's entries come to; what can't be is told as the user's mistake.

    Raises:
        Oversold, HoldingTooLarge.
    """
    # Imported with the first change: whoever only looks at assets need not wait for it in a cold start.
    from app.portfolio.rules import lots, projection

    try:
        return projection.project(rows)
    except lots.Oversold as oversold:
        raise _told(oversold, asset=pool.asset) from None
    except projection.Unwieldy:
        raise HoldingTooLarge from None


def commit(*, pool: Pool, change: Change, outcome: dynamo.Write, now: datetime) -> None:
    """Commit a change of rows together with `outcome`, the asset's own write, and count it in the profile.

    Raises:
        dynamo.ConditionFailed, TooManyTransactions.
    """
    commit_rows(
        user_id=pool.asset.user_id, profile=pool.profile, change=change, besides=[outcome], now=now
    )


def commit_rows(
    *,
    user_id: str,
    profile: Profile | None,
    change: Change,
    besides: Sequence[dynamo.Write] = (),
    now: datetime,
) -> None:
    """Commit a change of rows, of an asset or of none, and count it in the profile.

    Raises:
        dynamo.ConditionFailed, TooManyTransactions.
    """
    more = len(change.added) - len(change.removed)
    if more > 0 and profile is not None and profile.transaction_count + more > MOST_TRANSACTIONS:
        raise TooManyTransactions(details={"transactions": int(profile.transaction_count)})
    dynamo.commit(
        *change.writes(),
        *besides,
        Profile.counting(
            user_id=user_id,
            known=profile,
            base_currency=rules.DEFAULT_CURRENCY,
            added=more,
            earliest=change.earliest(),
            most=MOST_TRANSACTIONS,
            now=now,
        ),
    )
    if profile is not None:
        profile.note(added=more, earliest=change.earliest())


def _told(oversold: "lots.Oversold", *, asset: Asset) -> Oversold:
    entry, held = oversold.entry, oversold.held
    others = [
        {"asset_id": other.asset_id, "held": f"{other.quantity:f}"}
        for other in Asset.owned_by(asset.user_id)
        if other.is_held
        and other.asset_id != asset.asset_id
        and (other.asset_type, other.symbol) == (asset.asset_type, asset.symbol)
    ]
    moment = entry.executed_at.isoformat()
    message = (
        f"{entry.quantity:f} {asset.symbol} would go out at {moment}, when {held:f} were held. Short positions are "
        "not supported: correct the quantity or the time, or add first what came in."
    )
    if others:
        message += " Other assets of yours hold some of it: name one of them as asset_id."
    return Oversold(
        message,
        details={
            "symbol": asset.symbol,
            "asset_id": asset.asset_id,
            "held": f"{held:f}",
            "wanted": f"{entry.quantity:f}",
            "at": moment,
            "transaction_id": entry.transaction_id,
            "others": others,
        },
    )
