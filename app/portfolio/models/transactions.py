"""Where does the ledger stand in DynamoDB, and in which orders is it read?

    row          user_id  transaction_id  by_asset: asset_key       by_time: time_key
    transaction  ann      t1              {asset_id}#{moment}#t1    {moment}#t1

One partition a user. The two orders are local indexes, because those can be read consistently: what a sale may sell
follows from its asset's rows as they are, not as they were a moment ago. A row that belongs to no asset stands under
"-" in `by_asset`.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from app.core import dynamo, ids, money
from app.portfolio.rules import entries
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.new_entries import NewEntry

NO_ASSET: Final = "-"
_OF_AN_ENTRY: Final = [
    *("transaction_id", "asset_id", "type", "asset_type", "symbol"),
    *("quantity", "price", "fee", "currency", "executed_at"),
]

# Ids of rows that have a name already: the same name of the same user gives the same id, so that DynamoDB itself
# refuses the second.
_NAMESPACE: Final = uuid.UUID("1f0b6c1e-6f43-4d52-9a3c-9b2a3f0d7c55")


def moment_text(moment: datetime) -> str:
    """A moment as text of one length, so that text order is time order: 2026-11-20T12:00:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def id_of(*, user_id: str, row: NewEntry) -> str:
    """The id under which a new row is stored: a fresh one, unless its source or its file gives it a name."""
    if row.external_id is not None:
        return _named(user_id, "external_id", row.external_id)
    if row.fingerprint is not None:
        return _named(user_id, "fingerprint", row.fingerprint)
    return ids.new_id()


def position_id(*, user_id: str, asset_type: str, symbol: str, currency: str) -> str:
    """The id of the asset that takes a user's transactions of a symbol where they name no asset."""
    return _named(user_id, "position", f"{asset_type}\n{symbol}\n{currency}")


def own_asset_id(*, user_id: str, label: str) -> str:
    """The id of an asset that a user's file calls `label`, where that is no asset of theirs already."""
    return _named(user_id, "own_asset", label)


def _named(user_id: str, kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{user_id}\n{kind}\n{name}"))


class ByAsset(LocalSecondaryIndex["Transaction"]):
    """An asset's transactions in the order of time."""

    class Meta:
        """Index `by-asset`."""

        index_name = "by-asset"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    asset_key = UnicodeAttribute(range_key=True)


class ByTime(LocalSecondaryIndex["Transaction"]):
    """A user's transactions in the order of time."""

    class Meta:
        """Index `by-time`."""

        index_name = "by-time"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    time_key = UnicodeAttribute(range_key=True)


class Transaction(dynamo.Model):
    """One row of a user's ledger, as it was told.

    Attributes:
        asset_id: None for interest and fees that belong to no asset.
        quantity, price, fee: what they mean for each type stands in rules.entries.Entry; of cash the user may have
            told the amount of each unit, so `entry` multiplies.
        external_id: what its source calls it, if it does.
        import_id: the import that brought it, if one did.
        fingerprint: what tells it from a file's other rows, if it came without an external_id.
    """

    class Meta(dynamo.Meta):
        """Table `portfolio-transactions`."""

        name = "portfolio-transactions"

    user_id = UnicodeAttribute(hash_key=True)
    transaction_id = UnicodeAttribute(range_key=True)
    asset_id = UnicodeAttribute(null=True)
    asset_key = UnicodeAttribute()
    time_key = UnicodeAttribute()
    type = UnicodeAttribute()
    asset_type = UnicodeAttribute(null=True)
    symbol = UnicodeAttribute(null=True)
    quantity = dynamo.DecimalAttribute()
    price = dynamo.DecimalAttribute()
    fee = dynamo.DecimalAttribute()
    currency = UnicodeAttribute()
    executed_at = UTCDateTimeAttribute()
    external_id = UnicodeAttribute(null=True)
    import_id = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_asset = ByAsset()
    by_time = ByTime()

    @classmethod
    def written_down(
        cls,
        *,
        user_id: str,
        asset_id: str | None,
        row: NewEntry,
        now: datetime,
        import_id: str | None = None,
    ) -> "Transaction":
        """A new row, not stored yet: `added` stores it."""
        written = cls(
            user_id,
            id_of(user_id=user_id, row=row),
            asset_id=asset_id,
            type=row.type,
            asset_type=row.asset_type,
            symbol=row.symbol,
            quantity=row.quantity,
            price=row.price,
            fee=row.fee,
            currency=row.currency,
            external_id=row.external_id,
            import_id=import_id,
            fingerprint=row.fingerprint,
            created_at=now,
            updated_at=now,
        )
        written.happened(row.executed_at)
        return written

    def happened(self, executed_at: datetime) -> None:
        """Say when, here and in both orders."""
        self.executed_at = executed_at.astimezone(UTC)
        self.time_key = f"{moment_text(executed_at)}#{self.transaction_id}"
        self.asset_key = f"{self.asset_id or NO_ASSET}#{self.time_key}"

    def entry(self) -> Entry:
        """The row as the rules read it."""
        quantity, price = self.quantity, self.price
        if self.type in entries.CASH_ONLY:
            quantity, price = Decimal(1), money.multiply(quantity, price)
        return Entry(
            transaction_id=self.transaction_id,
            asset_id=self.asset_id,
            type=self.type,
            asset_type=self.asset_type,
            symbol=self.symbol,
            quantity=quantity,
            price=price,
            fee=self.fee,
            currency=self.currency,
            executed_at=self.executed_at,
        )

    def added(self) -> dynamo.Write:
        """Its first write. The condition fails where a row with this id exists."""
        return dynamo.put(self, Transaction.transaction_id.does_not_exist())

    def corrected(self, *, changes: Mapping[str, Any], now: datetime) -> "Transaction":
        """The row with other amounts or another time, not stored yet: `edited` stores it."""
        corrected = Transaction(**self.attribute_values)
        for name, value in changes.items():
            if name != "executed_at":
                setattr(corrected, name, value)
        corrected.happened(changes.get("executed_at", self.executed_at))
        corrected.updated_at = now
        return corrected

    def edited(self, *, before: "Transaction") -> dynamo.Write:
        """The whole row anew. The condition fails where it is gone, or no longer what it was `before`."""
        cls = Transaction
        return dynamo.put(
            self,
            (cls.time_key == before.time_key)
            & (cls.quantity == before.quantity)
            & (cls.price == before.price)
            & (cls.fee == before.fee),
        )

    def removed(self) -> dynamo.Write:
        """Its removal. The condition fails where it is gone already."""
        return dynamo.delete(self, Transaction.transaction_id.exists())

    def erased(self) -> dynamo.Write:
        """Its removal, whether it is still there or not: so an erasure can be run again."""
        return dynamo.delete(self)

    @classmethod
    def of(cls, user_id: str, transaction_id: str) -> "Transaction | None":
        """The user's row with this id; None where the user has none such."""
        return dynamo.find(cls, user_id, transaction_id, consistent_read=True)

    @classmethod
    def with_ids(cls, user_id: str, transaction_ids: Iterable[str]) -> dict[str, "Transaction"]:
        """Those of the rows that exist, by id, 100 a request; one that came this very moment may be missed."""
        keys = [(user_id, transaction_id) for transaction_id in dict.fromkeys(transaction_ids)]
        return {row.transaction_id: row for row in dynamo.get_many(cls, keys)} if keys else {}

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Transaction"]:
        """The user's whole ledger in no particular order: a request for every MB, about 1,500 rows."""
        return dynamo.every(cls, user_id, consistent_read=True)

    @classmethod
    def entries_of(cls, user_id: str) -> Iterator[Entry]:
        """The user's whole ledger as the rules read it, in no particular order: a request for every MB.

        Only what an entry holds is fetched, since understanding DynamoDB's answer takes longer than waiting for it.
        """
        for row in cls.query(user_id, consistent_read=True, attributes_to_get=_OF_AN_ENTRY):
            yield row.entry()

    @classmethod
    def of_asset(cls, user_id: str, asset_id: str) -> Iterator["Transaction"]:
        """The rows of one asset by time: a request for every MB."""
        return dynamo.every(
            cls.by_asset,
            user_id,
            range_key_condition=cls.asset_key.startswith(f"{asset_id}#"),
            consistent_read=True,
        )

    @classmethod
    def oldest_first(
        cls, user_id: str, *, limit: int, cursor: str | None
    ) -> dynamo.Page["Transaction"]:
        """Some of the user's rows in the order of time."""
        return dynamo.page(cls.by_time, user_id, limit=limit, cursor=cursor, consistent_read=True)

    @classmethod
    def page(
        cls,
        user_id: str,
        *,
        asset_id: str | None,
        symbol: str | None,
        type_name: str | None,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> dynamo.Page["Transaction"]:
        """Some of the user's rows, the newest first; of one asset, symbol, type or time if that is given.

        Args:
            start, end: both count.
        """
        source, key, before = (
            (cls.by_asset, cls.asset_key, f"{asset_id}#")
            if asset_id is not None
            else (cls.by_time, cls.time_key, "")
        )
        wanted = None
        for attribute, value in ((cls.symbol, symbol), (cls.type, type_name)):
            if value is not None:
                is_such = attribute == value
                wanted = is_such if wanted is None else wanted & is_such
        return dynamo.page(
            source,
            user_id,
            # "#" sorts before every character of an id, "$" right after it.
            range_key_condition=key.between(
                before + (moment_text(start) if start else "0"),
                before + (f"{moment_text(end)}$" if end else "9$"),
            ),
            filter_condition=wanted,
            newest_first=True,
            limit=limit,
            cursor=cursor,
            consistent_read=True,
        )
