"""Does the real Stripe library, over the laptop's Stripe, keep what the interface promises?"""

import threading
from datetime import timedelta

import pytest

from app.providers.payments import stripe_wire
from app.providers.payments.interface import (
    Change,
    GiveUp,
    NoSuchThing,
    UntrustedEvent,
)
from tests.providers.stripe_shop import BACK, NOON, checkout


class TestMakeCustomer:
    def test_makes_one_however_often_it_is_asked(self, payments, stripe, customer):
        again = payments.make_customer(user_id="ada", email="ada@example.com")
        other = payments.make_customer(user_id="bob", email=None)

        assert again == customer != other
        assert len(stripe.account.all("customer")) == 2

    def test_makes_one_of_twenty_at_once(self, payments, stripe):
        found = []
        threads = [
            threading.Thread(
                target=lambda: found.append(payments.make_customer(user_id="eve", email=None))
            )
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 20
        assert len(set(found)) == 1
        assert len(stripe.account.all("customer")) == 1

    def test_says_whose_it_is(self, stripe, customer):
        assert stripe.account.find("customer", customer)["metadata"] == {"user_id": "ada"}


class TestStartCheckout:
    def test_leads_to_one_visit_of_a_key(self, payments, customer):
        first, again = checkout(payments, customer), checkout(payments, customer)
        other = checkout(payments, customer, key="two")

        assert first == again
        assert first.door_id != other.door_id
        assert first.url.endswith(first.door_id)

    def test_sells_the_plan_that_is_asked_for(self, payments, stripe, customer):
        back = stripe.pay(checkout(payments, customer, price_key="pro_monthly").url)

        (found,) = payments.subscriptions_of(customer_id=customer)
        assert back.startswith(f"{BACK}?session=cs_test_")
        assert (found.status, found.price_key, found.customer_id) == (
            "active",
            "pro_monthly",
            customer,
        )
        assert (found.created_at, found.owed_since) == (NOON, None)
        assert timedelta(days=28) <= found.period_ends_at - NOON <= timedelta(days=31)
        assert (found.trial_ends_at, found.ends_at) == (None, None)

    def test_begins_with_a_trial(self, payments, stripe, customer):
        stripe.pay(checkout(payments, customer, trial_days=14).url)

        (found,) = payments.subscriptions_of(customer_id=customer)
        assert found.status == "trialing"
        assert found.trial_ends_at == NOON + timedelta(days=14)

    def test_gives_up_on_a_price_that_the_account_lacks(self, payments, customer):
        with pytest.raises(GiveUp, match="flask stripe-setup"):
            checkout(payments, customer, price_key="gold_monthly")


class TestAbandonCheckout:
    def test_lets_nobody_buy_there(self, payments, stripe, customer):
        door = checkout(payments, customer)
        payments.abandon_checkout(door_id=door.door_id)

        assert stripe.account.find("checkout.session", door.door_id)["status"] == "expired"

    def test_says_that_something_was_bought(self, payments, stripe, customer):
        door = checkout(payments, customer)
        stripe.pay(door.url)

        with pytest.raises(NoSuchThing):
            payments.abandon_checkout(door_id=door.door_id)


class TestOpenPortal:
    def test_leads_to_the_portal_that_setup_made(self, payments, stripe, subscribed):
        door = payments.open_portal(
            customer_id=subscribed.customer_id, return_url=BACK, change=None
        )

        session = stripe.account.find("billing_portal.session", door.door_id)
        assert (session["return_url"], session["flow"]) == (BACK, None)

    def test_lets_a_change_of_plan_be_confirmed(self, payments, stripe, subscribed):
        change = Change(
            subscription_id=subscribed.subscription_id,
            item_id=subscribed.item_id,
            price_key="pro_monthly",
        )
        door = payments.open_portal(
            customer_id=subscribed.customer_id, return_url=BACK, change=change
        )
        stripe.confirm(door.url)

        (found,) = payments.subscriptions_of(customer_id=subscribed.customer_id)
        assert found.subscription_id == subscribed.subscription_id
        assert found.price_key == "pro_monthly"


class TestSubscriptions:
    def test_of_a_customer_who_is_not_known_are_none(self, payments):
        assert tuple(payments.subscriptions_of(customer_id="cus_nobody")) == ()

    def test_keep_those_that_have_ended(self, payments, subscribed):
        payments.end_now(subscription_id=subscribed.subscription_id)
        payments.end_now(subscription_id=subscribed.subscription_id)

        (found,) = payments.subscriptions_of(customer_id=subscribed.customer_id)
        assert found.status == "canceled"

    def test_owe_since_the_oldest_invoice_that_is_open(self, payments, stripe, subscribed):
        stripe.settings(after_last_retry="past_due")
        portal = payments.open_portal(
            customer_id=subscribed.customer_id, return_url=BACK, change=None
        )
        stripe.change_card(portal.url, card="fails_later")
        renewed_at = subscribed.period_ends_at
        for later in (timedelta(days=1), timedelta(days=40), timedelta(days=70)):
            stripe.advance(customer=subscribed.customer_id, to=renewed_at + later)
            (found,) = payments.subscriptions_of(customer_id=subscribed.customer_id)
            page = payments.page_of_subscriptions(cursor=None, limit=10)

            assert page.subscriptions == (found,)
            assert (found.status, found.owed_since) == ("past_due", renewed_at)

    def test_come_page_by_page(self, payments, stripe):
        for name in ("ada", "bob", "eve"):
            customer = payments.make_customer(user_id=name, email=None)
            stripe.pay(checkout(payments, customer, key=name).url)
        first = payments.page_of_subscriptions(cursor=None, limit=2)
        rest = payments.page_of_subscriptions(cursor=first.next_cursor, limit=2)

        assert (len(first.subscriptions), len(rest.subscriptions)) == (2, 1)
        assert rest.next_cursor is None
        assert len({each.customer_id for each in first.subscriptions + rest.subscriptions}) == 3


class TestEndWithPeriod:
    def test_ends_and_goes_on_again(self, payments, subscribed):
        payments.end_with_period(subscription_id=subscribed.subscription_id, ends=True)
        (ending,) = payments.subscriptions_of(customer_id=subscribed.customer_id)
        payments.end_with_period(subscription_id=subscribed.subscription_id, ends=False)
        (resumed,) = payments.subscriptions_of(customer_id=subscribed.customer_id)

        assert ending.ends_at == subscribed.period_ends_at
        assert resumed == subscribed

    def test_says_that_it_has_ended(self, payments, subscribed):
        payments.end_now(subscription_id=subscribed.subscription_id)

        with pytest.raises(NoSuchThing):
            payments.end_with_period(subscription_id=subscribed.subscription_id, ends=False)
        with pytest.raises(NoSuchThing):
            payments.end_with_period(subscription_id="sub_nothing", ends=True)


class TestForgetCustomer:
    def test_ends_what_they_pay_for(self, payments, stripe, subscribed):
        for _ in range(2):
            payments.forget_customer(customer_id=subscribed.customer_id)

        found = stripe.account.find("subscription", subscribed.subscription_id)
        assert found["status"] == "canceled"


class TestReadEvent:
    @pytest.fixture
    def event(self, stripe, subscribed):
        assert subscribed
        return next(
            event for event in stripe.events() if event["type"] == "customer.subscription.created"
        )

    def test_tells_what_it_is_about(self, payments, stripe, event, customer):
        body, headers = stripe.signed(event)
        found = payments.read_event(body=body, signature=headers["Stripe-Signature"], now=NOON)

        assert (found.event_id, found.kind) == (event["id"], "customer.subscription.created")
        assert (found.customer_id, found.created_at) == (customer, NOON)

    @pytest.mark.parametrize("seconds", [-300, 300, 301, 86_400])
    def test_refuses_a_signature_of_five_minutes_ago(self, payments, stripe, event, seconds):
        body, headers = stripe.signed(event)

        with pytest.raises(UntrustedEvent, match="outside_tolerance"):
            payments.read_event(
                body=body,
                signature=headers["Stripe-Signature"],
                now=NOON + timedelta(seconds=seconds),
            )

    def test_accepts_one_that_is_a_little_younger(self, payments, stripe, event):
        body, headers = stripe.signed(event)
        later = NOON + timedelta(seconds=299)

        assert payments.read_event(
            body=body, signature=headers["Stripe-Signature"], now=later
        ).event_id

    @pytest.mark.parametrize(
        ("signature", "reason"),
        [
            (None, "no_signature"),
            ("", "no_signature"),
            ("nonsense", "wrong_signature"),
            ("t=1,v1=00", "wrong_signature"),
            ("t=x,v1=00", "wrong_signature"),
            ("t=1", "wrong_signature"),
            ("é", "wrong_signature"),
        ],
    )
    def test_refuses_what_is_not_signed(self, payments, stripe, event, signature, reason):
        body, _ = stripe.signed(event)

        with pytest.raises(UntrustedEvent, match=reason):
            payments.read_event(body=body, signature=signature, now=NOON)

    def test_refuses_another_secret_and_another_body(self, payments, stripe, event):
        body, headers = stripe.signed(event, secret="whsec_other")
        with pytest.raises(UntrustedEvent, match="wrong_signature"):
            payments.read_event(body=body, signature=headers["Stripe-Signature"], now=NOON)
        body, headers = stripe.signed(event)
        with pytest.raises(UntrustedEvent, match="wrong_signature"):
            payments.read_event(body=body + b" ", signature=headers["Stripe-Signature"], now=NOON)
        with pytest.raises(UntrustedEvent, match="wrong_signature"):
            payments.read_event(body=b"\xff\xfe", signature=headers["Stripe-Signature"], now=NOON)

    @pytest.mark.parametrize(
        "found",
        [
            {},
            [],
            {"id": "evt", "type": "x", "created": 1, "data": {"object": None}},
            {"id": 7, "type": "x", "created": 1, "data": {"object": {}}},
            {"id": "e" * 256, "type": "x", "created": 1, "data": {"object": {}}},
            {"id": "evt", "type": "x", "created": 10**40, "data": {"object": {}}},
        ],
    )
    def test_refuses_what_is_signed_and_no_event(self, payments, stripe, found):
        body, headers = stripe.signed(found)

        with pytest.raises(UntrustedEvent, match="not_an_event"):
            payments.read_event(body=body, signature=headers["Stripe-Signature"], now=NOON)

    def test_knows_the_customer_of_each_kind_of_thing(self):
        def customer_of(thing):
            return stripe_wire.event(
                {"id": "evt", "type": "x", "created": 1, "data": {"object": thing}}
            ).customer_id

        assert customer_of({"object": "customer", "id": "cus_1"}) == "cus_1"
        assert customer_of({"object": "invoice", "customer": {"id": "cus_2"}}) == "cus_2"
        assert customer_of({"object": "price", "id": "price_1"}) is None
