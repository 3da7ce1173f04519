"""Can each resource of the laptop's Stripe be made and changed as far as Stripe lets it, and no further?"""

import pytest
import stripe

from tests.local.stripe_shop import CANCEL_URL, SUCCESS_URL, open_shop, refusal, seconds


@pytest.fixture
def shop():
    with open_shop() as made:
        yield made


class TestProductsAndPrices:
    def test_change_as_far_as_stripe_lets_them(self, shop):
        client = shop.client
        renamed = client.products.update(shop.growth.product, {"name": "Grow", "active": False})
        assert (renamed.name, renamed.active) == ("Grow", False)
        assert client.products.list({"active": False}).data[0].id == shop.growth.product
        assert refusal(client.products.delete, shop.growth.product).http_status == 400
        assert refusal(client.prices.update, shop.growth.id, {"unit_amount": 1}).code == (
            "parameter_unknown"
        )
        off = client.prices.update(shop.growth.id, {"active": False, "nickname": "old"})
        assert (off.active, off.nickname) == (False, "old")
        error = refusal(shop.checkout)
        assert error.param == "items[0][price]"

    def test_let_one_price_hold_a_lookup_key(self, shop):
        params = {
            "currency": "USD",
            "unit_amount": 599,
            "product": shop.growth.product,
            "recurring": {"interval": "month"},
            "lookup_key": "growth_monthly",
        }
        assert refusal(shop.client.prices.create, params).param == "lookup_key"
        made = shop.client.prices.create({**params, "transfer_lookup_key": True})
        assert (made.currency, made.lookup_key) == ("usd", "growth_monthly")
        assert shop.client.prices.retrieve(shop.growth.id).lookup_key is None

    def test_are_made_together(self, shop):
        data = {"currency": "usd", "unit_amount": 100}
        product = shop.client.products.create(
            {"id": "prod_mine", "name": "Mine", "default_price_data": data}
        )
        assert product.id == "prod_mine"
        price = shop.client.prices.retrieve(product.default_price)
        assert (price.type, price.product) == ("one_time", "prod_mine")
        error = refusal(shop.client.products.create, {"id": "prod_mine", "name": "Again"})
        assert error.code == "resource_already_exists"
        other = shop.client.prices.create({**data, "product_data": {"name": "Within"}})
        assert shop.client.products.retrieve(other.product).name == "Within"

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"currency": ""}, "currency"),
            ({"product": "prod_none"}, "product"),
            ({"unit_amount": -1}, "unit_amount"),
            ({"recurring": {"interval": "moon"}}, "recurring[interval]"),
            ({"recurring": {"interval_count": 2}}, "recurring[interval]"),
            ({"active": "perhaps"}, "active"),
        ],
    )
    def test_are_checked(self, shop, change, param):
        params = {"currency": "usd", "unit_amount": 1, "product": shop.pro.product, **change}
        assert refusal(shop.client.prices.create, params).param == param


class TestCustomers:
    def test_are_changed_and_deleted(self, shop):
        customer = shop.customer()
        changed = shop.client.customers.update(
            customer.id,
            {"name": "Ada", "address": {"city": "London"}, "balance": -100, "email": ""},
        )
        assert (changed.name, changed.address.city, changed.balance) == ("Ada", "London", -100)
        assert changed.email is None
        assert shop.client.customers.delete(customer.id).deleted
        assert shop.client.customers.retrieve(customer.id).deleted
        assert refusal(shop.client.customers.update, customer.id, {"name": "X"}).http_status == 404
        assert shop.client.customers.list().data == []

    def test_end_their_subscriptions_when_they_are_deleted(self, shop):
        subscription = shop.bought()
        shop.client.customers.delete(subscription.customer)
        assert shop.again(subscription).status == "canceled"
        types = [event["type"] for event in shop.local.events()]
        assert types[-2:] == ["customer.subscription.deleted", "customer.deleted"]

    def test_have_cards(self, shop):
        customer = shop.customer()
        attach = shop.client.payment_methods.attach
        card = attach("pm_card_visa", {"customer": customer.id})
        assert (card.card.last4, card.customer) == ("4242", customer.id)
        error = refusal(attach, "pm_card_chargeDeclined", {"customer": customer.id})
        assert isinstance(error, stripe.CardError)
        assert (error.http_status, error.code) == (402, "card_declined")
        settings = {"invoice_settings": {"default_payment_method": card.id}}
        changed = shop.client.customers.update(customer.id, settings)
        assert changed.invoice_settings.default_payment_method == card.id
        listed = shop.client.payment_methods.list({"customer": customer.id, "type": "card"})
        assert [row.id for row in listed.data] == [card.id]
        assert shop.client.customers.payment_methods.retrieve(customer.id, card.id).id == card.id
        other = shop.customer("b@example.com")
        assert refusal(attach, card.id, {"customer": other.id}).http_status == 400
        assert refusal(shop.client.customers.update, other.id, settings).code == "resource_missing"
        assert (
            refusal(shop.client.customers.payment_methods.retrieve, other.id, card.id).http_status
            == 404
        )
        assert shop.client.payment_methods.detach(card.id).customer is None
        assert refusal(shop.client.payment_methods.detach, card.id).http_status == 400
        assert attach(card.id, {"customer": other.id}).customer == other.id

    def test_have_texts_of_a_size(self, shop):
        assert refusal(shop.client.customers.create, {"name": "x" * 513}).param == "name"
        assert shop.client.customers.list().data == []


class TestSubscriptions:
    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"proration_behavior": "sometimes"}, "proration_behavior"),
            ({"default_payment_method": "pm_none"}, "default_payment_method"),
            ({"cancel_at": 1}, "cancel_at"),
            ({"cancel_at_period_end": "perhaps"}, "cancel_at_period_end"),
            ({"metadata": "text"}, "metadata"),
        ],
    )
    def test_are_checked(self, shop, change, param):
        subscription = shop.bought()
        before = len(shop.local.events())
        error = refusal(shop.client.subscriptions.update, subscription.id, change)
        assert error.param == param
        assert shop.events_since(before) == []

    def test_take_a_card_a_description_and_a_reason(self, shop):
        subscription = shop.bought()
        card = shop.client.payment_methods.attach(
            "pm_card_mastercard", {"customer": subscription.customer}
        )
        changed = shop.client.subscriptions.update(
            subscription.id,
            {
                "default_payment_method": card.id,
                "description": "Mine",
                "cancellation_details": {"comment": "none yet"},
            },
        )
        assert (changed.default_payment_method, changed.description) == (card.id, "Mine")
        assert changed.cancellation_details.comment == "none yet"

    def test_keep_the_old_invoice_when_nothing_changes(self, shop):
        subscription = shop.bought()
        before = len(shop.local.events())
        item = {"id": subscription["items"].data[0].id, "price": shop.growth.id}
        shop.client.subscriptions.update(subscription.id, {"items": [item]})
        assert shop.events_since(before) == []

    def test_have_a_card_that_exists(self, shop):
        params = {
            "customer": shop.customer().id,
            "items": [{"price": shop.growth.id}],
            "default_payment_method": "pm_none",
        }
        error = refusal(shop.client.subscriptions.create, params)
        assert error.param == "default_payment_method"
        many = {**params, "items": [{"price": shop.growth.id}, {"price": shop.pro.id}]}
        assert refusal(shop.client.subscriptions.create, many).param == "items"

    def test_may_have_a_trial_until_a_moment(self, shop):
        ends = seconds(shop.clock.at) + 86_400
        subscription = shop.bought(subscription_data={"trial_end": ends})
        assert (subscription.status, subscription.trial_end) == ("trialing", ends)

    def test_have_invoices_that_are_paid_once(self, shop):
        subscription = shop.bought()
        error = refusal(shop.client.invoices.pay, subscription.latest_invoice)
        assert error.code == "invoice_already_paid"

    def test_have_drafts_that_can_be_paid_before_their_time(self, shop):
        subscription = shop.bought()
        ends = subscription["items"].data[0].current_period_end
        shop.local.advance(
            customer=subscription.customer,
            to=shop.clock.at.fromtimestamp(ends, shop.clock.at.tzinfo),
        )
        draft = shop.again(subscription).latest_invoice
        assert shop.client.invoices.pay(draft).status == "paid"


class TestCheckoutSessions:
    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"mode": "payment"}, "mode"),
            ({"ui_mode": "embedded_page"}, "ui_mode"),
            ({"success_url": ""}, "success_url"),
            ({"success_url": "javascript:alert(1)"}, "success_url"),
            ({"cancel_url": "ftp://x"}, "cancel_url"),
            ({"client_reference_id": "x" * 201}, "client_reference_id"),
            ({"line_items": []}, "line_items"),
            ({"line_items": [{"price": "price_none"}]}, "items[0][price]"),
            ({"line_items": [{"quantity": 1}]}, "items[0][price]"),
            ({"customer": "cus_none"}, "customer"),
            ({"expires_at": 1}, "expires_at"),
            ({"subscription_data": {"trial_end": 1}}, "trial_end"),
        ],
    )
    def test_are_checked(self, shop, change, param):
        params = {
            "mode": "subscription",
            "line_items": [{"price": shop.growth.id, "quantity": 1}],
            "success_url": SUCCESS_URL,
            **change,
        }
        assert refusal(shop.client.checkout.sessions.create, params).param == param

    def test_are_for_one_customer_or_one_email(self, shop):
        error = refusal(lambda: shop.checkout(shop.customer(), customer_email="ada@example.com"))
        assert error.param == "customer"

    def test_need_a_recurring_price(self, shop):
        once = shop.client.prices.create(
            {"currency": "usd", "unit_amount": 1, "product": shop.pro.product}
        )
        error = refusal(lambda: shop.checkout(line_items=[{"price": once.id, "quantity": 1}]))
        assert "recurring" in str(error)

    def test_can_be_expired_once(self, shop):
        session = shop.checkout(expires_at=seconds(shop.clock.at) + 3_600)
        expired = shop.client.checkout.sessions.expire(session.id)
        assert (expired.status, expired.url) == ("expired", None)
        assert refusal(shop.client.checkout.sessions.expire, session.id).http_status == 400
        assert shop.events_about(session.id) == ["checkout.session.expired"]

    def test_keep_what_they_were_given(self, shop):
        customer = shop.customer()
        made = shop.checkout(
            customer,
            client_reference_id="u1",
            metadata={"plan": "growth"},
            allow_promotion_codes=True,
        )
        found = shop.client.checkout.sessions.retrieve(made.id)
        assert (found.client_reference_id, found.metadata.plan) == ("u1", "growth")
        assert (found.success_url, found.cancel_url) == (SUCCESS_URL, CANCEL_URL)
        assert (found.amount_total, found.currency) == (499, "usd")
        assert found.customer_details.email == "ada@example.com"
        assert found.allow_promotion_codes is True
        assert found.status == "open"
        listed = shop.client.checkout.sessions.list({"customer": customer.id, "status": "open"})
        assert [row.id for row in listed.data] == [made.id]


class TestPortalSessions:
    def test_need_a_configuration(self, shop):
        shop.local.reset()
        customer = shop.customer()
        error = refusal(shop.portal_session, customer.id)
        assert "No configuration provided" in str(error)

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"subscription": "sub_none"}, "flow_data[subscription_update_confirm][subscription]"),
            ({"items": []}, "flow_data[subscription_update_confirm][items]"),
            (
                {"items": [{"id": "si_none", "price": "pro"}]},
                "flow_data[subscription_update_confirm][items][0][id]",
            ),
            (
                {"items": [{"id": "own", "price": "growth"}]},
                "flow_data[subscription_update_confirm][items]",
            ),
        ],
    )
    def test_are_checked(self, shop, change, param):
        subscription = shop.bought()
        own = {"own": subscription["items"].data[0].id}
        prices = {"pro": shop.pro.id, "growth": shop.growth.id}
        rows = [
            {"id": own.get(row["id"], row["id"]), "price": prices[row["price"]]}
            for row in change.get("items", [{"id": "own", "price": "pro"}])
        ]
        flow = {"subscription": subscription.id, **change, "items": rows}
        error = refusal(
            shop.client.billing_portal.sessions.create,
            {
                "customer": subscription.customer,
                "flow_data": {
                    "type": "subscription_update_confirm",
                    "subscription_update_confirm": flow,
                },
            },
        )
        assert error.param == param

    def test_offer_only_what_the_configuration_does(self, shop):
        subscription = shop.bought()
        shop.client.billing_portal.configurations.update(
            shop.portal.id, {"features": {"subscription_update": {"enabled": False}}}
        )
        error = refusal(shop.confirming, subscription, shop.pro)
        assert error.param == "flow_data[type]"
        found = shop.client.billing_portal.configurations.retrieve(shop.portal.id)
        assert found.features.subscription_cancel.enabled
        listed = shop.client.billing_portal.configurations.list({"is_default": True})
        assert [row.id for row in listed.data] == [shop.portal.id]

    @pytest.mark.parametrize(
        ("flow", "param"),
        [
            ({"type": "fly"}, "flow_data[type]"),
            ({"type": "subscription_cancel"}, "flow_data[subscription_cancel]"),
            (
                {"type": "payment_method_update", "after_completion": {"type": "redirect"}},
                "redirect[return_url]",
            ),
        ],
    )
    def test_have_flows_of_a_few_kinds(self, shop, flow, param):
        params = {"customer": shop.customer().id, "flow_data": flow}
        error = refusal(shop.client.billing_portal.sessions.create, params)
        assert error.param == param

    def test_may_be_about_all_changes_of_a_subscription(self, shop):
        subscription = shop.bought()
        session = shop.portal_session(
            subscription.customer,
            configuration=shop.portal.id,
            flow_data={
                "type": "subscription_update",
                "subscription_update": {"subscription": subscription.id},
            },
        )
        assert session.flow.subscription_update.subscription == subscription.id
        assert session.configuration == shop.portal.id

    def test_do_not_offer_a_price_that_is_not_listed(self, shop):
        subscription = shop.bought()
        feature = {"products": [{"product": shop.growth.product, "prices": [shop.growth.id]}]}
        shop.client.billing_portal.configurations.update(
            shop.portal.id,
            {
                "name": "small",
                "active": True,
                "features": {"subscription_update": {**feature, "enabled": True}},
            },
        )
        error = refusal(shop.confirming, subscription, shop.pro)
        assert "is not in the configuration" in str(error)

    def test_have_features_that_stripe_knows(self, shop):
        error = refusal(
            shop.client.billing_portal.configurations.create, {"features": {"flying": {}}}
        )
        assert error.param == "features"


class TestWebhookEndpoints:
    def test_are_made_changed_and_deleted(self, shop):
        made = shop.client.webhook_endpoints.create(
            {"url": "https://example.com/hook", "enabled_events": ["customer.created"]}
        )
        assert made.secret.startswith("whsec_")
        found = shop.client.webhook_endpoints.retrieve(made.id)
        assert "secret" not in found
        off = shop.client.webhook_endpoints.update(made.id, {"disabled": True})
        assert off.status == "disabled"
        assert len(shop.client.webhook_endpoints.list().data) == 2
        shop.client.webhook_endpoints.delete(made.id)
        assert refusal(shop.client.webhook_endpoints.retrieve, made.id).http_status == 404
        bad = {"url": "example.com", "enabled_events": ["*"]}
        assert refusal(shop.client.webhook_endpoints.create, bad).param == "url"
