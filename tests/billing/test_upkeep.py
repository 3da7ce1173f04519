"""Are plans right where Stripe's events don't come, or come for an account that is closed?"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.accounts.models import User
from app.audit import service as audit
from app.billing import service
from app.billing.models import BillingRecord, StripeCustomer, StripeEvent
from app.billing.service import upkeep, webhooks
from app.extensions import EXTENSION
from app.providers.payments.interface import TryAgain
from tasks import accounts as account_tasks
from tasks import billing as tasks
from tasks.holders import HOLDERS
from tests.billing.test_following import CANCELED, PAST_DUE, PRO, stored, told
from tests.billing.truth import MONTH, SUBSCRIPTION, buyer
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def providers(app, truth):
    """The app's providers, with the truth for Stripe."""
    found = vars(app.extensions[EXTENSION])
    found["payments"] = truth
    with app.app_context():
        yield app.extensions[EXTENSION]
    found.pop("payments", None)


class TestSendReminders:
    def test_looks_at_what_fell_due_and_at_nothing_else(self, follow, truth, jobs, clock):
        for name, found in {"ada": PAST_DUE, "bob": SUBSCRIPTION, "eve": CANCELED}.items():
            truth.is_so(buyer(name), replace(found, period_ends_at=NOON + 2 * MONTH))
            clock.set(NOON + MONTH)
            follow(name)
        jobs.enqueued.clear()

        assert service.send_reminders(jobs=jobs, now=NOON + MONTH + 2 * DAY) == 0
        assert service.send_reminders(jobs=jobs, now=NOON + MONTH + 3 * DAY) == 1
        assert jobs.enqueued == [("billing.follow_subscription", {"user_id": "ada"})]

    def test_duns_once_for_each_date_though_the_job_runs_hourly(self, follow, truth, jobs, clock):
        truth.is_so(buyer("ada"), PAST_DUE)
        clock.set(NOON + MONTH)
        follow("ada")
        for hour in range(8 * 24):
            clock.set(NOON + MONTH + timedelta(hours=hour))
            for _ in range(service.send_reminders(jobs=jobs, now=clock.now())):
                follow("ada")

        assert told("ada") == [
            "payment_failed",
            "plan_changed",
            *["payment_failed"] * 2,
            "plan_ended",
        ]
        assert User.of("ada").plan == "free"

    def test_ends_a_plan_whose_end_stripe_did_not_tell_of(self, follow, truth, jobs, clock):
        customer_id = buyer("ada")
        truth.is_so(customer_id, SUBSCRIPTION)
        follow("ada")
        truth.is_so(customer_id, CANCELED)
        clock.set(NOON + MONTH + timedelta(hours=1))
        assert service.send_reminders(jobs=jobs, now=clock.now()) == 1
        follow("ada")

        assert User.of("ada").plan == "free"
        assert service.send_reminders(jobs=jobs, now=NOON + 9 * MONTH) == 0


class TestRetryEvents:
    def test_asks_for_those_that_wait_for_long(self, follow, truth, jobs):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        done, lost = stored("ada", 1), stored("ada", 2)
        follow("ada", done)
        jobs.enqueued.clear()

        assert service.retry_events(jobs=jobs, now=NOON + webhooks.OVERDUE_AFTER) == 0
        assert service.retry_events(jobs=jobs, now=NOON + timedelta(minutes=11)) == 1
        assert jobs.enqueued == [("billing.process_event", {"event_id": lost})]


class TestTask:
    def test_acts_on_an_event_once(self, providers, truth):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        event_id = stored("ada", 1)
        for _ in range(3):
            tasks.process_event(event_id)
        tasks.process_event("evt_nothing")

        assert User.of("ada").plan == "growth"
        assert truth.asked == 1

    def test_settles_an_event_of_an_account_that_was_erased(self, providers, truth, aws):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        event_id = stored("ada", 1)
        service.end_for_closed_account(user_id="ada", payments=truth, now=NOON)
        service.erase_owned_by(user_id="ada")
        tasks.process_event(event_id)
        assert StripeEvent.of(event_id).waiting is None

    def test_follows_reminds_retries_and_reconciles(self, providers, truth, worker, clock):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        tasks.follow_subscription("ada")
        truth.is_so("cus_ada", PRO)
        clock.set(NOON + timedelta(minutes=20))
        stored("ada", 1)
        for run in ("retry_events", "send_reminders", "reconcile"):
            getattr(tasks, run).apply(throw=True)
            worker.work()
        assert User.of("ada").plan == "pro"

    def test_leaves_everything_alone_without_a_key(self, app, worker):
        vars(app.extensions[EXTENSION])["payments"] = None
        with app.app_context():
            for run in ("send_reminders", "reconcile"):
                getattr(tasks, run).apply(throw=True)
        vars(app.extensions[EXTENSION]).pop("payments")
        assert worker.work() == []


class TestReconcile:
    @pytest.fixture
    def reconcile(self, truth, settings, jobs, clock):
        def run(cursor=None):
            return service.reconcile(
                cursor=cursor, payments=truth, settings=settings, jobs=jobs, now=clock.now()
            )

        return run

    def test_mends_what_differs_and_leaves_the_rest(self, follow, truth, reconcile):
        for name in ("ada", "bob", "eve", "joe"):
            truth.is_so(buyer(name), replace(SUBSCRIPTION, subscription_id=f"sub_{name}"))
            follow(name)
        truth.is_so("cus_ada", replace(PRO, subscription_id="sub_ada"))
        truth.is_so("cus_bob", replace(CANCELED, subscription_id="sub_bob"))
        truth.is_so(buyer("new"), replace(SUBSCRIPTION, subscription_id="sub_new"))
        truth.is_so("cus_of_others", replace(SUBSCRIPTION, subscription_id="sub_others"))
        User("joe").update(actions=[User.plan.set("pro")])
        asked = truth.asked

        found = reconcile()

        assert found == service.Reconciliation(checked=5, mended=4, queued=0, complete=True)
        assert {name: User.of(name).plan for name in ("ada", "bob", "eve", "joe", "new")} == {
            "ada": "pro",
            "bob": "free",
            "eve": "growth",
            "joe": "growth",
            "new": "growth",
        }
        assert truth.asked == asked + 4
        assert reconcile() == service.Reconciliation(checked=5, mended=0, queued=0, complete=True)

    def test_leaves_subscriptions_to_other_things_alone(self, follow, truth, reconcile):
        other = replace(SUBSCRIPTION, subscription_id="sub_hat", price_key=None)
        truth.is_so(buyer("ada"), SUBSCRIPTION, other)
        follow("ada")
        assert reconcile() == service.Reconciliation(checked=2, mended=0, queued=0, complete=True)
        assert User.of("ada").plan == "growth"
        assert truth.ended == []

    def test_leaves_an_older_subscription_that_ended_alone(self, follow, truth, reconcile):
        old = replace(CANCELED, subscription_id="sub_0", created_at=NOON - DAY)
        truth.is_so(buyer("ada"), old, SUBSCRIPTION)
        follow("ada")
        assert reconcile().mended == 0

    def test_goes_page_by_page_and_leaves_many_to_tasks(self, truth, reconcile, jobs):
        for number in range(12):
            truth.is_so(buyer(f"u{number}"), replace(SUBSCRIPTION, subscription_id=f"sub_{number}"))
        for number in range(upkeep.PAGE):
            truth.is_so(f"cus_other{number}", SUBSCRIPTION)

        found = reconcile()

        assert (found.mended, found.queued, found.complete) == (10, 2, False)
        assert [task for task, _ in jobs.enqueued if task.startswith("billing.")] == [
            *["billing.follow_subscription"] * 2,
            "billing.reconcile_page",
        ]
        assert reconcile("100") == service.Reconciliation(
            checked=0, mended=0, queued=0, complete=True
        )


class TestAdmin:
    @pytest.fixture
    def admin(self, sign_in_as):
        return sign_in_as("admin")

    def test_reconciles_and_it_goes_on_record(self, client, admin, providers, truth):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        answer = client.post("/api/v1/admin/billing/reconcile", headers=admin.headers)

        assert answer.status_code == 200
        assert answer.json == {"checked": 1, "mended": 1, "queued": 0, "complete": True}
        (entry,) = audit.list_entries(limit=5, cursor=None).items
        assert (entry.action, entry.admin_id) == ("reconcile_billing", admin.user_id)

    def test_is_told_that_stripe_is_down(self, client, admin, providers, truth):
        truth.trouble = TryAgain("down")
        answer = client.post("/api/v1/admin/billing/reconcile", headers=admin.headers)
        assert answer.status_code == 503
        assert answer.json["error"]["code"] == "payments_unavailable"

    def test_sees_revenue(self, client, admin, follow, truth, clock):
        lives = {"ada": SUBSCRIPTION, "bob": PRO, "eve": SUBSCRIPTION}
        for name, found in lives.items():
            truth.is_so(buyer(name), found)
            follow(name)
        clock.set(NOON + timedelta(minutes=1))
        truth.is_so("cus_eve", CANCELED)
        follow("eve")
        answer = client.get("/api/v1/admin/billing/revenue", headers=admin.headers)

        assert answer.status_code == 200
        assert answer.json == {
            "month": "2026-11",
            "currency": "USD",
            "active": 2,
            "new": 3,
            "churned": 1,
            "mrr": "14.98",
            "by_plan": [
                {"plan": "growth", "subscribers": 1, "mrr": "4.99"},
                {"plan": "pro", "subscribers": 1, "mrr": "9.99"},
            ],
        }
        url = "/api/v1/admin/billing/revenue?month=2026-10"
        october = client.get(url, headers=admin.headers).json
        assert (october["new"], october["churned"], october["active"]) == (0, 0, 2)
        assert service.get_revenue(month=None, now=NOON).mrr == Decimal("14.98")

    @pytest.mark.parametrize("month", ["2026-13", "2026-1", "november"])
    def test_is_told_of_a_month_that_is_none(self, client, admin, month):
        url = f"/api/v1/admin/billing/revenue?month={month}"
        assert client.get(url, headers=admin.headers).status_code == 422

    @pytest.mark.parametrize("path", ["reconcile", "revenue"])
    def test_alone_may(self, client, sign_up, path):
        headers = sign_up().headers
        method = client.post if path == "reconcile" else client.get
        answer = method(f"/api/v1/admin/billing/{path}", headers=headers)
        assert answer.status_code == 403


class TestClosingAnAccount:
    def test_ends_the_subscription_and_forgets_the_rest(
        self, client, sign_up, providers, truth, settings, jobs, worker
    ):
        ada = sign_up(email="ada@example.com")
        truth.make_customer = lambda **_: "cus_of_ada"
        truth.start_checkout = lambda **_: service_door()
        client.post("/stripe/create-checkout-session", json=BUY, headers=ada.headers)
        truth.is_so("cus_of_ada", SUBSCRIPTION)
        service.follow(user_id=ada.user_id, payments=truth, jobs=jobs, settings=settings, now=NOON)
        exported = service.export_owned_by(user_id=ada.user_id)["subscription"]
        assert (exported["status"], exported["customer_id"]) == ("active", "cus_of_ada")

        truth.trouble = TryAgain("down")
        body = {"password": "password123"}
        assert client.delete("/users/me", json=body, headers=ada.headers).status_code == 202
        with pytest.raises(Exception, match="down"):
            account_tasks.erase.run(ada.user_id)
        assert StripeCustomer.user_of("cus_of_ada") == ada.user_id  # nothing was forgotten yet
        truth.trouble = None
        for _ in range(2):
            account_tasks.erase.run(ada.user_id)

        assert truth.forgotten == ["cus_of_ada"]
        assert StripeCustomer.user_of("cus_of_ada") is None
        assert BillingRecord.of(ada.user_id).version == 0
        assert service.export_owned_by(user_id=ada.user_id) == {"subscription": None}
        assert service.get_revenue(month=None, now=NOON).churned == 1

    def test_is_among_what_erasing_goes_through(self):
        assert "billing" in [holder.domain for holder in HOLDERS]


BUY = {
    "plan": "growth",
    "success_url": "http://localhost:3000/done",
    "cancel_url": "http://localhost:3000",
}


def service_door():
    from app.providers.payments.interface import Door

    return Door(door_id="cs_1", url="http://localhost:3000/checkout")
