"""Do several who change one asset at the same moment never oversell it, and never lose each other's change?"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from app.core import ids
from app.portfolio import service
from app.portfolio.models import Asset
from tests.portfolio.ledger import (
    LATER,
    add_asset,
    add_many,
    amounts,
    assert_adds_up,
    at,
    change,
    held,
    new_row,
    remove,
    the_asset,
    write,
    write_if_new,
)

pytestmark = pytest.mark.usefixtures("aws")


def race(*steps: Callable[[], object]) -> Counter[str]:
    """Take the steps at the same time; how often each ended how."""

    def taken(step: Callable[[], object]) -> str:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the test looks at what it was
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return Counter(pool.map(taken, steps))


def test_units_are_sold_once() -> None:
    write("buy", 5, 10)
    ends = race(*(lambda: write("sell", 2, 20, executed_at=at(9)) for _ in range(8)))
    assert ends == {"done": 2, "Oversold": 6}
    assert the_asset().quantity == 1
    assert_adds_up()


def test_no_purchase_is_lost() -> None:
    ends = race(*(lambda day=day: write("buy", 1, 10, executed_at=at(day)) for day in range(10)))
    assert ends == {"done": 10}
    assert the_asset().quantity == 10
    assert_adds_up()


def test_one_name_is_written_down_once() -> None:
    new: list[bool] = []
    ends = race(
        *(lambda: new.append(write_if_new("buy", 1, 10, external_id="x")[1]) for _ in range(6))
    )
    assert ends == {"done": 6}
    assert sorted(new) == [False] * 5 + [True]
    assert_adds_up()


def test_the_past_is_not_taken_away_from_under_a_sale() -> None:
    first = write("buy", 3, 10)
    write("buy", 3, 10, executed_at=at(1))
    ends = race(
        lambda: remove(first.transaction_id),
        lambda: write("sell", 4, 20, executed_at=at(9)),
        lambda: change(first.transaction_id, executed_at=at(20)),
        lambda: write("sell", 3, 20, executed_at=at(10)),
    )
    assert ends["done"] >= 1
    assert set(ends) <= {"done", "Oversold", "UnknownTransaction"}
    assert_adds_up()


def test_different_corrections_all_last() -> None:
    own = add_asset()
    changes: list[dict[str, object]] = [
        {"quantity": Decimal(3)},
        {"purchase_price": Decimal(7)},
        {"purchase_date": at(50).date()},
    ]
    ends = race(
        *(
            lambda named=named: service.change_asset(
                user_id="ann",
                asset_id=own.asset_id,
                changes=named,
                now=LATER,
                stale_after_seconds=900,
            )
            for named in changes
        )
    )
    assert ends == {"done": 3}
    asset = the_asset()
    assert (asset.quantity, asset.purchase_price) == amounts(3, 7)
    assert asset.purchase_date == at(50).date()
    assert_adds_up()


def test_corrections_of_what_belongs_to_no_asset_all_last() -> None:
    paid = write("fee", 1, 9, asset_type=None, symbol=None)
    ends = race(
        lambda: change(paid.transaction_id, price=Decimal(8)),
        lambda: change(paid.transaction_id, executed_at=at(7)),
    )
    assert ends == {"done": 2}
    (entry,) = service.entries_of(user_id="ann")
    assert (entry.price, entry.executed_at) == (Decimal(8), at(7))


def test_an_asset_is_deleted_or_sold_from_but_not_both() -> None:
    own = add_asset()
    ends = race(
        lambda: service.remove_asset(user_id="ann", asset_id=own.asset_id, now=LATER),
        lambda: write("sell", 1, 20, asset_id=own.asset_id, executed_at=at(90)),
    )
    assert ends["done"] == 1
    if Asset.of("ann", own.asset_id) is not None:
        assert held(own.asset_id) == 1
    assert_adds_up()


def test_one_file_imported_twice_at_once_is_in_once() -> None:
    rows = [
        new_row("buy", 1, 10, executed_at=at(number), fingerprint=f"f{number}")
        for number in range(250)
    ]
    ends = race(
        lambda: add_many(rows, import_id="i1"),
        lambda: add_many(rows, import_id="i2"),
        *(lambda: write("buy", 1, 10, executed_at=at(5)) for _ in range(3)),
    )
    assert ends == {"done": 5}
    assert the_asset().quantity == 253
    assert_adds_up()


def test_units_are_sold_once_by_imports_and_by_hand() -> None:
    write("buy", 10, 10)
    sales = [
        [new_row("sell", 3, 20, executed_at=at(9), external_id=ids.new_id())] for _ in range(4)
    ]
    ends = race(
        *(lambda some=some: add_many(some) for some in sales),
        *(lambda: write("sell", 3, 20, executed_at=at(9)) for _ in range(4)),
    )
    assert set(ends) <= {"done", "Oversold"}
    assert the_asset().quantity == 1
    assert_adds_up()
