"""Do assets added by hand, snapshots and the ledger's size follow from the ledger?"""

from datetime import date
from decimal import Decimal

import pytest

from app.core import dynamo
from app.portfolio import service
from app.portfolio.models import Asset, Profile
from app.portfolio.service import ledger
from tests.portfolio.ledger import (
    LATER,
    add_asset,
    amounts,
    assert_adds_up,
    at,
    change,
    held,
    remove,
    the_asset,
    write,
)

pytestmark = pytest.mark.usefixtures("aws")


class TestAssetByHand:
    def test_begins_with_a_purchase(self) -> None:
        own = add_asset()
        (opening,) = service.entries_of(user_id="ann")
        assert (opening.type, opening.quantity, opening.price) == ("buy", *amounts(2, 100))
        assert opening.executed_at.isoformat() == "2024-01-15T00:00:00+00:00"
        asset = Asset.of("ann", own.asset_id)
        assert asset is not None
        assert asset.opening_id == opening.transaction_id
        assert_adds_up()

    def test_corrects_its_purchase(self) -> None:
        own = add_asset()
        write("buy", 3, 10, asset_id=own.asset_id, executed_at=at(40))
        service.change_asset(
            user_id="ann",
            asset_id=own.asset_id,
            changes={"quantity": Decimal(1), "purchase_date": date(2024, 1, 20)},
            now=LATER,
            stale_after_seconds=900,
        )
        asset = Asset.of("ann", own.asset_id)
        assert asset is not None
        assert (asset.quantity, asset.purchase_date) == (Decimal(4), date(2024, 1, 20))
        assert_adds_up()

    @pytest.mark.parametrize("type_name", ["sell", "transfer_out"])
    def test_is_corrected_and_deleted_by_its_transactions_once_units_went_out(
        self, type_name: str
    ) -> None:
        own = add_asset()
        write(type_name, 1, asset_id=own.asset_id, executed_at=at(40))
        with pytest.raises(service.AssetHasSales):
            service.remove_asset(user_id="ann", asset_id=own.asset_id, now=LATER)
        with pytest.raises(service.AssetHasSales):
            service.change_asset(
                user_id="ann",
                asset_id=own.asset_id,
                changes={"quantity": Decimal(3)},
                now=LATER,
                stale_after_seconds=900,
            )
        assert held(own.asset_id) == 1

    def test_is_no_position(self) -> None:
        write("buy", 1, 10)
        with pytest.raises(service.AssetIsPosition):
            service.change_asset(
                user_id="ann",
                asset_id=the_asset().asset_id,
                changes={"quantity": Decimal(3)},
                now=LATER,
                stale_after_seconds=900,
            )

    def test_takes_its_transactions_with_it_however_many(self) -> None:
        write("buy", 1, 10)
        for number in range(1, 4):
            write("dividend", 1, 10, executed_at=at(number))
        with pytest.MonkeyPatch.context() as smaller:
            smaller.setattr(ledger, "ROWS_TOGETHER", 2)
            service.remove_asset(user_id="ann", asset_id=the_asset().asset_id, now=LATER)
        assert list(Asset.owned_by("ann")) == []
        assert_adds_up()

    def test_goes_with_its_opening_where_nothing_else_happened(self) -> None:
        add_asset()
        (opening,) = service.entries_of(user_id="ann")
        remove(opening.transaction_id)
        assert list(Asset.owned_by("ann")) == []

    def test_stays_without_an_opening_where_something_else_happened(self) -> None:
        own = add_asset()
        (opening,) = service.entries_of(user_id="ann")
        write("buy", 1, 10, asset_id=own.asset_id, executed_at=at(1))
        remove(opening.transaction_id)
        asset = the_asset()
        assert asset.quantity == 1
        assert asset.opening_id is None


class TestReadPool:
    def test_sees_that_rows_came_or_went_between(self) -> None:
        write("buy", 1, 10)
        gone = write("buy", 1, 10, executed_at=at(1))
        dynamo.commit(gone.removed())  # as if another had removed it after the asset was read
        with pytest.raises(dynamo.ConditionFailed):
            ledger.read_pool(user_id="ann", asset_id=str(gone.asset_id))


class TestPast:
    def profile(self) -> Profile:
        found = Profile.of("ann")
        assert found is not None
        return found

    def keep_snapshots(self, until: date) -> None:
        dynamo.commit(dynamo.update(self.profile(), [Profile.snapshots_until.set(until)]))

    def test_takes_snapshots_back_to_the_day_before_what_changed(self) -> None:
        first = write("buy", 1, 10, executed_at=at(10))
        self.keep_snapshots(date(2024, 3, 1))
        before = self.profile().past_version
        write("buy", 1, 10, executed_at=at(30))
        assert self.profile().snapshots_until == date(2024, 1, 30)
        change(first.transaction_id, executed_at=at(20))
        assert self.profile().snapshots_until == date(2024, 1, 10)
        self.keep_snapshots(date(2024, 3, 1))
        change(first.transaction_id, executed_at=at(5))
        assert self.profile().snapshots_until == date(2024, 1, 5)
        self.keep_snapshots(date(2024, 3, 1))
        remove(first.transaction_id)
        assert self.profile().snapshots_until == date(2024, 1, 5)
        assert self.profile().past_version == before + 4

    def test_leaves_snapshots_alone_that_are_older(self) -> None:
        write("buy", 1, 10, executed_at=at(10))
        self.keep_snapshots(date(2024, 1, 20))
        write("buy", 1, 10, executed_at=at(30))
        assert self.profile().snapshots_until == date(2024, 1, 20)


class TestMost:
    def test_is_what_a_ledger_keeps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "MOST_TRANSACTIONS", 2)
        write("buy", 1, 10)
        write("fee", 1, 1, asset_type=None, symbol=None)
        for refused in ({"symbol": "ETH"}, {"asset_type": None, "symbol": None}):
            with pytest.raises(service.TooManyTransactions):
                write("interest", 1, 10, **refused)
        with pytest.raises(service.TooManyTransactions):
            add_asset()
        assert_adds_up()
