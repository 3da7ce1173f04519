"""What becomes of checkout, closing and reconciling where somebody else is quicker?"""

from dataclasses import replace
from typing import Any, cast

import pytest

from app.accounts import service as accounts
from app.accounts.models import User
from app.audit import service as audit
from app.billing import service
from app.billing.models import BillingRecord, StripeCustomer
from app.core import dynamo
from app.providers.payments.interface import Door, NoSuchThing
from tests.billing.shop import GROWTH
from tests.billing.truth import SUBSCRIPTION, Truth, buyer
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("aws")


class Shop(Truth):
    """A Stripe while somebody else changes the buyer's row, so many times."""

    def __init__(self, rivals: int) -> None:
        super().__init__()
        self.rivals, self.doors = rivals, 0

    def make_customer(self, *, user_id, email):
        self._rival(user_id)
        return f"cus_{user_id}"

    def start_checkout(self, *, user_id, key, **_):
        self.doors += 1
        self._rival(user_id)
        return Door(door_id=f"cs_{key}", url="http://localhost:3000/checkout")

    def forget_customer(self, *, customer_id):
        self._rival("ada")
        super().forget_customer(customer_id=customer_id)

    def _rival(self, user_id):
        if self.rivals:
            self.rivals -= 1
            dynamo.commit(BillingRecord.of(user_id).storing())


@pytest.fixture
def check_out(settings, jobs):
    def buy(payments):
        return service.start_checkout(
            user_id="ada", **GROWTH, payments=payments, jobs=jobs, settings=settings, now=NOON
        )

    return buy


def newcomer(*, status="active"):
    user = User("ada", email="ada@example.com", status=status, created_at=NOON, updated_at=NOON)
    dynamo.commit(user.creation())


class TestCheckout:
    @pytest.mark.parametrize("rivals", [0, 1, 2, 5])
    def test_begins_again_where_a_rival_was_quicker(self, check_out, rivals):
        newcomer()
        shop = Shop(rivals)
        door = check_out(shop)
        assert BillingRecord.of("ada").checkout_id == door.door_id
        assert User.of("ada").stripe_customer_id == "cus_ada"

    @pytest.mark.parametrize("knows_customer", [True, False])
    def test_gives_up_where_rivals_never_rest(self, check_out, knows_customer):
        buyer("ada") if knows_customer else newcomer()
        with pytest.raises(dynamo.Busy):
            check_out(Shop(1_000))

    def test_begins_again_where_a_rival_changed_the_row_as_the_old_visit_ended(
        self, settings, jobs, check_out
    ):
        buyer("ada")
        shop: Any = Shop(0)
        first = check_out(shop)
        ended = []

        def end_visit(*, door_id):
            ended.append(door_id)
            if len(ended) == 1:
                dynamo.commit(BillingRecord.of("ada").storing())

        shop.abandon_checkout = end_visit
        wanted = {**GROWTH, "plan": "pro"}
        door = service.start_checkout(
            user_id="ada", **wanted, payments=shop, jobs=jobs, settings=settings, now=NOON
        )

        assert ended == [first.door_id] * 2
        assert BillingRecord.of("ada").checkout_id == door.door_id != first.door_id

    def test_is_not_for_who_closed_their_account(self, check_out):
        newcomer(status="deleted")
        with pytest.raises(accounts.UnknownAccount):
            check_out(Shop(0))


class TestClosing:
    def test_begins_again_where_a_rival_was_quicker(self):
        buyer("ada", status="deleted")
        shop: Any = Shop(2)
        service.end_for_closed_account(user_id="ada", payments=shop, now=NOON)
        assert shop.forgotten == ["cus_ada"] * 3
        with pytest.raises(dynamo.Busy):
            service.end_for_closed_account(
                user_id="ada", payments=cast("Any", Shop(1_000)), now=NOON
            )

    def test_needs_a_key_where_somebody_may_be_charged(self):
        buyer("ada", status="deleted")
        with pytest.raises(service.BillingNotConfigured):
            service.end_for_closed_account(user_id="ada", payments=None, now=NOON)
        service.end_for_closed_account(user_id="nobody", payments=None, now=NOON)

    @pytest.mark.parametrize("rivals", [1, 1_000])
    def test_forgets_the_row_also_where_it_changes_meanwhile(self, monkeypatch, rivals):
        customer_id = buyer("ada", status="deleted")
        removal, left = StripeCustomer.removal, [rivals]

        def rival_first(customer):
            if left[0]:
                left[0] -= 1
                dynamo.commit(BillingRecord.of("ada").storing())
            return removal(customer)

        monkeypatch.setattr(StripeCustomer, "removal", rival_first)
        if rivals == 1:
            service.erase_owned_by(user_id="ada")
            assert StripeCustomer.user_of(customer_id) is None
            assert BillingRecord.of("ada").version == 0
        else:
            with pytest.raises(dynamo.Busy):
                service.erase_owned_by(user_id="ada")
            assert StripeCustomer.user_of(customer_id) == "ada"


class TestCancelling:
    def test_is_unavailable_where_stripe_refuses_though_the_subscription_lives(
        self, settings, jobs
    ):
        truth: Any = Truth()
        truth.is_so(buyer("ada"), SUBSCRIPTION)

        def refuse(*, subscription_id, ends):
            raise NoSuchThing(f"{subscription_id} can't be changed to {ends}")

        truth.end_with_period = refuse
        with pytest.raises(service.PaymentsUnavailable):
            service.set_cancelled(
                user_id="ada",
                cancelled=True,
                payments=truth,
                jobs=jobs,
                settings=settings,
                now=NOON,
            )
        found = service.get_billing(user_id="ada")
        assert (found.status, found.cancel_at_period_end) == ("active", False)


class TestFollowing:
    def test_ends_what_a_closed_account_still_has_and_nothing_twice(self, settings, jobs):
        truth: Any = Truth()
        ended = replace(SUBSCRIPTION, subscription_id="sub_0", status="canceled")
        truth.is_so(buyer("ada", status="deleted"), ended, SUBSCRIPTION)
        for _ in range(2):
            service.follow(user_id="ada", payments=truth, jobs=jobs, settings=settings, now=NOON)
        assert truth.ended == ["sub_1"]


class TestSettingUp:
    def test_needs_a_key(self, settings):
        with pytest.raises(service.BillingNotConfigured):
            service.set_up_payments(account=None, api_url=None, settings=settings)


class TestReconciling:
    def test_goes_on_record_beside_other_entries(self, settings, jobs):
        truth: Any = Truth()
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        for _ in range(2):
            service.reconcile_for_admin(
                admin_id="root", payments=truth, settings=settings, jobs=jobs, now=NOON
            )
        assert audit.verify().whole
        assert audit.verify().entries == 2

    @pytest.mark.parametrize("rivals", [2, 1_000])
    def test_goes_on_record_behind_entries_that_were_first(
        self, settings, jobs, monkeypatch, rivals
    ):
        truth: Any = Truth()
        entry, left = audit.entry, [rivals]
        truth.is_so(buyer("ada"), SUBSCRIPTION)

        def rival_first(**given):
            writes = entry(**given)
            if left[0]:
                left[0] -= 1
                dynamo.commit(*entry(**{**given, "action": "disable_user"}))
            return writes

        monkeypatch.setattr(audit, "entry", rival_first)

        def reconcile():
            return service.reconcile_for_admin(
                admin_id="root", payments=truth, settings=settings, jobs=jobs, now=NOON
            )

        if rivals == 2:
            assert reconcile().mended == 1
            assert [each.action for each in audit.list_entries(limit=5, cursor=None).items] == [
                "reconcile_billing",
                "disable_user",
                "disable_user",
            ]
        else:
            with pytest.raises(dynamo.Busy):
                reconcile()
            assert User.of("ada").plan == "free"
            assert "reconcile_billing" not in {
                each.action for each in audit.list_entries(limit=100, cursor=None).items
            }
        assert audit.verify().whole
