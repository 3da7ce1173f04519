"""What becomes of checkout, closing and reconciling where somebody else is quicker?"""

import pytest

from app.accounts import service as accounts
from app.accounts.models import User
from app.audit import service as audit
from app.billing import service
from app.billing.models import BillingRecord
from app.core import dynamo
from app.providers.payments.interface import Door
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

    def test_is_not_for_who_closed_their_account(self, check_out):
        newcomer(status="deleted")
        with pytest.raises(accounts.UnknownAccount):
            check_out(Shop(0))


class TestClosing:
    def test_begins_again_where_a_rival_was_quicker(self):
        buyer("ada", status="deleted")
        shop = Shop(2)
        service.end_for_closed_account(user_id="ada", payments=shop, now=NOON)
        assert shop.forgotten == ["cus_ada"] * 3
        with pytest.raises(dynamo.Busy):
            service.end_for_closed_account(user_id="ada", payments=Shop(1_000), now=NOON)

    def test_needs_a_key_where_somebody_may_be_charged(self):
        buyer("ada", status="deleted")
        with pytest.raises(service.BillingNotConfigured):
            service.end_for_closed_account(user_id="ada", payments=None, now=NOON)
        service.end_for_closed_account(user_id="nobody", payments=None, now=NOON)


class TestReconciling:
    def test_goes_on_record_beside_other_entries(self, settings, jobs):
        truth = Truth()
        truth.is_so(buyer("ada"), SUBSCRIPTION)
        for _ in range(2):
            service.reconcile_for_admin(
                admin_id="root", payments=truth, settings=settings, jobs=jobs, now=NOON
            )
        assert audit.verify().whole
        assert audit.verify().entries == 2
