"""Where does it stand what a portfolio was worth on past days?

In the user's partition of document 001's table, after the profile, so that reading the assets never reads them:

    row       PK              SK
    snapshot  USER#{user_id}  SNAPSHOT#{day}

They have no GSI1 keys, so that index stays as small as there are assets and profiles. Which snapshots hold is told by
the profile's `snapshots_until`: any change of the past takes that back in its own transaction, and snapshots are only
stored together with it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from app.core import dynamo
from app.portfolio.models.attributes import DateAttribute, ExactAttribute
from app.portfolio.models.profile import Profile
from app.portfolio.models.rows import PROFILE, TABLE
from app.portfolio.rules.valued_days import Day

PREFIX: Final = "SNAPSHOT#"
DAYS_TOGETHER: Final = 90
"""Snapshots that are stored in one transaction, which holds 100 writes at most."""


class Snapshot(dynamo.Model):
    """What a portfolio was worth at the end of a day (UTC), and what happened on it (rules.valued_days.Day).

    Attributes:
        currency: of all amounts, ISO 4217.
    """

    class Meta(dynamo.Meta):
        """One more kind of row in the documented table."""

        name = TABLE
        shares_table = True

    pk = UnicodeAttribute(hash_key=True, attr_name="PK")
    sk = UnicodeAttribute(range_key=True, attr_name="SK")
    day = DateAttribute()
    currency = UnicodeAttribute()
    value = ExactAttribute()
    came_in = ExactAttribute()
    went_out = ExactAttribute()
    income = ExactAttribute()
    fees = ExactAttribute()

    @classmethod
    def between(cls, user_id: str, *, start: date, end: date, currency: str) -> list[Day]:
        """The days from `start` to `end`, both included, that follow each other without a gap from `start` on.

        A request for every MB, more than ten years.
        """
        rows = dynamo.every(
            cls,
            _user_key(user_id),
            range_key_condition=cls.sk.between(_key(start), _key(end)),
            consistent_read=True,
        )
        found: list[Day] = []
        for row in rows:
            if row.currency != currency or (row.day - start).days != len(found):
                break
            found.append(row.told())
        return found

    def told(self) -> Day:
        """The day as the rules read it."""
        return Day(
            day=self.day,
            value=self.value,
            came_in=self.came_in,
            went_out=self.went_out,
            income=self.income,
            fees=self.fees,
        )

    @classmethod
    def kept(cls, *, profile: Profile, days: Sequence[Day]) -> list[dynamo.Write]:
        """Store days, at most DAYS_TOGETHER, that follow those that are stored.

        The first condition fails where the ledger or the base currency changed, or another run stored snapshots,
        since `profile` was read.
        """
        user_id = profile.user_id
        is_same_past = Profile.past_version == profile.past_version
        if not profile.past_version:
            is_same_past |= Profile.past_version.does_not_exist()
        nobody_else = (
            Profile.snapshots_until.does_not_exist()
            if profile.snapshots_until is None
            else Profile.snapshots_until == profile.snapshots_until
        )
        is_same_currency = Profile.base_currency == profile.base_currency
        settled = dynamo.update(
            Profile(_user_key(user_id), PROFILE),
            [Profile.snapshots_until.set(days[-1].day)],
            Profile.pk.exists() & is_same_past & nobody_else & is_same_currency,
        )
        return [settled, *(cls._put(user_id, day, profile.base_currency) for day in days)]

    @classmethod
    def _put(cls, user_id: str, day: Day, currency: str) -> dynamo.Write:
        # Without a condition of its own: the profile's holds for all of the transaction.
        return dynamo.put(
            cls(
                _user_key(user_id),
                _key(day.day),
                day=day.day,
                currency=currency,
                value=day.value,
                came_in=day.came_in,
                went_out=day.went_out,
                income=day.income,
                fees=day.fees,
            )
        )


def profile_now(user_id: str) -> Profile | None:
    """The user's profile as it stands at this moment, so that no snapshot is believed that no longer holds."""
    return dynamo.find(Profile, _user_key(user_id), PROFILE, consistent_read=True)


def owners_without(day: date) -> Iterator[str]:
    """Every user with a ledger whose snapshots end before a day, from a scan of GSI1: for a daily job only."""
    is_behind = Profile.snapshots_until.does_not_exist() | (Profile.snapshots_until < day)
    behind = Profile.by_own_key.scan(
        filter_condition=(Profile.sk == PROFILE) & (Profile.transaction_count > 0) & is_behind
    )
    for row in behind:
        yield row.gsi1_pk.removeprefix("USER#")


def _user_key(user_id: str) -> str:
    return f"USER#{user_id}"


def _key(day: date) -> str:
    return f"{PREFIX}{day.isoformat()}"
