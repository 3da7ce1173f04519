"""Which trades were made, and in which orders are they read?

A trade is stored under its own id, so that it exists once. Four indexes hold whole rows in the order of time:
all trades, one symbol's, one side's, and one side's of one symbol. So every filter of the ledger is one
partition that is read from its end, and none looks at rows that it doesn't show. Indexes follow their table a
moment later; what must not miss a trade compares with the counters, which don't.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo

if TYPE_CHECKING:
    from pynamodb.indexes import Index

LEDGER = "bot"
AFTER_ANY_ID = "\U0010ffff"


def moment_text(moment: datetime) -> str:
    """A moment as text of one length, so that text order is time order: 2026-11-20T12:00:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """The moment that `moment_text` wrote."""
    return datetime.fromisoformat(text)


class LedgerIndex(GlobalSecondaryIndex["Trade"]):
    """All trades."""

    class Meta:
        """Index `ledger-index`."""

        index_name = "ledger-index"
        projection = AllProjection()

    ledger = UnicodeAttribute(hash_key=True)
    moment = UnicodeAttribute(range_key=True)


class SymbolIndex(GlobalSecondaryIndex["Trade"]):
    """The trades of a symbol."""

    class Meta:
        """Index `symbol-index`."""

        index_name = "symbol-index"
        projection = AllProjection()

    symbol = UnicodeAttribute(hash_key=True)
    moment = UnicodeAttribute(range_key=True)


class SideIndex(GlobalSecondaryIndex["Trade"]):
    """The trades of a side."""

    class Meta:
        """Index `side-index`."""

        index_name = "side-index"
        projection = AllProjection()

    side = UnicodeAttribute(hash_key=True)
    moment = UnicodeAttribute(range_key=True)


class SymbolSideIndex(GlobalSecondaryIndex["Trade"]):
    """The trades of a side of a symbol."""

    class Meta:
        """Index `symbol-side-index`."""

        index_name = "symbol-side-index"
        projection = AllProjection()

    symbol_side = UnicodeAttribute(hash_key=True)
    moment = UnicodeAttribute(range_key=True)


class Trade(dynamo.Model):
    """A trade as the bot told it. It never changes.

    Attributes:
        moment: when, and behind that the id: the order in which trades count.
        pnl: what it realised; below zero, a loss.
    """

    class Meta(dynamo.Meta):
        """Table `trades`."""

        name = "trades"

    trade_id = UnicodeAttribute(hash_key=True)
    ledger = UnicodeAttribute(default=LEDGER)
    moment = UnicodeAttribute()
    symbol = UnicodeAttribute()
    side = UnicodeAttribute()
    symbol_side = UnicodeAttribute()
    size = dynamo.DecimalAttribute()
    pnl = dynamo.DecimalAttribute()

    by_time = LedgerIndex()
    by_symbol = SymbolIndex()
    by_side = SideIndex()
    by_symbol_side = SymbolSideIndex()

    @classmethod
    def made(
        cls,
        *,
        trade_id: str,
        symbol: str,
        side: str,
        size: Decimal,
        pnl: Decimal,
        timestamp: datetime,
    ) -> "Trade":
        """A trade that is not stored yet: `arrival` stores it."""
        return cls(
            trade_id,
            ledger=LEDGER,
            moment=f"{moment_text(timestamp)}#{trade_id}",
            symbol=symbol,
            side=side,
            symbol_side=f"{symbol}#{side}",
            size=size,
            pnl=pnl,
        )

    @property
    def timestamp(self) -> datetime:
        """When it was made."""
        return moment_of(self.moment.partition("#")[0])

    def arrival(self) -> dynamo.Write:
        """Its first write. The condition fails where a trade with this id exists."""
        return dynamo.put(self, Trade.trade_id.does_not_exist())

    @classmethod
    def with_ids(cls, trade_ids: Collection[str]) -> dict[str, "Trade"]:
        """Those of the trades that exist, by id, 100 a request."""
        found = cls.batch_get(dynamo.distinct(trade_ids), consistent_read=True)
        return {trade.trade_id: trade for trade in found}

    @classmethod
    def of_symbol(cls, symbol: str, *, start: datetime, end: datetime) -> Iterator["Trade"]:
        """The trades of a symbol from `start` (included) until `end` (excluded), oldest first."""
        between = cls.moment.between(moment_text(start), moment_text(end))
        return dynamo.every(cls.by_symbol, symbol, range_key_condition=between)

    @classmethod
    def of_all(cls, *, start: datetime, end: datetime) -> Iterator["Trade"]:
        """All trades from `start` (included) until `end` (excluded), oldest first."""
        between = cls.moment.between(moment_text(start), moment_text(end))
        return dynamo.every(cls.by_time, LEDGER, range_key_condition=between)

    @classmethod
    def count_between(
        cls, *, symbol: str | None, side: str | None, start: datetime, end: datetime
    ) -> int:
        """How many there are from `start` to `end`, both included; reads as many."""
        source, key = _source(symbol, side)
        return int(source.count(key, range_key_condition=_within(start, end)))

    @classmethod
    def newest_first(
        cls,
        *,
        symbol: str | None,
        side: str | None,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> dynamo.Page["Trade"]:
        """A page of the ledger, from `start` to `end`, both included."""
        source, key = _source(symbol, side)
        return dynamo.page(
            source,
            key,
            range_key_condition=_within(start, end),
            limit=limit,
            cursor=cursor,
            newest_first=True,
        )


def _source(symbol: str | None, side: str | None) -> "tuple[Index[Trade], str]":
    """The index whose one partition holds just what is wanted."""
    if symbol and side:
        return Trade.by_symbol_side, f"{symbol}#{side}"
    if symbol:
        return Trade.by_symbol, symbol
    if side:
        return Trade.by_side, side
    return Trade.by_time, LEDGER


def _within(start: datetime | None, end: datetime | None) -> Condition | None:
    first = moment_text(start) if start else ""
    last = f"{moment_text(end)}#{AFTER_ANY_ID}" if end else ""
    if first and last:
        return Trade.moment.between(first, last)
    if first:
        return Trade.moment >= first
    return Trade.moment <= last if last else None
