"""Do the portfolio's rows keep the documented keys, every digit, and one writer's word at a time?"""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.portfolio.models import Asset, PortfolioRow, Profile
from app.portfolio.rules.projection import Projection

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WIDEST_COST = Decimal("999999999999999999.000000000000000001") * 2
HELD = Projection(
    quantity=Decimal(2),
    cost=WIDEST_COST,
    purchase_price=Decimal(7),
    purchase_date=date(2020, 2, 29),
)

pytestmark = pytest.mark.usefixtures("aws")


def bought(user_id: str = "ann", asset_id: str = "a1", **facts: Any) -> Asset:
    given = {
        "asset_type": "crypto",
        "symbol": "BTC",
        "name": None,
        "currency": "USD",
        "quantity": Decimal("0.5"),
        "purchase_price": Decimal(40000),
        "purchase_date": date(2024, 1, 15),
        "now": NOON,
    }
    asset = Asset.bought(user_id=user_id, asset_id=asset_id, **{**given, **facts})
    dynamo.commit(asset.added())
    return asset


def race(*steps: Callable[[], None]) -> list[Exception | None]:
    """Take the steps at the same moment, and tell how each ended."""
    gate = threading.Barrier(len(steps))
    ends: list[Exception | None] = [None] * len(steps)

    def take(place: int) -> None:
        gate.wait()
        try:
            steps[place]()
        except Exception as error:  # noqa: BLE001 - the test looks at what it was
            ends[place] = error

    threads = [threading.Thread(target=take, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


class TestTable:
    def test_has_the_documented_keys(self) -> None:
        described = PortfolioRow.describe_table()
        assert described["TableName"].endswith("-portfolio-tracker")
        assert [key["AttributeName"] for key in described["KeySchema"]] == ["PK", "SK"]
        (index,) = described["GlobalSecondaryIndexes"]
        assert index["IndexName"] == "GSI1"
        assert [key["AttributeName"] for key in index["KeySchema"]] == ["GSI1PK", "GSI1SK"]
        assert index["Projection"]["ProjectionType"] == "ALL"

    def test_is_listed_once_for_all_its_kinds_of_rows(self) -> None:
        assert [kind for kind in dynamo.tables() if issubclass(kind, PortfolioRow)] == [
            PortfolioRow
        ]


class TestAssetKeys:
    def test_are_those_of_the_document(self) -> None:
        asset = bought("ann", "a1")
        assert (asset.pk, asset.sk) == ("USER#ann", "ASSET#a1")
        assert (asset.gsi1_pk, asset.gsi1_sk) == ("ASSET#a1", "USER#ann")

    def test_find_the_asset_by_its_id_alone_in_gsi1(self) -> None:
        bought("ann", "a1")
        assert [found.sk for found in Asset.by_own_key.query("ASSET#a1")] == ["ASSET#a1"]


class TestAdded:
    def test_keeps_every_digit(self) -> None:
        widest = Decimal("999999999999999999.999999999999999999")
        bought(quantity=widest, purchase_price=Decimal("0.000000000000000001"))
        stored = Asset.of("ann", "a1")
        assert stored is not None
        assert stored.quantity == widest
        assert stored.purchase_price == Decimal("0.000000000000000001")
        assert (stored.purchase_date, stored.created_at) == (date(2024, 1, 15), NOON)

    def test_never_overwrites(self) -> None:
        asset = bought()
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(asset.added())


class TestOf:
    def test_finds_nothing_under_another_user(self) -> None:
        bought("ann", "a1")
        assert Asset.of("bob", "a1") is None


class TestOwnedBy:
    def test_holds_the_users_assets_and_nothing_else(self) -> None:
        bought("ann", "a1")
        bought("ann", "a2")
        bought("bob", "b1")
        dynamo.commit(Profile.opened(user_id="ann", base_currency="USD", now=NOON))
        assert sorted(asset.asset_id for asset in Asset.owned_by("ann")) == ["a1", "a2"]

    def test_does_not_mistake_a_longer_user_id_for_the_user(self) -> None:
        bought("anna", "a1")
        assert list(Asset.owned_by("ann")) == []


class TestPageOwnedBy:
    def test_goes_on_where_the_page_before_ended(self) -> None:
        for number in range(5):
            bought("ann", f"a{number}")
        first = Asset.page_owned_by("ann", limit=3, cursor=None)
        rest = Asset.page_owned_by("ann", limit=3, cursor=first.next_cursor)
        assert [asset.asset_id for asset in first.items + rest.items] == [
            "a0",
            "a1",
            "a2",
            "a3",
            "a4",
        ]
        assert rest.next_cursor is None

    def test_refuses_another_users_cursor(self) -> None:
        for user_id in ("ann", "bob"):
            for number in range(2):
                bought(user_id, f"a{number}")
        cursor = Asset.page_owned_by("ann", limit=1, cursor=None).next_cursor
        with pytest.raises(dynamo.InvalidCursor):
            Asset.page_owned_by("bob", limit=1, cursor=cursor)


class TestProjected:
    def test_writes_what_the_ledger_comes_to(self) -> None:
        asset = bought()
        later = NOON + timedelta(hours=1)
        dynamo.commit(asset.projected(HELD, transaction_count=2, now=later))
        stored = Asset.of("ann", "a1")
        assert stored is not None
        assert (stored.quantity, stored.cost) == (Decimal(2), WIDEST_COST)
        assert (stored.purchase_price, stored.purchase_date) == (Decimal(7), date(2020, 2, 29))
        assert (stored.transaction_count, stored.created_at) == (2, NOON)
        assert stored.updated_at == later

    def test_lets_one_of_several_who_read_the_same_succeed(self) -> None:
        bought()
        read = [Asset.of("ann", "a1") for _ in range(4)]
        writes = [asset.projected(HELD, transaction_count=2, now=NOON) for asset in read if asset]
        ends = race(*(lambda write=write: dynamo.commit(write) for write in writes))
        assert sorted(type(end).__name__ for end in ends) == ["ConditionFailed"] * 3 + ["NoneType"]

    def test_never_takes_a_row_made_anew_for_the_one_before(self) -> None:
        before = bought()
        dynamo.commit(before.removed())
        bought()
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(before.projected(HELD, transaction_count=2, now=NOON))

    def test_never_brings_a_removed_asset_back(self) -> None:
        asset = bought()
        dynamo.commit(asset.removed())
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(asset.projected(HELD, transaction_count=2, now=NOON))
        assert Asset.of("ann", "a1") is None


class TestRemoved:
    def test_lets_one_of_two_succeed(self) -> None:
        asset = bought()
        removals = [asset.removed() for _ in range(2)]
        ends = race(*(lambda write=write: dynamo.commit(write) for write in removals))
        assert [type(end) for end in ends if end is not None] == [dynamo.ConditionFailed]
        assert Asset.of("ann", "a1") is None

    def test_keeps_an_asset_that_changed_meanwhile(self) -> None:
        bought()
        read, other = Asset.of("ann", "a1"), Asset.of("ann", "a1")
        assert read is not None
        assert other is not None
        dynamo.commit(other.projected(HELD, transaction_count=2, now=NOON))
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(read.removed())


class TestWithProfile:
    def test_reads_both_in_one_query(self) -> None:
        bought("ann", "a1")
        bought("ann", "a2")
        bought("bob", "b1")
        dynamo.commit(Profile.opened(user_id="ann", base_currency="EUR", now=NOON))
        with dynamo.counting() as cost:
            assets, profile = Asset.with_profile("ann")
        assert cost.operations == ["Query"]
        assert sorted(asset.asset_id for asset in assets) == ["a1", "a2"]
        assert assets[0].quantity == Decimal("0.5")
        assert profile is not None
        assert profile.base_currency == "EUR"

    def test_knows_who_has_neither(self) -> None:
        assert Asset.with_profile("nobody") == ([], None)


class TestProfile:
    def test_is_not_there_before_the_first_write(self) -> None:
        assert Profile.of("ann") is None

    def test_opens_once(self) -> None:
        dynamo.commit(Profile.opened(user_id="ann", base_currency="USD", now=NOON))
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(Profile.opened(user_id="ann", base_currency="EUR", now=NOON))
        profile = Profile.of("ann")
        assert profile is not None
        assert (profile.base_currency, profile.created_at) == ("USD", NOON)
        assert (profile.pk, profile.sk, profile.gsi1_pk) == ("USER#ann", "PROFILE", "USER#ann")


class TestCounting:
    def count(
        self, known: Profile | None, *, added: int = 1, earliest: date, most: int = 9
    ) -> None:
        dynamo.commit(
            Profile.counting(
                user_id="ann",
                known=known,
                base_currency="USD",
                added=added,
                earliest=earliest,
                most=most,
                now=NOON,
            )
        )

    def profile(self) -> Profile:
        found = Profile.of("ann")
        assert found is not None
        return found

    def snapshots_until(self, day: date) -> None:
        dynamo.commit(dynamo.update(self.profile(), [Profile.snapshots_until.set(day)]))

    def test_opens_the_profile(self) -> None:
        self.count(None, earliest=date(2024, 1, 1))
        profile = self.profile()
        assert (profile.base_currency, profile.created_at) == ("USD", NOON)
        assert (profile.transaction_count, profile.past_version) == (1, 1)
        assert profile.gsi1_pk == "USER#ann"
        assert profile.snapshots_until is None

    def test_takes_the_last_good_snapshot_back_to_the_day_before(self) -> None:
        self.count(None, earliest=date(2024, 1, 1))
        self.snapshots_until(date(2024, 6, 30))
        self.count(self.profile(), earliest=date(2024, 7, 1))
        assert self.profile().snapshots_until == date(2024, 6, 30)
        self.count(self.profile(), earliest=date(2024, 3, 1))
        assert self.profile().snapshots_until == date(2024, 2, 29)
        assert self.profile().past_version == 3

    def test_fails_where_a_snapshot_was_taken_meanwhile(self) -> None:
        self.count(None, earliest=date(2024, 1, 1))
        known = self.profile()
        self.snapshots_until(date(2024, 6, 30))
        with pytest.raises(dynamo.ConditionFailed):
            self.count(known, earliest=date(2024, 3, 1))
        assert self.profile().past_version == 1

    def test_fails_where_another_went_further_back_meanwhile(self) -> None:
        self.count(None, earliest=date(2024, 1, 1))
        self.snapshots_until(date(2024, 6, 30))
        known = self.profile()
        self.count(known, earliest=date(2024, 2, 1))
        with pytest.raises(dynamo.ConditionFailed):
            self.count(known, earliest=date(2024, 3, 1))
        assert self.profile().snapshots_until == date(2024, 1, 31)

    def test_counts_no_more_than_there_may_be(self) -> None:
        self.count(None, added=8, earliest=date(2024, 1, 1))
        with pytest.raises(dynamo.ConditionFailed):
            self.count(self.profile(), added=2, earliest=date(2024, 1, 1))
        self.count(self.profile(), added=1, earliest=date(2024, 1, 1))
        self.count(self.profile(), added=-3, earliest=date(2024, 1, 1))
        assert self.profile().transaction_count == 6


class TestErased:
    def test_removes_what_is_gone_already_without_complaint(self) -> None:
        asset = bought()
        dynamo.commit(asset.erased())
        dynamo.commit(asset.erased())
        assert list(PortfolioRow.belonging_to("ann")) == []
