"""How is state changed? By conditional writes, one alone or several as one transaction."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pynamodb.exceptions import DeleteError, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.core import errors
from app.core.dynamo.connection import Model, shared_connection

CONFLICT_ATTEMPTS = 8
CONFLICT_PAUSE_SECONDS = 0.02


class ConditionFailed(Exception):
    """A conditional write found something else than it required.

    Attributes:
        failed: the positions, in the order committed, of the writes whose condition did not hold.
    """

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions of writes {sorted(failed)} did not hold")
        self.failed = failed


class Busy(errors.ServiceUnavailable):
    """Too many writers wanted the same rows at once."""

    code = "busy"
    message = "Many requests are changing the same thing. Try again in a moment."


class Write(Protocol):
    """One conditional change, which a lower domain hands up to be committed with others.

    Attributes:
        rank: PynamoDB sends a transaction's checks first, then deletions, puts and updates.
    """

    rank: ClassVar[int]

    def alone(self) -> None:
        """Carry it out by itself."""

    def within(self, transaction: TransactWrite) -> None:
        """Add it to a transaction."""


@dataclass(frozen=True, kw_only=True)
class _Put:
    rank: ClassVar[int] = 2
    item: Model
    condition: Condition | None

    def alone(self) -> None:
        self.item.save(condition=self.condition)

    def within(self, transaction: TransactWrite) -> None:
        transaction.save(self.item, condition=self.condition)


@dataclass(frozen=True, kw_only=True)
class _Update:
    rank: ClassVar[int] = 3
    item: Model
    actions: Sequence[Action]
    condition: Condition | None

    def alone(self) -> None:
        self.item.update(actions=list(self.actions), condition=self.condition)

    def within(self, transaction: TransactWrite) -> None:
        transaction.update(self.item, actions=list(self.actions), condition=self.condition)


@dataclass(frozen=True, kw_only=True)
class _Delete:
    rank: ClassVar[int] = 1
    item: Model
    condition: Condition | None

    def alone(self) -> None:
        self.item.delete(condition=self.condition)

    def within(self, transaction: TransactWrite) -> None:
        transaction.delete(self.item, condition=self.condition)


@dataclass(frozen=True, kw_only=True)
class _Check:
    rank: ClassVar[int] = 0
    model: type[Model]
    hash_key: Any
    range_key: Any
    condition: Condition

    def alone(self) -> None:
        message = "a condition check belongs in a transaction with the write that it guards"
        raise ValueError(message)

    def within(self, transaction: TransactWrite) -> None:
        transaction.condition_check(
            self.model, self.hash_key, self.range_key, condition=self.condition
        )


def put(item: Model, condition: Condition | None = None) -> Write:
    """Store a whole item."""
    return _Put(item=item, condition=condition)


def update(item: Model, actions: Sequence[Action], condition: Condition | None = None) -> Write:
    """Change attributes of the item with this key; it is made where it doesn't exist."""
    return _Update(item=item, actions=actions, condition=condition)


def delete(item: Model, condition: Condition | None = None) -> Write:
    """Remove the item with this key."""
    return _Delete(item=item, condition=condition)


def check(
    model: type[Model], hash_key: Any, range_key: Any = None, *, condition: Condition
) -> Write:
    """Require something of an item that the transaction doesn't change."""
    return _Check(model=model, hash_key=hash_key, range_key=range_key, condition=condition)


def commit(*writes: Write, token: str | None = None) -> None:
    """Carry out all the writes or none: a plain call for one, a transaction for several.

    Conflicts with other transactions are tried again for about two seconds.

    Args:
        writes: at most 100, each on another item.
        token: makes a repeated transaction act once, for 10 minutes.

    Raises:
        ConditionFailed: naming the writes whose condition did not hold; nothing was changed.
        Busy: other writers kept the rows busy all the while.
    """
    for attempt in range(CONFLICT_ATTEMPTS):
        try:
            if len(writes) == 1:
                writes[0].alone()
            else:
                with TransactWrite(
                    connection=shared_connection(), client_request_token=token
                ) as transaction:
                    for write in writes:
                        write.within(transaction)
        except (PutError, UpdateError, DeleteError) as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                raise ConditionFailed(frozenset({0})) from error
            if error.cause_response_code != "TransactionConflictException":
                raise
        except TransactWriteError as error:
            _raise_unless_conflict(error, writes)
        else:
            return
        pause_after(attempt)
    raise Busy


def pause_after(attempt: int) -> None:
    """Wait before the next of `CONFLICT_ATTEMPTS`, for a random time that spreads rivals out."""
    if attempt + 1 < CONFLICT_ATTEMPTS:
        time.sleep(random.uniform(0, CONFLICT_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - not a secret


def _raise_unless_conflict(error: TransactWriteError, writes: Sequence[Write]) -> None:
    as_sent = sorted(range(len(writes)), key=lambda place: writes[place].rank)
    reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
    failed = frozenset(
        place
        for place, code in zip(as_sent, reasons, strict=False)
        if code == "ConditionalCheckFailed"
    )
    if failed:
        raise ConditionFailed(failed) from error
    conflicts = {
        "TransactionConflict",
        "TransactionInProgressException",
        "TransactionConflictException",
    }
    if not conflicts & {*reasons, error.cause_response_code}:
        raise error
