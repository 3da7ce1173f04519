"""What is left of somebody who closed their account?"""

from decimal import Decimal
from typing import Any

import pytest

from app.marketplace import service
from app.marketplace.models import Item, ItemWord, Offer
from tests.conftest import NOON
from tests.marketplace.test_races import accept, offer, put_up

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def world(aws, jobs):
    """Sara sells two lamps and a chair; Ben bought one, and she offers for his table."""
    assert aws is not None
    put_up(jobs)
    accept(jobs, offer(jobs, "ben", message="Mine").offer_id)
    put_up(jobs, item_id="other")
    pending = offer(jobs, "ben", item_id="other")
    put_up(jobs, item_id="chair", name="Chair", status="draft")
    put_up(jobs, user_id="ben", item_id="table")
    made = offer(jobs, "sara", item_id="table", message="For Sara")
    return pending, made


@pytest.mark.usefixtures("world")
class TestExport:
    def test_holds_items_and_offers_of_both_sides(self):
        told = service.export_owned_by(user_id="sara")

        assert {item["item_id"] for item in told["items"]} == {"lamp", "other", "chair"}
        assert [made["message"] for made in told["offers_made"]] == ["For Sara"]
        assert {made["status"] for made in told["offers_received"]} == {"accepted", "pending"}
        assert told["offers_made"][0]["price"] == Decimal(20)


class TestErase:
    def test_leaves_nothing_of_the_user(self, world, jobs):
        pending, _ = world
        for _ in range(2):
            service.erase_owned_by(user_id="sara")

        told = service.export_owned_by(user_id="sara")
        assert not any(told.values())
        stored = [
            str(row.to_dynamodb_dict()) for model in (Item, ItemWord, Offer) for row in model.scan()
        ]
        assert not [row for row in stored if "sara" in row.lower()]
        assert {item.item_id for item in Item.scan()} == {"table"}

        service.close_offers(listing_id=pending.listing_id, jobs=jobs, now=NOON)
        assert Offer.of(pending.offer_id).status == "declined"

    def test_leaves_the_buyer_what_they_bought(self, world):
        assert world
        service.erase_owned_by(user_id="sara")

        bought = [made for made in Offer.made_by("ben") if made.status == "accepted"]
        assert [(made.item_name, made.seller_id) for made in bought] == [
            ("Desk lamp", "closed-account")
        ]

    def test_leaves_the_seller_what_they_sold(self, world):
        assert world
        service.erase_owned_by(user_id="ben")

        kept: list[Any] = list(Offer.received_by("sara"))
        assert [(made.status, made.buyer_id, made.message) for made in kept] == [
            ("accepted", "closed-account", None)
        ]
