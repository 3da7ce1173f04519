"""Which prices are stored, and how is each found?

`quotes` holds one row for each symbol that anybody asked about, `tracked-symbols` those that the
refresh keeps fresh, `price-history` one row for each symbol and day, `price-sources` how each
source of prices is doing. Every read is by key or of one partition.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from app.core import dynamo
from app.prices import rules

# A weekend with a holiday has three days without trading.
DAYS_READ_TOGETHER = 4


def key_of(asset_type: str, symbol: str) -> str:
    """The key of a symbol's rows."""
    return f"{asset_type}#{symbol}"


class QuoteRow(dynamo.Model):
    """What is known about one symbol: its last good price, the trouble since, its history's extent.

    Attributes:
        quoted_at: when the source says that the price was made.
        confirmed_at: when the source last said so.
        error: why the newest attempt brought no price; None after one that did.
        unknown_until: until when the source's "no such symbol" is believed.
        history_from, history_loaded_at: the first day that is loaded, and when it was.
        history_failed_at: when loading the history last failed for good.
        expires_at: rows without a price go by themselves.
    """

    class Meta(dynamo.Meta):
        name = "quotes"

    key = UnicodeAttribute(hash_key=True)
    price = dynamo.DecimalAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    quoted_at = UTCDateTimeAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    day_change = dynamo.DecimalAttribute(null=True)
    error = UnicodeAttribute(null=True)
    unknown_until = UTCDateTimeAttribute(null=True)
    history_from = UnicodeAttribute(null=True)
    history_loaded_at = UTCDateTimeAttribute(null=True)
    history_failed_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute(null=True)

    @classmethod
    def of(cls, asset_type: str, symbol: str) -> "QuoteRow | None":
        """The row of one symbol, or None."""
        return dynamo.find(cls, key_of(asset_type, symbol))

    @classmethod
    def of_many(cls, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], "QuoteRow"]:
        """The rows that exist of many (asset type, symbol), 100 a request."""
        by_key = {key_of(*pair): pair for pair in wanted}
        return (
            {by_key[row.key]: row for row in dynamo.get_many(cls, list(by_key))} if by_key else {}
        )

    @classmethod
    def confirm(
        cls,
        *,
        asset_type: str,
        symbol: str,
        price: Decimal,
        currency: str,
        quoted_at: datetime,
        confirmed_at: datetime,
        source: str,
        name: str | None,
        day_change: Decimal | None,
    ) -> bool:
        """Store a price, unless a newer one is there; whether it was stored."""
        older = cls.quoted_at < quoted_at
        same_confirmed_before = (cls.quoted_at == quoted_at) & (cls.confirmed_at <= confirmed_at)
        actions: list[Action] = [
            cls.price.set(price),
            cls.currency.set(currency),
            cls.quoted_at.set(quoted_at),
            cls.confirmed_at.set(confirmed_at),
            cls.source.set(source),
            cls.name.set(name) if name else cls.name.remove(),
            cls.day_change.remove() if day_change is None else cls.day_change.set(day_change),
            cls.error.remove(),
            cls.unknown_until.remove(),
            cls.expires_at.remove(),
        ]
        return _changed(
            cls(key_of(asset_type, symbol)),
            actions,
            cls.quoted_at.does_not_exist() | older | same_confirmed_before,
        )

    @classmethod
    def mark_error(cls, *, asset_type: str, symbol: str, error: str, at: datetime) -> bool:
        """Say why no price came, and keep the last good one; whether it had to be said.

        Nothing is changed where a price came since, or the same is said already.
        """
        row = cls(key_of(asset_type, symbol))
        says_otherwise = cls.error.does_not_exist() | (cls.error != error)
        expires = cls.expires_at.set(at + rules.UNKNOWN_FOR)
        if _changed(
            row, [cls.error.set(error), expires], cls.price.does_not_exist() & says_otherwise
        ):
            return True
        not_since = cls.confirmed_at < at
        return _changed(
            row, [cls.error.set(error)], cls.price.exists() & not_since & says_otherwise
        )

    @classmethod
    def mark_unknown(cls, *, asset_type: str, symbol: str, at: datetime) -> bool:
        """Remember for a day that the source knows no such symbol; whether it was written down.

        A symbol that had a price once (one that was delisted) keeps it and is marked with the error
        only.
        """
        until = at + rules.UNKNOWN_FOR
        unknown = [
            cls.error.set(rules.UNKNOWN_SYMBOL),
            cls.unknown_until.set(until),
            cls.expires_at.set(until),
        ]
        if _changed(cls(key_of(asset_type, symbol)), unknown, cls.price.does_not_exist()):
            return True
        return cls.mark_error(
            asset_type=asset_type, symbol=symbol, error=rules.UNKNOWN_SYMBOL, at=at
        )

    @classmethod
    def history_loaded(
        cls, *, asset_type: str, symbol: str, loaded_from: date, loaded_at: datetime
    ) -> bool:
        """Say how far the stored closes reach, unless a later load, or a longer one of that moment, said so."""
        row = cls(key_of(asset_type, symbol))
        first = loaded_from.isoformat()
        before = cls.history_loaded_at < loaded_at
        same = (cls.history_loaded_at == loaded_at) & (cls.history_from >= first)
        return _changed(
            row,
            [
                cls.history_from.set(first),
                cls.history_loaded_at.set(loaded_at),
                cls.history_failed_at.remove(),
            ],
            cls.history_loaded_at.does_not_exist() | before | same,
        )

    def history_starts_on(self) -> date | None:
        """The first day whose close is loaded."""
        return date.fromisoformat(self.history_from) if self.history_from else None

    def has_price(self) -> bool:
        """Whether a price was ever heard."""
        return self.price is not None

    def is_unknown(self, now: datetime) -> bool:
        """Whether the source's "no such symbol" is still believed."""
        return rules.is_ahead(self.unknown_until, now)

    @classmethod
    def history_failed(cls, *, asset_type: str, symbol: str, at: datetime) -> bool:
        """Say that the history can't be loaded, unless one was loaded since."""
        row = cls(key_of(asset_type, symbol))
        none_since = cls.history_loaded_at.does_not_exist() | (cls.history_loaded_at < at)
        return _changed(row, [cls.history_failed_at.set(at)], none_since)


class TrackedSymbol(dynamo.Model):
    """A symbol that somebody holds or watches, until 30 days after it was last wanted."""

    class Meta(dynamo.Meta):
        name = "tracked-symbols"

    asset_type = UnicodeAttribute(hash_key=True)
    symbol = UnicodeAttribute(range_key=True)
    expires_at = TTLAttribute()

    @classmethod
    def renew(cls, *, asset_type: str, symbol: str, now: datetime) -> bool:
        """Keep a symbol on the list; False where that was done within a day and nothing was written."""
        until = now + rules.TRACKED_FOR
        due = cls.expires_at.does_not_exist() | (cls.expires_at <= until - rules.RENEWED_AFTER)
        return _changed(cls(asset_type, symbol), [cls.expires_at.set(until)], due)

    @classmethod
    def renew_many(cls, wanted: Iterable[tuple[str, str]], *, now: datetime) -> None:
        """Keep many symbols on the list, 25 a request. It may be repeated: the same rows are written again."""
        with cls.batch_write() as batch:
            for asset_type, symbol in dict.fromkeys(wanted):
                batch.save(cls(asset_type, symbol, expires_at=now + rules.TRACKED_FOR))

    @classmethod
    def symbols_of(cls, asset_type: str, *, now: datetime) -> list[str]:
        """Every symbol of a type that is to be kept fresh, in order. DynamoDB removes expired rows late."""
        return [row.symbol for row in dynamo.every(cls, asset_type) if row.expires_at > now]


class PriceClose(dynamo.Model):
    """The close of one symbol on one day. A split changes past closes, so a newer load writes over them."""

    class Meta(dynamo.Meta):
        name = "price-history"

    key = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True, attr_name="date")
    close = dynamo.DecimalAttribute()

    @classmethod
    def between(
        cls, *, asset_type: str, symbol: str, start: date, end: date
    ) -> Iterator[tuple[date, Decimal]]:
        """The closes of the days from `start` to `end`, both included, oldest first."""
        days = cls.day.between(start.isoformat(), end.isoformat())
        for row in dynamo.every(cls, key_of(asset_type, symbol), range_key_condition=days):
            yield date.fromisoformat(row.day), row.close

    @property
    def on(self) -> date:
        """The day that it is of."""
        return date.fromisoformat(self.day)

    @classmethod
    def last_until(
        cls, wanted: Collection[tuple[str, str]], day: date
    ) -> dict[tuple[str, str], "PriceClose"]:
        """The close of many (asset type, symbol) on that day, or the last before it, where there is one.

        A weekend's days are read together, for 25 symbols a request; only a symbol without a close on any of them
        is searched for by itself.
        """
        by_key = {key_of(*pair): pair for pair in wanted}
        days = [(day - timedelta(days=back)).isoformat() for back in range(DAYS_READ_TOGETHER)]
        found: dict[tuple[str, str], PriceClose] = {}
        if by_key:
            near = dynamo.get_many(cls, [(key, each) for key in by_key for each in days])
            found = {by_key[row.key]: row for row in sorted(near, key=lambda row: row.day)}
        for key, pair in by_key.items():
            if pair not in found and (row := cls._last_of(key, day)):
                found[pair] = row
        return found

    @classmethod
    def _last_of(cls, key: str, day: date) -> "PriceClose | None":
        rows = dynamo.page(
            cls,
            key,
            limit=1,
            cursor=None,
            range_key_condition=cls.day <= day.isoformat(),
            newest_first=True,
        )
        return rows.items[0] if rows.items else None

    @classmethod
    def store(cls, *, asset_type: str, symbol: str, closes: dict[date, Decimal]) -> None:
        """Store closes, 25 a request. It may be repeated: a day's row holds what the source says of that day."""
        with cls.batch_write() as batch:
            for day, close in closes.items():
                batch.save(cls(key_of(asset_type, symbol), day.isoformat(), close=close))


class PriceSource(dynamo.Model):
    """How the source of one asset type is doing, so that all workers leave it alone while it needs that."""

    class Meta(dynamo.Meta):
        name = "price-sources"

    asset_type = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute(default=0)
    paused_until = UTCDateTimeAttribute(null=True)
    error = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, asset_type: str) -> "PriceSource":
        """The row of a type; a fresh one where it never failed."""
        return dynamo.find(cls, asset_type) or cls(asset_type)

    @classmethod
    def trouble_of(cls, asset_type: str, *, now: datetime) -> str | None:
        """Why the source of a type is to be left alone; None when it may be asked."""
        source = cls.of(asset_type)
        return source.error if source.is_paused(now) else None

    def is_paused(self, now: datetime) -> bool:
        """Whether the source is to be left alone."""
        return rules.is_ahead(self.paused_until, now)

    def pause(self, *, error: str, seconds: int, at: datetime) -> bool:
        """Leave the source alone for a while; False where another worker has said so since this row was read."""
        cls = type(self)
        unchanged = (
            cls.failures.does_not_exist() if self.failures == 0 else cls.failures == self.failures
        )
        return _changed(
            cls(self.asset_type),
            [
                cls.failures.set(self.failures + 1),
                cls.paused_until.set(at + timedelta(seconds=seconds)),
                cls.error.set(error),
            ],
            unchanged,
        )

    def resume(self) -> bool:
        """Forget the failures after a success; False where there were none, or another came since."""
        if self.failures == 0:
            return False
        forget = dynamo.delete(self, condition=type(self).failures == self.failures)
        return _held(forget)


def _changed(row: dynamo.Model, actions: Sequence[Action], condition: Condition) -> bool:
    return _held(dynamo.update(row, actions, condition=condition))


def _held(write: dynamo.Write) -> bool:
    """Carry out a conditional change; whether its condition held."""
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        return False
    return True
