"""What did the trades of a day, a month, or ever come to? Counted as they come in, never afterwards.

    scope           period                  counts the trades of
    days            2026-11-20              a trading day
    days#2026-11    2026-11-20#AAPL#buy     a trading day, symbol and side
    months          2026-11#AAPL#buy        a month of trading days, symbol and side
    ever            AAPL#buy                a symbol and side
    all             ever                    all trades

A trade adds to five rows, in the transaction that stores it, and a batch of trades adds to each row once. So a
year is read as 366 days, or as 12 rows for each symbol and side, whatever was traded in it. Amounts are added by
DynamoDB itself, so that writers need not know each other's; only a new best or worst trade is a condition.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from app.core import dynamo, money
from app.trading.rules import days
from app.trading.rules.trades import Totals

DAYS, MONTHS, EVER, ALL = "days", "months", "ever", "all"
LAST = "\U0010ffff"


class Key(NamedTuple):
    """Which row."""

    scope: str
    period: str


class BySymbol(NamedTuple):
    """What the trades of a side of a symbol came to."""

    symbol: str
    side: str
    totals: Totals


TOTAL = Key(ALL, EVER)


def keys_of(day: date, symbol: str, side: str) -> tuple[Key, ...]:
    """The rows that count a trade."""
    month = days.month(day)
    return (
        day_key(day),
        Key(f"{DAYS}#{month}", f"{day}#{symbol}#{side}"),
        Key(MONTHS, f"{month}#{symbol}#{side}"),
        Key(EVER, f"{symbol}#{side}"),
        TOTAL,
    )


def day_key(day: date) -> Key:
    """The row of all trades of a day."""
    return Key(DAYS, day.isoformat())


class Tally(dynamo.Model):
    """The sums of some trades.

    Attributes:
        closed_count, closed_seconds: the round trips that were closed on a day, and for how long they were open
            together; only rows of days have them.
        rolled_up_at: when a day was first looked at after its end; only rows of days have it.
    """

    class Meta(dynamo.Meta):
        """Table `daily-pnl`."""

        name = "daily-pnl"

    scope = UnicodeAttribute(hash_key=True)
    period = UnicodeAttribute(range_key=True)
    trade_count = NumberAttribute(default=0)
    win_count = NumberAttribute(default=0)
    loss_count = NumberAttribute(default=0)
    gross_profit = dynamo.DecimalAttribute(default=Decimal)
    gross_loss = dynamo.DecimalAttribute(default=Decimal)
    best = dynamo.DecimalAttribute(null=True)
    worst = dynamo.DecimalAttribute(null=True)
    closed_count = NumberAttribute(null=True)
    closed_seconds = dynamo.DecimalAttribute(null=True)
    rolled_up_at = UTCDateTimeAttribute(null=True)

    @property
    def day(self) -> date:
        """The day of a row of a day."""
        return date.fromisoformat(self.period)

    @property
    def totals(self) -> Totals:
        """The sums."""
        return Totals(
            trade_count=int(self.trade_count),
            win_count=int(self.win_count),
            loss_count=int(self.loss_count),
            gross_profit=self.gross_profit,
            gross_loss=self.gross_loss,
            best=self.best,
            worst=self.worst,
        )

    @property
    def closed(self) -> tuple[int, Decimal]:
        """How many round trips were closed, and for how many seconds they were open together."""
        return int(self.closed_count or 0), self.closed_seconds or money.ZERO

    @classmethod
    def with_keys(cls, keys: Collection[Key]) -> dict[Key, "Tally"]:
        """Those of the rows that exist, 100 a request."""
        found = cls.batch_get(list(keys), consistent_read=True)
        return {Key(row.scope, row.period): row for row in found}

    @classmethod
    def adding(
        cls,
        key: Key,
        totals: Totals,
        *,
        known: "Tally | None",
        closed: tuple[int, Decimal] | None = None,
    ) -> dynamo.Write:
        """Count more trades. Fails where the best or worst trade is another than `known` has, and that matters."""
        actions: list[Action] = [
            cls.trade_count.add(totals.trade_count),
            cls.win_count.add(totals.win_count),
            cls.loss_count.add(totals.loss_count),
            cls.gross_profit.add(totals.gross_profit),
            cls.gross_loss.add(totals.gross_loss),
            *(cls._closing(*closed) if closed else ()),
        ]
        best, worst = cast("Decimal", totals.best), cast("Decimal", totals.worst)
        if known is None or known.best is None or known.worst is None:
            actions += [cls.best.set(best), cls.worst.set(worst)]
            return dynamo.update(cls(*key), actions, cls.best.does_not_exist())
        better, worse = best > known.best, worst < known.worst
        actions += [cls.best.set(best)] if better else []
        actions += [cls.worst.set(worst)] if worse else []
        still_best = (cls.best < best) if better else (cls.best >= best)
        still_worst = (cls.worst > worst) if worse else (cls.worst <= worst)
        return dynamo.update(cls(*key), actions, still_best & still_worst)

    @classmethod
    def recounting(cls, day: date, *, closed_count: int, closed_seconds: Decimal) -> dynamo.Write:
        """Correct the round trips of a day by a difference, which may be below zero."""
        return dynamo.update(cls(*day_key(day)), cls._closing(closed_count, closed_seconds))

    @classmethod
    def _closing(cls, count: int, seconds: Decimal) -> list[Action]:
        return [cls.closed_count.add(count), cls.closed_seconds.add(seconds)]

    @classmethod
    def rolling_up(cls, day: date, *, now: datetime) -> dynamo.Write:
        """Say that a day was looked at after its end; the condition fails where that was said already."""
        zero: list[Action] = [
            cls.trade_count.add(0),
            cls.win_count.add(0),
            cls.loss_count.add(0),
            cls.gross_profit.add(money.ZERO),
            cls.gross_loss.add(money.ZERO),
        ]
        said = cls.rolled_up_at.set(now)
        return dynamo.update(cls(*day_key(day)), [*zero, said], cls.rolled_up_at.does_not_exist())

    @classmethod
    def of(cls, key: Key) -> "Tally":
        """A row as of now; one of zeros where there is none."""
        return dynamo.find(cls, *key, consistent_read=True) or cls(*key)

    @classmethod
    def of_days(cls, first: date | None, last: date | None) -> Iterator["Tally"]:
        """The rows of the days from the first to the last that have one, oldest first."""
        lowest = first.isoformat() if first else "0"
        highest = last.isoformat() if last else LAST
        return dynamo.every(
            cls,
            DAYS,
            range_key_condition=cls.period.between(lowest, highest),
            consistent_read=True,
        )

    @classmethod
    def of_symbol_day(cls, symbol: str, day: date) -> Iterator["Tally"]:
        """The rows of a day's sides of a symbol: four at most."""
        return dynamo.every(
            cls,
            f"{DAYS}#{days.month(day)}",
            range_key_condition=cls.period.startswith(f"{day}#{symbol}#"),
            consistent_read=True,
        )

    @classmethod
    def by_symbol_of_days(cls, first: date, last: date) -> Iterator[BySymbol]:
        """By symbol and side, of some days of one month; a symbol comes once for each day."""
        between = cls.period.between(f"{first}#", f"{last}#{LAST}")
        scope = f"{DAYS}#{days.month(first)}"
        for row in dynamo.every(cls, scope, range_key_condition=between, consistent_read=True):
            yield row.by_symbol()

    @classmethod
    def by_symbol_of_months(cls, first: str, last: str) -> Iterator[BySymbol]:
        """By symbol and side, of whole months; a symbol comes once for each month."""
        between = cls.period.between(f"{first}#", f"{last}#{LAST}")
        for row in dynamo.every(cls, MONTHS, range_key_condition=between, consistent_read=True):
            yield row.by_symbol()

    @classmethod
    def by_symbol_ever(cls, symbol: str | None = None) -> Iterator[BySymbol]:
        """By symbol and side, of all time; of all symbols, or of one."""
        own = cls.period.startswith(f"{symbol}#") if symbol else None
        for row in dynamo.every(cls, EVER, range_key_condition=own, consistent_read=True):
            yield row.by_symbol()

    def by_symbol(self) -> BySymbol:
        """What a row of a symbol and side says."""
        symbol, side = self.period.split("#")[-2:]
        return BySymbol(symbol, side, self.totals)
