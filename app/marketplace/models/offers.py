"""What is stored of an offer?

While it is pending it stands in `open-index`, under the time on the market that it was made for, and, where it can
expire, in `due-index`. A write that ends it takes it out of both.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo
from app.marketplace.rules import offers as rules

WAITING = "waiting"


class OffersByBuyer(GlobalSecondaryIndex["Offer"]):
    """Offers by who made them, and time."""

    class Meta:
        """Index `buyer-index`."""

        index_name = "buyer-index"
        projection = AllProjection()

    buyer_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class OffersBySeller(GlobalSecondaryIndex["Offer"]):
    """Offers by whose item they are for, and time."""

    class Meta:
        """Index `seller-index`."""

        index_name = "seller-index"
        projection = AllProjection()

    seller_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class OpenOffers(GlobalSecondaryIndex["Offer"]):
    """Only the pending offers, by an item's time on the market."""

    class Meta:
        """Index `open-index`."""

        index_name = "open-index"
        projection = AllProjection()

    open_listing_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ExpiringOffers(GlobalSecondaryIndex["Offer"]):
    """Only the pending offers that can expire, by when they do."""

    class Meta:
        """Index `due-index`."""

        index_name = "due-index"
        projection = AllProjection()

    waiting = UnicodeAttribute(hash_key=True)
    expires_at = UTCDateTimeAttribute(range_key=True)


class Offer(dynamo.Model):
    """What somebody would pay for an item.

    Attributes:
        listing_id: the item's time on the market that it is for.
        item_name, currency: the item's when the offer was made, as it may be gone later.
    """

    class Meta(dynamo.Meta):
        """Table `offers`."""

        name = "offers"

    offer_id = UnicodeAttribute(hash_key=True)
    item_id = UnicodeAttribute()
    listing_id = UnicodeAttribute()
    item_name = UnicodeAttribute()
    currency = UnicodeAttribute()
    buyer_id = UnicodeAttribute()
    seller_id = UnicodeAttribute()
    price = dynamo.DecimalAttribute()
    message = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    open_listing_id = UnicodeAttribute(null=True)
    waiting = UnicodeAttribute(null=True)
    expires_at = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_buyer = OffersByBuyer()
    by_seller = OffersBySeller()
    open_ones = OpenOffers()
    expiring = ExpiringOffers()

    @classmethod
    def of(cls, offer_id: str) -> "Offer | None":
        """The offer with this id, whoever made it."""
        return dynamo.find(cls, offer_id, consistent_read=True)

    @classmethod
    def page_of(
        cls, *, user_id: str, side: str, item_id: str | None, limit: int, cursor: str | None
    ) -> dynamo.Page["Offer"]:
        """The offers on one side of which a user is, the newest first; those for one item where it is named."""
        return dynamo.page(
            cls.by_seller if side == rules.SELLER else cls.by_buyer,
            user_id,
            filter_condition=None if item_id is None else cls.item_id == item_id,
            limit=limit,
            cursor=cursor,
            newest_first=True,
        )

    @classmethod
    def made_by(cls, user_id: str) -> Iterator["Offer"]:
        """All offers that a user made."""
        return dynamo.every(cls.by_buyer, user_id)

    @classmethod
    def received_by(cls, user_id: str) -> Iterator["Offer"]:
        """All offers for a user's items."""
        return dynamo.every(cls.by_seller, user_id)

    @classmethod
    def open_in(cls, listing_id: str, *, limit: int) -> list["Offer"]:
        """Pending offers for a time on the market, the oldest first."""
        return list(cls.open_ones.query(listing_id, limit=limit))

    @classmethod
    def due(cls, *, now: datetime, limit: int) -> list["Offer"]:
        """Pending offers whose time is up, those longest due first."""
        return list(cls.expiring.query(WAITING, cls.expires_at <= now, limit=limit))

    @classmethod
    def made(
        cls,
        *,
        offer_id: str,
        listing_id: str,
        item: tuple[str, str, str],
        buyer_id: str,
        seller_id: str,
        price: Decimal,
        message: str | None,
        expires_at: datetime | None,
        now: datetime,
    ) -> "Offer":
        """A new offer; not stored yet.

        Args:
            item: its id, name and currency.
        """
        item_id, item_name, currency = item
        return cls(
            offer_id,
            item_id=item_id,
            listing_id=listing_id,
            item_name=item_name,
            currency=currency,
            buyer_id=buyer_id,
            seller_id=seller_id,
            price=price,
            message=message,
            status=rules.PENDING,
            open_listing_id=listing_id,
            waiting=WAITING if expires_at is not None else None,
            expires_at=expires_at,
            created_at=now,
            updated_at=now,
        )

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, Offer.offer_id.does_not_exist())

    def ending(self, *, status: str, now: datetime) -> dynamo.Write:
        """End it so; the condition fails where it is not pending any more, or its time is up and it is not expiring."""
        cls = type(self)
        actions: list[Any] = [
            cls.status.set(status),
            cls.updated_at.set(now),
            cls.open_listing_id.remove(),
            cls.waiting.remove(),
        ]
        pending = cls.status == rules.PENDING
        if status == rules.EXPIRED:
            return dynamo.update(cls(self.offer_id), actions, pending & (cls.expires_at <= now))
        in_time = cls.expires_at.does_not_exist() | (cls.expires_at > now)
        return dynamo.update(cls(self.offer_id), actions, pending & in_time)

    def removal(self) -> dynamo.Write:
        """Remove it as it was read."""
        return dynamo.delete(Offer(self.offer_id), Offer.status == self.status)

    def without_buyer(self) -> dynamo.Write:
        """Forget who made it, and what they wrote; if it is still there."""
        cls = type(self)
        actions = [cls.buyer_id.set(rules.CLOSED_ACCOUNT), cls.message.remove()]
        return dynamo.update(cls(self.offer_id), actions, cls.offer_id.exists())

    def without_seller(self) -> dynamo.Write:
        """Forget whose item it was for; if it is still there."""
        cls = type(self)
        actions = [cls.seller_id.set(rules.CLOSED_ACCOUNT)]
        return dynamo.update(cls(self.offer_id), actions, cls.offer_id.exists())
