"""Does the laptop's Stripe live by itself, and know after a restart what it knew before?"""

import atexit
import threading
from typing import TYPE_CHECKING

import pytest

from app.core import clock as clocks
from app.local.standins import server
from app.local.standins.stripe import shapes, stand_in
from app.local.standins.stripe.stand_in import STATE_FILE, StripeStandIn
from tests.local.stripe_server import WEBHOOK_SECRET, WEBHOOK_URL
from tests.local.stripe_shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(stand_in, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(stand_in, "SAVE_EVERY_SECONDS", 0.02)


class Taken:
    """Deliveries as they come; a test waits for them."""

    def __init__(self, count):
        self.left = count
        self.all_here = threading.Event()

    def __call__(self, _url, _body, _headers):
        self.left -= 1
        if self.left <= 0:
            self.all_here.set()
        return 200


class TestState:
    def test_is_the_same_after_a_restart(self, tmp_path):
        with open_shop() as shop:
            subscription = shop.bought()
            shop.client.customers.create({"name": "x"}, {"idempotency_key": "k1"})
            shop.local.account.save(tmp_path / STATE_FILE)
            kept = StripeStandIn(now=clocks.now, seed=2)
            kept.account.load(tmp_path / STATE_FILE)
            assert kept.account.objects == shop.local.account.objects
            assert kept.account.hidden == shop.local.account.hidden
            assert kept.account.deliveries == shop.local.account.deliveries
            assert "k1" in kept.account.answers
            assert kept.account.find("subscription", subscription.id)

    def test_is_empty_where_nothing_was_kept(self, tmp_path):
        made = StripeStandIn(now=clocks.now)
        made.account.load(tmp_path / STATE_FILE)
        assert made.account.objects == {}

    def test_gives_ids_that_nobody_had_before(self):
        ids = {StripeStandIn(now=clocks.now).account.new_id("customer") for _ in range(5)}
        assert len(ids) == 5


class TestShapes:
    def test_have_no_field_that_stripe_does_not_know(self):
        with pytest.raises(KeyError, match="customer has no colour"):
            shapes.new("customer", id="cus_1", colour="red")


class TestBackground:
    def test_delivers_and_saves_by_itself(self, tmp_path, quick):
        taken = Taken(2)
        made = StripeStandIn(now=clocks.now, webhook=(WEBHOOK_URL, WEBHOOK_SECRET), send=taken)
        end = made.run_in_background(tmp_path)
        try:
            with made.account.lock:
                customer = made.account.add("customer")
                made.account.emit("customer.created", customer, at=made.account.now())
                made.account.emit("customer.updated", customer, at=made.account.now())
            assert taken.all_here.wait(30)
        finally:
            end()
        again = StripeStandIn(now=clocks.now)
        again.account.load(tmp_path / STATE_FILE)
        assert again.account.find("customer", customer["id"])
        assert {row["status"] for row in again.account.deliveries} == {"delivered"}

    def test_goes_on_after_a_beat_that_failed(self, tmp_path, quick, caplog):
        failed, went_on = threading.Event(), threading.Event()

        def send(_url, _body, _headers):
            if not failed.is_set():
                failed.set()
                raise RuntimeError("broken")
            went_on.set()
            return 200

        made = StripeStandIn(now=clocks.now, webhook=(WEBHOOK_URL, WEBHOOK_SECRET), send=send)
        end = made.run_in_background(tmp_path)
        try:
            with made.account.lock:
                customer = made.account.add("customer")
                made.account.emit("customer.created", customer, at=made.account.now())
            assert went_on.wait(30)
        finally:
            end()
        assert "missed a beat" in caplog.text


class TestLaptop:
    def test_takes_up_where_it_was_with_the_settings_secrets(self, tmp_path, monkeypatch):
        ends: list[Callable[[], None]] = []
        monkeypatch.setattr(atexit, "register", ends.append)
        monkeypatch.setenv("ENV", "local")
        app = server.for_laptop(7, WEBHOOK_URL, str(tmp_path))
        try:
            key = ("sk_test_local", "")
            answer = app.test_client().get("/stripe/v1/webhook_endpoints", auth=key)
            (endpoint,) = answer.get_json()["data"]
            assert endpoint["url"] == WEBHOOK_URL
        finally:
            ends[0]()
        assert (tmp_path / STATE_FILE).exists()
