"""What is stored of the waitlist: people by address, places by number, codes, and the number given out last.

A person's row names their place and the place names the person; only transactions change the two, so that they
agree. docs/adr/0018 tells why the numbers are given out apart.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo
from app.waitlist import rules

OWED = "owed"
WHOLE_LIST = "waitlist"


class OwedIndex(GlobalSecondaryIndex["Entry"]):
    """Only the confirmed people whose referrer was not moved up yet, in the order they confirmed."""

    class Meta:
        """Index `owed-index`."""

        index_name = "owed-index"
        projection = KeysOnlyProjection()

    credit = UnicodeAttribute(hash_key=True)
    confirmed_at = UTCDateTimeAttribute(range_key=True)


class Entry(dynamo.Model):
    """Somebody on the waitlist, by canonical address.

    Attributes:
        code: their own referral code.
        secret_hash: of the token in their welcome email.
        referred_by: the code that they came with.
        referrals: how many who came with their code have confirmed.
        position: their place; None while they are joining.
        credit: `OWED` from their confirmation until their referrer was moved up.
    """

    class Meta(dynamo.Meta):
        """Table `waitlist`."""

        name = "waitlist"

    email = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    source = UnicodeAttribute()
    interested_features = dynamo.JsonAttribute(default=list)
    joined_at = UTCDateTimeAttribute()
    code = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    referred_by = UnicodeAttribute(null=True)
    referrals = NumberAttribute(default=0)
    position = NumberAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    invited_at = UTCDateTimeAttribute(null=True)
    credit = UnicodeAttribute(null=True)

    by_credit = OwedIndex()

    @classmethod
    def of(cls, email: str) -> "Entry | None":
        """The row of an address, as of now."""
        return dynamo.find(cls, email, consistent_read=True)

    @classmethod
    def with_addresses(cls, emails: Sequence[str]) -> dict[str, "Entry"]:
        """The rows of up to 100 addresses, as of now, by address."""
        if not emails:
            return {}
        found = dynamo.get_together(*((cls, email, None) for email in emails))
        return {entry.email: entry for entry in found if entry is not None}

    @classmethod
    def owed(cls, *, limit: int) -> Iterator[str]:
        """Addresses whose referrer was not moved up yet, those that wait longest first."""
        return (row.email for row in cls.by_credit.query(OWED, limit=limit))

    def arrival(self, *, instead_of_before: datetime) -> dynamo.Write:
        """Claim the address for who joins, unless it is on the list; a claim made before that time has lapsed."""
        lapsed = (Entry.status == rules.JOINING) & (Entry.joined_at < instead_of_before)
        return dynamo.put(self, Entry.email.does_not_exist() | lapsed)

    def seated(self, position: int) -> dynamo.Write:
        """Take a place, if the claim still stands."""
        actions = [Entry.position.set(position), Entry.status.set(rules.WAITING)]
        return dynamo.update(Entry(self.email), actions, self._is_still_joining())

    def withdrawal(self) -> dynamo.Write:
        """Give the claim of the address up, if it still stands."""
        return dynamo.delete(Entry(self.email), self._is_still_joining())

    def confirmation(self, *, now: datetime) -> dynamo.Write:
        """Mark the address confirmed and note that its referrer is to be moved up, unless it changed meanwhile."""
        actions = [Entry.confirmed_at.set(now)]
        if self.status == rules.WAITING:
            actions.append(Entry.status.set(rules.CONFIRMED))
        if self.referred_by is not None:
            actions.append(Entry.credit.set(OWED))
        unchanged = (Entry.status == self.status) & Entry.confirmed_at.does_not_exist()
        return dynamo.update(Entry(self.email), actions, unchanged)

    def invitation(self, *, now: datetime) -> dynamo.Write:
        """Mark it invited, unless it left meanwhile."""
        actions = [Entry.status.set(rules.INVITED), Entry.invited_at.set(now)]
        return dynamo.update(Entry(self.email), actions, Entry.code == self.code)

    def change(self, *, credited: bool, referred: bool, to: int | None) -> dynamo.Write:
        """What one referral changes of a person, unless any of it changed since they were read.

        Args:
            credited: it is they who were referred, and their referrer is served by this.
            referred: it is they who referred somebody.
            to: the place that they get; None where they stay.
        """
        stands: Condition = Entry.position == self.position
        owed: Condition = Entry.credit == OWED
        unchanged = stands if not credited else owed if to is None else owed & stands
        actions = [
            *([Entry.credit.remove()] if credited else []),
            *([Entry.referrals.add(1)] if referred else []),
            *([Entry.position.set(to)] if to is not None else []),
        ]
        return dynamo.update(Entry(self.email), actions, unchanged)

    def removal(self) -> dynamo.Write:
        """Forget the person, unless they moved meanwhile."""
        same = (
            Entry.position == self.position
            if self.position is not None
            else Entry.position.does_not_exist()
        )
        return dynamo.delete(Entry(self.email), same & (Entry.code == self.code))

    def _is_still_joining(self) -> Condition:
        claim: Condition = (Entry.status == rules.JOINING) & (Entry.code == self.code)
        return claim


class Place(dynamo.Model):
    """A place of the list. One whose holder has left stays, without an address.

    Attributes:
        taken_at: when it was first taken.
    """

    class Meta(dynamo.Meta):
        """Table `waitlist-places`."""

        name = "waitlist-places"

    number = NumberAttribute(hash_key=True)
    email = UnicodeAttribute(null=True)
    taken_at = UTCDateTimeAttribute()

    @classmethod
    def between(cls, first: int, last: int) -> list["Place | None"]:
        """The places from one number to another, 100 at most, as of now; None where nobody ever came."""
        found: list[Place | None] = dynamo.get_together(
            *((cls, number, None) for number in range(first, last + 1))
        )
        return found

    @classmethod
    def taken(cls, number: int, *, email: str, now: datetime) -> dynamo.Write:
        """Take a place that nobody has."""
        return dynamo.put(cls(number, email=email, taken_at=now), cls.email.does_not_exist())

    def handed_over(self, *, to: str | None) -> dynamo.Write:
        """Give the place to somebody else, or to nobody, if it is still whose it was."""
        held = Place.email == self.email if self.email else Place.email.does_not_exist()
        action = Place.email.set(to) if to else Place.email.remove()
        return dynamo.update(Place(self.number), [action], Place.number.exists() & held)


class ReferralCode(dynamo.Model):
    """Whose code this is."""

    class Meta(dynamo.Meta):
        """Table `waitlist-codes`."""

        name = "waitlist-codes"

    code = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute()

    @classmethod
    def holder(cls, code: str) -> str | None:
        """The address whose code this is, if anyone's."""
        row = dynamo.find(cls, code, consistent_read=True)
        return row.email if row else None

    @classmethod
    def creation(cls, code: str, *, email: str) -> dynamo.Write:
        """Give a code out that nobody has."""
        return dynamo.put(cls(code, email=email), cls.code.does_not_exist())

    @classmethod
    def removal(cls, code: str) -> dynamo.Write:
        """Forget a code, if it is there."""
        return dynamo.delete(cls(code))


class NumbersGiven(dynamo.Model):
    """The number that was given out last. It is in no transaction, so a thousand who join at once don't conflict.

    Attributes:
        taken_back: how often numbers at the end were taken back, so that a decision made before one is void.
    """

    class Meta(dynamo.Meta):
        """Table `waitlist-numbers`."""

        name = "waitlist-numbers"

    name = UnicodeAttribute(hash_key=True)
    last = NumberAttribute(default=0)
    taken_back = NumberAttribute(null=True)

    @classmethod
    def next(cls) -> int:
        """Give out the number that follows; no two callers get the same."""
        row = cls(WHOLE_LIST)
        dynamo.commit(dynamo.update(row, [cls.last.add(1)]))
        return int(row.last)  # the update brought it

    @classmethod
    def current(cls) -> "NumbersGiven":
        """How far the numbers have come, as of now; 0 before the first."""
        return dynamo.find(cls, WHOLE_LIST, consistent_read=True) or cls(WHOLE_LIST, last=0)

    def taken_back_to(self, last: int) -> dynamo.Write:
        """Give the numbers behind this one out again, unless any was given out or taken back since this was read."""
        unchanged = (NumbersGiven.last == self.last) & (
            NumbersGiven.taken_back.does_not_exist()
            if self.taken_back is None
            else NumbersGiven.taken_back == self.taken_back
        )
        actions = [NumbersGiven.last.set(last), NumbersGiven.taken_back.add(1)]
        return dynamo.update(NumbersGiven(self.name), actions, unchanged)
