"""What becomes of a Stripe that fails, of its account, and of the choice of it?"""

import subprocess
import sys
import time
from decimal import Decimal

import pytest

from app.billing.service import webhooks
from app.config import Settings
from app.providers.payments import stripe_account
from app.providers.payments.interface import (
    GiveUp,
    Offer,
    TryAgain,
)
from app.providers.payments.stripe_account import StripeAccount
from app.providers.registry import Providers
from tests.providers.price_sources import told_source
from tests.providers.stripe_shop import BACK, OFFERS, made


class TestFailure:
    @pytest.mark.parametrize("mode", ["429", "500", "garbage", "lost"])
    def test_that_may_pass_says_try_again(self, payments, stripe, customer, mode):
        stripe.set_faults(stripe=mode)

        with pytest.raises(TryAgain) as failure:
            payments.subscriptions_of(customer_id=customer)
        assert failure.value.retry_after_seconds == (1 if mode == "429" else None)
        assert "ada@example.com" not in str(failure.value)

    def test_of_a_stripe_that_hangs_comes_within_the_time_limit(self, stripe):
        stripe.set_faults(stripe="hang")
        began = time.monotonic()
        with pytest.raises(TryAgain):
            made(stripe.api_base, timeout_seconds=0.5).make_customer(user_id="ada", email=None)
        assert time.monotonic() - began < 2
        stripe.set_faults(stripe="ok")

    def test_of_nobody_who_answers_says_try_again(self):
        with pytest.raises(TryAgain):
            made("http://127.0.0.1:1").make_customer(user_id="ada", email=None)

    def test_of_a_key_that_is_refused_says_give_up(self, stripe):
        with pytest.raises(GiveUp):
            made(stripe.api_base, secret_key="sk_test_of_others").make_customer(
                user_id="ada", email=None
            )

    def test_of_a_lost_answer_makes_no_second_customer(self, payments, stripe):
        stripe.set_faults(stripe="lost")
        with pytest.raises(TryAgain):
            payments.make_customer(user_id="ada", email=None)
        stripe.set_faults(stripe="ok")
        payments.make_customer(user_id="ada", email=None)

        assert len(stripe.account.all("customer")) == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"object": "list"},
            {"object": "list", "data": 7},
            {"object": "list", "data": [7]},
            {"object": "list", "data": [{"object": "subscription", "id": "sub_1"}]},
            {"error": "none"},
            "[]",
            "<html>",
        ],
    )
    def test_to_make_sense_says_try_again(self, body):
        with told_source() as source:
            source.tell("/v1/subscriptions", body)
            with pytest.raises(TryAgain):
                made(source.url).subscriptions_of(customer_id="cus_1")

    def test_of_a_page_without_address_says_try_again(self):
        with told_source() as source:
            source.tell("/configurations", {"object": "list", "data": []})
            source.tell("/sessions", {"object": "billing_portal.session", "id": "bps_1"})
            with pytest.raises(TryAgain):
                made(source.url).open_portal(customer_id="cus_1", return_url=BACK, change=None)

    def test_of_a_twin_that_still_runs_is_waited_for(self):
        with told_source() as source:
            error = {"error": {"code": "idempotency_key_in_use", "type": "idempotency_error"}}
            source.tell("/v1/customers", error, status=409)
            with pytest.raises(TryAgain):
                made(source.url).make_customer(user_id="ada", email=None)
            assert len(source.asked) == 5
            assert len({request.headers["Idempotency-Key"] for request in source.asked}) == 1


class TestSetUp:
    def test_makes_everything_once(self, stripe):
        account = StripeAccount(secret_key=stripe.secret_key, base_url=stripe.api_base)
        url = "https://api.example/stripe/webhook"
        first = account.set_up(offers=OFFERS, webhook_url=url, return_url=BACK)
        again = account.set_up(offers=OFFERS, webhook_url=url, return_url=BACK)

        assert [line.split()[0] for line in first] == ["made"] * 6 + ["its"]
        assert first[-1].startswith(
            "its secret, which Stripe tells only now: STRIPE_WEBHOOK_SECRET=whsec_"
        )
        assert not [line for line in again if "made" in line]
        assert {row["id"] for row in stripe.account.all("product")} == {
            "investforge_growth",
            "investforge_pro",
        }
        prices = {row["lookup_key"]: row["unit_amount"] for row in stripe.account.all("price")}
        assert prices == {"growth_monthly": 499, "pro_monthly": 999}

    def test_gives_a_price_that_was_raised_a_successor(self, payments, stripe, subscribed):
        dearer = [
            Offer(**{**vars(offer), "monthly_price": offer.monthly_price + Decimal(1)})
            for offer in OFFERS
        ]
        done = StripeAccount(secret_key=stripe.secret_key, base_url=stripe.api_base).set_up(
            offers=dearer, webhook_url=None, return_url=BACK
        )

        assert "made a new price growth_monthly: 5.99 USD" in done
        (found,) = payments.subscriptions_of(customer_id=subscribed.customer_id)
        assert found.price_key == "growth_monthly"  # who paid the old price still has the plan

    def test_has_every_event_sent_that_is_looked_at(self):
        assert set(stripe_account.EVENTS) == webhooks.LOOKED_AT

    def test_says_that_stripe_does_not_answer(self, stripe):
        stripe.set_faults(stripe="500")
        with pytest.raises(TryAgain):
            StripeAccount(secret_key=stripe.secret_key, base_url=stripe.api_base).set_up(
                offers=OFFERS, webhook_url=None, return_url=BACK
            )


class TestRegistry:
    def test_has_nobody_without_a_key(self):
        providers = Providers(Settings.from_env({"PAYMENTS": "live"}))
        assert providers.payments is None
        assert providers.payments_account is None

    def test_has_the_laptops_own_stripe(self):
        providers = Providers(Settings.from_env({"STRIPE_SECRET_KEY": "sk_live_exported"}))
        assert providers.payments._base_url == "http://127.0.0.1:4570/stripe"

    def test_imports_stripe_only_at_the_first_call(self):
        script = (
            "import sys; from app.config import Settings; from app.providers.registry import Providers;"
            "Providers(Settings.from_env({})).payments; sys.exit('stripe' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
