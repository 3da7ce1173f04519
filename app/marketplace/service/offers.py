"""How is an offer made, and what do its two sides do with it?

Each step is one transaction with the emails that tell of it. Accepting is one with the item's own change to sold,
which requires the version of the item that was read: of any number of acceptances at once, one takes effect.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.core import dynamo, errors, ids, throttle
from app.marketplace.models import Departure, Item, Offer
from app.marketplace.rules import items as item_rules
from app.marketplace.rules import offers as rules
from app.marketplace.service import closing, letters
from app.marketplace.service.items import ATTEMPTS, get_item
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

# Each offer mails somebody who did not ask for it.
TO_ONE_SELLER = throttle.Limit(name="offers-to-one-seller", count=50, window_seconds=24 * 3600)
LETTERS: Mapping[str, Mapping[str, str]] = {
    rules.DECLINE: letters.DECLINED,
    rules.WITHDRAW: letters.WITHDRAWN,
}


class UnknownOffer(errors.NotFound):
    """There is no such offer, or the user is on neither side of it."""

    code = "offer_not_found"
    message = "You have neither made nor received an offer with this id."


class OwnItem(errors.Forbidden):
    """Nobody bids for what is theirs."""

    code = "own_item"
    message = "This item is yours: you can't make an offer for it."


class NotYourMove(errors.Forbidden):
    """The other side may do this."""

    code = "not_your_move"
    message = "Only the seller accepts or declines an offer, and only the buyer withdraws it."


class ItemNotForSale(errors.Conflict):
    """The item is sold, or left the market."""

    code = "item_not_for_sale"
    message = "This item is not for sale any more."


class OfferClosed(errors.Conflict):
    """The offer is not pending any more."""

    code = "offer_closed"
    message = "This offer is closed: it was accepted, declined, withdrawn, or has expired; details tells which."


class OfferExpiresInPast(errors.Unprocessable):
    """The offer would have expired before it is made."""

    code = "offer_expires_in_past"
    message = "expires_at is in the past. Give a moment to come, or leave it out."


@dataclass(frozen=True, kw_only=True)
class ShownOffer:
    """An offer as it stands at a moment."""

    offer: Offer
    status: str


def make_offer(
    *,
    user_id: str,
    item_id: str,
    price: Decimal,
    message: str | None,
    expires_at: datetime | None,
    jobs: JobQueue,
    now: datetime,
) -> ShownOffer:
    """Offer a price for another user's item, in the item's currency.

    Raises:
        OfferExpiresInPast, UnknownItem, OwnItem, ItemNotForSale.
        throttle.TooManyAttempts: after 50 offers to one seller in a day.
        dynamo.Busy: others change the item all the while.
    """
    if expires_at is not None and expires_at <= now:
        raise OfferExpiresInPast(details={"expires_at": [OfferExpiresInPast.message]})
    item = get_item(user_id=user_id, item_id=item_id)
    if item.user_id == user_id:
        raise OwnItem
    if item.status != item_rules.ACTIVE or item.listing_id is None:
        raise ItemNotForSale(details={"status": item.status})
    throttle.use(TO_ONE_SELLER, subject=f"{user_id}\n{item.user_id}", now=now)
    offer = Offer.made(
        offer_id=ids.new_id(),
        listing_id=item.listing_id,
        item=(item_id, item.name, item.currency),
        buyer_id=user_id,
        seller_id=item.user_id,
        price=price,
        message=message,
        expires_at=expires_at,
        now=now,
    )
    _commit_made(offer, jobs, now)
    return _shown(offer, now)


def get_offer(*, user_id: str, offer_id: str, now: datetime) -> ShownOffer:
    """An offer that the user made or received.

    Raises:
        UnknownOffer: the user is on neither side.
    """
    return _shown(_of_party(user_id, offer_id)[0], now)


def list_offers(
    *,
    user_id: str,
    role: str,
    item_id: str | None,
    limit: int,
    cursor: str | None,
    now: datetime,
) -> tuple[list[ShownOffer], str | None]:
    """Offers that the user made (as buyer) or received (as seller), the newest first, and the next ones' cursor."""
    page = Offer.page_of(user_id=user_id, side=role, item_id=item_id, limit=limit, cursor=cursor)
    return [_shown(offer, now) for offer in page.items], page.next_cursor


def accept_offer(*, user_id: str, offer_id: str, jobs: JobQueue, now: datetime) -> ShownOffer:
    """Accept an offer, which sells the item. The item's other pending offers are declined by a task.

    Raises:
        UnknownOffer, NotYourMove, OfferClosed, ItemNotForSale.
        dynamo.Busy: others change the item all the while.
    """
    for _ in range(ATTEMPTS):
        offer = _open(user_id, offer_id, rules.MOVES[rules.ACCEPT], now)
        item = _still_for_sale(offer)
        rows = item.rows()
        facts = {"status": item_rules.SOLD, "sold_offer_id": offer_id}
        item.become(facts, listing_id=offer.listing_id, now=now)
        contacts = letters.contacts_of(offers=[offer])
        written = letters.written(kinds=letters.ACCEPTED, offer=offer, contacts=contacts, now=now)
        try:
            dynamo.commit(
                offer.ending(status=rules.ACCEPTED, now=now),
                *item.replacing(rows),
                Departure.noted(offer.listing_id),
                *letters.writes_of(letters=written),
            )
        except dynamo.ConditionFailed:  # somebody was quicker: look again at what they did
            continue
        letters.send(letters=written, jobs=jobs)
        closing.ask(listing_id=offer.listing_id, jobs=jobs)
        log.info("marketplace.item_sold")
        return _shown(_of_party(user_id, offer_id)[0], now)
    raise dynamo.Busy


def decline_offer(*, user_id: str, offer_id: str, jobs: JobQueue, now: datetime) -> ShownOffer:
    """Decline an offer for one's item.

    Raises:
        UnknownOffer, NotYourMove, OfferClosed.
    """
    return _moved(user_id, offer_id, rules.DECLINE, jobs, now)


def withdraw_offer(*, user_id: str, offer_id: str, jobs: JobQueue, now: datetime) -> ShownOffer:
    """Withdraw an offer that one made.

    Raises:
        UnknownOffer, NotYourMove, OfferClosed.
    """
    return _moved(user_id, offer_id, rules.WITHDRAW, jobs, now)


def _commit_made(offer: Offer, jobs: JobQueue, now: datetime) -> None:
    """Store a new offer with its emails, if the item has not left the market since it was read."""
    contacts = letters.contacts_of(offers=[offer])
    written = letters.written(kinds=letters.MADE, offer=offer, contacts=contacts, now=now)
    listed = Item.still_listed(item_id=offer.item_id, listing_id=offer.listing_id)
    try:
        dynamo.commit(listed, offer.arrival(), *letters.writes_of(letters=written))
    except dynamo.ConditionFailed:
        raise ItemNotForSale from None
    letters.send(letters=written, jobs=jobs)
    log.info("marketplace.offer_made")


def _moved(user_id: str, offer_id: str, what: str, jobs: JobQueue, now: datetime) -> ShownOffer:
    move = rules.MOVES[what]
    offer = _open(user_id, offer_id, move, now)
    contacts = letters.contacts_of(offers=[offer])
    written = letters.written(kinds=LETTERS[what], offer=offer, contacts=contacts, now=now)
    ending = offer.ending(status=move.after, now=now)
    try:
        dynamo.commit(ending, *letters.writes_of(letters=written))
    except dynamo.ConditionFailed:
        offer = _of_party(user_id, offer_id)[0]
        raise OfferClosed(details={"status": _shown(offer, now).status}) from None
    letters.send(letters=written, jobs=jobs)
    log.info("marketplace.offer_moved", extra={"offer_status": move.after})
    return _shown(_of_party(user_id, offer_id)[0], now)


def _of_party(user_id: str, offer_id: str) -> tuple[Offer, str]:
    """An offer, and the side on which the user is."""
    offer = Offer.of(offer_id)
    if offer is None:
        raise UnknownOffer
    side = rules.side_of(user_id=user_id, buyer_id=offer.buyer_id, seller_id=offer.seller_id)
    if side is None:
        raise UnknownOffer
    return offer, side


def _open(user_id: str, offer_id: str, move: rules.Move, now: datetime) -> Offer:
    """A pending offer that the user may move so."""
    offer, side = _of_party(user_id, offer_id)
    if side != move.by:
        raise NotYourMove
    status = _shown(offer, now).status
    if status != rules.PENDING:
        raise OfferClosed(details={"status": status})
    return offer


def _still_for_sale(offer: Offer) -> Item:
    """The item, in the very time on the market that the offer was made for."""
    item = Item.of(offer.item_id)
    if item is None or item.listing_id != offer.listing_id or item.status != item_rules.ACTIVE:
        raise ItemNotForSale
    return item


def _shown(offer: Offer, now: datetime) -> ShownOffer:
    status = rules.status_at(status=offer.status, expires_at=offer.expires_at, now=now)
    return ShownOffer(offer=offer, status=status)
