"""Can one buy, manage and look around in the pages of the laptop's Stripe, and nobody from elsewhere?"""

import re

import pytest
import requests

from tests.local.stripe_shop import CANCEL_URL, RETURN_URL, open_shop


@pytest.fixture
def shop():
    with open_shop(post=lambda *_: 200) as made:
        yield made


def page(url):
    answer = requests.get(url)
    assert answer.status_code == 200
    assert_keeps_to_itself(answer)
    return answer.text


def assert_keeps_to_itself(answer):
    """No script, and nothing that a browser would fetch from elsewhere."""
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|action)="(?!/|data:)', answer.text)
    assert re.findall(r'<link[^>]*href="([^"]*)"', answer.text) == ["data:,", "/stripe/stripe.css"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src data:;")
    assert answer.headers["Cache-Control"] == "no-store"


class TestCheckout:
    def test_shows_what_it_costs_and_the_way_back(self, shop):
        text = page(shop.checkout(shop.customer()).url)
        for shown in (
            "Subscribe to InvestForge Growth",
            "$4.99",
            "per month",
            "ada@example.com",
            f'href="{CANCEL_URL}"',
            'value="declined"',
        ):
            assert shown in text
        assert 'type="email"' not in text

    def test_asks_whom_it_does_not_know_for_an_email(self, shop):
        assert 'type="email"' in page(shop.checkout().url)
        assert "given@example.com" in page(shop.checkout(customer_email="given@example.com").url)

    def test_shows_a_trial(self, shop):
        text = page(shop.checkout(subscription_data={"trial_period_days": 14}).url)
        assert "14 days" in text
        assert "$0.00" in text
        assert "Start the trial with Visa" in text

    def test_says_that_a_card_was_declined(self, shop):
        url = shop.checkout(shop.customer()).url
        answer = requests.post(url, data={"card": "declined"})
        assert 'role="alert">Your card was declined. Try another card.' in answer.text
        assert_keeps_to_itself(answer)

    def test_lets_the_button_lead_to_the_app_alone(self, shop):
        url = shop.checkout(shop.customer()).url
        policy = requests.get(url).headers["Content-Security-Policy"]
        assert policy.endswith("form-action 'self' https://app.example")

    def test_has_no_buttons_once_it_is_over(self, shop):
        url = shop.checkout(shop.customer()).url
        shop.local.pay(url)
        assert "This is paid." in page(url)
        assert "<button" not in page(url)
        other = shop.checkout(shop.customer())
        shop.client.checkout.sessions.expire(other.id)
        assert "This checkout has expired." in page(other.url)

    def test_shows_text_as_text(self, shop):
        shop.client.products.update(shop.growth.product, {"name": "<b>Growth</b> & more"})
        text = page(shop.checkout(shop.customer("<i>@example.com")).url)
        assert "&lt;b&gt;Growth&lt;/b&gt; &amp; more" in text
        assert "&lt;i&gt;@example.com" in text
        assert "<b>Growth" not in text

    @pytest.mark.parametrize("form", [{}, {"card": "gold"}])
    def test_refuses_a_card_that_there_is_none_of(self, shop, form):
        assert requests.post(shop.checkout(shop.customer()).url, data=form).status_code == 400

    def test_knows_its_own_sessions_alone(self, shop):
        assert requests.get(f"{shop.local.api_base}/checkout/cs_test_none").status_code == 404

    @pytest.mark.parametrize("path", ["checkout/x", "portal/x/cancel", "_reset", "v1/customers"])
    def test_takes_no_form_of_another_site(self, shop, path):
        headers = {"Origin": "https://evil.example"}
        answer = requests.post(f"{shop.local.api_base}/{path}", headers=headers)
        assert answer.status_code == 403
        own = requests.post(
            shop.checkout(shop.customer()).url,
            data={"card": "visa"},
            headers={"Origin": shop.local.url},
            allow_redirects=False,
        )
        assert own.status_code == 303


class TestPortal:
    def test_shows_the_plan_the_card_and_the_invoices(self, shop):
        subscription = shop.bought()
        text = page(shop.portal_session(subscription.customer).url)
        for shown in ("InvestForge Growth", "Renews on", "Visa ·· 4242", "$4.99", "paid"):
            assert shown in text
        assert f'href="{RETURN_URL}"' in text
        assert "Change to InvestForge Pro, $9.99 per month" in text

    def test_cancels_and_resumes(self, shop):
        subscription = shop.bought()
        url = shop.portal_session(subscription.customer).url
        assert "it ends on" in requests.post(f"{url}/cancel").text
        assert shop.again(subscription).cancel_at_period_end
        assert "Renews on" in requests.post(f"{url}/resume").text
        assert not shop.again(subscription).cancel_at_period_end

    def test_changes_the_plan(self, shop):
        subscription = shop.bought()
        url = shop.portal_session(subscription.customer).url
        requests.post(f"{url}/change", data={"price": shop.pro.id})
        assert shop.again(subscription)["items"].data[0].price.id == shop.pro.id
        answer = requests.post(f"{url}/change", data={"price": "price_none"})
        assert "is not offered here" in answer.text

    def test_confirms_the_change_that_the_app_asked_for(self, shop):
        subscription = shop.bought()
        shop.clock.advance(days=15)
        session = shop.confirming(subscription, shop.pro)
        text = page(session.url)
        for shown in ("Change to InvestForge Pro", "-$2.50", "$5.00", "Due today", "$2.50"):
            assert shown in text
        assert shop.local.confirm(session.url) == f"{RETURN_URL}?changed"
        assert shop.again(subscription)["items"].data[0].price.id == shop.pro.id

    def test_changes_nothing_with_a_card_that_fails(self, shop):
        subscription = shop.bought()
        home = shop.portal_session(subscription.customer).url
        assert shop.local.change_card(home, card="fails_later")
        session = shop.confirming(subscription, shop.pro)
        answer = requests.post(f"{session.url}/change", data={"price": shop.pro.id})
        assert "Your card was declined" in answer.text
        assert shop.again(subscription)["items"].data[0].price.id == shop.growth.id
        assert shop.local.change_card(home, card="declined") is None

    def test_confirms_a_cancellation(self, shop):
        subscription = shop.bought()
        session = shop.portal_session(
            subscription.customer,
            flow_data={
                "type": "subscription_cancel",
                "subscription_cancel": {"subscription": subscription.id},
            },
        )
        assert "Cancel InvestForge Growth?" in page(session.url)
        assert shop.local.confirm(session.url).endswith("?done=done")
        assert shop.again(subscription).cancel_at_period_end
        assert "Current plan" in page(f"{session.url}?done=done")

    def test_asks_for_another_card(self, shop):
        subscription = shop.bought()
        session = shop.portal_session(
            subscription.customer, flow_data={"type": "payment_method_update"}
        )
        assert "Change the card" in page(session.url)
        shop.local.change_card(session.url, card="mastercard")
        assert "Mastercard ·· 4444" in page(f"{session.url}?done=done")

    def test_cancels_at_once_where_the_configuration_says_so(self, shop):
        feature = {"enabled": True, "mode": "immediately"}
        shop.client.billing_portal.configurations.update(
            shop.portal.id, {"features": {"subscription_cancel": feature}}
        )
        subscription = shop.bought()
        url = shop.portal_session(subscription.customer).url
        assert "no plan at the moment" in requests.post(f"{url}/cancel").text
        assert shop.again(subscription).status == "canceled"
        assert "There is no subscription any more" in requests.post(f"{url}/resume").text

    def test_offers_only_what_the_configuration_does(self, shop):
        off = {"enabled": False}
        features = ("subscription_cancel", "payment_method_update", "subscription_update")
        shop.client.billing_portal.configurations.update(
            shop.portal.id, {"features": dict.fromkeys((*features, "invoice_history"), off)}
        )
        url = shop.portal_session(shop.bought().customer).url
        assert "<button" not in page(url)
        assert "Cancelling is not offered" in requests.post(f"{url}/cancel").text
        answer = requests.post(f"{url}/card", data={"card": "visa"})
        assert "Changing the card is not offered" in answer.text
        assert requests.post(f"{url}/fly").status_code == 400

    def test_shows_who_has_no_plan(self, shop):
        text = page(shop.portal_session(shop.customer().id).url)
        assert "There is no plan at the moment." in text
        assert "No invoice yet." in text


class TestDashboard:
    def test_says_what_is_empty(self, shop):
        shop.local.reset()
        text = page(f"{shop.local.api_base}/")
        for shown in ("Nobody has started", "Nothing has happened", "flask stripe-setup"):
            assert shown in text

    def test_shows_customers_events_and_deliveries(self, shop):
        subscription = shop.bought()
        text = page(f"{shop.local.api_base}/")
        assert "not tried yet" in text
        shop.local.deliver()
        text = page(f"{shop.local.api_base}/")
        for shown in (
            subscription.customer,
            "checkout.session.completed",
            "1 try, 200",
            "growth_monthly",
            "http://127.0.0.1:8000/stripe/webhook",
        ):
            assert shown in text

    def test_moves_a_customers_time(self, shop):
        subscription = shop.bought()
        url = f"{shop.local.api_base}/dashboard/advance"
        form = {"customer": subscription.customer, "days": "7"}
        assert "test clock" in requests.post(url, data=form).text
        requests.post(url, data={"customer": subscription.customer, "days": ""})
        item = shop.again(subscription)["items"].data[0]
        assert item.current_period_start > subscription["items"].data[0].current_period_start
        refused = requests.post(url, data={"customer": "cus_none", "days": "1"})
        assert "No such customer" in refused.text

    def test_posts_an_event_again_and_changes_settings(self, shop):
        shop.customer()
        shop.local.deliver()
        event = shop.local.events()[-1]["id"]
        url = f"{shop.local.api_base}/dashboard"
        requests.post(f"{url}/resend", data={"event": event})
        assert shop.local.deliver() == 1
        requests.post(f"{url}/settings", data={"after_last_retry": "unpaid"})
        assert shop.local.account.settings == {"after_last_retry": "unpaid"}
        refused = requests.post(f"{url}/settings", data={"after_last_retry": "forget"})
        assert "after_last_retry: cancel, unpaid, past_due" in refused.text
        assert requests.post(f"{url}/fly").status_code == 404


class TestControlDoors:
    def test_move_time(self, shop):
        subscription = shop.bought()
        url = f"{shop.local.api_base}/_advance"
        moved = requests.post(url, json={"customer": subscription.customer, "days": 2}).json()
        assert moved["frozen_time"] == int(shop.clock.at.timestamp()) + 2 * 86_400
        to = moved["frozen_time"] + 60
        moved = requests.post(url, json={"customer": subscription.customer, "to": to}).json()
        assert moved["frozen_time"] == to
        moved = requests.post(url, json={"customer": subscription.customer}).json()
        assert moved["frozen_time"] == subscription["items"].data[0].current_period_end

    @pytest.mark.parametrize("given", [{}, {"customer": "cus_none"}, {"days": "many"}, {"to": 1}])
    def test_say_what_is_wrong(self, shop, given):
        customer = {"customer": shop.customer().id} if given else {}
        answer = requests.post(f"{shop.local.api_base}/_advance", json={**customer, **given})
        assert answer.status_code == 422
        assert answer.json()["error"]

    def test_change_settings(self, shop):
        url = f"{shop.local.api_base}/_settings"
        assert requests.post(url, json={"after_last_retry": "unpaid"}).status_code == 200
        refused = requests.post(url, json={"after_last_retry": "x"})
        assert refused.status_code == 422
        assert shop.local.account.settings == {"after_last_retry": "unpaid"}
