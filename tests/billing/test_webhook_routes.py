"""What is said to Stripe, and by whoever has no account with it?"""

import threading

import pytest

from app.billing.models import StripeEvent
from app.config import Settings
from app.extensions import EXTENSION
from app.providers.registry import Providers
from tests.billing.shop import BUY, GROWTH
from tests.billing.truth import MONTH
from tests.conftest import NOON
from tests.security.stored import everything


class TestWithoutAKey:
    @pytest.fixture(autouse=True)
    def no_key(self, app):
        vars(app.extensions[EXTENSION])["payments"] = None
        yield
        vars(app.extensions[EXTENSION]).pop("payments", None)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (BUY, GROWTH),
            ("/users/billing/cancel", None),
            ("/users/billing/resume", None),
            ("/users/billing/portal", {}),
            ("/stripe/webhook", {}),
        ],
    )
    def test_says_that_billing_is_not_configured(self, ask, path, body):
        answer = ask("POST", path, body)
        assert answer.status_code == 503
        assert answer.json["error_code"] == "BILLING_NOT_CONFIGURED"

    def test_still_tells_where_one_stands(self, billing):
        assert billing() == {
            "plan": "free",
            "stripe_customer_id": None,
            "subscription_active": False,
            "subscription_id": None,
            "status": None,
            "current_period_end": None,
            "cancel_at_period_end": False,
            "payment_status": "none",
        }

    def test_says_so_without_a_webhook_secret_too(self, app, client, stripe):
        providers = app.extensions[EXTENSION]
        vars(providers)["settings"] = Settings.from_env(
            {"PAYMENTS": "live", "STRIPE_SECRET_KEY": "sk_test_1"}
        )
        assert Providers(providers.settings).payments is not None
        answer = client.post("/stripe/webhook", data=b"{}", headers={"Stripe-Signature": "t=1"})
        assert answer.json["error_code"] == "BILLING_NOT_CONFIGURED"


class TestWebhook:
    @pytest.fixture
    def event(self, ask, stripe):
        """Ada has bought, and Stripe's word of it has not been delivered."""
        stripe.pay(ask("POST", BUY, GROWTH).json["checkout_url"])
        return next(e for e in stripe.events() if e["type"] == "customer.subscription.created")

    @pytest.fixture
    def post(self, client, stripe):
        def send(event, **headers):
            body, signed = stripe.signed(event)
            return client.post("/stripe/webhook", data=body, headers={**signed, **headers})

        return send

    def test_stores_an_event_and_acts_on_it_once(self, post, event, worker, billing, waiting):
        first, again = post(event), post(event)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json == {"received": True, "result": "stored"}
        assert again.json == {"received": True, "result": "repeated"}
        assert waiting() == [event["id"]]
        assert billing()["plan"] == "free"

        worker.work()
        assert waiting() == []
        assert billing()["plan"] == "growth"
        before = everything()
        assert post(event).json["result"] == "repeated"
        worker.work()
        assert everything() == before

    @pytest.mark.parametrize(
        ("headers", "reason"),
        [
            ({"Stripe-Signature": ""}, "no_signature"),
            ({"Stripe-Signature": "t=1,v1=00"}, "wrong_signature"),
        ],
    )
    def test_refuses_a_bad_signature(self, post, event, headers, reason):
        before = everything()
        answer = post(event, **headers)
        assert answer.status_code == 400
        assert answer.json["error_code"] == "INVALID_SIGNATURE"
        assert answer.json["details"] == {"reason": reason}
        assert everything() == before

    def test_refuses_a_signature_that_is_five_minutes_old(self, client, stripe, event, clock):
        body, signed = stripe.signed(event)
        clock.advance(minutes=5)
        before = everything()
        answer = client.post("/stripe/webhook", data=body, headers=signed)
        assert answer.status_code == 400
        assert answer.json["details"] == {"reason": "outside_tolerance"}
        assert everything() == before

    def test_changes_nothing_for_an_event_that_is_not_known(self, post, event, waiting):
        before = everything()
        answer = post({**event, "id": "evt_new", "type": "payout.paid"})
        assert (answer.status_code, answer.json["result"]) == (200, "unknown_event")
        assert everything() == before

    @pytest.mark.parametrize("customer", ["cus_of_others", None])
    def test_changes_nothing_for_somebody_elses_customer(self, post, event, customer):
        before = everything()
        thing = {**event["data"]["object"], "customer": customer}
        answer = post({**event, "id": "evt_new", "data": {"object": thing}})
        assert (answer.status_code, answer.json["result"]) == (200, "unknown_customer")
        assert everything() == before

    def test_refuses_a_body_that_is_too_large(self, client):
        answer = client.post("/stripe/webhook", data=b"x" * (1024 * 1024 + 1))
        assert answer.status_code == 413

    def test_believes_stripe_and_not_the_event(self, post, event, worker, billing):
        thing = {**event["data"]["object"], "status": "canceled"}
        post({**event, "id": "evt_lie", "data": {"object": thing}})
        worker.work()
        assert billing()["status"] == "active"

    def test_acts_once_on_what_twenty_threads_deliver(self, app, stripe, event, worker, billing):
        body, signed = stripe.signed(event)
        answers = []

        def deliver():
            with app.test_client() as browser:
                answers.append(browser.post("/stripe/webhook", data=body, headers=signed))

        threads = [threading.Thread(target=deliver) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        worker.work()

        results = sorted(answer.json["result"] for answer in answers)
        assert results == ["repeated"] * 19 + ["stored"]
        assert billing()["plan"] == "growth"
        assert StripeEvent.of(event["id"]).waiting is None


class TestLateAndDoubledDeliveries:
    @pytest.mark.parametrize("mode", ["duplicate", "reorder"])
    def test_end_in_the_same_state(self, ask, stripe, settle, billing, mode):
        stripe.set_faults(stripe_webhooks=mode)
        stripe.pay(ask("POST", BUY, GROWTH).json["checkout_url"])
        ask("POST", "/users/billing/cancel")
        stripe.advance(customer=billing()["stripe_customer_id"], to=NOON + 1.1 * MONTH)
        settle()
        assert (billing()["plan"], billing()["status"]) == ("free", "canceled")
        stripe.set_faults(stripe_webhooks="ok")
