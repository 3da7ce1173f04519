"""How does an import write many transactions down at once?

The rows of one asset at a time: its ledger is read once, what it comes to after every 95 rows is computed from there,
and each 95 are one DynamoDB transaction with the asset, which holds only while nobody else changes the asset.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.portfolio import rules
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.models.transactions import id_of, position_id
from app.portfolio.rules import entries, lots, oversold, projection
from app.portfolio.rules.new_entries import NewEntry
from app.portfolio.service import ledger
from app.portfolio.service.ledger import MOST_TRANSACTIONS, ROWS_TOGETHER, Change, Pool
from app.portfolio.service.market import keep_priced
from app.portfolio.service.transactions import position
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

IMPORTED: Final = "imported"
DUPLICATE: Final = "duplicate"
REFUSED: Final = "refused"

OVERSOLD: Final = (
    "More would go out than was held at that moment, or than later sales leave. "
    "Short positions are not supported."
)
DIFFERS: Final = "It is there already, with other amounts or another time; yours was kept."
IN_THE_FUTURE: Final = "It is dated in the future."
OTHER_ASSET: Final = "Its asset is there already, with another symbol or currency."

Planned = list[tuple[Sequence[Transaction], projection.Projection]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a row.

    Attributes:
        result: imported (also where an earlier try of the same import stored it), duplicate or refused.
        reason: a sentence where it was refused, or where a duplicate differs.
        transaction_id: None where it was refused.
    """

    result: str
    reason: str | None = None
    transaction_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NamedAsset:
    """An asset of its own, beside the user's position in its symbol and currency.

    Attributes:
        name: what the user calls it.
        opening: the purchase that it begins with, if that is among the rows.
    """

    asset_id: str
    name: str | None
    opening: NewEntry | None


def add_many(
    *,
    user_id: str,
    rows: Sequence[NewEntry],
    asset: NamedAsset | None = None,
    pools: dict[str, Pool] | None = None,
    import_id: str,
    jobs: JobQueue,
    now: datetime,
) -> list[Outcome]:
    """Write down rows that move one position, or that all belong to no asset; what became of each, in their order.

    A row that can't be is refused and the others are kept. Where the process ends midway, some rows are in; asked
    again with the same import_id, the rest follows and all of them count as imported.

    Args:
        rows: of one asset type, symbol and currency; each with an external_id or a fingerprint, so that it is known
            again.
        asset: an asset of its own that they move instead; it is made where there is none.
        pools: assets with all their rows, by id, as they were read before, so that they need not be read again. What
            is read or stored here is noted there; where somebody else came in between, all is read anew.

    Raises:
        dynamo.Busy: others changed the asset all the while.
    """
    written = _written(user_id, rows, asset=asset, import_id=import_id, now=now)
    unique = {row.transaction_id: row for row in reversed(written)}
    known = {} if pools is None else pools
    tries = 0

    def step() -> dict[str, Outcome]:
        nonlocal tries
        tries += 1
        addition = _Addition(
            user_id=user_id, asset=asset, pools=known, import_id=import_id, now=now
        )
        return addition.carry_out(unique, jobs=jobs, look_elsewhere=tries > 1)

    found = ledger.until_alone(step=step) if rows else {}
    told: list[Outcome] = []
    seen: set[str] = set()
    for row in written:
        outcome = found[row.transaction_id]
        if row.transaction_id in seen and outcome.result == IMPORTED:
            outcome = Outcome(result=DUPLICATE, transaction_id=row.transaction_id)
        seen.add(row.transaction_id)
        told.append(outcome)
    log.info("portfolio.transactions_added", extra={"rows": len(rows)})
    return told


def _written(
    user_id: str,
    rows: Sequence[NewEntry],
    *,
    asset: NamedAsset | None,
    import_id: str,
    now: datetime,
) -> list[Transaction]:
    kinds = {(row.asset_type, row.symbol, row.currency if row.symbol else None) for row in rows}
    if len(kinds) > 1:
        message = f"rows of several assets came at once: {sorted(kinds, key=str)}"
        raise ValueError(message)
    asset_id = asset.asset_id if asset is not None else None
    for asset_type, symbol, currency in () if asset is not None else kinds:
        if asset_type is not None and symbol is not None and currency is not None:
            asset_id = position_id(
                user_id=user_id, asset_type=asset_type, symbol=symbol, currency=currency
            )
    return [
        Transaction.written_down(
            user_id=user_id, asset_id=asset_id, row=row, import_id=import_id, now=now
        )
        for row in rows
    ]


class _Addition:
    """One try to add rows to what stands in the table now."""

    def __init__(
        self,
        *,
        user_id: str,
        asset: NamedAsset | None,
        pools: dict[str, Pool],
        import_id: str,
        now: datetime,
    ) -> None:
        self._user_id = user_id
        self._asset = asset
        self._pools = pools
        self._import_id = import_id
        self._now = now
        self._outcomes: dict[str, Outcome] = {}

    def carry_out(
        self, rows: dict[str, Transaction], *, jobs: JobQueue, look_elsewhere: bool
    ) -> dict[str, Outcome]:
        """Add what can be added.

        Args:
            look_elsewhere: a row's id may stand with another asset; that is asked only once storing failed.

        Raises:
            dynamo.ConditionFailed: somebody else came in between; some rows may be in.
        """
        some = next(iter(rows.values()))
        if some.asset_type is None or some.symbol is None:
            self._add_without_asset(rows)
            return self._outcomes
        if look_elsewhere or some.asset_id not in self._pools:
            read = self._pool(some.asset_type, some.symbol, some.currency)
        else:
            read = self._pools[some.asset_id]
        pool = self._if_of(some, read)
        if pool is None:
            self._refuse(rows.values(), OTHER_ASSET)
            return self._outcomes
        self._pools[pool.asset.asset_id] = pool
        known = dict(pool.rows)
        if look_elsewhere:
            known |= Transaction.with_ids(self._user_id, rows.keys() - known.keys())
        new = self._unless_full(self._unless_known(rows, known), pool.profile)
        new = self._unless_split_too_often(new, pool)
        if new:
            self._add(pool, new, jobs=jobs)
        return self._outcomes

    @staticmethod
    def _if_of(row: Transaction, pool: Pool) -> Pool | None:
        """What the row moves; None where its asset of its own is another than the row says."""
        asset = pool.asset
        there = (asset.asset_type, asset.symbol, asset.currency)
        return pool if there == (row.asset_type, row.symbol, row.currency) else None

    def _pool(self, asset_type: str, symbol: str, currency: str) -> Pool:
        own = self._asset
        if own is None:
            return position(
                user_id=self._user_id,
                asset_type=asset_type,
                symbol=symbol,
                currency=currency,
                now=self._now,
            )
        pool = ledger.read_pool(user_id=self._user_id, asset_id=own.asset_id)
        if pool is not None:
            return pool
        made = Asset.bought(
            user_id=self._user_id,
            asset_id=own.asset_id,
            asset_type=asset_type,
            symbol=symbol,
            name=own.name,
            currency=currency,
            quantity=Decimal(0),
            purchase_price=Decimal(0),
            purchase_date=self._now.date(),
            opening_id=id_of(user_id=self._user_id, row=own.opening) if own.opening else None,
            now=self._now,
        )
        return Pool(asset=made, rows={}, profile=Profile.of(self._user_id))

    def _add(self, pool: Pool, new: Sequence[Transaction], *, jobs: JobQueue) -> None:
        stored = pool.entries()
        try:
            refused = oversold.refused(stored=stored, new=[row.entry() for row in new])
            kept = [row for row in new if row.transaction_id not in refused]
            planned = _planned(stored, kept)
        except projection.Unwieldy:
            self._refuse(new, ledger.HoldingTooLarge.message)
            return
        self._refuse((row for row in new if row.transaction_id in refused), OVERSOLD)
        if not pool.asset.is_held and any(row.type in entries.COMING_IN for row in kept):
            keep_priced(
                asset_type=pool.asset.asset_type,
                symbol=pool.asset.symbol,
                currency=pool.asset.currency,
                now=self._now,
                jobs=jobs,
            )
        count = len(pool.rows)
        for chunk, held in planned:
            count += len(chunk)
            outcome = pool.asset.projected(held, transaction_count=count, now=self._now)
            ledger.commit(pool=pool, change=Change(added=chunk), outcome=outcome, now=self._now)
            pool.rows.update((row.transaction_id, row) for row in chunk)
            self._imported(chunk)

    def _unless_split_too_often(self, new: Sequence[Transaction], pool: Pool) -> list[Transaction]:
        splits = [row for row in new if row.type == entries.SPLIT]
        too_many = splits[max(ledger.room_for_splits(pool=pool), 0) :]
        self._refuse(too_many, ledger.TooManySplits.message)
        refused = {row.transaction_id for row in too_many}
        return [row for row in new if row.transaction_id not in refused]

    def _add_without_asset(self, rows: dict[str, Transaction]) -> None:
        profile = Profile.of(self._user_id)
        known = Transaction.with_ids(self._user_id, rows)
        new = self._unless_full(self._unless_known(rows, known), profile)
        for chunk in _chunks(new):
            ledger.commit_rows(
                user_id=self._user_id, profile=profile, change=Change(added=chunk), now=self._now
            )
            self._imported(chunk)

    def _unless_known(
        self, rows: dict[str, Transaction], known: dict[str, Transaction]
    ) -> list[Transaction]:
        """The rows that are not there yet and can be, in the order in which they count."""
        new: dict[str, Transaction] = {}
        for transaction_id, row in rows.items():
            stored = known.get(transaction_id)
            if stored is None and rules.is_in_the_future(
                purchase_date=row.entry().day, now=self._now
            ):
                self._refuse([row], IN_THE_FUTURE)
            elif stored is None:
                new[transaction_id] = row
            elif stored.import_id == self._import_id:
                self._imported([row])
            else:
                differs = stored.entry() != row.entry()
                self._outcomes[transaction_id] = Outcome(
                    result=DUPLICATE,
                    reason=DIFFERS if differs else None,
                    transaction_id=transaction_id,
                )
        return [
            new[entry.transaction_id]
            for entry in entries.ordered(row.entry() for row in new.values())
        ]

    def _unless_full(
        self, new: Sequence[Transaction], profile: Profile | None
    ) -> Sequence[Transaction]:
        free = MOST_TRANSACTIONS - (int(profile.transaction_count) if profile is not None else 0)
        self._refuse(new[max(free, 0) :], ledger.TooManyTransactions.message)
        return new[: max(free, 0)]

    def _refuse(self, rows: Iterable[Transaction], reason: str) -> None:
        self._outcomes.update(
            (row.transaction_id, Outcome(result=REFUSED, reason=reason)) for row in rows
        )

    def _imported(self, rows: Iterable[Transaction]) -> None:
        self._outcomes.update(
            (row.transaction_id, Outcome(result=IMPORTED, transaction_id=row.transaction_id))
            for row in rows
        )


def _planned(stored: Sequence[entries.Entry], kept: Sequence[Transaction]) -> Planned:
    """The rows some at a time, and what the asset comes to after each time.

    In the order of time, as a rule. Where stored sales need what only later rows bring in, all that comes in is first.

    Raises:
        projection.Unwieldy.
    """
    course = projection.Course(stored)
    try:
        return [(chunk, course.add([row.entry() for row in chunk])) for chunk in _chunks(kept)]
    except lots.Oversold:
        planned: Planned = []
        so_far = list(stored)
        for chunk in _chunks(sorted(kept, key=_harmless_first)):
            so_far += [row.entry() for row in chunk]
            planned.append((chunk, projection.project(so_far)))
        return planned


def _harmless_first(row: Transaction) -> int:
    if row.type in entries.COMING_IN:
        return 0
    if row.type == entries.SPLIT:
        return 1 if lots.split_ratio(row.quantity) >= 1 else 2
    return 3


def _chunks(rows: Sequence[Transaction]) -> Iterable[Sequence[Transaction]]:
    return (rows[at : at + ROWS_TOGETHER] for at in range(0, len(rows), ROWS_TOGETHER))
