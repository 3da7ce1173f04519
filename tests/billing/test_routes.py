import threading

import pytest

from app.billing.models import BillingRecord, StripeCustomer
from app.config import Settings
from app.extensions import EXTENSION
from tests.billing.shop import BACK, BUY, GROWTH
from tests.billing.truth import MONTH
from tests.conftest import NOON, PASSWORD

PRO = {**GROWTH, "plan": "pro"}


def customer_of(user):
    return BillingRecord.of(user.user_id).customer_id


class TestCreateCheckoutSession:
    def test_leads_from_free_to_growth_within_one_event(self, ask, billing, stripe, settle, ada):
        answer = ask("POST", BUY, GROWTH)
        assert answer.status_code == 200
        assert set(answer.json) == {"checkout_url", "session_id"}
        assert answer.json["session_id"].startswith("cs_test_")
        assert billing()["plan"] == "free"

        assert stripe.pay(answer.json["checkout_url"]) == f"{BACK}/done"
        assert "billing.process_event" in settle()

        found = billing()
        assert found == {
            "plan": "growth",
            "stripe_customer_id": customer_of(ada),
            "subscription_active": True,
            "subscription_id": found["subscription_id"],
            "status": "active",
            "current_period_end": found["current_period_end"],
            "cancel_at_period_end": False,
            "payment_status": "paid",
        }
        assert found["subscription_id"].startswith("sub_")
        assert found["current_period_end"].startswith("2026-12-20T12:00")
        assert ask("GET", "/users/me").json["stripe_customer_id"] == customer_of(ada)

    def test_leads_to_the_same_visit_again(self, ask, stripe):
        first, again = ask("POST", BUY, GROWTH).json, ask("POST", BUY, GROWTH).json
        assert first == again
        assert len(stripe.account.all("checkout.session")) == 1

    def test_ends_the_visit_before_where_another_plan_is_wanted(self, ask, stripe):
        growth, pro = ask("POST", BUY, GROWTH).json, ask("POST", BUY, PRO).json
        back = ask("POST", BUY, GROWTH).json

        states = {row["id"]: row["status"] for row in stripe.account.all("checkout.session")}
        assert states == {
            growth["session_id"]: "expired",
            pro["session_id"]: "expired",
            back["session_id"]: "open",
        }

    @pytest.mark.usefixtures("stripe")
    def test_begins_another_visit_after_half_a_day(self, ask, clock, client, ada):
        first = ask("POST", BUY, GROWTH).json["session_id"]
        clock.advance(hours=12)
        login = {"email": ada.email, "password": PASSWORD}
        token = client.post("/auth/login", json=login).json["access_token"]
        later = client.post(BUY, json=GROWTH, headers={"Authorization": f"Bearer {token}"})
        assert later.json["session_id"] != first

    def test_sells_nothing_more_while_stripes_event_is_on_its_way(self, ask, stripe, billing):
        stripe.pay(ask("POST", BUY, GROWTH).json["checkout_url"])  # and no event has come yet

        answer = ask("POST", BUY, PRO)

        assert "/portal/" in answer.json["checkout_url"]
        assert billing()["plan"] == "growth"
        assert len(stripe.account.all("subscription")) == 1

    def test_makes_one_customer_of_twenty_at_once(self, app, ada, stripe):
        answers = []

        def buy():
            with app.test_client() as browser:
                answers.append(browser.post(BUY, json=GROWTH, headers=ada.headers))

        threads = [threading.Thread(target=buy) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json["session_id"] for answer in answers}) == 1
        assert len(stripe.account.all("customer")) == 1
        assert StripeCustomer.user_of(customer_of(ada)) == ada.user_id

    def test_begins_with_a_trial_once(self, app, ask, stripe, settle, billing, clock):
        providers = app.extensions[EXTENSION]
        vars(providers)["settings"] = Settings.from_env(
            {
                "BILLING_TRIAL_DAYS": "14",
                "AWS_ENDPOINT_URL": str(providers.settings.aws_endpoint_url),
            }
        )
        stripe.pay(ask("POST", BUY, GROWTH).json["checkout_url"])
        settle()
        trial = billing()
        ask("POST", "/users/billing/cancel")
        stripe.advance(customer=trial["stripe_customer_id"], to=NOON + MONTH)
        settle()
        stripe.pay(ask("POST", BUY, GROWTH).json["checkout_url"])
        settle()

        assert (trial["status"], trial["payment_status"]) == ("trialing", "trial")
        assert billing()["status"] == "active"

    @pytest.mark.usefixtures("subscribed")
    def test_refuses_what_is_held_already(self, ask):
        answer = ask("POST", BUY, GROWTH)
        assert answer.status_code == 400
        assert answer.json["error_code"] == "PLAN_HELD"
        assert answer.json["details"] == {"plan": "growth"}

    @pytest.mark.usefixtures("subscribed")
    def test_lets_a_subscriber_confirm_the_change_and_no_second_subscription(
        self, ask, stripe, settle, billing
    ):
        before = billing()
        door = ask("POST", BUY, PRO).json
        assert door["session_id"].startswith("bps_")
        assert stripe.confirm(door["checkout_url"]) == f"{BACK}/done"
        settle()

        assert billing() == {**before, "plan": "pro"}
        assert len(stripe.account.all("subscription")) == 1
        assert ask("POST", BUY, GROWTH).json["error_code"] == "PLAN_HELD"

    @pytest.mark.parametrize("field", ["success_url", "cancel_url"])
    @pytest.mark.parametrize(
        "url", ["https://evil.example/", "http://localhost:3000@evil.example/", "javascript:x//"]
    )
    def test_refuses_to_send_people_elsewhere(self, ask, stripe, field, url):
        answer = ask("POST", BUY, {**GROWTH, field: url})
        assert answer.status_code == 422
        assert answer.json["error_code"] == "URL_NOT_ALLOWED"
        assert answer.json["details"] == {"url": url}
        assert stripe.account.all("customer") == []

    @pytest.mark.parametrize("plan", ["free", "gold", "", None, 7])
    def test_refuses_a_plan_that_is_not_sold(self, ask, stripe, plan):
        answer = ask("POST", BUY, {**GROWTH, "plan": plan})
        assert answer.status_code == 422
        assert "plan" in str(answer.json["details"])
        assert stripe.account.all("customer") == []

    @pytest.mark.parametrize("mode", ["429", "500", "garbage", "hang"])
    def test_says_that_stripe_is_not_answering_and_works_again(self, ask, stripe, billing, mode):
        stripe.set_faults(stripe=mode)
        answer = ask("POST", BUY, GROWTH)
        others = [ask("GET", path).status_code for path in ("/users/me", "/users/billing")]
        stripe.set_faults(stripe="ok")

        assert answer.status_code == 503
        assert answer.json["error_code"] == "PAYMENTS_UNAVAILABLE"
        assert int(answer.headers["Retry-After"]) >= 1
        assert others == [200, 200]
        assert ask("POST", BUY, GROWTH).status_code == 200

    def test_survives_an_answer_that_got_lost(self, ask, stripe, billing):
        stripe.set_faults(stripe="lost")
        assert ask("POST", BUY, GROWTH).status_code == 503
        stripe.set_faults(stripe="ok")
        assert ask("POST", BUY, GROWTH).status_code == 200
        assert len(stripe.account.all("customer")) == 1


class TestCancelAndResume:
    @pytest.mark.usefixtures("subscribed")
    def test_end_with_the_period_and_go_on_again(self, ask, billing, stripe, settle):
        before = billing()
        cancelled = ask("POST", "/users/billing/cancel")
        again = ask("POST", "/users/billing/cancel")
        settle()
        resumed = ask("POST", "/users/billing/resume")
        settle()

        assert cancelled.status_code == 200
        assert cancelled.json == again.json == {**before, "cancel_at_period_end": True}
        assert resumed.json == billing() == before

    @pytest.mark.usefixtures("subscribed")
    def test_leave_the_free_plan_when_the_period_is_over(self, ask, billing, stripe, settle):
        ask("POST", "/users/billing/cancel")
        stripe.advance(customer=billing()["stripe_customer_id"], to=NOON + 1.1 * MONTH)
        settle()

        found = billing()
        assert (found["plan"], found["subscription_active"]) == ("free", False)
        assert (found["status"], found["cancel_at_period_end"]) == ("canceled", False)
        assert ask("POST", "/users/billing/resume").json["error_code"] == "NO_SUBSCRIPTION"
        assert ask("POST", BUY, GROWTH).json["session_id"].startswith("cs_test_")

    @pytest.mark.parametrize("door", ["cancel", "resume", "portal"])
    def test_refuse_who_has_no_subscription(self, ask, stripe, door):
        answer = ask("POST", f"/users/billing/{door}", {} if door == "portal" else None)
        assert answer.status_code == 400
        assert answer.json["error_code"] == "NO_SUBSCRIPTION"

    @pytest.mark.usefixtures("subscribed")
    def test_notice_a_subscription_that_stripe_has_ended(self, ask, stripe, billing, app):
        payments = app.extensions[EXTENSION].payments
        payments.end_now(subscription_id=billing()["subscription_id"])

        assert ask("POST", "/users/billing/cancel").json["error_code"] == "NO_SUBSCRIPTION"
        assert billing()["plan"] == "free"

    @pytest.mark.usefixtures("subscribed")
    def test_change_nothing_while_stripe_is_down(self, ask, stripe, billing):
        before = billing()
        stripe.set_faults(stripe="500")
        assert ask("POST", "/users/billing/cancel").status_code == 503
        assert billing() == before


class TestPortal:
    @pytest.mark.usefixtures("subscribed")
    def test_opens_and_comes_back_to_where_it_is_told(self, ask, stripe):
        found = ask("POST", "/users/billing/portal", {"return_url": BACK})
        assert found.status_code == 200
        session = stripe.account.all("billing_portal.session")[0]
        assert found.json == {"url": session["url"]}
        assert session["return_url"] == BACK
        assert ask("POST", "/users/billing/portal", {}).status_code == 200

    @pytest.mark.usefixtures("subscribed")
    def test_comes_back_nowhere_else(self, ask):
        answer = ask("POST", "/users/billing/portal", {"return_url": "https://evil.example/"})
        assert answer.json["error_code"] == "URL_NOT_ALLOWED"
