"""What becomes of a change while somebody else changes the same item, between its read and its write?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from app.core import dynamo
from app.core.dynamo.connection import shared_connection
from app.marketplace import service
from app.marketplace.models import Item, Offer
from tests.conftest import NOON
from tests.marketplace.test_races import accept, offer, put_up

pytestmark = pytest.mark.usefixtures("aws")

ALWAYS = 1_000


@contextmanager
def rival(operation: str, act: Callable[[], None], *, times: int) -> Iterator[None]:
    """Somebody who acts just before each of our next calls of an operation."""
    events, left = shared_connection().client.meta.events, [times]

    def meddle(**_: object) -> None:
        if left[0]:
            left[0] -= 1
            act()

    events.register(f"before-call.dynamodb.{operation}", meddle)
    try:
        yield
    finally:
        events.unregister(f"before-call.dynamodb.{operation}", meddle)


def touch():
    """Another change of the item, alone."""
    dynamo.commit(dynamo.update(Item("lamp"), [Item.version.add(1)], Item.item_id.exists()))


def vanish():
    dynamo.commit(dynamo.delete(Item("lamp")))


def change(jobs):
    return service.change_item(
        user_id="sara", item_id="lamp", changes={"name": "Floor lamp"}, jobs=jobs, now=NOON
    )


class TestChangeItem:
    def test_begins_again(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", touch, times=2):
            assert change(jobs).name == "Floor lamp"
        assert Item.of("lamp").version == 4

    def test_gives_up_where_rivals_never_rest(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", touch, times=ALWAYS), pytest.raises(dynamo.Busy):
            change(jobs)


class TestRemoveItem:
    def test_begins_again(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", touch, times=2):
            service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)
        assert Item.of("lamp") is None

    def test_gives_up_where_rivals_never_rest(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", touch, times=ALWAYS), pytest.raises(dynamo.Busy):
            service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)

    def test_asks_for_nothing_where_the_item_was_never_for_sale(self, jobs):
        put_up(jobs, status="draft")
        service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)
        assert (Item.of("lamp"), jobs.enqueued) == (None, [])


class TestPutUpItem:
    def test_begins_again_where_the_id_has_become_free(self, jobs):
        put_up(jobs)
        with rival("GetItem", vanish, times=1):
            _, is_new = put_up(jobs, user_id="ben")
        assert is_new
        assert Item.of("lamp").user_id == "ben"

    def test_gives_up_where_rivals_never_rest(self, jobs):
        put_up(jobs)

        def appear():
            dynamo.commit(dynamo.update(Item("lamp"), [Item.user_id.set("eve")]))

        with (
            rival("GetItem", vanish, times=ALWAYS),
            rival("TransactWriteItems", appear, times=ALWAYS),
            pytest.raises(dynamo.Busy),
        ):
            put_up(jobs)


class TestAcceptOffer:
    def test_begins_again(self, jobs):
        put_up(jobs)
        made = offer(jobs, "ben").offer_id
        with rival("TransactWriteItems", touch, times=2):
            assert accept(jobs, made) == "accepted"

    def test_gives_up_where_rivals_never_rest(self, jobs):
        put_up(jobs)
        made = offer(jobs, "ben").offer_id
        with rival("TransactWriteItems", touch, times=ALWAYS), pytest.raises(dynamo.Busy):
            accept(jobs, made)
        assert Offer.of(made).status == "pending"

    def test_is_refused_where_the_item_is_gone_since(self, jobs):
        put_up(jobs)
        made = offer(jobs, "ben").offer_id
        with rival("TransactWriteItems", vanish, times=1), pytest.raises(service.ItemNotForSale):
            accept(jobs, made)
        assert Offer.of(made).status == "pending"


class TestMakeOffer:
    def test_is_refused_where_the_item_is_gone_since(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", vanish, times=1), pytest.raises(service.ItemNotForSale):
            offer(jobs, "ben", price=Decimal(1))
        assert list(Offer.scan()) == []


class TestErase:
    def test_begins_again(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", touch, times=2):
            service.erase_owned_by(user_id="sara")
        assert Item.of("lamp") is None

    def test_gives_up_where_rivals_never_rest(self, jobs):
        put_up(jobs)
        with rival("TransactWriteItems", touch, times=ALWAYS), pytest.raises(dynamo.Busy):
            service.erase_owned_by(user_id="sara")

    def test_leaves_alone_what_is_somebody_elses_by_now(self, jobs):
        put_up(jobs)

        def change_hands():
            dynamo.commit(dynamo.update(Item("lamp"), [Item.user_id.set("ben")]))

        with rival("GetItem", change_hands, times=1):
            service.erase_owned_by(user_id="sara")
        assert Item.of("lamp").user_id == "ben"
