"""What does another price cost on the laptop's Stripe, who can subscribe by request, and whose time moves?"""

from datetime import UTC, datetime, timedelta

import pytest
import stripe

from tests.local.stripe_shop import NOON, advance, open_shop, seconds, with_card

MONTH_LATER = datetime(2026, 12, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop():
    with open_shop() as made:
        yield made


class TestChangingThePrice:
    def change(self, shop, subscription, price, **more):
        item = {"id": subscription["items"].data[0].id, "price": price.id}
        return shop.client.subscriptions.update(subscription.id, {"items": [item], **more})

    def test_credits_what_was_not_used_and_charges_what_is_left(self, shop):
        subscription = shop.bought()
        shop.clock.advance(days=10)
        changed = self.change(shop, subscription, shop.pro, proration_behavior="always_invoice")
        assert changed["items"].data[0].price.id == shop.pro.id
        assert changed["items"].data[0].plan.amount == 999
        invoice = shop.client.invoices.retrieve(changed.latest_invoice)
        # 20 of 30 days are left: -332.67 and +666 cents, each rounded half up.
        assert [line.amount for line in invoice.lines.data] == [-333, 666]
        assert (invoice.billing_reason, invoice.amount_paid) == ("subscription_update", 333)
        assert all(line.parent.subscription_item_details.proration for line in invoice.lines.data)
        assert [row.amount for row in shop.client.invoices.line_items.list(invoice.id).data] == [
            -333,
            666,
        ]

    def test_waits_for_the_next_invoice_unless_told_otherwise(self, shop):
        subscription = shop.bought()
        shop.clock.advance(days=10)
        changed = self.change(shop, subscription, shop.pro)
        assert changed.latest_invoice == subscription.latest_invoice
        advance(shop, subscription, MONTH_LATER + HOUR)
        latest = shop.client.invoices.retrieve(shop.again(subscription).latest_invoice)
        assert [line.amount for line in latest.lines.data] == [-333, 666, 999]

    def test_costs_nothing_without_proration(self, shop):
        subscription = shop.bought()
        changed = self.change(shop, subscription, shop.pro, proration_behavior="none")
        assert changed.latest_invoice == subscription.latest_invoice
        advance(shop, subscription, MONTH_LATER + HOUR)
        latest = shop.client.invoices.retrieve(shop.again(subscription).latest_invoice)
        assert latest.total == 999

    def test_keeps_credit_for_the_invoices_to_come(self, shop):
        subscription = shop.bought()
        self.change(shop, subscription, shop.pro, proration_behavior="always_invoice")
        subscription = shop.again(subscription)
        shop.clock.advance(days=15)
        self.change(shop, subscription, shop.growth, proration_behavior="always_invoice")
        credit = shop.client.customers.retrieve(subscription.customer).balance
        assert credit == -(500 - 250)
        advance(shop, subscription, MONTH_LATER + HOUR)
        latest = shop.client.invoices.retrieve(shop.again(subscription).latest_invoice)
        assert (latest.total, latest.starting_balance, latest.amount_paid) == (499, -250, 249)

    def test_starts_a_new_period_with_another_rhythm(self, shop):
        yearly = shop.client.prices.create(
            {
                "currency": "usd",
                "unit_amount": 4990,
                "product": shop.growth.product,
                "recurring": {"interval": "year"},
            }
        )
        subscription = shop.bought()
        shop.clock.advance(days=15)
        changed = self.change(shop, subscription, yearly)
        assert changed["items"].data[0].current_period_end == seconds(
            datetime(2027, 12, 5, 12, tzinfo=UTC)
        )
        invoice = shop.client.invoices.retrieve(changed.latest_invoice)
        assert [line.amount for line in invoice.lines.data] == [-250, 4990]

    def test_of_a_trial_costs_nothing(self, shop):
        subscription = shop.bought(subscription_data={"trial_period_days": 14})
        changed = self.change(shop, subscription, shop.pro, proration_behavior="always_invoice")
        assert changed.latest_invoice == subscription.latest_invoice
        assert changed.status == "trialing"

    def test_can_be_refused_with_the_card(self, shop):
        subscription = with_card(shop, shop.bought(), "fails_later")
        with pytest.raises(stripe.CardError):
            self.change(shop, subscription, shop.pro, payment_behavior="error_if_incomplete")
        assert shop.again(subscription)["items"].data[0].price.id == shop.growth.id
        changed = self.change(shop, subscription, shop.pro, proration_behavior="always_invoice")
        assert changed.status == "past_due"

    def test_names_the_item(self, shop):
        subscription = shop.bought()
        with pytest.raises(stripe.InvalidRequestError) as error:
            shop.client.subscriptions.update(subscription.id, {"items": [{"price": shop.pro.id}]})
        assert "second item" in str(error.value)

    def test_takes_a_quantity(self, shop):
        subscription = shop.bought()
        item = {"id": subscription["items"].data[0].id, "quantity": 3}
        changed = shop.client.subscriptions.update(
            subscription.id, {"items": [item], "proration_behavior": "always_invoice"}
        )
        assert changed["items"].data[0].quantity == 3
        assert shop.client.invoices.retrieve(changed.latest_invoice).amount_paid == 998


class TestCreating:
    def create(self, shop, card, **more):
        customer = shop.customer()
        params = {"customer": customer.id, "items": [{"price": shop.growth.id}], **more}
        if card:
            found = shop.client.payment_methods.attach(card, {"customer": customer.id})
            params["default_payment_method"] = found.id
        return shop.client.subscriptions.create(params)

    def test_charges_the_card(self, shop):
        made = self.create(shop, "pm_card_visa", cancel_at_period_end=True, metadata={"a": "b"})
        assert (made.status, made.cancel_at_period_end, made.metadata.a) == ("active", True, "b")

    def test_needs_a_card(self, shop):
        with pytest.raises(stripe.InvalidRequestError):
            self.create(shop, None)
        assert self.create(shop, None, trial_period_days=3).status == "trialing"

    def test_expires_when_the_first_invoice_is_not_paid(self, shop):
        made = self.create(shop, "pm_card_chargeCustomerFail")
        assert made.status == "incomplete"
        shop.clock.advance(hours=23)
        shop.local.tick()
        assert shop.again(made).status == "incomplete_expired"
        assert shop.client.invoices.retrieve(made.latest_invoice).status == "void"

    def test_is_refused_with_the_card_when_asked_to(self, shop):
        with pytest.raises(stripe.CardError):
            self.create(shop, "pm_card_chargeCustomerFail", payment_behavior="error_if_incomplete")
        assert shop.client.subscriptions.list({"status": "all"}).data == []


class TestTestClock:
    def test_moves_the_time_of_its_customers_alone(self, shop):
        clocks = shop.client.test_helpers.test_clocks
        clock = clocks.create({"frozen_time": seconds(NOON), "name": "mine"})
        customer = shop.client.customers.create({"email": "c@example.com", "test_clock": clock.id})
        shop.local.pay(shop.checkout(customer).url)
        other = shop.bought()
        moved = clocks.advance(clock.id, {"frozen_time": seconds(MONTH_LATER + HOUR)})
        assert (moved.status, moved.frozen_time) == ("advancing", seconds(MONTH_LATER + HOUR))
        assert clocks.retrieve(clock.id).status == "ready"
        assert len(shop.client.invoices.list({"customer": customer.id}).data) == 2
        assert len(shop.client.invoices.list({"customer": other.customer}).data) == 1
        listed = shop.client.customers.list({"test_clock": clock.id}).data
        assert [row.id for row in listed] == [customer.id]

    def test_only_moves_forward(self, shop):
        clocks = shop.client.test_helpers.test_clocks
        clock = clocks.create({"frozen_time": seconds(NOON)})
        with pytest.raises(stripe.InvalidRequestError):
            clocks.advance(clock.id, {"frozen_time": seconds(NOON)})

    def test_takes_its_customers_with_it(self, shop):
        subscription = shop.bought()
        advance(shop, subscription, NOON + HOUR)
        (clock,) = shop.client.test_helpers.test_clocks.list().data
        shop.client.test_helpers.test_clocks.delete(clock.id)
        assert shop.client.customers.retrieve(subscription.customer).deleted
        assert shop.again(subscription).status == "canceled"

    def test_dates_what_happens_by_its_own_time(self, shop):
        subscription = shop.bought()
        before = len(shop.local.events())
        shop.local.advance(customer=subscription.customer, to=MONTH_LATER + 2 * HOUR)
        times = [event["created"] for event in shop.local.events()[before + 1 :]]
        assert times == sorted(times)
        assert times[-1] == seconds(MONTH_LATER + 2 * HOUR)
