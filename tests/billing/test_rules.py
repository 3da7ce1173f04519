from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from app.accounts import rules as accounts
from app.billing.rules import addresses, plans, standing, steps
from app.billing.rules.standing import Standing
from tests.conftest import NOON

DAY = timedelta(days=1)
GRACE = 7 * DAY
ACTIVE = Standing(
    subscription_id="sub_1",
    item_id="si_1",
    status="active",
    plan="growth",
    started_at=NOON,
    period_ends_at=NOON + 30 * DAY,
    trial_ends_at=None,
    ends_at=None,
    unpaid_since=None,
)
PAST_DUE = replace(ACTIVE, status="past_due", unpaid_since=NOON)


class TestPlans:
    def test_are_those_that_accounts_know(self):
        assert tuple(plans.PLANS) == accounts.PLANS
        assert plans.FREE == accounts.FREE

    def test_cost_what_the_document_says(self):
        assert {name: str(plans.price_of(plan=name)) for name in plans.PLANS} == {
            "free": "0",
            "growth": "4.99",
            "pro": "9.99",
        }

    def test_include_what_the_document_says(self):
        limits = {name: tuple(plan.limits.values()) for name, plan in plans.PLANS.items()}
        assert limits == {
            "free": (5, 2, 1, 0),
            "growth": (-1, -1, -1, 100),
            "pro": (-1, -1, -1, 1000),
        }
        assert plans.limit_of(plan="free", feature="analyses") == 5

    def test_include_the_lower_ones(self):
        held = {(a, b) for a in plans.PLANS for b in plans.PLANS if plans.includes(held=a, asked=b)}
        assert held == {
            ("free", "free"),
            ("growth", "free"),
            ("growth", "growth"),
            ("pro", "free"),
            ("pro", "growth"),
            ("pro", "pro"),
        }

    def test_are_found_by_what_their_price_is_called(self):
        assert [plans.of_lookup_key(key) for key in ("growth_monthly", "pro_monthly")] == [
            "growth",
            "pro",
        ]
        assert plans.of_lookup_key(None) is None
        assert plans.of_lookup_key("gold_monthly") is None


class TestHeldPlan:
    @pytest.mark.parametrize(
        ("status", "plan"),
        [
            ("trialing", "growth"),
            ("active", "growth"),
            ("unpaid", "free"),
            ("paused", "free"),
            ("incomplete", "free"),
            ("incomplete_expired", "free"),
            ("canceled", "free"),
        ],
    )
    def test_follows_the_status(self, status, plan):
        found = replace(ACTIVE, status=status)
        assert standing.held_plan(standing=found, grace=GRACE, now=NOON) == plan
        assert standing.is_known(status)

    @pytest.mark.parametrize(("days", "plan"), [(0, "growth"), (6.99, "growth"), (7, "free")])
    def test_is_kept_for_the_grace(self, days, plan):
        now = NOON + days * DAY
        assert standing.held_plan(standing=PAST_DUE, grace=GRACE, now=now) == plan

    def test_is_free_without_a_subscription_and_without_grace(self):
        assert standing.held_plan(standing=None, grace=GRACE, now=NOON) == "free"
        assert standing.held_plan(standing=PAST_DUE, grace=timedelta(0), now=NOON) == "free"

    def test_is_counted_while_somebody_pays_or_should(self):
        counted = {
            status: standing.counted_plan(replace(ACTIVE, status=status))
            for status in standing._RANK
        }
        assert {status for status, plan in counted.items() if plan} == {"active", "past_due"}
        assert standing.counted_plan(None) is None


class TestChosen:
    OLD = replace(ACTIVE, subscription_id="sub_0", started_at=NOON - DAY, status="canceled")
    NEW = replace(ACTIVE, subscription_id="sub_2", started_at=NOON + DAY)
    TWIN = replace(ACTIVE, subscription_id="sub_0b")

    @pytest.mark.parametrize(
        ("found", "wanted"),
        [
            ((), None),
            ((OLD,), "sub_0"),
            ((OLD, ACTIVE), "sub_1"),
            ((ACTIVE, NEW), "sub_1"),
            ((ACTIVE, TWIN), "sub_0b"),
            ((PAST_DUE, NEW), "sub_2"),
            ((OLD, replace(NEW, status="canceled")), "sub_2"),
            ((replace(ACTIVE, status="incomplete"), PAST_DUE), "sub_1"),
        ],
    )
    def test_does_not_depend_on_the_order(self, found, wanted):
        for order in permutations(found):
            counts = standing.chosen(order)
            assert (counts.subscription_id if counts else None) == wanted

    def test_leaves_the_other_live_ones_over(self):
        found = [self.NEW, self.OLD, ACTIVE]
        assert standing.surplus(found) == [self.NEW]
        assert standing.surplus([]) == []


class TestPaymentStatus:
    def test_is_a_word_for_each_status(self):
        words = {status: standing.payment_status(status) for status in (*standing._RANK, None)}
        assert words == {
            "trialing": "trial",
            "active": "paid",
            "past_due": "failed",
            "unpaid": "failed",
            "paused": "none",
            "incomplete": "pending",
            "incomplete_expired": "failed",
            "canceled": "none",
            None: "none",
        }


class TestSteps:
    def told(self, found):
        return [
            ((step.at - NOON) / DAY, step.tells)
            for step in steps.steps(standing=found, grace=GRACE)
            if step.tells
        ]

    def test_of_who_pays_are_the_period_that_ends(self):
        (step,) = steps.steps(standing=ACTIVE, grace=GRACE)
        assert step == steps.Step(at=ACTIVE.period_ends_at + timedelta(hours=1))

    def test_of_who_owes_remind_twice_before_the_grace_ends(self):
        assert self.told(PAST_DUE) == [(3, "payment_failed"), (6, "payment_failed")]
        ahead = steps.steps(standing=PAST_DUE, grace=GRACE)
        assert steps.Step(at=NOON + GRACE) in ahead

    def test_of_a_short_grace_remind_while_it_lasts(self):
        ahead = steps.steps(standing=PAST_DUE, grace=2 * DAY)
        assert [step.at for step in ahead if step.tells] == [NOON + DAY]
        assert not [step for step in steps.steps(standing=PAST_DUE, grace=DAY) if step.tells]

    def test_of_who_cancelled_tell_of_the_end(self):
        ends = replace(ACTIVE, ends_at=ACTIVE.period_ends_at)
        assert self.told(ends) == [(27, "plan_ends")]

    def test_of_a_trial_tell_of_its_end_unless_it_is_cancelled(self):
        trial = replace(ACTIVE, status="trialing", trial_ends_at=NOON + 14 * DAY)
        assert self.told(trial) == [(11, "trial_ends")]
        assert self.told(replace(trial, ends_at=NOON + 14 * DAY)) == [(11, "plan_ends")]

    def test_are_over_with_the_subscription(self):
        assert steps.steps(standing=replace(ACTIVE, status="canceled"), grace=GRACE) == []
        assert steps.steps(standing=None, grace=GRACE) == []

    def test_come_again_daily_where_stripe_does_not_move(self):
        ahead = steps.steps(standing=ACTIVE, grace=GRACE)
        late = NOON + 40 * DAY
        assert steps.next_step_at(ahead=ahead, now=NOON) == ahead[0].at
        assert steps.next_step_at(ahead=ahead, now=late) == late + DAY
        assert steps.next_step_at(ahead=[], now=NOON) is None


class TestNews:
    def news(self, before, after, *, held="growth", was="growth", looked_at=NOON, now=NOON):
        return steps.news(
            before=before,
            after=after,
            held_before=was,
            held_after=held,
            ahead=steps.steps(standing=after, grace=GRACE),
            looked_at=looked_at,
            now=now,
        )

    def test_are_none_where_nothing_changed(self):
        assert self.news(ACTIVE, ACTIVE) == []

    def test_tell_of_a_plan_that_came_and_went(self):
        ended = replace(ACTIVE, status="canceled")
        assert self.news(None, ACTIVE, was="free", looked_at=None) == ["plan_changed"]
        assert self.news(ACTIVE, ended, held="free") == ["plan_ended"]
        assert self.news(ACTIVE, None, held="free") == ["plan_ended"]

    def test_tell_of_a_failed_payment_once(self):
        assert self.news(ACTIVE, PAST_DUE) == ["payment_failed"]
        assert self.news(PAST_DUE, PAST_DUE) == []

    def test_tell_of_a_cancellation_and_not_of_its_end(self):
        ends = replace(ACTIVE, ends_at=ACTIVE.period_ends_at)
        assert self.news(ACTIVE, ends) == ["plan_ends"]
        assert self.news(ends, ACTIVE) == []
        assert self.news(ends, ends, now=NOON + 27 * DAY) == ["plan_ends"]

    def test_tell_of_each_kind_once_however_much_fell_due(self):
        assert self.news(PAST_DUE, PAST_DUE, now=NOON + 6.5 * DAY) == ["payment_failed"]
        assert self.news(ACTIVE, PAST_DUE, now=NOON + 4 * DAY) == ["payment_failed"]

    def test_are_about_another_subscription_anew(self):
        ends = replace(ACTIVE, ends_at=ACTIVE.period_ends_at)
        other = replace(ends, subscription_id="sub_2")
        assert self.news(ends, other) == ["plan_ends"]


class TestAddresses:
    ORIGINS = ("http://localhost:3000", "https://app.example", "*")

    @pytest.mark.parametrize(
        "url",
        [
            "https://app.example",
            "https://app.example/done?session={CHECKOUT_SESSION_ID}#top",
            "https://APP.example:443/",
            "http://localhost:3000/billing",
        ],
    )
    def test_are_allowed_on_our_origins(self, url):
        assert addresses.is_allowed(url, origins=self.ORIGINS)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "/done",
            "//app.example/done",
            "http://app.example/",
            "https://app.example.evil.example/",
            "https://app.example:8443/",
            "https://app.example:x/",
            "https://app.example@evil.example/",
            "https://evil.example\\@app.example/",
            "https://user:password@app.example/",
            "https://app.example/ done",
            "https://app.example/\n",
            "https://app.exämple/",
            "javascript:alert(1)",
            "https://[app.example/",
            "http://localhost:3001/",
            "*",
        ],
    )
    def test_are_refused_anywhere_else(self, url):
        assert not addresses.is_allowed(url, origins=self.ORIGINS)
