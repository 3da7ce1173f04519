"""Which lots are open in a symbol, and what was closed on each of its days?

Pairing first in, first out depends on all that came before, so each day keeps the lots that were open when it
began. A trade that comes late leaves a `Repair`; its symbol is paired again from that day on until
a day begins with the lots that it began with before.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from app.core import dynamo, ids, money
from app.trading.rules.trades import Fill

NOW = "now"  # sorts behind every day
PENDING = "pending"
MOST_OPEN_LOTS = 5_000
"""A row of DynamoDB holds 400 kB; the oldest lots of a symbol that has more are taken for forgotten."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Lots(dynamo.Model):
    """The key that rows of lots share."""

    class Meta(dynamo.Meta):
        """Table `round-trips`."""

        name = "round-trips"

    symbol = UnicodeAttribute(hash_key=True)
    day_text = UnicodeAttribute(range_key=True, attr_name="day")
    packed = dynamo.JsonAttribute(attr_name="lots")

    @property
    def lots(self) -> tuple[Fill, ...]:
        """The lots."""
        return tuple(
            Fill(
                symbol=self.symbol,
                side=side,
                size=Decimal(size),
                at=_EPOCH + timedelta(microseconds=at),
            )
            for side, size, at in self.packed
        )


def packed(lots: Sequence[Fill]) -> list[Any]:
    """The lots as they are stored."""
    return [
        [lot.side, f"{lot.size.normalize(money.EXACT):f}", (lot.at - _EPOCH) // _MICROSECOND]
        for lot in lots[-MOST_OPEN_LOTS:]
    ]


class RoundTripDay(_Lots):
    """A day on which a symbol was traded: the lots that it began with, and what was closed on it."""

    class Meta(dynamo.Meta):
        """A row of table `round-trips`."""

        name = "round-trips"
        shares_table = True

    closed_count = NumberAttribute(default=0)
    closed_seconds = dynamo.DecimalAttribute(default=Decimal)

    @property
    def day(self) -> date:
        """The day."""
        return date.fromisoformat(self.day_text)

    @classmethod
    def begun(
        cls, *, symbol: str, day: date, lots: Sequence[Fill], count: int, seconds: Decimal
    ) -> dynamo.Write:
        """The first trades of a symbol on a day; the condition fails where it has a row."""
        row = cls(
            symbol,
            day.isoformat(),
            packed=packed(lots),
            closed_count=count,
            closed_seconds=seconds,
        )
        return dynamo.put(row, cls.symbol.does_not_exist())

    @classmethod
    def going_on(cls, *, symbol: str, day: date, count: int, seconds: Decimal) -> dynamo.Write:
        """More trades on a day that has begun."""
        actions = [cls.closed_count.add(count), cls.closed_seconds.add(seconds)]
        return dynamo.update(cls(symbol, day.isoformat()), actions, cls.symbol.exists())

    def recounted(self, *, count: int, seconds: Decimal) -> dynamo.Write:
        """What was closed on it, after all."""
        cls = type(self)
        actions = [cls.closed_count.set(count), cls.closed_seconds.set(seconds)]
        return dynamo.update(cls(self.symbol, self.day_text), actions, cls.symbol.exists())

    def beginning_with(self, lots: Sequence[Fill]) -> dynamo.Write:
        """Let it begin with other lots."""
        cls = type(self)
        actions = [cls.packed.set(packed(lots))]
        return dynamo.update(cls(self.symbol, self.day_text), actions, cls.symbol.exists())

    @classmethod
    def from_day(cls, symbol: str, day: date, *, limit: int | None = None) -> list["RoundTripDay"]:
        """The days on which a symbol was traded, from one on, oldest first."""
        between = cls.day_text.between(day.isoformat(), "9999-12-31")
        if limit is None:
            rows = dynamo.every(cls, symbol, range_key_condition=between, consistent_read=True)
            return list(rows)
        return list(
            dynamo.page(
                cls,
                symbol,
                range_key_condition=between,
                limit=limit,
                cursor=None,
                consistent_read=True,
            ).items
        )


class OpenLots(_Lots):
    """The lots that are open in a symbol now, and its last trade.

    Attributes:
        last: the `moment` of the last trade; what comes before it comes late.
        version: one more with each change, so that nobody writes over another's.
    """

    class Meta(dynamo.Meta):
        """A row of table `round-trips`."""

        name = "round-trips"
        shares_table = True

    last = UnicodeAttribute()
    last_day = UnicodeAttribute()
    version = NumberAttribute()

    @classmethod
    def of(cls, symbol: str) -> "OpenLots":
        """The row of a symbol, which was traded."""
        return cls.get(symbol, NOW, consistent_read=True)

    @classmethod
    def of_symbols(cls, symbols: Sequence[str]) -> dict[str, "OpenLots"]:
        """Those of the rows that exist, by symbol, 100 a request."""
        found = cls.batch_get([(symbol, NOW) for symbol in symbols], consistent_read=True)
        return {row.symbol: row for row in found}

    @classmethod
    def left(
        cls,
        *,
        symbol: str,
        lots: Sequence[Fill],
        last: str,
        last_day: date,
        before: "OpenLots | None",
    ) -> dynamo.Write:
        """What is open after more trades; the condition fails where somebody else was first."""
        version = int(before.version) if before else 0
        row = cls(
            symbol,
            NOW,
            packed=packed(lots),
            last=last,
            last_day=last_day.isoformat(),
            version=version + 1,
        )
        return dynamo.put(row, cls.version == version if before else cls.symbol.does_not_exist())

    def unchanged(self) -> Condition:
        """That no trade came since this was read."""
        return OpenLots.version == self.version

    def corrected(self, lots: Sequence[Fill]) -> dynamo.Write:
        """Other lots are open, after all; the condition fails where a trade came meanwhile."""
        cls = type(self)
        actions = [cls.packed.set(packed(lots)), cls.version.add(1)]
        return dynamo.update(cls(self.symbol, NOW), actions, self.unchanged())


class Repair(dynamo.Model):
    """A symbol in which trades came late, and the days that are to be paired again.

    Attributes:
        waiting: those days, in order.
        stamp: another with each change, so that nobody takes a newer repair for the one that he made.
    """

    class Meta(dynamo.Meta):
        """Table `round-trip-repairs`."""

        name = "round-trip-repairs"

    state = UnicodeAttribute(hash_key=True, default=PENDING)
    symbol = UnicodeAttribute(range_key=True)
    waiting = dynamo.JsonAttribute(attr_name="days")
    stamp = UnicodeAttribute()

    @property
    def days(self) -> list[date]:
        """The days that are to be paired again, in order."""
        return [date.fromisoformat(day) for day in self.waiting]

    @property
    def day(self) -> date:
        """The first of them."""
        return self.days[0]

    @classmethod
    def pending(cls) -> list["Repair"]:
        """All of them: mostly none."""
        return list(dynamo.every(cls, PENDING, consistent_read=True))

    @classmethod
    def of_symbols(cls, symbols: Sequence[str]) -> dict[str, "Repair"]:
        """Those of the rows that exist, by symbol."""
        found = cls.batch_get([(PENDING, symbol) for symbol in symbols], consistent_read=True)
        return {row.symbol: row for row in found}

    @classmethod
    def needed(
        cls, *, symbol: str, days: Collection[date], before: "Repair | None"
    ) -> dynamo.Write:
        """Pair days of a symbol again, besides those that are waiting already."""
        waiting = _texts([*days, *(before.days if before else ())])
        row = cls(PENDING, symbol, waiting=waiting, stamp=ids.new_id())
        unchanged = cls.stamp == before.stamp if before else cls.symbol.does_not_exist()
        return dynamo.put(row, unchanged)

    def day_done(self, *, also: date | None) -> dynamo.Write:
        """The first day is done, and another must be, too; fails where a trade came late meanwhile."""
        left = _texts([*self.days[1:], *([also] if also else ())])
        if not left:
            return dynamo.delete(Repair(PENDING, self.symbol), Repair.stamp == self.stamp)
        actions = [Repair.waiting.set(left), Repair.stamp.set(ids.new_id())]
        return dynamo.update(Repair(PENDING, self.symbol), actions, Repair.stamp == self.stamp)


def _texts(days: Collection[date]) -> list[str]:
    return [day.isoformat() for day in sorted(set(days))]
