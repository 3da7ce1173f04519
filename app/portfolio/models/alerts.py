"""What is stored of price alerts, and how are those found that a price concerns?

`price-alerts` holds a user's alerts in one partition, and beside them the row that counts them. Each alert stands in an
index under the price (or the time) at which it has to be looked at next, ordered by it. So a price finds exactly the
alerts that it changes: those that wait for other prices are not read, were there a hundred thousand of them.

`alerted-symbols` holds one row for each symbol that has alerts, with the price that they last saw.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo
from app.portfolio.rules import alerts as rules

TABLE: Final = "price-alerts"
TALLY: Final = "#alerts"
FIRST_ID: Final = "0"
"""Ids are written in hexadecimal digits, which come after the tally's mark."""
SYMBOLS: Final = "symbols"


def market_of(asset_type: str, symbol: str) -> str:
    """What stands for a symbol in keys."""
    return f"{asset_type}#{symbol}"


class WaitingForRise(GlobalSecondaryIndex["Alert"]):
    """A symbol's alerts that a rise concerns, by the price that it must reach."""

    class Meta:
        """Index `rise-index`."""

        index_name = "rise-index"
        projection = AllProjection()

    market = UnicodeAttribute(hash_key=True)
    rise_to = dynamo.DecimalAttribute(range_key=True)


class WaitingForFall(GlobalSecondaryIndex["Alert"]):
    """A symbol's alerts that a fall concerns, by the price that it must reach."""

    class Meta:
        """Index `fall-index`."""

        index_name = "fall-index"
        projection = AllProjection()

    market = UnicodeAttribute(hash_key=True)
    fall_to = dynamo.DecimalAttribute(range_key=True)


class Resting(GlobalSecondaryIndex["Alert"]):
    """A symbol's alerts that no price concerns before their cool-down is over, by when it is."""

    class Meta:
        """Index `wake-index`."""

        index_name = "wake-index"
        projection = AllProjection()

    market = UnicodeAttribute(hash_key=True)
    wakes_at = UTCDateTimeAttribute(range_key=True)


class Alert(dynamo.Model):
    """Somebody's wish to be told when a price crosses a line.

    Attributes:
        side, reference, last_triggered_at: where it stands; see rules.alerts.
        rise_to, fall_to, wakes_at: at which price, or when, it is looked at next.
        last_triggered_price: the price at which it last fired.
        times_triggered: how often it fired.
        version: how often it changed; tells one look from the next.
    """

    class Meta(dynamo.Meta):
        """Table `price-alerts`."""

        name = TABLE

    user_id = UnicodeAttribute(hash_key=True)
    alert_id = UnicodeAttribute(range_key=True)
    market = UnicodeAttribute()
    asset_type = UnicodeAttribute()
    symbol = UnicodeAttribute()
    condition = UnicodeAttribute()
    threshold = dynamo.DecimalAttribute()
    cooldown_seconds = NumberAttribute()
    note = UnicodeAttribute(null=True)
    side = UnicodeAttribute()
    reference = dynamo.DecimalAttribute(null=True)
    rise_to = dynamo.DecimalAttribute(null=True)
    fall_to = dynamo.DecimalAttribute(null=True)
    wakes_at = UTCDateTimeAttribute(null=True)
    last_triggered_at = UTCDateTimeAttribute(null=True)
    last_triggered_price = dynamo.DecimalAttribute(null=True)
    times_triggered = NumberAttribute(default=0)
    version = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()

    rising = WaitingForRise()
    falling = WaitingForFall()
    resting = Resting()

    @classmethod
    def set_up(
        cls,
        *,
        user_id: str,
        alert_id: str,
        asset_type: str,
        symbol: str,
        terms: rules.Terms,
        standing: rules.Standing,
        note: str | None,
        now: datetime,
    ) -> "Alert":
        """A new alert, not stored yet: `creation` stores it."""
        look = rules.next_look(terms=terms, standing=standing)
        return cls(
            user_id,
            alert_id,
            market=market_of(asset_type, symbol),
            asset_type=asset_type,
            symbol=symbol,
            condition=terms.condition,
            threshold=terms.threshold,
            cooldown_seconds=int(terms.cooldown.total_seconds()),
            note=note,
            side=standing.side,
            reference=standing.reference,
            rise_to=look.rise_to,
            fall_to=look.fall_to,
            wakes_at=look.wakes_at,
            created_at=now,
        )

    def creation(self) -> list[dynamo.Write]:
        """Store and count it, for its user and its symbol; the first condition fails at the most a user may have."""
        return [
            AlertTally.one_more(self.user_id),
            dynamo.put(self, Alert.alert_id.does_not_exist()),
            AlertedSymbol.one_more(asset_type=self.asset_type, symbol=self.symbol),
        ]

    def removal(self) -> list[dynamo.Write]:
        """Forget it and count it out; the first condition fails where it is gone already."""
        return [
            dynamo.delete(Alert(self.user_id, self.alert_id), Alert.alert_id.exists()),
            AlertTally.one_less(self.user_id),
            AlertedSymbol.one_less(asset_type=self.asset_type, symbol=self.symbol),
        ]

    @classmethod
    def of(cls, user_id: str, alert_id: str) -> "Alert | None":
        """The user's alert with this id; None where the user has none such."""
        if alert_id < FIRST_ID:
            return None
        return dynamo.find(cls, user_id, alert_id, consistent_read=True)

    @classmethod
    def owned_by(cls, user_id: str) -> list["Alert"]:
        """All the user's alerts, the oldest first."""
        rows = dynamo.every(
            cls, user_id, range_key_condition=cls.alert_id >= FIRST_ID, consistent_read=True
        )
        return sorted(rows, key=lambda row: (row.created_at, row.alert_id))

    @classmethod
    def concerned(
        cls, *, asset_type: str, symbol: str, price: Decimal, at: datetime, limit: int
    ) -> list["Alert"]:
        """Up to `limit` of the alerts that have to be looked at, at this price of their symbol."""
        market = market_of(asset_type, symbol)
        found = chain(
            cls.rising.query(market, cls.rise_to <= price, limit=limit),
            cls.falling.query(market, cls.fall_to >= price, limit=limit),
            cls.resting.query(market, cls.wakes_at <= at, limit=limit),
        )
        return list(islice(found, limit))

    def terms(self) -> rules.Terms:
        """What it wants."""
        return rules.Terms(
            condition=self.condition,
            threshold=self.threshold,
            cooldown=timedelta(seconds=int(self.cooldown_seconds)),
        )

    def standing(self) -> rules.Standing:
        """What it remembers."""
        return rules.Standing(
            side=self.side, reference=self.reference, triggered_at=self.last_triggered_at
        )

    def looked(self, *, standing: rules.Standing, price: Decimal, fired: bool) -> dynamo.Write:
        """Remember what a look at a price made of it, unless it was removed or looked at since it was read."""
        cls = type(self)
        look = rules.next_look(terms=self.terms(), standing=standing)
        actions = [
            cls.side.set(standing.side),
            cls.version.set(self.version + 1),
            cls.rise_to.remove() if look.rise_to is None else cls.rise_to.set(look.rise_to),
            cls.fall_to.remove() if look.fall_to is None else cls.fall_to.set(look.fall_to),
            cls.wakes_at.remove() if look.wakes_at is None else cls.wakes_at.set(look.wakes_at),
        ]
        if standing.reference is not None:
            actions.append(cls.reference.set(standing.reference))
        if fired and standing.triggered_at is not None:
            actions += [
                cls.last_triggered_at.set(standing.triggered_at),
                cls.last_triggered_price.set(price),
                cls.times_triggered.set(self.times_triggered + 1),
            ]
        return dynamo.update(cls(self.user_id, self.alert_id), actions, cls.version == self.version)


class AlertTally(dynamo.Model):
    """How many alerts a user has."""

    class Meta(dynamo.Meta):
        """A second kind of row in `price-alerts`."""

        name = TABLE
        shares_table = True

    user_id = UnicodeAttribute(hash_key=True)
    alert_id = UnicodeAttribute(range_key=True)
    alerts = NumberAttribute(default=0)

    @classmethod
    def one_more(cls, user_id: str) -> dynamo.Write:
        """Count an alert; the condition fails at the most that a user may have."""
        room = cls.alerts.does_not_exist() | (cls.alerts < rules.MOST_ALERTS)
        return dynamo.update(cls(user_id, TALLY), [cls.alerts.add(1)], room)

    @classmethod
    def one_less(cls, user_id: str) -> dynamo.Write:
        """Count an alert that was removed."""
        return dynamo.update(cls(user_id, TALLY), [cls.alerts.add(-1)])

    @classmethod
    def erased(cls, user_id: str) -> dynamo.Write:
        """Forget the count of somebody without alerts."""
        none_left = cls.alerts.does_not_exist() | (cls.alerts < 1)
        return dynamo.delete(cls(user_id, TALLY), none_left)


class AlertedSymbol(dynamo.Model):
    """A symbol that has alerts.

    Attributes:
        alerts: how many.
        seen_price: the price that all of them have seen; None before the first.
    """

    class Meta(dynamo.Meta):
        """Table `alerted-symbols`."""

        name = "alerted-symbols"

    kind = UnicodeAttribute(hash_key=True)
    market = UnicodeAttribute(range_key=True)
    asset_type = UnicodeAttribute()
    symbol = UnicodeAttribute()
    alerts = NumberAttribute(default=0)
    seen_price = dynamo.DecimalAttribute(null=True)

    @classmethod
    def every_one(cls) -> Iterator["AlertedSymbol"]:
        """All symbols that have alerts, or had until a moment ago: 1 MB, some 8,000 symbols, a request."""
        return dynamo.every(cls, SYMBOLS)

    @classmethod
    def with_alerts(cls) -> set[tuple[str, str]]:
        """(asset type, symbol) of all that have an alert."""
        return {(row.asset_type, row.symbol) for row in cls.every_one() if row.alerts > 0}

    @classmethod
    def one_more(cls, *, asset_type: str, symbol: str) -> dynamo.Write:
        """Count an alert."""
        row = cls(SYMBOLS, market_of(asset_type, symbol))
        actions = [cls.alerts.add(1), cls.asset_type.set(asset_type), cls.symbol.set(symbol)]
        return dynamo.update(row, actions)

    @classmethod
    def one_less(cls, *, asset_type: str, symbol: str) -> dynamo.Write:
        """Count an alert that was removed."""
        return dynamo.update(cls(SYMBOLS, market_of(asset_type, symbol)), [cls.alerts.add(-1)])

    @classmethod
    def seen(cls, *, asset_type: str, symbol: str, price: Decimal) -> dynamo.Write:
        """Say that every alert has seen this price; the condition fails where there is no alert any more."""
        row = cls(SYMBOLS, market_of(asset_type, symbol))
        return dynamo.update(row, [cls.seen_price.set(price)], cls.alerts > 0)

    def forgotten(self) -> dynamo.Write:
        """Remove the row of a symbol without alerts; the condition fails where it has one again."""
        return dynamo.delete(AlertedSymbol(self.kind, self.market), AlertedSymbol.alerts < 1)
