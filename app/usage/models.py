"""What is stored of usage: counters, the reservations behind them, and each day's totals?

A counter and the reservation that raised it are written in one transaction, so that they always agree. A
reservation is kept when it is finished: its id acts once, and it is the ledger that a day's totals are summed from.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo
from app.usage import rules

OPEN = "open"


class CallsIndex(GlobalSecondaryIndex["Usage"]):
    """Only counters of API calls, by day. It holds keys alone, so that one more call costs it nothing."""

    class Meta:
        """Index `calls-index`."""

        index_name = "calls-index"
        projection = KeysOnlyProjection()

    day_shard = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(range_key=True)


class Usage(dynamo.Model):
    """How much of one feature a user has used in one window.

    Attributes:
        date_feature: the window and the feature: 2026-11#analyses, 2026-11-20#api_calls.
        used: the count. Its documented name is taken: PynamoDB's models have a method `count`.
        plan: of API calls, the plan that the latest was made on.
        told: the highest share of the limit, in percent, that the user was told of.
    """

    class Meta(dynamo.Meta):
        """Table `usage`."""

        name = "usage"

    user_id = UnicodeAttribute(hash_key=True)
    date_feature = UnicodeAttribute(range_key=True)
    used = NumberAttribute(attr_name="count")
    plan = UnicodeAttribute(null=True)
    told = NumberAttribute(null=True)
    day_shard = UnicodeAttribute(null=True)

    by_day = CallsIndex()

    @property
    def window(self) -> str:
        """2026-11 or 2026-11-20."""
        return self.date_feature.partition("#")[0]

    @property
    def feature(self) -> str:
        """What is counted."""
        return self.date_feature.partition("#")[2]

    @classmethod
    def counter(cls, *, user_id: str, feature: str, window: str) -> "Usage":
        """A counter by its key; nothing is read."""
        return cls(user_id, f"{window}#{feature}", used=0)

    def stored(self) -> "Usage":
        """As it stands now; as it is here, where nothing was counted yet."""
        cls = type(self)
        return dynamo.find(cls, self.user_id, self.date_feature, consistent_read=True) or self

    @classmethod
    def between(cls, *, user_id: str, first: str, last: str) -> Iterator["Usage"]:
        """A user's counters from the first to the last of these months (YYYY-MM), days among them."""
        months = cls.date_feature.between(first, f"{last}~")
        return dynamo.every(cls, user_id, range_key_condition=months, consistent_read=True)

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Usage"]:
        """All of a user's counters."""
        return dynamo.every(cls, user_id)

    @classmethod
    def calls_of(cls, day_shard: str) -> list["Usage"]:
        """The counters of API calls in one partition of a day."""
        keys = [(row.user_id, row.date_feature) for row in dynamo.every(cls.by_day, day_shard)]
        return dynamo.get_many(cls, keys) if keys else []

    def raised(self, *, by: int, limit: int) -> dynamo.Write:
        """Count so many; the condition fails where that would be over the limit."""
        return dynamo.update(self, [Usage.used.add(by)], self._room(by, limit))

    def raised_by_call(self, *, plan: str, limit: int) -> dynamo.Write:
        """Count an API call; the condition fails at the limit. Alone, it leaves what was stored in this row."""
        actions = [
            Usage.used.add(1),
            Usage.plan.set(plan),
            Usage.day_shard.set(rules.shard(day=self.window, key=self.user_id)),
        ]
        return dynamo.update(self, actions, self._room(1, limit))

    def lowered(self, *, by: int) -> dynamo.Write:
        """Take so many back; the condition fails where they are not there."""
        return dynamo.update(self, [Usage.used.add(-by)], Usage.used >= by)

    def telling(self, threshold: int) -> dynamo.Write:
        """Note that the user is told of a threshold; the condition fails where somebody did."""
        unknown = Usage.told.does_not_exist() | (Usage.told < threshold)
        counter = Usage(self.user_id, self.date_feature)
        return dynamo.update(counter, [Usage.told.set(threshold)], Usage.used.exists() & unknown)

    def erasure(self) -> dynamo.Write:
        """Remove the row."""
        return dynamo.delete(Usage(self.user_id, self.date_feature))

    @classmethod
    def _room(cls, by: int, limit: int) -> Condition | None:
        if limit == rules.UNLIMITED:
            return None
        within = cls.used <= limit - by
        return within if by > limit else cls.used.does_not_exist() | within


class OpenIndex(GlobalSecondaryIndex["Reservation"]):
    """Only the reservations that nobody has finished, by when they lapse."""

    class Meta:
        """Index `open-index`."""

        index_name = "open-index"
        projection = KeysOnlyProjection()

    open = UnicodeAttribute(hash_key=True)
    lapses_at = UTCDateTimeAttribute(range_key=True)


class LedgerIndex(GlobalSecondaryIndex["Reservation"]):
    """The reservations of a day, in several partitions."""

    class Meta:
        """Index `day-index`."""

        index_name = "day-index"
        projection = AllProjection()

    day_shard = UnicodeAttribute(hash_key=True)
    reserved_at = UTCDateTimeAttribute(range_key=True)


class Reservation(dynamo.Model):
    """Units that were counted under one id: held while the work is done, then kept or given back."""

    class Meta(dynamo.Meta):
        """Table `usage-reservations`."""

        name = "usage-reservations"

    user_id = UnicodeAttribute(hash_key=True)
    reservation_id = UnicodeAttribute(range_key=True)
    feature = UnicodeAttribute()
    plan = UnicodeAttribute()
    units = NumberAttribute()
    window = UnicodeAttribute()
    state = UnicodeAttribute()
    open = UnicodeAttribute(null=True)
    reserved_at = UTCDateTimeAttribute()
    lapses_at = UTCDateTimeAttribute()
    day_shard = UnicodeAttribute()
    expires_at = TTLAttribute()

    by_lapse = OpenIndex()
    by_day = LedgerIndex()

    @property
    def counter(self) -> Usage:
        """The key of the counter that it raised."""
        return Usage.counter(user_id=self.user_id, feature=self.feature, window=self.window)

    @classmethod
    def made(
        cls,
        *,
        user_id: str,
        reservation_id: str,
        feature: str,
        plan: str,
        units: int,
        state: str,
        now: datetime,
    ) -> "Reservation":
        """A reservation of now; not stored yet."""
        return cls(
            user_id,
            reservation_id,
            feature=feature,
            plan=plan,
            units=units,
            window=rules.window(feature=feature, now=now),
            state=state,
            open=OPEN if state == rules.RESERVED else None,
            reserved_at=now,
            lapses_at=now + rules.OPEN_FOR,
            day_shard=rules.shard(day=rules.day(now), key=user_id + reservation_id),
            expires_at=now + rules.KEPT_FOR,
        )

    @classmethod
    def of(cls, *, user_id: str, reservation_id: str) -> "Reservation | None":
        """The reservation of this id, as of now."""
        return dynamo.find(cls, user_id, reservation_id, consistent_read=True)

    @classmethod
    def lapsed(cls, *, now: datetime) -> list[tuple[str, str]]:
        """User and id of those that should have been finished by now."""
        late = cls.by_lapse.query(OPEN, cls.lapses_at <= now)
        return [(row.user_id, row.reservation_id) for row in late]

    @classmethod
    def of_day(cls, day_shard: str) -> Iterator["Reservation"]:
        """Those in one partition of a day."""
        return dynamo.every(cls.by_day, day_shard)

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Reservation"]:
        """A user's reservations of the last 40 days."""
        return dynamo.every(cls, user_id)

    def creation(self) -> dynamo.Write:
        """Store it; the condition fails where its id acted already."""
        return dynamo.put(self, Reservation.user_id.does_not_exist())

    @classmethod
    def finishing(cls, *, user_id: str, reservation_id: str, state: str) -> dynamo.Write:
        """Keep it, or mark it given back; the condition fails where either was done."""
        actions = [cls.state.set(state), cls.open.remove()]
        return dynamo.update(cls(user_id, reservation_id), actions, cls.state == rules.RESERVED)

    def erasure(self) -> dynamo.Write:
        """Remove the row."""
        return dynamo.delete(Reservation(self.user_id, self.reservation_id))


class DailyUsage(dynamo.Model):
    """What everybody used on one day, by plan and feature; it names nobody."""

    class Meta(dynamo.Meta):
        """Table `usage-rollups`."""

        name = "usage-rollups"

    year = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    totals = dynamo.JsonAttribute()
    rolled_up_at = UTCDateTimeAttribute()

    @classmethod
    def replacement(
        cls, *, day: date, totals: Mapping[str, Mapping[str, int]], now: datetime
    ) -> dynamo.Write:
        """Store a day's totals, whole; the condition fails where a later run stored them."""
        row = cls(f"{day:%Y}", day.isoformat(), totals=dict(totals), rolled_up_at=now)
        earlier = cls.rolled_up_at.does_not_exist() | (cls.rolled_up_at <= now)
        return dynamo.put(row, earlier)

    @classmethod
    def between(cls, *, start: date, end: date) -> list["DailyUsage"]:
        """The days that were rolled up, in order."""
        return [
            row
            for year in range(start.year, end.year + 1)
            for row in dynamo.every(
                cls,
                f"{year:04d}",
                range_key_condition=cls.day.between(start.isoformat(), end.isoformat()),
            )
        ]

    @classmethod
    def latest_day(cls, *, until: date) -> date | None:
        """The last day that was rolled up, of this year and the one before."""
        for year in (until.year, until.year - 1):
            newest: Any = dynamo.page(
                cls, f"{year:04d}", limit=1, cursor=None, newest_first=True
            ).items
            if newest:
                return date.fromisoformat(newest[0].day)
        return None
