"""How does somebody put an item up, change it and take it away?

An item's index rows are part of its own transaction. When an item leaves the market, that transaction also notes that
its pending offers are to be closed, which a task does.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core import dynamo, errors, ids
from app.marketplace.models import Departure, Item
from app.marketplace.rules import items as rules
from app.marketplace.service import closing
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

ATTEMPTS = 8


class UnknownItem(errors.NotFound):
    """There is no such item, or it is a draft or withdrawn and another user's."""

    code = "item_not_found"
    message = "There is no item with this id."


class NotItemOwner(errors.Forbidden):
    """The item is another user's."""

    code = "not_item_owner"
    message = "This item is another user's: only its owner may change or delete it."


class ItemIdTaken(errors.Conflict):
    """Another user's item has this id."""

    code = "item_id_taken"
    message = "Another user's item has this id. Choose another item_id."


class ItemSold(errors.Conflict):
    """A sold item stays as it was sold."""

    code = "item_sold"
    message = "This item is sold and can't be changed any more. Put up another one."


class ItemMoveRefused(errors.Conflict):
    """The item can't come from its state into that one."""

    code = "item_status_refused"
    message = (
        "An item can't come from its status into that one: draft becomes active or withdrawn, active becomes sold or "
        "withdrawn, withdrawn becomes active."
    )


def get_item(*, user_id: str, item_id: str) -> Item:
    """An item that the user may see.

    Raises:
        UnknownItem: there is none such, or it is hidden from this user.
    """
    item = Item.of(item_id)
    if item is None or not rules.is_seen_by(
        user_id=user_id, owner_id=item.user_id, status=item.status
    ):
        raise UnknownItem(f"Item {item_id} not found")
    return item


def put_up_item(
    *,
    user_id: str,
    item_id: str,
    name: str,
    price: Decimal,
    description: str | None,
    currency: str,
    status: str | None,
    jobs: JobQueue,
    now: datetime,
) -> tuple[Item, bool]:
    """Put an item up under an id that its owner chose, or say again what it is; and whether it is new.

    Args:
        status: active for a new one and as it is for a known one, where None.

    Raises:
        ItemIdTaken: the id is another user's.
        ItemSold, ItemMoveRefused: it is known, and can't become this.
        dynamo.Busy: others change it all the while.
    """
    facts: dict[str, Any] = {
        "name": name,
        "price": price,
        "description": description,
        "currency": currency,
    }
    for _ in range(ATTEMPTS):
        fresh = facts | {"status": status or rules.ACTIVE}
        item = Item.begun(
            item_id=item_id, user_id=user_id, facts=fresh, listing_id=ids.new_id(), now=now
        )
        try:
            dynamo.commit(*item.arrival())
        except dynamo.ConditionFailed:
            known = Item.of(item_id)
        else:
            log.info("marketplace.item_put_up", extra={"item_status": item.status})
            return item, True
        if known is None:  # removed at this moment
            continue
        if known.user_id != user_id:
            raise ItemIdTaken
        changes = facts | ({"status": status} if status else {})
        changed = change_item(user_id=user_id, item_id=item_id, changes=changes, jobs=jobs, now=now)
        return changed, False
    raise dynamo.Busy


def change_item(
    *, user_id: str, item_id: str, changes: Mapping[str, Any], jobs: JobQueue, now: datetime
) -> Item:
    """Change attributes of an item; what is left out stays, and no change writes nothing.

    Raises:
        UnknownItem, NotItemOwner, ItemSold, ItemMoveRefused.
        dynamo.Busy: others change it all the while.
    """
    for _ in range(ATTEMPTS):
        item = _own(user_id, item_id)
        new = {name: value for name, value in changes.items() if getattr(item, name) != value}
        if not new:
            return item
        _refuse_impossible(item, new)
        rows, listing_id = item.rows(), item.listing_id if item.listed else None
        item.become(new, listing_id=ids.new_id(), now=now)
        left = listing_id if item.listed is None else None
        try:
            dynamo.commit(*item.replacing(rows), *([Departure.noted(left)] if left else []))
        except dynamo.ConditionFailed:  # changed since it was read: look again
            continue
        if left:
            closing.ask(listing_id=left, jobs=jobs)
        log.info("marketplace.item_changed", extra={"item_status": item.status})
        return item
    raise dynamo.Busy


def remove_item(*, user_id: str, item_id: str, jobs: JobQueue) -> None:
    """Delete an item at once; pending offers for it are closed by a task.

    Raises:
        UnknownItem, NotItemOwner.
        dynamo.Busy: others change it all the while.
    """
    for _ in range(ATTEMPTS):
        item = _own(user_id, item_id)
        try:
            dynamo.commit(*removal(item=item))
        except dynamo.ConditionFailed:  # changed since it was read: look again
            continue
        if item.listed and item.listing_id:
            closing.ask(listing_id=item.listing_id, jobs=jobs)
        log.info("marketplace.item_removed")
        return
    raise dynamo.Busy


def removal(*, item: Item) -> list[dynamo.Write]:
    """What removes an item, and notes that its pending offers are to be closed."""
    noted = [Departure.noted(item.listing_id)] if item.listed and item.listing_id else []
    return [*item.removal(), *noted]


def _own(user_id: str, item_id: str) -> Item:
    item = get_item(user_id=user_id, item_id=item_id)
    if item.user_id != user_id:
        raise NotItemOwner
    return item


def _refuse_impossible(item: Item, new: Mapping[str, Any]) -> None:
    if item.status == rules.SOLD:
        raise ItemSold
    after = new.get("status", item.status)
    if not rules.may_become(before=item.status, after=after):
        raise ItemMoveRefused(details={"status": item.status, "asked": after})
