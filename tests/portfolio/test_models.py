"""Do the portfolio's rows keep the documented keys, every digit, and one writer's word at a time?"""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.portfolio.models import Asset, PortfolioRow, Profile

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

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


class TestChanged:
    def test_writes_only_what_is_named(self) -> None:
        bought()
        later = NOON + timedelta(hours=1)
        asset, change = Asset.changed(
            user_id="ann", asset_id="a1", changes={"quantity": Decimal(2)}, now=later
        )
        dynamo.commit(change)
        assert (asset.quantity, asset.purchase_price) == (Decimal(2), Decimal(40000))
        assert (asset.created_at, asset.updated_at) == (NOON, later)

    def test_never_brings_a_removed_asset_back(self) -> None:
        _, change = Asset.changed(
            user_id="ann", asset_id="gone", changes={"quantity": Decimal(2)}, now=NOON
        )
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(change)
        assert Asset.of("ann", "gone") is None

    def test_loses_no_change_made_at_the_same_time(self) -> None:
        bought()
        changes = (
            {"quantity": Decimal(2)},
            {"purchase_price": Decimal(7)},
            {"purchase_date": date(2020, 2, 29)},
        )
        writes = [
            Asset.changed(user_id="ann", asset_id="a1", changes=change, now=NOON)[1]
            for change in changes
        ]
        ends = race(*(lambda write=write: dynamo.commit(write) for write in writes))
        assert ends == [None, None, None]
        stored = Asset.of("ann", "a1")
        assert stored is not None
        assert stored.quantity == Decimal(2)
        assert stored.purchase_price == Decimal(7)
        assert stored.purchase_date == date(2020, 2, 29)


class TestRemoved:
    def test_lets_one_of_two_succeed(self) -> None:
        bought()
        removals = [Asset.removed(user_id="ann", asset_id="a1") for _ in range(2)]
        ends = race(*(lambda write=write: dynamo.commit(write) for write in removals))
        assert [type(end) for end in ends if end is not None] == [dynamo.ConditionFailed]
        assert Asset.of("ann", "a1") is None


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


class TestErased:
    def test_removes_what_is_gone_already_without_complaint(self) -> None:
        asset = bought()
        dynamo.commit(asset.erased())
        dynamo.commit(asset.erased())
        assert list(PortfolioRow.belonging_to("ann")) == []
