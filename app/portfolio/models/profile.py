"""What is stored of a user's whole portfolio?"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.core import dynamo
from app.portfolio.models.attributes import DateAttribute
from app.portfolio.models.rows import PROFILE, TABLE, PortfolioRow, user_key


class Profile(PortfolioRow):
    """What a user has settled for the whole portfolio, and what counts for all of the ledger.

    Attributes:
        transaction_count: the rows of the ledger, of every asset and of none.
        past_version: counts the changes of the ledger.
        snapshots_until: the last day whose snapshot still holds; a change of the ledger takes it back to the day
            before. None where there are none.
        base_currency: ISO 4217, of totals and snapshots.
        weekly_digest: whether the user wants it.
    """

    class Meta(dynamo.Meta):
        """A second kind of row in the documented table."""

        name = TABLE
        shares_table = True

    user_id = UnicodeAttribute()
    base_currency = UnicodeAttribute()
    transaction_count = NumberAttribute(default=0)
    past_version = NumberAttribute(default=0)
    snapshots_until = DateAttribute(null=True)
    weekly_digest = BooleanAttribute(default=True)
    created_at = UTCDateTimeAttribute()

    @classmethod
    def of(cls, user_id: str) -> "Profile | None":
        """The user's profile; None before the first write."""
        return dynamo.find(cls, user_key(user_id), PROFILE)

    @classmethod
    def of_many(cls, user_ids: Iterable[str]) -> list["Profile"]:
        """The profiles of those of these users who have one, 100 a request."""
        return dynamo.get_many(cls, [(user_key(user_id), PROFILE) for user_id in user_ids])

    @classmethod
    def opened(cls, *, user_id: str, base_currency: str, now: datetime) -> dynamo.Write:
        """The first write of a portfolio. Its condition fails where the profile exists."""
        key = user_key(user_id)
        profile = cls(
            key,
            PROFILE,
            gsi1_pk=key,
            gsi1_sk=key,
            user_id=user_id,
            base_currency=base_currency,
            created_at=now,
        )
        return dynamo.put(profile, cls.pk.does_not_exist())

    @classmethod
    def preferring(
        cls, *, user_id: str, changes: Mapping[str, Any], default_currency: str, now: datetime
    ) -> tuple["Profile", dynamo.Write]:
        """A change of base_currency, weekly_digest or both, and the profile that holds the result once committed.

        It opens the profile where there is none. Only what is named is written, so that it clashes with no change of
        the ledger. Snapshots are in the base currency, so none holds after a change of that.
        """
        key = user_key(user_id)
        actions = (
            cls.gsi1_pk.set(cls.gsi1_pk | key),
            cls.gsi1_sk.set(cls.gsi1_sk | key),
            cls.user_id.set(cls.user_id | user_id),
            cls.created_at.set(cls.created_at | now),
            *(getattr(cls, name).set(value) for name, value in changes.items()),
        )
        others = (
            (cls.past_version.add(1), cls.snapshots_until.remove())
            if "base_currency" in changes
            else (cls.base_currency.set(cls.base_currency | default_currency),)
        )
        profile = cls(key, PROFILE)
        return profile, dynamo.update(profile, [*actions, *others])

    @classmethod
    def counting(
        cls,
        *,
        user_id: str,
        known: "Profile | None",
        base_currency: str,
        added: int,
        earliest: date,
        most: int,
        now: datetime,
    ) -> dynamo.Write:
        """A change of the ledger from a day on, to be committed with it; opens the profile where there is none.

        The condition fails where `most` rows would be exceeded, or a snapshot was taken since `known` was read.

        Args:
            known: the profile as it was read.
            added: how many rows more there are; below 0, fewer.
            earliest: the first day that the change counts for.
        """
        key = user_key(user_id)
        good_until = earliest - timedelta(days=1)
        actions = [
            cls.gsi1_pk.set(cls.gsi1_pk | key),
            cls.gsi1_sk.set(cls.gsi1_sk | key),
            cls.user_id.set(cls.user_id | user_id),
            cls.base_currency.set(cls.base_currency | base_currency),
            cls.created_at.set(cls.created_at | now),
            cls.past_version.add(1),
            cls.transaction_count.add(added),
        ]
        kept = known.snapshots_until if known is not None else None
        if kept is not None and kept > good_until:
            actions.append(cls.snapshots_until.set(good_until))
            condition = cls.snapshots_until > good_until
        else:
            condition = cls.snapshots_until.does_not_exist() | (cls.snapshots_until <= good_until)
        if added > 0:
            condition &= cls.transaction_count.does_not_exist() | (
                cls.transaction_count <= most - added
            )
        return dynamo.update(cls(key, PROFILE), actions, condition)

    def note(self, *, added: int, earliest: date) -> None:
        """Know what a committed `counting` made of the row, without reading it again."""
        self.transaction_count += added
        if self.snapshots_until is not None:
            self.snapshots_until = min(self.snapshots_until, earliest - timedelta(days=1))
