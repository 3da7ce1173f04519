"""What is stored of an item?

Every write raises `version` and requires the one that was read, so that of two changes at once one begins again;
the rows by which words find the item are part of the same transaction.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo
from app.marketplace.models.words import ItemWord, having
from app.marketplace.rules import items as rules
from app.marketplace.rules import words

LISTED = "listed"


class ItemsByOwner(GlobalSecondaryIndex["Item"]):
    """Items by owner and time."""

    class Meta:
        """Index `user-index`."""

        index_name = "user-index"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ItemsForSale(GlobalSecondaryIndex["Item"]):
    """Only the items that are for sale, by price."""

    class Meta:
        """Index `listed-index`."""

        index_name = "listed-index"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    price = dynamo.DecimalAttribute(range_key=True)


class Item(dynamo.Model):
    """Something that somebody has for sale, had, or is about to.

    Attributes:
        listing_id: the time on the market that it has now, or had last; each has an id of its own, and offers are
            made for one of them.
        sold_offer_id: the offer that was accepted, if one was.
        words: its name as searches read it.
    """

    class Meta(dynamo.Meta):
        """Table `items`."""

        name = "items"

    item_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    name = UnicodeAttribute()
    words = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    price = dynamo.DecimalAttribute()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    listed = UnicodeAttribute(null=True)
    listing_id = UnicodeAttribute(null=True)
    sold_offer_id = UnicodeAttribute(null=True)
    version = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_owner = ItemsByOwner()
    for_sale = ItemsForSale()

    @classmethod
    def of(cls, item_id: str) -> "Item | None":
        """The item with this id, whoever owns it."""
        return dynamo.find(cls, item_id, consistent_read=True)

    @classmethod
    def those_of(cls, item_ids: list[str]) -> list["Item | None"]:
        """The items with these ids, at most 100, in their order; None for one that is gone."""
        return dynamo.get_together(*((cls, item_id, None) for item_id in item_ids))

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Item"]:
        """All of a user's items."""
        return dynamo.every(cls.by_owner, user_id)

    @classmethod
    def page_owned_by(
        cls,
        user_id: str,
        *,
        wanted: list[str],
        lowest: Decimal | None,
        highest: Decimal | None,
        limit: int,
        cursor: str | None,
    ) -> dynamo.Page["Item"]:
        """A user's items in every state, the newest first; of these words and prices where any are asked for."""
        asked = [having(cls.words, wanted), _between(cls.price, lowest, highest)]
        conditions = [condition for condition in asked if condition is not None]
        return dynamo.page(
            cls.by_owner,
            user_id,
            filter_condition=reduce(and_, conditions) if conditions else None,
            limit=limit,
            cursor=cursor,
            newest_first=True,
        )

    @classmethod
    def page_for_sale(
        cls, *, lowest: Decimal | None, highest: Decimal | None, limit: int, cursor: str | None
    ) -> dynamo.Page["Item"]:
        """The items for sale at these prices, the cheapest first."""
        return dynamo.page(
            cls.for_sale,
            LISTED,
            range_key_condition=_between(cls.price, lowest, highest),
            limit=limit,
            cursor=cursor,
        )

    @classmethod
    def begun(
        cls, *, item_id: str, user_id: str, facts: dict[str, Any], listing_id: str, now: datetime
    ) -> "Item":
        """A new item; not stored yet."""
        item = cls(item_id, user_id=user_id, created_at=now)
        item.become(facts, listing_id=listing_id, now=now)
        return item

    def become(self, facts: dict[str, Any], *, listing_id: str, now: datetime) -> None:
        """Take on these attributes, as they are to be stored; a new time on the market has this id."""
        was_listed = self.listed is not None
        for name, value in facts.items():
            setattr(self, name, value)
        self.words = words.searched_text(self.name)
        self.listed = LISTED if self.status == rules.ACTIVE else None
        if self.listed and not was_listed:
            self.listing_id = listing_id
        self.updated_at = now
        self.version += 1

    def rows(self) -> list[ItemWord]:
        """By which words it is found as it stands."""
        if self.listed is None:
            return []
        return ItemWord.rows_of(item_id=self.item_id, name=self.name, price=self.price)

    def arrival(self) -> list[dynamo.Write]:
        """Store it; the condition of the first write fails where the id is taken."""
        words_of_it = ItemWord.exchange(before=[], after=self.rows())
        return [dynamo.put(self, Item.item_id.does_not_exist()), *words_of_it]

    def replacing(self, before: list[ItemWord]) -> list[dynamo.Write]:
        """Store it as it became; the condition of the first write fails where it was changed since it was read."""
        words_of_it = ItemWord.exchange(before=before, after=self.rows())
        return [dynamo.put(self, Item.version == self.version - 1), *words_of_it]

    def removal(self) -> list[dynamo.Write]:
        """Remove it; the condition of the first write fails where it was changed since it was read."""
        words_of_it = ItemWord.exchange(before=self.rows(), after=[])
        return [dynamo.delete(Item(self.item_id), Item.version == self.version), *words_of_it]

    @classmethod
    def still_listed(cls, *, item_id: str, listing_id: str | None) -> dynamo.Write:
        """Require that it has not left the market since."""
        unchanged = (cls.listing_id == listing_id) & (cls.status == rules.ACTIVE)
        return dynamo.check(cls, item_id, condition=unchanged)


def _between(
    price: dynamo.DecimalAttribute, lowest: Decimal | None, highest: Decimal | None
) -> Condition | None:
    if lowest is not None and highest is not None:
        return price.between(lowest, highest)
    if lowest is not None:
        return price >= lowest
    return None if highest is None else price <= highest
