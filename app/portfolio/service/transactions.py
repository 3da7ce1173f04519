"""How does a user write transactions down, correct and remove them?"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core import errors
from app.portfolio import rules
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.models.transactions import position_id
from app.portfolio.rules import entries, new_entries
from app.portfolio.rules.new_entries import NewEntry
from app.portfolio.service import ledger
from app.portfolio.service.ledger import Change, Pool, UnknownAsset
from app.portfolio.service.market import keep_priced
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)


class UnknownTransaction(errors.NotFound):
    """The user has no transaction with this id: it never was, is gone, or is another user's."""

    code = "transaction_not_found"
    message = "You have no transaction with this id."


class TransactionConflict(errors.Conflict):
    """Another transaction has this external_id."""

    code = "transaction_conflict"
    message = (
        "Another transaction has this external_id already; details names it. Correct that one with "
        "PUT, or send this one under an external_id of its own."
    )


class AssetMismatch(errors.Unprocessable):
    """The asset that was named is of another symbol, type or currency."""

    code = "asset_mismatch"
    message = (
        "The asset with this asset_id is another than the transaction says; details tells its own. "
        "Leave them out, or name another asset."
    )


class ExecutedInTheFuture(errors.Unprocessable):
    """It can't have happened yet."""

    code = "executed_at_in_future"
    message = "executed_at is still to come. Give the time at which it happened."


def add_transaction(
    *,
    user_id: str,
    row: Mapping[str, Any],
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> tuple[Transaction, bool]:
    """Write a transaction down; gives it as it is stored, and whether it is new.

    It moves the asset that it names, else the user's position in its symbol and currency, which the first one makes;
    interest and fees without a symbol belong to no asset. One whose external_id is there already changes nothing.

    Args:
        row: type, quantity, price, fee, executed_at, and each or None: asset_id, asset_type, symbol, currency,
            external_id.
        sleep, wait_seconds: how, and how long at most, to wait for a worker to ask the market about a new symbol.

    Raises:
        ExecutedInTheFuture, UnknownAsset, AssetMismatch, TransactionConflict, prices.UnknownSymbol.
        ledger.Oversold, ledger.HoldingTooLarge: with it the ledger would not add up.
        ledger.TooManyTransactions, ledger.TooManySplits: it is full.
    """
    _refuse_the_future(row["executed_at"], now)

    def ensure_known(new: NewEntry) -> None:
        if new.asset_type is not None and new.symbol is not None:
            prices.ensure_known_symbol(
                asset_type=new.asset_type,
                symbol=new.symbol,
                jobs=jobs,
                now=now,
                sleep=sleep,
                wait_seconds=wait_seconds,
            )

    def step() -> tuple[Transaction, bool]:
        pool, new = _target(user_id, row, ensure_known=ensure_known, now=now)
        written = Transaction.written_down(
            user_id=user_id, asset_id=pool.asset.asset_id if pool else None, row=new, now=now
        )
        if new.external_id is not None:
            stored = Transaction.of(user_id, written.transaction_id)
            if stored is not None:
                return _same(stored, written), False
        if pool is None:
            profile = Profile.of(user_id)
            ledger.commit_rows(
                user_id=user_id, profile=profile, change=Change(added=[written]), now=now
            )
            return written, True
        if new.type in entries.COMING_IN and not pool.asset.is_held:
            keep_priced(
                asset_type=pool.asset.asset_type,
                symbol=pool.asset.symbol,
                currency=pool.asset.currency,
                now=now,
                jobs=jobs,
            )
        if new.type == entries.SPLIT and ledger.room_for_splits(pool=pool) < 1:
            raise ledger.TooManySplits(details={"asset_id": pool.asset.asset_id})
        ledger.apply(pool=pool, change=Change(added=[written]), now=now)
        return written, True

    written, is_new = ledger.until_alone(step=step)
    log.info(
        "portfolio.transaction_added",
        extra={"transaction_id": written.transaction_id, "new": is_new},
    )
    return written, is_new


def get_transaction(*, user_id: str, transaction_id: str) -> Transaction:
    """One of the user's transactions.

    Raises:
        UnknownTransaction.
    """
    row = Transaction.of(user_id, transaction_id)
    if row is None:
        raise UnknownTransaction
    return row


def list_transactions(
    *,
    user_id: str,
    asset_id: str | None,
    symbol: str | None,
    type_name: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[Transaction], str | None]:
    """Some of the user's transactions, the newest first, and the cursor of the next ones (None at the end)."""
    page = Transaction.page(
        user_id,
        asset_id=asset_id,
        symbol=symbol,
        type_name=type_name,
        start=start,
        end=end,
        limit=limit,
        cursor=cursor,
    )
    return page.items, page.next_cursor


def change_transaction(
    *, user_id: str, transaction_id: str, changes: Mapping[str, Any], now: datetime
) -> Transaction:
    """Correct quantity, price, fee or executed_at; everything after it is computed anew.

    Raises:
        UnknownTransaction, ExecutedInTheFuture.
        errors.Unprocessable: a transaction of this type can't have such amounts.
        ledger.Oversold, ledger.HoldingTooLarge: with it the ledger would not add up.
    """
    if not changes:
        return get_transaction(user_id=user_id, transaction_id=transaction_id)
    if "executed_at" in changes:
        _refuse_the_future(changes["executed_at"], now)

    def step() -> Transaction:
        pool, row = _stored(user_id, transaction_id)
        corrected = row.corrected(changes=changes, now=now)
        _refuse_wrong_amounts(corrected)
        _carry_out(user_id, pool, Change(edited=[(row, corrected)]), now=now)
        return corrected

    corrected = ledger.until_alone(step=step)
    log.info("portfolio.transaction_changed", extra={"transaction_id": transaction_id})
    return corrected


def remove_transaction(*, user_id: str, transaction_id: str, now: datetime) -> None:
    """Remove a transaction as if it had never been; the last one of an asset takes the asset with it.

    Raises:
        UnknownTransaction.
        ledger.Oversold: what went out later came from it.
        ledger.HoldingTooLarge: without it the ledger would not add up.
    """

    def step() -> None:
        pool, row = _stored(user_id, transaction_id)
        _carry_out(user_id, pool, Change(removed=[row]), now=now)

    ledger.until_alone(step=step)
    log.info("portfolio.transaction_removed", extra={"transaction_id": transaction_id})


def _refuse_the_future(executed_at: datetime, now: datetime) -> None:
    if rules.is_in_the_future(purchase_date=executed_at.date(), now=now):
        raise ExecutedInTheFuture(details={"executed_at": [ExecutedInTheFuture.message]})


def _refuse_wrong_amounts(row: Transaction) -> None:
    found = new_entries.problems(
        type_name=row.type, quantity=row.quantity, price=row.price, fee=row.fee
    )
    if found:
        raise errors.Unprocessable(
            details={"json": {name: [sentence] for name, sentence in found.items()}}
        )


def _target(
    user_id: str,
    row: Mapping[str, Any],
    *,
    ensure_known: Callable[[NewEntry], None],
    now: datetime,
) -> tuple[Pool | None, NewEntry]:
    """The asset that a new row moves, None where it belongs to none, and the row with what the asset says."""
    if row["asset_id"] is not None:
        pool = ledger.read_pool(user_id=user_id, asset_id=row["asset_id"])
        if pool is None:
            raise UnknownAsset
        return pool, _new_entry(row, _agreeing(row, pool.asset))
    new = _new_entry(row, {"currency": row["currency"] or rules.DEFAULT_CURRENCY})
    if new.asset_type is None or new.symbol is None:
        return None, new
    pool = position(
        user_id=user_id,
        asset_type=new.asset_type,
        symbol=new.symbol,
        currency=new.currency,
        now=now,
    )
    if not pool.rows:
        ensure_known(new)
    return pool, new


def position(*, user_id: str, asset_type: str, symbol: str, currency: str, now: datetime) -> Pool:
    """The user's one position in a symbol and currency; without rows where there is none yet."""
    asset_id = position_id(user_id=user_id, asset_type=asset_type, symbol=symbol, currency=currency)
    pool = ledger.read_pool(user_id=user_id, asset_id=asset_id)
    if pool is not None:
        return pool
    asset = Asset.bought(
        user_id=user_id,
        asset_id=asset_id,
        asset_type=asset_type,
        symbol=symbol,
        name=None,
        currency=currency,
        quantity=Decimal(0),
        purchase_price=Decimal(0),
        purchase_date=now.date(),
        now=now,
    )
    return Pool(asset=asset, rows={}, profile=Profile.of(user_id))


def _agreeing(row: Mapping[str, Any], asset: Asset) -> dict[str, str]:
    """What the asset says of itself, where the row says nothing else."""
    own = {
        "asset_type": asset.asset_type,
        "symbol": asset.symbol,
        "currency": asset.currency,
    }
    if any(row[name] is not None and row[name] != value for name, value in own.items()):
        raise AssetMismatch(details={"asset_id": asset.asset_id, **own})
    return own


def _new_entry(row: Mapping[str, Any], own: Mapping[str, str]) -> NewEntry:
    facts = {name: value for name, value in row.items() if name != "asset_id"}
    return NewEntry(**{**facts, **own})


def _same(stored: Transaction, written: Transaction) -> Transaction:
    if stored.entry() != written.entry():
        raise TransactionConflict(
            details={"transaction_id": stored.transaction_id, "external_id": stored.external_id}
        )
    return stored


def _stored(user_id: str, transaction_id: str) -> tuple[Pool | None, Transaction]:
    """A transaction, and the asset that it moves with all its rows; None where it belongs to none."""
    row = get_transaction(user_id=user_id, transaction_id=transaction_id)
    if row.asset_id is None:
        return None, row
    pool = ledger.read_pool(user_id=user_id, asset_id=row.asset_id)
    if pool is None or transaction_id not in pool.rows:
        raise UnknownTransaction
    return pool, pool.rows[transaction_id]


def _carry_out(user_id: str, pool: Pool | None, change: Change, *, now: datetime) -> None:
    if pool is not None:
        ledger.apply(pool=pool, change=change, now=now)
        return
    ledger.commit_rows(user_id=user_id, profile=Profile.of(user_id), change=change, now=now)
