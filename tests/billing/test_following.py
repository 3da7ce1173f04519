"""Does a plan follow its subscription, whatever is heard of it, how often, and in whatever order?"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.accounts import service as accounts
from app.accounts.models import User
from app.analytics import service as analytics
from app.billing import service
from app.billing.models import BillingRecord, BillingTotal, StripeEvent
from app.billing.rules import plans
from app.core import dynamo
from app.emails.models import Email
from app.providers.payments.interface import GiveUp, TryAgain
from tests.billing.truth import MONTH, SUBSCRIPTION, Truth, buyer
from tests.conftest import NOON

DAY = timedelta(days=1)
NEXT = replace(SUBSCRIPTION, period_ends_at=NOON + 2 * MONTH)
ENDING = replace(SUBSCRIPTION, ends_at=SUBSCRIPTION.period_ends_at)
PRO = replace(SUBSCRIPTION, price_key="pro_monthly")
PAST_DUE = replace(NEXT, status="past_due", owed_since=NOON + MONTH)
UNPAID = replace(PAST_DUE, status="unpaid")
CANCELED = replace(NEXT, status="canceled")
TRIAL = replace(SUBSCRIPTION, status="trialing", trial_ends_at=NOON + 14 * DAY)
INCOMPLETE = replace(SUBSCRIPTION, status="incomplete")

LIVES = {
    "bought, cancelled, resumed, ended": (SUBSCRIPTION, ENDING, SUBSCRIPTION, CANCELED),
    "upgraded, failed, recovered": (PRO, PAST_DUE, NEXT),
    "failed, given up": (PAST_DUE, UNPAID, CANCELED),
    "tried, upgraded, downgraded": (TRIAL, PRO, SUBSCRIPTION),
}


def orders(events: int) -> Iterator[tuple[str, ...]]:
    """Every order of n changes, which keep their own order, and of n events, each after its change."""

    def go_on(
        done: tuple[str, ...], changes: int, open_events: frozenset[int]
    ) -> Iterator[tuple[str, ...]]:
        if changes == events and not open_events:
            yield done
        if changes < events:
            yield from go_on((*done, "change"), changes + 1, open_events | {changes})
        for event in sorted(open_events):
            yield from go_on((*done, f"event {event}"), changes, open_events - {event})

    return go_on((), 0, frozenset())


def stored(name: str, number: int) -> str:
    event_id = f"evt_{name}_{number}"
    dynamo.commit(
        StripeEvent.arrival(
            event_id=event_id,
            kind="customer.subscription.updated",
            customer_id=f"cus_{name}",
            happened_at=NOON,
            now=NOON,
        )
    )
    return event_id


def state(name: str) -> tuple[Any, ...]:
    record, user = BillingRecord.of(name), User.of(name)
    assert (record.held_plan, user.stripe_customer_id) == (user.plan, f"cus_{name}")
    return record.standing, record.held_plan, record.counted_as, record.watched, user.plan


def subscribers() -> dict[str, int]:
    keys = {plan: BillingTotal.key_of("subscribers", plan) for plan in plans.PAID_PLANS}
    return {plan: BillingTotal.of(keys.values())[key] for plan, key in keys.items()}


class TestEveryOrder:
    @pytest.mark.parametrize("life", LIVES)
    def test_of_the_events_of_one_life_ends_in_the_same_state(self, life, follow, truth):
        """All 105 orders of four changes and their four events (15 of three); the last event is heard twice."""
        ends, changes = set(), LIVES[life]
        for number, order in enumerate(orders(len(changes))):
            name = f"user{number}"
            customer_id, made = buyer(name, email=None), 0
            ids = {}
            for step in order:
                if step == "change":
                    truth.is_so(customer_id, changes[made])
                    ids[f"event {made}"] = stored(name, made)
                    made += 1
                else:
                    follow(name, ids[step])
            follow(name, ids[order[-1]])
            ends.add(state(name))

        count = number + 1
        assert count == {3: 15, 4: 105}[len(changes)]
        assert len(ends) == 1
        (end,) = ends
        assert subscribers() == {plan: count * (end[2] == plan) for plan in plans.PAID_PLANS}

    def test_of_long_lives_with_every_event_heard_up_to_three_times(self, follow, truth):
        chance = random.Random(7)  # noqa: S311 - the same lives each time
        states = [SUBSCRIPTION, ENDING, PRO, PAST_DUE, UNPAID, TRIAL, INCOMPLETE, NEXT]
        for number in range(25):
            name = f"user{number}"
            customer_id = buyer(name, email=None)
            life = [*chance.choices(states, k=11), chance.choice([CANCELED, NEXT, PRO])]
            deliveries = []
            for place, found in enumerate(life):
                truth.is_so(customer_id, found)
                deliveries += [stored(name, place)] * chance.randint(1, 3)
                chance.shuffle(deliveries)
                for _ in range(chance.randint(0, len(deliveries))):
                    follow(name, deliveries.pop())
            for event_id in deliveries:
                follow(name, event_id)
            follow(name, stored(name, len(life)))

            fresh = f"fresh{number}"
            truth.is_so(buyer(fresh, email=None), life[-1])
            follow(fresh)
            assert state(name)[:2] == state(fresh)[:2]
            assert state(name)[4] == state(fresh)[4]


class TestLook:
    def test_that_began_earlier_never_overwrites_a_later_one(self, follow, truth):
        """Stripe answers the first look; then the subscription ends and a second look is taken and written."""
        customer_id = buyer("ada")
        truth.is_so(customer_id, SUBSCRIPTION)
        follow("ada")
        truth.is_so(customer_id, PRO)

        def ends_meanwhile():
            truth.is_so(customer_id, CANCELED)
            follow("ada")

        truth.meanwhile = ends_meanwhile
        follow("ada")

        assert state("ada")[0].status == "canceled"
        assert User.of("ada").plan == "free"
        assert truth.asked == 4  # the first look was taken again

    def test_gives_up_politely_where_others_never_stop(self, aws, truth, jobs, settings):
        customer_id = buyer("ada")
        truth.is_so(customer_id, SUBSCRIPTION)

        class Restless(Truth):
            def subscriptions_of(self, *, customer_id):
                record = BillingRecord.of("ada")
                dynamo.commit(record.storing())
                return super().subscriptions_of(customer_id=customer_id)

        restless: Any = Restless(subscriptions=truth.subscriptions)
        with pytest.raises(dynamo.Busy):
            service.follow(user_id="ada", payments=restless, jobs=jobs, settings=settings, now=NOON)

    def test_changes_nothing_where_nothing_changed(self, follow, truth):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        assert follow("ada") is True
        version = BillingRecord.of("ada").version
        assert follow("ada") is False
        assert BillingRecord.of("ada").version == version

    def test_mends_a_plan_that_something_else_changed(self, follow, truth):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        follow("ada")
        dynamo.commit(accounts.plan_moved(user_id="ada", plan="pro", now=NOON))
        assert follow("ada") is True
        assert User.of("ada").plan == "growth"

    def test_tells_analytics_of_an_upgrade_once_and_of_no_downgrade(self, follow, truth):
        customer_id = buyer("ada")
        for told in (SUBSCRIPTION, SUBSCRIPTION, PRO, SUBSCRIPTION):
            truth.is_so(customer_id, told)
            follow("ada")
        found = analytics.show_own(user_id="ada", event_type="upgrade", days=90, now=NOON + MONTH)
        moved = [event.event_data for event in found.events]
        assert sorted((move["from"], move["to"]) for move in moved) == [
            ("free", "growth"),
            ("growth", "pro"),
        ]

    def test_leaves_prices_that_are_not_ours_alone(self, follow, truth):
        truth.is_so(buyer("ada"), replace(SUBSCRIPTION, price_key="consulting"))
        assert follow("ada") is False
        assert (User.of("ada").plan, truth.ended) == ("free", [])

    def test_concludes_nothing_from_a_status_that_it_does_not_know(self, follow, truth):
        truth.is_so(buyer("ada"), replace(SUBSCRIPTION, status="frozen"))
        with pytest.raises(service.UnknownStatus, match="frozen"):
            follow("ada")

    def test_ends_what_was_paid_twice_and_keeps_the_first(self, follow, truth):
        second = replace(SUBSCRIPTION, subscription_id="sub_2", created_at=NOON + DAY)
        truth.is_so(buyer("ada"), second, SUBSCRIPTION)
        follow("ada")
        assert truth.ended == ["sub_2"]
        assert BillingRecord.of("ada").subscription_id == "sub_1"

    def test_ends_what_a_closed_account_still_pays_for(self, follow, truth):
        truth.is_so(buyer("ada", status="deleted"), SUBSCRIPTION)
        event_id = stored("ada", 1)
        follow("ada", event_id)
        assert truth.ended == ["sub_1"]
        assert StripeEvent.of(event_id).waiting is None

    def test_is_of_no_consequence_for_who_never_bought(self, follow, truth):
        assert follow("nobody") is False
        assert truth.asked == 0

    @pytest.mark.parametrize("trouble", [TryAgain("hangs"), GiveUp("refused")])
    def test_leaves_the_event_waiting_where_stripe_fails(self, follow, truth, trouble):
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        event_id, truth.trouble = stored("ada", 1), trouble
        with pytest.raises(type(trouble)):
            follow("ada", event_id)
        truth.trouble = None

        assert StripeEvent.of(event_id).waiting == "waiting"
        assert follow("ada", event_id) is True
        assert follow("ada", event_id) is False


class TestGrace:
    def test_keeps_the_plan_for_a_week_and_no_longer(self, follow, truth, clock):
        customer_id = buyer("ada")
        truth.is_so(customer_id, SUBSCRIPTION)
        follow("ada")
        clock.set(NOON + MONTH + timedelta(hours=2))
        truth.is_so(customer_id, PAST_DUE)
        follow("ada")
        plans_by_day = {}
        for day in (0, 3, 6, 6.99, 7, 8):
            clock.set(NOON + MONTH + day * DAY + timedelta(hours=2 if day == 0 else 0))
            follow("ada")
            plans_by_day[day] = User.of("ada").plan
        truth.is_so(customer_id, replace(PAST_DUE, status="active"))
        follow("ada")

        assert plans_by_day == {**dict.fromkeys((0, 3, 6, 6.99), "growth"), 7: "free", 8: "free"}
        assert User.of("ada").plan == "growth"
        assert told("ada") == [
            "plan_changed",
            "payment_failed",
            "payment_failed",
            "payment_failed",
            "plan_ended",
            "plan_changed",
        ]


def told(name: str) -> list[str]:
    found = sorted(Email.sent_to(name), key=lambda email: (email.created_at, email.template))
    return [email.template for email in found]


class TestLetters:
    def test_tell_of_a_life(self, follow, truth, clock, jobs):
        customer_id = buyer("ada")
        for found in (SUBSCRIPTION, PRO, replace(PRO, ends_at=PRO.period_ends_at), PRO, CANCELED):
            clock.advance(minutes=1)
            truth.is_so(customer_id, found)
            follow("ada")

        assert told("ada") == ["plan_changed", "plan_changed", "plan_ends", "plan_ended"]
        sent = {arguments["email_id"] for task, arguments in jobs.enqueued}
        assert sent == {email.email_id for email in Email.sent_to("ada")}
        assert {task for task, _ in jobs.enqueued} == {"emails.send_email"}

    def test_announce_a_trials_end_once(self, follow, truth, clock):
        truth.is_so(buyer("ada"), TRIAL)
        follow("ada")
        for days in (10.9, 11, 11.1, 12):
            clock.set(NOON + days * DAY)
            follow("ada")
        assert told("ada") == ["plan_changed", "trial_ends"]
        assert BillingTotal.of(["subscribers#growth"]) == {"subscribers#growth": 0}

    def test_hold_what_their_templates_need(self, follow, truth, clock, settings):
        from app.emails.service import rendering

        customer_id = buyer("ada")
        for found in (TRIAL, SUBSCRIPTION, ENDING, PAST_DUE, CANCELED):
            clock.advance(minutes=1)
            truth.is_so(customer_id, found)
            follow("ada")
        subjects = [
            rendering.message(email=email, pictures={}, settings=settings).subject
            for email in sorted(Email.sent_to("ada"), key=lambda email: email.created_at)
        ]
        assert subjects == [
            "Welcome to Growth",
            "Your Growth plan ends on 20 December 2026 at 12:00 UTC",
            "Your payment for Growth failed",
            "Your Growth plan has ended",
        ]

    def test_are_not_written_to_who_has_no_address(self, follow, truth):
        truth.is_so(buyer("ada", email=None), SUBSCRIPTION)
        follow("ada")
        assert told("ada") == []
        assert User.of("ada").plan == "growth"
