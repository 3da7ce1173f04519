"""Do offers move as their two sides say, once each, and is everybody told?"""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks import marketplace
from tests.accounts.worker import Worker
from tests.conftest import NOON

SHAPE = {
    "id", "item_id", "buyer_id", "seller_id", "price", "message", "status", "expires_at",
    "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def worker(app, aws):
    return Worker(app=app, aws_url=aws.url)


@pytest.fixture
def offer_id(seller, buyer):
    seller.put_up()
    return buyer.offer("20.25", message="Would you?")


def code(answer):
    return answer.status_code, answer.json["error_code"]


def subjects(worker, email):
    welcome = ("Welcome to InvestForge", "Confirm your email address")
    return [mail.subject for mail in worker.emails(email) if mail.subject not in welcome]


class TestMakeOffer:
    def test_answers_the_offer(self, seller, buyer):
        seller.put_up()

        answer = buyer.post("/offers", {"item_id": "lamp", "price": 20.25, "message": "Please"})

        assert answer.status_code == 201
        made = answer.json
        assert set(made) == SHAPE
        assert (made["buyer_id"], made["seller_id"]) == (buyer.user_id, seller.user_id)
        assert (made["status"], made["message"], made["expires_at"]) == ("pending", "Please", None)
        assert '"price":20.25' in answer.text.replace(" ", "")

    def test_mails_both_sides(self, offer_id, worker):
        assert offer_id
        assert subjects(worker, "sara@example.com") == ["An offer of 20.25 USD for Desk lamp"]
        assert subjects(worker, "ben@example.com") == ["Your offer for Desk lamp was sent"]

    def test_is_not_for_ones_own_item(self, seller):
        seller.put_up()
        answer = seller.post("/offers", {"item_id": "lamp", "price": 1})
        assert code(answer) == (403, "OWN_ITEM")

    @pytest.mark.parametrize("status", ["draft", None])
    def test_knows_no_item_that_is_hidden_or_absent(self, seller, buyer, status):
        if status:
            seller.put_up(status=status)
        answer = buyer.post("/offers", {"item_id": "lamp", "price": 1})
        assert code(answer) == (404, "ITEM_NOT_FOUND")

    def test_is_refused_for_a_sold_item(self, seller, buyer, offer_id):
        assert seller.post(f"/offers/{offer_id}/accept").status_code == 200
        answer = buyer.post("/offers", {"item_id": "lamp", "price": 1})
        assert code(answer) == (409, "ITEM_NOT_FOR_SALE")

    @pytest.mark.parametrize("seconds", [-1, 0])
    def test_refuses_a_moment_that_has_passed(self, seller, buyer, seconds):
        seller.put_up()
        passed = (NOON + timedelta(seconds=seconds)).isoformat()
        answer = buyer.post("/offers", {"item_id": "lamp", "price": 1, "expires_at": passed})
        assert code(answer) == (422, "OFFER_EXPIRES_IN_PAST")
        assert "expires_at" in answer.json["details"]

    @pytest.mark.parametrize(
        "wrong", [{"price": 0}, {"price": "x"}, {"message": "x" * 501}, {"seller_id": "me"}]
    )
    def test_refuses_what_is_no_offer(self, seller, buyer, wrong):
        seller.put_up()
        answer = buyer.post("/offers", {"item_id": "lamp", "price": 1, **wrong})
        assert code(answer) == (422, "VALIDATION_ERROR")

    def test_spares_a_seller_more_than_fifty_a_day(self, seller, buyer, clock):
        seller.put_up()
        for _ in range(50):
            buyer.offer()
        answer = buyer.post("/offers", {"item_id": "lamp", "price": 1})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


class TestOffer:
    def test_is_shown_to_its_two_sides_only(self, seller, buyer, trader, offer_id):
        path = f"/offers/{offer_id}"
        assert seller.get(path).json == buyer.get(path).json
        assert code(trader().get(path)) == (404, "OFFER_NOT_FOUND")
        assert code(buyer.get("/offers/nothing")) == (404, "OFFER_NOT_FOUND")

    @pytest.mark.parametrize("what", ["accept", "decline", "withdraw"])
    def test_is_moved_by_nobody_else(self, trader, offer_id, what):
        assert code(trader().post(f"/offers/{offer_id}/{what}")) == (404, "OFFER_NOT_FOUND")

    @pytest.mark.parametrize(
        ("who", "what"), [("buyer", "accept"), ("buyer", "decline"), ("seller", "withdraw")]
    )
    def test_is_moved_by_the_right_side_only(self, seller, buyer, offer_id, who, what):
        asker = {"seller": seller, "buyer": buyer}[who]
        assert code(asker.post(f"/offers/{offer_id}/{what}")) == (403, "NOT_YOUR_MOVE")
        assert buyer.get(f"/offers/{offer_id}").json["status"] == "pending"

    @pytest.mark.parametrize(
        ("who", "what", "after", "subject"),
        [
            ("seller", "decline", "declined", "The offer for Desk lamp was declined"),
            ("buyer", "withdraw", "withdrawn", "The offer for Desk lamp was withdrawn"),
        ],
    )
    def test_ends_once_and_both_sides_are_told(
        self, seller, buyer, worker, clock, offer_id, who, what, after, subject
    ):
        asker = {"seller": seller, "buyer": buyer}[who]
        clock.advance(60)

        answer = asker.post(f"/offers/{offer_id}/{what}")

        assert (answer.status_code, answer.json["status"]) == (200, after)
        assert answer.json["updated_at"] > answer.json["created_at"]
        for again, side in (("accept", seller), ("decline", seller), ("withdraw", buyer)):
            refused = side.post(f"/offers/{offer_id}/{again}")
            assert code(refused) == (409, "OFFER_CLOSED")
            assert refused.json["details"] == {"status": after}
        assert buyer.get("/items/lamp").json["status"] == "active"
        for email in ("sara@example.com", "ben@example.com"):
            assert subjects(worker, email).count(subject) == 1


class TestAcceptOffer:
    def test_sells_the_item_and_tells_both_sides(self, seller, buyer, worker, offer_id):
        answer = seller.post(f"/offers/{offer_id}/accept")

        assert (answer.status_code, answer.json["status"]) == (200, "accepted")
        assert buyer.get("/items/lamp").json["status"] == "sold"
        assert buyer.get("/items?q=lamp").json["items"] == buyer.get("/items").json["items"] == []
        assert subjects(worker, "ben@example.com")[-1] == "Your offer for Desk lamp was accepted"
        assert subjects(worker, "sara@example.com")[-1] == "You sold Desk lamp"
        assert code(seller.post(f"/offers/{offer_id}/accept")) == (409, "OFFER_CLOSED")

    def test_has_the_others_declined_and_told(self, seller, buyer, trader, worker, offer_id):
        other = trader(email="olga@example.com")
        lost = other.offer("19")

        seller.post(f"/offers/{offer_id}/accept")
        worker.work()

        assert other.get(f"/offers/{lost}").json["status"] == "declined"
        assert subjects(worker, "olga@example.com")[-1] == "Desk lamp is no longer for sale"
        assert buyer.get(f"/offers/{offer_id}").json["status"] == "accepted"
        assert code(seller.post(f"/offers/{lost}/accept")) == (409, "OFFER_CLOSED")

    def test_is_too_late_once_another_is_accepted(self, seller, buyer, offer_id):
        other = buyer.offer("21")
        seller.post(f"/offers/{offer_id}/accept")

        answer = seller.post(f"/offers/{other}/accept")

        assert code(answer) == (409, "ITEM_NOT_FOR_SALE")

    @pytest.mark.parametrize("way", ["withdrawn", "deleted", "put up again"])
    def test_is_too_late_once_the_item_left_the_market(self, seller, buyer, worker, offer_id, way):
        if way == "deleted":
            seller.delete("/items/lamp")
        else:
            seller.put("/items/lamp", {"status": "withdrawn"})
        if way == "put up again":
            seller.put("/items/lamp", {"status": "active"})
            kept = buyer.offer("22")

        assert code(seller.post(f"/offers/{offer_id}/accept")) == (409, "ITEM_NOT_FOR_SALE")

        worker.work()
        assert buyer.get(f"/offers/{offer_id}").json["status"] == "declined"
        if way == "put up again":
            assert seller.post(f"/offers/{kept}/accept").json["status"] == "accepted"

    def test_mails_nobody_who_has_no_address(self, app, client, seller, offer_id, aws):
        worker = Worker(app=app, aws_url=aws.url)
        started = client.post("/auth/start", json={"phone": "+14155550123"}).json
        body = {**started, "otp": worker.code("+14155550123")}
        body.pop("dev_otp", None)
        signed = client.post("/auth/verify", json=body).json
        headers = {"Authorization": f"Bearer {signed['access_token']}"}
        made = client.post("/offers", json={"item_id": "lamp", "price": 26}, headers=headers)

        assert made.status_code == 201
        assert seller.post(f"/offers/{made.json['id']}/accept").status_code == 200
        assert subjects(worker, "sara@example.com")[-1] == "You sold Desk lamp"


class TestListOffers:
    def test_shows_each_side_its_own_newest_first(self, seller, buyer, clock):
        seller.put_up()
        seller.put_up(item_id="chair", name="Chair")
        made: list[Any] = []
        for item_id in ("lamp", "chair", "lamp"):
            clock.advance(1)
            made.insert(0, buyer.offer(item_id=item_id))

        def ids(answer):
            return [offer["id"] for offer in answer.json["offers"]]

        assert ids(buyer.get("/offers")) == ids(buyer.get("/offers?role=buyer")) == made
        assert ids(seller.get("/offers?role=seller")) == made
        assert ids(seller.get("/offers")) == ids(buyer.get("/offers?role=seller")) == []
        assert ids(seller.get("/offers?role=seller&item_id=chair")) == made[1:2]
        first = buyer.get("/offers?limit=2").json
        assert [offer["id"] for offer in first["offers"]] == made[:2]
        assert ids(buyer.get(f"/offers?limit=2&cursor={first['next_cursor']}")) == made[2:]

    @pytest.mark.parametrize("query", ["role=owner", "limit=0", "cursor=x"])
    def test_says_what_is_wrong(self, buyer, query):
        assert buyer.get(f"/offers?{query}").status_code == 422


class TestExpiry:
    @pytest.fixture
    def expiring(self, seller, buyer):
        seller.put_up()
        return buyer.offer(expires_at=(NOON + timedelta(minutes=4)).isoformat())

    def test_ends_an_offer_at_its_moment_before_any_job(self, seller, buyer, clock, expiring):
        clock.set(NOON + timedelta(minutes=4))

        assert buyer.get(f"/offers/{expiring}").json["status"] == "expired"
        assert buyer.get("/offers").json["offers"][0]["status"] == "expired"
        assert code(seller.post(f"/offers/{expiring}/accept")) == (409, "OFFER_CLOSED")

    def test_is_told_once_to_both_sides(self, app, worker, clock, expiring, buyer):
        for _ in range(3):
            clock.advance(minutes=4)
            with app.app_context():
                marketplace.expire_offers.apply(throw=True)
            worker.work()

        told = "The offer for Desk lamp has expired"
        assert subjects(worker, "ben@example.com").count(told) == 1
        assert subjects(worker, "sara@example.com").count(told) == 1
        assert buyer.get(f"/offers/{expiring}").json["status"] == "expired"


class TestIdempotencyKey:
    def test_makes_one_offer_of_a_repeated_request(self, client, seller, buyer):
        seller.put_up()
        headers = {**buyer.account.headers, "Idempotency-Key": "once"}
        body = {"item_id": "lamp", "price": 20}

        answers = [client.post("/offers", json=body, headers=headers) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert json.loads(answers[0].text) == json.loads(answers[1].text)
        assert len(buyer.get("/offers").json["offers"]) == 1
        assert Decimal(answers[1].json["price"]) == 20
