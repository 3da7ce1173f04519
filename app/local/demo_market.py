"""What is for sale in the demo world, and who has offered for it?

Told to the marketplace itself and not over HTTP, because each sign-in there counts against the laptop's address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.local.demo_people import DEMO, VIEWER, Person
from app.marketplace import service as marketplace
from app.providers.job_queue.interface import JobQueue


@dataclass(frozen=True, kw_only=True)
class ForSale:
    """Something that somebody sells."""

    item_id: str
    name: str
    price: str
    description: str | None = None
    status: str = "active"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody would pay for something."""

    item_id: str
    price: str
    message: str | None = None


ITEMS: Final[Mapping[Person, Sequence[ForSale]]] = {
    DEMO: (
        ForSale(
            item_id="demo-desk",
            name="Oak standing desk",
            price="420",
            description="160 x 80 cm, hardly a scratch.",
        ),
        ForSale(
            item_id="demo-books", name="Twelve books on investing", price="59.90", status="draft"
        ),
    ),
    VIEWER: (
        ForSale(
            item_id="viewer-camera",
            name="Vintage film camera",
            price="180",
            description="From 1972, with a 50 mm lens. The light meter works.",
        ),
        ForSale(item_id="viewer-monitor", name="Monitor, 27 inch", price="149.99"),
        ForSale(item_id="viewer-chair", name="Office chair", price="75.50"),
    ),
}
OFFERS: Final[Mapping[Person, Sequence[Wanted]]] = {
    DEMO: (
        Wanted(
            item_id="viewer-camera",
            price="165",
            message="Could you do 165? I would fetch it on Saturday.",
        ),
    ),
    VIEWER: (Wanted(item_id="demo-desk", price="400"),),
}


def fill(user_ids: Mapping[Person, str], *, jobs: JobQueue, now: datetime) -> None:
    """Put up what each of these people sells, then have each make their offers; those who did before do nothing."""
    for person, user_id in user_ids.items():
        own, _ = marketplace.list_items(
            user_id=user_id,
            q=None,
            min_price=None,
            max_price=None,
            mine=True,
            limit=1,
            cursor=None,
        )
        for item in () if own else ITEMS[person]:
            _put_up(item, user_id, jobs, now)
    for person, user_id in user_ids.items():
        made, _ = marketplace.list_offers(
            user_id=user_id, role="buyer", item_id=None, limit=1, cursor=None, now=now
        )
        for offer in () if made else OFFERS[person]:
            _offer(offer, user_id, jobs, now)


def _put_up(item: ForSale, user_id: str, jobs: JobQueue, now: datetime) -> None:
    marketplace.put_up_item(
        user_id=user_id,
        item_id=item.item_id,
        name=item.name,
        price=Decimal(item.price),
        description=item.description,
        currency="USD",
        status=item.status,
        jobs=jobs,
        now=now,
    )


def _offer(offer: Wanted, user_id: str, jobs: JobQueue, now: datetime) -> None:
    marketplace.make_offer(
        user_id=user_id,
        item_id=offer.item_id,
        price=Decimal(offer.price),
        message=offer.message,
        expires_at=None,
        jobs=jobs,
        now=now,
    )
