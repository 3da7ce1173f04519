"""Does exactly one thing happen where many want it at once?"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from app.core import dynamo, errors
from app.emails.models import Email
from app.marketplace import service
from app.marketplace.models import Departure, Item, ItemWord, Offer
from app.marketplace.service import closing
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("aws")

BUYERS = 30


def together(count, act):
    """What becomes of so many acts at once: the results, or the codes of the refusals."""
    start = threading.Barrier(count)

    def one(number):
        start.wait()
        try:
            return act(number)
        except errors.AppError as error:
            return error.code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def put_up(jobs, *, user_id="sara", item_id="lamp", **changes):
    facts = {"name": "Desk lamp", "price": Decimal("25.50"), "description": None}
    return service.put_up_item(
        user_id=user_id,
        item_id=item_id,
        **{**facts, "currency": "USD", "status": None, **changes},
        jobs=jobs,
        now=NOON,
    )


def offer(jobs, buyer, **changes):
    given = {"item_id": "lamp", "price": Decimal(20), "message": None, "expires_at": None}
    return service.make_offer(user_id=buyer, **{**given, **changes}, jobs=jobs, now=NOON).offer


def accept(jobs, offer_id):
    shown = service.accept_offer(user_id="sara", offer_id=offer_id, jobs=jobs, now=NOON)
    return shown.status


class TestAcceptances:
    def test_lead_to_one_sale(self, jobs):
        put_up(jobs)
        made = [offer(jobs, f"buyer{number}").offer_id for number in range(BUYERS)]

        results = together(BUYERS, lambda number: accept(jobs, made[number]))

        assert Counter(results)["accepted"] == 1
        assert set(results) <= {"accepted", "item_not_for_sale", "busy"}
        won = made[results.index("accepted")]
        item = Item.of("lamp")
        assert (item.status, item.sold_offer_id) == ("sold", won)
        statuses = Counter(Offer.of(offer_id).status for offer_id in made)
        assert statuses == {"accepted": 1, "pending": BUYERS - 1}
        assert [row.item_id for row in ItemWord.scan()] == []

        service.close_offers(listing_id=item.listing_id, jobs=jobs, now=NOON)

        statuses = Counter(Offer.of(offer_id).status for offer_id in made)
        assert statuses == {"accepted": 1, "declined": BUYERS - 1}

    def test_of_the_same_offer_take_effect_once(self, jobs):
        put_up(jobs)
        made = offer(jobs, "ben").offer_id

        results = together(8, lambda _: accept(jobs, made))

        assert Counter(results)["accepted"] == 1
        assert set(results) <= {"accepted", "offer_closed", "item_not_for_sale", "busy"}

    def test_and_withdrawals_at_once_end_it_one_way(self, jobs):
        put_up(jobs)
        made = offer(jobs, "ben").offer_id

        def act(number):
            if number % 2:
                return accept(jobs, made)
            gone = service.withdraw_offer(user_id="ben", offer_id=made, jobs=jobs, now=NOON)
            return gone.status

        results = together(8, act)

        ended = [result for result in results if result in {"accepted", "withdrawn"}]
        assert ended == [Offer.of(made).status]
        assert (Item.of("lamp").status == "sold") == (ended == ["accepted"])

    def test_and_changes_of_the_item_leave_no_row_behind(self, jobs):
        put_up(jobs)
        made = offer(jobs, "ben").offer_id

        def act(number):
            if number == 0:
                return accept(jobs, made)
            changes = {"name": f"Lamp {number}", "price": Decimal(number)}
            return service.change_item(
                user_id="sara", item_id="lamp", changes=changes, jobs=jobs, now=NOON
            ).name

        together(6, act)

        item = Item.of("lamp")
        stored = {row.key for row in ItemWord.scan()}
        assert stored == {row.key for row in item.rows()}
        assert (item.status == "sold") == (Offer.of(made).status == "accepted")


class TestItemId:
    def test_goes_to_one_of_many_users(self, jobs):
        results = together(10, lambda number: put_up(jobs, user_id=f"user{number}")[0].user_id)

        winners = [result for result in results if result.startswith("user")]
        assert winners == [Item.of("lamp").user_id]
        assert set(results) - set(winners) == {"item_id_taken"}


class TestOffersAndASale:
    def test_at_once_leave_nothing_pending(self, jobs):
        item, _ = put_up(jobs)
        first = offer(jobs, "ben").offer_id

        def act(number):
            if number == 0:
                return accept(jobs, first)
            return offer(jobs, f"buyer{number}").status

        results = together(10, act)
        service.close_offers(listing_id=item.listing_id, jobs=jobs, now=NOON)

        assert results[0] == "accepted"
        assert set(results[1:]) <= {"pending", "item_not_for_sale", "busy"}
        assert Counter(made.status for made in Offer.scan())["pending"] == 0


class TestCloseOffers:
    def test_works_off_some_at_a_time_and_tells_each_buyer_once(self, jobs, aws):
        item, _ = put_up(jobs)
        for number in range(closing.CLOSED_AT_ONCE + 3):
            offer(jobs, f"buyer{number}")
        service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)
        asked = jobs.named(closing.CLOSE_OFFERS)
        assert asked == [{"listing_id": item.listing_id}]

        first = service.close_offers(listing_id=item.listing_id, jobs=jobs, now=NOON)
        second = service.close_offers(listing_id=item.listing_id, jobs=jobs, now=NOON)

        assert (first, second) == (closing.CLOSED_AT_ONCE, 3)
        assert len(jobs.named(closing.CLOSE_OFFERS)) == 2
        assert {made.status for made in Offer.scan()} == {"declined"}

    def test_at_once_by_two_workers_acts_once(self, jobs):
        item, _ = put_up(jobs)
        for number in range(6):
            offer(jobs, f"buyer{number}")
        service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)

        counts = together(
            3,
            lambda _: service.close_offers(listing_id=item.listing_id, jobs=jobs, now=NOON),
        )

        assert sum(counts) == 6

    def test_forgets_the_item_once_nothing_can_appear_any_more(self, jobs, clock):
        item, _ = put_up(jobs)
        service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)
        for seconds, there in ((0, True), (59, True), (60, False), (120, False)):
            clock.set(NOON)
            clock.advance(seconds)
            service.close_offers(listing_id=item.listing_id, jobs=jobs, now=clock.now())
            assert (Departure.of(item.listing_id) is not None) is there

    def test_touches_nothing_of_an_item_that_is_on_the_market(self, jobs):
        item, _ = put_up(jobs)
        made = offer(jobs, "ben")

        assert service.close_offers(listing_id=item.listing_id, jobs=jobs, now=NOON) == 0
        assert Offer.of(made.offer_id).status == "pending"


class TestExpireOffers:
    def test_asks_again_for_what_a_lost_task_left(self, jobs):
        item, _ = put_up(jobs)
        offer(jobs, "ben")
        service.remove_item(user_id="sara", item_id="lamp", jobs=jobs)
        jobs.enqueued.clear()

        assert service.expire_offers(jobs=jobs, now=NOON) == 0

        assert jobs.enqueued == [(closing.CLOSE_OFFERS, {"listing_id": item.listing_id})]


class TestWords:
    def test_cost_one_query_and_one_read(self, jobs):
        for number in range(5):
            put_up(jobs, item_id=f"lamp{number}")

        with dynamo.counting() as cost:
            found, _ = service.list_items(
                user_id="ben",
                q="lamp desk",
                min_price=Decimal(1),
                max_price=Decimal(100),
                mine=False,
                limit=50,
                cursor=None,
            )

        assert len(found) == 5
        assert cost.operations == ["Query", "BatchGetItem"]

    def test_examine_a_thousand_rows_at_most(self, jobs):
        rows = [
            ItemWord("lam", f"{number:04}", item_id=f"x{number}", words=" lamp")
            for number in range(1_005)
        ]
        with ItemWord.batch_write() as batch:
            for row in rows:
                batch.save(row)
        put_up(jobs, item_id="lantern", name="Lamp zzz", price=Decimal(9) * 10**17)

        first, cursor = search("lampz z")
        assert (first, cursor is None) == ([], False)
        rest, _ = search("lamp zzz", cursor)
        assert [item.item_id for item in rest] == ["lantern"]


def search(q, cursor=None):
    return service.list_items(
        user_id="ben", q=q, min_price=None, max_price=None, mine=False, limit=50, cursor=cursor
    )


class TestLetters:
    def test_go_to_nobody_who_has_no_account_any_more(self, jobs):
        put_up(jobs)
        offer(jobs, "ben")

        assert list(Email.scan()) == []
        assert jobs.enqueued == []
