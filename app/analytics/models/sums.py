"""What does the roll-up make of events: people's days, links of visitors to users, sums, and its own runs?"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from app.analytics import rules
from app.core import dynamo


class PersonIndex(GlobalSecondaryIndex["PersonDays"]):
    """Which types of events somebody has."""

    class Meta:
        """Index `person-index`."""

        index_name = "person-index"
        projection = KeysOnlyProjection()

    person = UnicodeAttribute(hash_key=True)
    type_shard = UnicodeAttribute(range_key=True)


class PersonDays(dynamo.Model):
    """On which days somebody had events of one type, and how many.

    Attributes:
        hours: the same of the last days by the hour; None in rows that were stored before hours were summed.
        cutoff: events that arrived before it are counted.
    """

    class Meta(dynamo.Meta):
        """Table `analytics-people`."""

        name = "analytics-people"

    type_shard = UnicodeAttribute(hash_key=True)
    person = UnicodeAttribute(range_key=True)
    days = dynamo.JsonAttribute()
    hours = dynamo.JsonAttribute(null=True)
    cutoff = UnicodeAttribute()
    expires_at = TTLAttribute()

    by_person = PersonIndex()

    @property
    def kind(self) -> str:
        """The event type."""
        return self.type_shard.rpartition("#")[0]

    @classmethod
    def key_of(cls, *, event_type: str, person: str) -> tuple[str, str]:
        """Where somebody's days of a type are."""
        return f"{event_type}#{rules.shard_of(person)}", person

    @classmethod
    def made(
        cls,
        *,
        event_type: str,
        person: str,
        days: Mapping[str, int],
        hours: Mapping[str, int],
        cutoff: str,
    ) -> "PersonDays":
        """Somebody's days; not stored yet."""
        last = datetime.fromisoformat(max(days) + "T00:00:00+00:00")
        return cls(
            *cls.key_of(event_type=event_type, person=person),
            days=dict(days),
            hours=dict(hours),
            cutoff=cutoff,
            expires_at=last + rules.EVENTS_KEPT_FOR,
        )

    @classmethod
    def of_type(cls, event_type: str) -> Iterator["PersonDays"]:
        """Everybody's days of a type."""
        for shard in range(rules.SHARDS):
            yield from dynamo.every(cls, f"{event_type}#{shard}", consistent_read=True)

    @classmethod
    def among(cls, *, event_type: str, people: Iterable[str]) -> list["PersonDays"]:
        """The days of these people, of those who have any."""
        keys = [cls.key_of(event_type=event_type, person=who) for who in people]
        return dynamo.get_many(cls, keys) if keys else []

    @classmethod
    def owned_by(cls, person: str) -> list["PersonDays"]:
        """Somebody's days of every type."""
        keys = [(row.type_shard, row.person) for row in dynamo.every(cls.by_person, person)]
        return dynamo.get_many(cls, keys) if keys else []

    @classmethod
    def types_of(cls, person: str) -> set[str]:
        """The types of somebody's events."""
        return {row.type_shard.rpartition("#")[0] for row in dynamo.every(cls.by_person, person)}

    def replacement(self) -> dynamo.Write:
        """Store it, whole."""
        return dynamo.put(self)

    def removal(self) -> dynamo.Write:
        """Remove it."""
        return dynamo.delete(PersonDays(self.type_shard, self.person))


class LinksOfUser(GlobalSecondaryIndex["Link"]):
    """Which visitors turned out to be a user."""

    class Meta:
        """Index `user-index`."""

        index_name = "user-index"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)


class Link(dynamo.Model):
    """That a visitor is a user.

    Attributes:
        visitor: the person that the visitor counted as.
        person: the person that both count as.
        since: when both ids came together first, and the person's name besides, so that of two one is the earlier.
    """

    class Meta(dynamo.Meta):
        """Table `analytics-links`."""

        name = "analytics-links"

    shard = UnicodeAttribute(hash_key=True)
    visitor = UnicodeAttribute(range_key=True)
    person = UnicodeAttribute()
    since = UnicodeAttribute()
    user_id = UnicodeAttribute(null=True)

    by_user = LinksOfUser()

    @classmethod
    def made(cls, *, visitor: str, person: str, since: str) -> "Link":
        """A link; not stored yet."""
        user_id = person.removeprefix(rules.USER)
        shard = str(rules.shard_of(visitor))
        return cls(shard, visitor, person=person, since=since, user_id=user_id)

    @classmethod
    def everyone(cls) -> dict[str, str]:
        """Every linked visitor, and the person they are."""
        return {
            row.visitor: row.person
            for shard in range(rules.SHARDS)
            for row in dynamo.every(cls, str(shard), consistent_read=True)
        }

    @classmethod
    def among(cls, visitors: Iterable[str]) -> dict[str, "Link"]:
        """The links of these visitors, of those who have one."""
        keys = [(str(rules.shard_of(visitor)), visitor) for visitor in visitors]
        return {row.visitor: row for row in dynamo.get_many(cls, keys)} if keys else {}

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Link"]:
        """The links to a user."""
        return dynamo.every(cls.by_user, user_id)

    def replacement(self) -> dynamo.Write:
        """Store it in place of a later one; the condition fails where an earlier one is there."""
        return dynamo.put(self, Link.visitor.does_not_exist() | (Link.since > self.since))

    def erasure(self) -> dynamo.Write:
        """Keep that the visitor's events are of one person with others, and not of whom."""
        nobody = rules.erased(str(self.user_id))
        actions = [
            Link.person.set(nobody),
            Link.since.set(f"{self.since.partition('#')[0]}#{nobody}"),
            Link.user_id.remove(),
        ]
        return dynamo.update(Link(self.shard, self.visitor), actions, Link.user_id == self.user_id)


class Rollup(dynamo.Model):
    """The sums of one event type, replaced whole; they name nobody.

    Attributes:
        daily: of each day [events, people, people never seen after it].
        hourly: of each hour of the last days its events; None in rows that were stored before hours were summed.
        cutoff: events that arrived before it are counted.
    """

    class Meta(dynamo.Meta):
        """Table `analytics-rollups`."""

        name = "analytics-rollups"

    event_type = UnicodeAttribute(hash_key=True)
    daily = dynamo.JsonAttribute()
    hourly = dynamo.JsonAttribute(null=True)
    cutoff = UnicodeAttribute()

    @classmethod
    def of(cls, event_type: str) -> "Rollup":
        """The sums of a type; none and without a cutoff where it was never rolled up."""
        found = dynamo.find(cls, event_type, consistent_read=True)
        return found or cls(event_type, daily={}, hourly={}, cutoff="")

    def replacement(self) -> dynamo.Write:
        """Store it, whole."""
        return dynamo.put(self)


class RollUpRun(dynamo.Model):
    """Who rolls up now, and how far the last one came.

    Attributes:
        done_until: what arrived before it is in the sums.
        run_id: the run at work; none where nobody is.
        relinked: types whose people changed because a visitor turned out to be a user, and are to be summed again.
    """

    class Meta(dynamo.Meta):
        """Table `analytics-runs`."""

        name = "analytics-runs"

    name = UnicodeAttribute(hash_key=True)
    done_until = UnicodeAttribute(null=True)
    run_id = UnicodeAttribute(null=True)
    lapses_at = UTCDateTimeAttribute(null=True)
    relinked = UnicodeSetAttribute(null=True)

    NAME = "roll_up"

    @classmethod
    def of_now(cls) -> "RollUpRun":
        """As it stands."""
        return dynamo.find(cls, cls.NAME, consistent_read=True) or cls(cls.NAME)

    @classmethod
    def beginning(cls, *, run_id: str, lapses_at: datetime, now: datetime) -> dynamo.Write:
        """Take the work; the condition fails where another run is at it."""
        actions = [cls.run_id.set(run_id), cls.lapses_at.set(lapses_at)]
        free = cls.run_id.does_not_exist() | (cls.lapses_at < now)
        return dynamo.update(cls(cls.NAME), actions, free)

    @classmethod
    def still(cls, run_id: str) -> dynamo.Write:
        """Require that this run is the one at work."""
        return dynamo.check(cls, cls.NAME, condition=cls.run_id == run_id)

    @classmethod
    def relinking(cls, *, run_id: str, types: set[str]) -> dynamo.Write:
        """Note types that are to be summed again, and require that this run is the one at work."""
        return dynamo.update(cls(cls.NAME), [cls.relinked.add(types)], cls.run_id == run_id)

    @classmethod
    def ending(cls, *, run_id: str, done_until: str | None) -> dynamo.Write:
        """Give the work back, finished up to a moment or (None) not at all."""
        actions: list[Any] = [cls.run_id.remove(), cls.lapses_at.remove()]
        if done_until is not None:
            actions += [cls.done_until.set(done_until), cls.relinked.remove()]
        return dynamo.update(cls(cls.NAME), actions, cls.run_id == run_id)
