"""What does the marketplace hold of a user, and how is it exported and erased?

When an account is closed its items go, and so do the offers that it made, but for those that were accepted: they are
the other side's too, who keeps them without the name of the closed account and without what it wrote.
"""

from contextlib import suppress
from typing import Any

from app.core import dynamo
from app.marketplace.models import Item, Offer
from app.marketplace.rules import offers as rules
from app.marketplace.service.items import ATTEMPTS, removal

ITEM = (
    "item_id",
    "name",
    "description",
    "price",
    "currency",
    "status",
    "created_at",
    "updated_at",
)
OFFER = (
    "offer_id",
    "item_id",
    "item_name",
    "price",
    "currency",
    "status",
    "expires_at",
    "created_at",
    "updated_at",
)


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """A user's items, the offers that they made with what they wrote, and the offers that they received."""
    return {
        "items": [_told(item, ITEM) for item in Item.owned_by(user_id)],
        "offers_made": [_told(offer, (*OFFER, "message")) for offer in Offer.made_by(user_id)],
        "offers_received": [
            _told(offer, (*OFFER, "message")) for offer in Offer.received_by(user_id)
        ],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Remove a user's items and offers; running it again is harmless.

    Pending offers of others for the items are declined by the job that looks after items that left the market.
    """
    for item in list(Item.owned_by(user_id)):
        _erase_item(item.item_id, user_id)
    for offer in list(Offer.made_by(user_id)):
        kept = offer.status == rules.ACCEPTED
        with suppress(
            dynamo.ConditionFailed
        ):  # it is gone, or was ended since: the next run sees it
            dynamo.commit(offer.without_buyer() if kept else offer.removal())
    for offer in list(Offer.received_by(user_id)):
        with suppress(dynamo.ConditionFailed):  # it is gone
            dynamo.commit(offer.without_seller())


def _erase_item(item_id: str, user_id: str) -> None:
    for _ in range(ATTEMPTS):
        item = Item.of(item_id)
        if item is None or item.user_id != user_id:
            return
        try:
            dynamo.commit(*removal(item=item))
        except dynamo.ConditionFailed:  # it was changed since it was read
            continue
        return
    raise dynamo.Busy


def _told(row: dynamo.Model, attributes: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in attributes}
