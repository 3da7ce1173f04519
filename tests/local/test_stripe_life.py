"""Does a subscription on the laptop live as one at Stripe does: renewals, failures, changes and ends?"""

from datetime import UTC, datetime, timedelta

import pytest
import stripe

from app.local.standins.stripe.subscriptions import end_of_period
from tests.local.stripe_shop import NOON, advance, open_shop, seconds, with_card

BOUGHT = [
    "payment_method.attached",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "customer.subscription.updated",
    "checkout.session.completed",
]
PAID = ["invoice.finalized", "invoice.paid", "invoice.payment_succeeded"]
MONTH_LATER = datetime(2026, 12, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop():
    with open_shop() as made:
        yield made


def states(shop, subscription):
    """Every state that the events told of, in order."""
    return [
        event["data"]["object"]["status"]
        for event in shop.local.events()
        if event["data"]["object"].get("id") == subscription.id
    ]


class TestBuying:
    def test_starts_a_subscription_and_says_so_in_order(self, shop):
        customer = shop.customer()
        session = shop.checkout(customer, subscription_data={"metadata": {"user_id": "u1"}})
        before = len(shop.local.events())
        url = shop.local.pay(session.url)
        assert url == f"https://app.example/bought?session={session.id}"
        assert shop.events_since(before) == BOUGHT
        done = shop.client.checkout.sessions.retrieve(session.id)
        assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
        found = shop.client.subscriptions.retrieve(done.subscription)
        assert (found.status, found.metadata.user_id) == ("active", "u1")
        item = found["items"].data[0]
        assert item.current_period_start == seconds(NOON)
        assert item.current_period_end == seconds(MONTH_LATER)
        invoice = shop.client.invoices.retrieve(done.invoice)
        assert (invoice.status, invoice.amount_paid) == ("paid", 499)
        assert invoice.parent.subscription_details.subscription == found.id
        assert states(shop, found) == ["incomplete", "active"]

    @pytest.mark.parametrize("card", ["declined", "insufficient_funds", "fails_later"])
    def test_changes_nothing_when_the_card_is_declined(self, shop, card):
        customer = shop.customer()
        session = shop.checkout(customer)
        before = len(shop.local.events())
        assert shop.local.pay(session.url, card=card) is None
        assert shop.events_since(before) == []
        assert shop.client.checkout.sessions.retrieve(session.id).status == "open"
        assert shop.local.pay(session.url)

    def test_happens_once(self, shop):
        session = shop.checkout(shop.customer())
        assert shop.local.pay(session.url)
        assert shop.local.pay(session.url).endswith(f"/stripe/checkout/{session.id}")
        assert len(shop.client.subscriptions.list().data) == 1

    def test_makes_a_customer_of_who_has_none(self, shop):
        session = shop.checkout()
        shop.local.pay(session.url, email="new@example.com")
        done = shop.client.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
        assert done.customer.email == "new@example.com"
        assert done.customer_details.email == "new@example.com"

    def test_is_over_after_a_day(self, shop):
        session = shop.checkout(shop.customer())
        shop.clock.advance(hours=23)
        assert shop.local.tick() == 0
        shop.clock.advance(hours=1)
        assert shop.local.tick() == 1
        assert shop.client.checkout.sessions.retrieve(session.id).status == "expired"
        shop.local.pay(session.url)
        assert shop.client.subscriptions.list().data == []


class TestTrial:
    def test_costs_nothing_until_it_ends(self, shop):
        subscription = shop.bought(subscription_data={"trial_period_days": 14})
        assert subscription.status == "trialing"
        assert shop.client.invoices.retrieve(subscription.latest_invoice).total == 0
        eleventh = NOON + timedelta(days=11)
        assert advance(shop, subscription, eleventh - HOUR) == []
        assert advance(shop, subscription, eleventh) == ["customer.subscription.trial_will_end"]
        ends = NOON + timedelta(days=14)
        renewed = ["invoice.created", "customer.subscription.updated"]
        assert advance(shop, subscription, ends) == renewed
        assert shop.again(subscription).status == "active"
        assert advance(shop, subscription, ends + HOUR) == PAID
        latest = shop.again(subscription).latest_invoice
        assert shop.client.invoices.retrieve(latest).amount_paid == 499

    def test_takes_a_card_that_fails_later(self, shop):
        customer = shop.customer()
        session = shop.checkout(customer, subscription_data={"trial_period_days": 7})
        assert shop.local.pay(session.url, card="fails_later")
        (subscription,) = shop.client.subscriptions.list({"customer": customer.id}).data
        advance(shop, subscription, NOON + timedelta(days=7, hours=2))
        assert shop.again(subscription).status == "past_due"

    def test_can_be_ended_at_once(self, shop):
        subscription = shop.bought(subscription_data={"trial_period_days": 14})
        shop.clock.advance(days=2)
        ended = shop.client.subscriptions.update(subscription.id, {"trial_end": "now"})
        assert ended.status == "active"
        assert ended["items"].data[0].current_period_end == seconds(
            datetime(2026, 12, 22, 12, tzinfo=UTC)
        )


class TestRenewal:
    def test_follows_period_after_period(self, shop):
        subscription = shop.bought()
        events = advance(shop, subscription, MONTH_LATER + HOUR)
        assert events == ["invoice.created", "customer.subscription.updated", *PAID]
        assert len(advance(shop, subscription, datetime(2027, 3, 20, 13, tzinfo=UTC))) == 15
        invoices = shop.client.invoices.list({"subscription": subscription.id}).data
        assert [invoice.amount_paid for invoice in invoices] == [499] * 5
        assert len({invoice.number for invoice in invoices}) == 5
        assert shop.again(subscription)["items"].data[0].current_period_end == seconds(
            datetime(2027, 4, 20, 12, tzinfo=UTC)
        )

    def test_makes_a_draft_an_hour_before_it_charges(self, shop):
        subscription = shop.bought()
        advance(shop, subscription, MONTH_LATER)
        latest = shop.client.invoices.retrieve(shop.again(subscription).latest_invoice)
        assert (latest.status, latest.number) == ("draft", None)
        assert latest.automatically_finalizes_at == seconds(MONTH_LATER + HOUR)

    def test_follows_the_wall_clock_where_there_is_no_other(self, shop):
        subscription = shop.bought()
        shop.clock.at = MONTH_LATER + HOUR
        assert shop.local.tick() == 2
        assert len(shop.client.invoices.list({"subscription": subscription.id}).data) == 2
        assert shop.local.tick() == 0

    @pytest.mark.parametrize(
        ("interval", "count", "start", "ends"),
        [
            ("month", 1, (2027, 1, 31), [(2027, 2, 28), (2027, 3, 31), (2027, 4, 30)]),
            ("month", 3, (2026, 11, 30), [(2027, 2, 28), (2027, 5, 30)]),
            ("year", 1, (2028, 2, 29), [(2029, 2, 28), (2030, 2, 28)]),
            ("week", 2, (2026, 12, 25), [(2027, 1, 8), (2027, 1, 22)]),
            ("day", 1, (2026, 12, 31), [(2027, 1, 1)]),
        ],
    )
    def test_falls_on_the_same_day_or_the_last_of_a_shorter_month(
        self, interval, count, start, ends
    ):
        price = {"recurring": {"interval": interval, "interval_count": count}}
        year, month, day = start
        anchor = seconds(datetime(year, month, day, 12, tzinfo=UTC))
        found, after = [], anchor
        for _ in ends:
            after = end_of_period(price, anchor=anchor, after=after)
            moment = datetime.fromtimestamp(after, UTC)
            found.append((moment.year, moment.month, moment.day))
        assert found == ends


class TestFailedRenewal:
    def test_is_tried_again_and_again_until_it_ends(self, shop):
        subscription = with_card(shop, shop.bought(), "fails_later")
        events = advance(shop, subscription, MONTH_LATER + HOUR)
        assert events[-2:] == ["invoice.payment_failed", "customer.subscription.updated"]
        assert shop.again(subscription).status == "past_due"
        assert shop.client.customers.retrieve(subscription.customer).delinquent
        charged = MONTH_LATER + HOUR
        for days in (3, 5):
            charged += timedelta(days=days)
            assert advance(shop, subscription, charged) == ["invoice.payment_failed"]
        last = advance(shop, subscription, charged + timedelta(days=7))
        assert last == ["invoice.payment_failed", "customer.subscription.deleted"]
        ended = shop.again(subscription)
        assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
        invoice = shop.client.invoices.retrieve(ended.latest_invoice)
        assert (invoice.attempt_count, invoice.next_payment_attempt) == (4, None)
        assert advance(shop, subscription, datetime(2027, 6, 1, tzinfo=UTC)) == []

    @pytest.mark.parametrize("then", ["unpaid", "past_due"])
    def test_goes_on_as_the_settings_say(self, shop, then):
        shop.local.settings(after_last_retry=then)
        subscription = with_card(shop, shop.bought(), "fails_later")
        advance(shop, subscription, datetime(2027, 1, 15, tzinfo=UTC))
        assert shop.again(subscription).status == then
        advance(shop, subscription, datetime(2027, 1, 20, 14, tzinfo=UTC))
        latest = shop.client.invoices.retrieve(shop.again(subscription).latest_invoice)
        assert latest.status == ("draft" if then == "unpaid" else "open")

    def test_is_mended_by_another_card(self, shop):
        subscription = with_card(shop, shop.bought(), "fails_later")
        advance(shop, subscription, MONTH_LATER + HOUR)
        with_card(shop, subscription, "mastercard")
        assert shop.again(subscription).status == "active"
        assert not shop.client.customers.retrieve(subscription.customer).delinquent
        paid = shop.client.invoices.retrieve(shop.again(subscription).latest_invoice)
        assert (paid.status, paid.attempt_count) == ("paid", 2)

    def test_can_be_paid_or_voided_by_request(self, shop):
        subscription = with_card(shop, shop.bought(), "fails_later")
        advance(shop, subscription, MONTH_LATER + HOUR)
        latest = shop.again(subscription).latest_invoice
        with pytest.raises(stripe.CardError) as error:
            shop.client.invoices.pay(latest)
        assert error.value.code == "card_declined"
        assert shop.client.invoices.void_invoice(latest).status == "void"
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.invoices.pay(latest)
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.invoices.void_invoice(latest)


class TestCancelling:
    def test_ends_with_the_period(self, shop):
        subscription = shop.bought()
        update = shop.client.subscriptions.update
        cancelled = update(subscription.id, {"cancel_at_period_end": True})
        assert cancelled.cancel_at == seconds(MONTH_LATER)
        assert cancelled.status == "active"
        told = shop.local.events()[-1]["data"]["previous_attributes"]
        assert told["cancel_at_period_end"] is False
        events = advance(shop, subscription, MONTH_LATER)
        assert events == ["customer.subscription.deleted"]
        ended = shop.again(subscription)
        assert (ended.status, ended.ended_at) == ("canceled", seconds(MONTH_LATER))
        assert ended.cancellation_details.reason == "cancellation_requested"

    def test_can_be_taken_back(self, shop):
        subscription = shop.bought()
        update = shop.client.subscriptions.update
        update(subscription.id, {"cancel_at_period_end": True})
        resumed = update(subscription.id, {"cancel_at_period_end": False})
        assert (resumed.cancel_at, resumed.canceled_at) == (None, None)
        advance(shop, subscription, MONTH_LATER + HOUR)
        assert shop.again(subscription).status == "active"

    def test_ends_on_a_day(self, shop):
        subscription = shop.bought()
        update = shop.client.subscriptions.update
        day = NOON + timedelta(days=5)
        assert update(subscription.id, {"cancel_at": seconds(day)}).cancel_at == seconds(day)
        assert update(subscription.id, {"cancel_at": ""}).cancel_at is None
        update(subscription.id, {"cancel_at": seconds(day)})
        assert advance(shop, subscription, day) == ["customer.subscription.deleted"]
        with pytest.raises(stripe.InvalidRequestError):
            update(shop.bought().id, {"cancel_at": 1})

    def test_ends_at_once(self, shop):
        subscription = shop.bought()
        ended = shop.client.subscriptions.cancel(
            subscription.id, {"cancellation_details": {"comment": "too dear"}}
        )
        assert (ended.status, ended.cancellation_details.comment) == ("canceled", "too dear")
        with pytest.raises(stripe.InvalidRequestError) as again:
            shop.client.subscriptions.cancel(subscription.id)
        assert again.value.http_status == 404
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
        named = shop.client.subscriptions.update(subscription.id, {"metadata": {"a": "b"}})
        assert named.metadata.a == "b"
