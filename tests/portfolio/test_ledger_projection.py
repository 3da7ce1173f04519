"""Does an asset come to what its ledger says, however it is followed, and is just too much refused?"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots, oversold, projection
from app.portfolio.rules.entries import Entry
from tests.portfolio.ledger import START, amounts, at

AMOUNTS = st.decimals("0.000001", "1000000", places=6)
RATIOS = st.sampled_from(
    [Decimal(4), Decimal("0.1"), Decimal("1.5"), Decimal("0.333333333333333333")]
)


def entry(type_name: str, quantity: str | int | Decimal, price: int = 0, **facts: object) -> Entry:
    given: dict[str, object] = {
        "transaction_id": "t",
        "asset_id": "a",
        "type": type_name,
        "asset_type": "crypto",
        "symbol": "BTC",
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "fee": Decimal(0),
        "currency": "USD",
        "executed_at": START,
    }
    return Entry(**given | facts)  # type: ignore[arg-type]


@st.composite
def rows(draw: st.DrawFn, *, name: str = "t", most: int = 12) -> list[Entry]:
    """Rows in any order, of which some may be more than is held."""
    types = st.sampled_from(ledger.TYPES)
    found = []
    for number in range(draw(st.integers(1, most))):
        type_name = draw(types)
        amount = draw(RATIOS if type_name == ledger.SPLIT else AMOUNTS)
        when = START + timedelta(hours=draw(st.integers(0, 40)))
        found.append(
            entry(
                type_name,
                Decimal(1) if type_name in ledger.CASH_ONLY else amount,
                draw(st.integers(0, 1000)),
                transaction_id=f"{name}{number:02d}",
                executed_at=when,
            )
        )
    return found


def adding_up(found: list[Entry]) -> list[Entry]:
    """The rows without those that can't be."""
    refused = oversold.refused(stored=[], new=found)
    return ledger.ordered(row for row in found if row.transaction_id not in refused)


class TestProject:
    def test_is_what_the_first_purchases_leave(self) -> None:
        held = projection.project(
            [
                entry("buy", 10, 100, transaction_id="t1", fee=Decimal(5)),
                entry("buy", 10, 200, transaction_id="t2", executed_at=at(1)),
                entry("sell", 15, 300, transaction_id="t3", executed_at=at(2)),
            ]
        )
        assert (held.quantity, held.cost, held.purchase_price) == amounts(5, 1000, 200)
        assert held.purchase_date == date(2024, 1, 2)

    def test_rounds_only_the_price(self) -> None:
        held = projection.project([entry("buy", 3, 100, fee=Decimal("0.01"))])
        assert held.cost == Decimal("300.01")
        assert held.purchase_price == Decimal("100.003333333333333333")

    def test_holds_nothing_once_all_went_out(self) -> None:
        held = projection.project(
            [
                entry("buy", 2, 7, transaction_id="t1"),
                entry("transfer_out", 2, transaction_id="t2", executed_at=at(3)),
            ]
        )
        assert (held.quantity, held.cost, held.purchase_price) == amounts(0, 0, 0)
        assert held.purchase_date == date(2024, 1, 1)

    def test_keeps_products_of_the_widest_amounts(self) -> None:
        widest = Decimal("999999999999999999.999999999999999999")
        held = projection.project([entry("buy", widest, price=widest)])  # type: ignore[arg-type]
        assert held.cost == money.multiply(widest, widest)
        assert held.purchase_price == widest

    @pytest.mark.parametrize(
        "too_much",
        [
            [entry("buy", 10**17), entry("split", 100, transaction_id="s", executed_at=at(1))],
            [
                entry("buy", 1, 10**17),
                entry("split", "0.01", transaction_id="s", executed_at=at(1)),
            ],
            [
                entry("buy", 1),
                *(
                    entry("split", 10**6, transaction_id=f"s{day}", executed_at=at(day))
                    for day in range(1, 30)
                ),
            ],
        ],
    )
    def test_says_so_when_numbers_grow_too_long(self, too_much: list[Entry]) -> None:
        with pytest.raises(projection.Unwieldy):
            projection.project(too_much)

    @given(rows())
    def test_conserves_units_and_cost(self, found: list[Entry]) -> None:
        kept = adding_up(found)
        if not kept:
            return
        book = lots.follow(kept, method=lots.FIFO)
        held = projection.project(kept)
        parted = money.total([*(d.cost for d in book.disposals), *(t.cost for t in book.transfers)])
        bought = money.total(
            money.multiply(row.quantity, row.price) + (row.fee if row.type == ledger.BUY else 0)
            for row in kept
            if row.type in ledger.COMING_IN
        )
        assert held.cost + parted == bought or not held.quantity
        if not any(row.type == ledger.SPLIT for row in kept):
            came, went = (
                money.total(row.quantity for row in kept if row.type in types)
                for types in (ledger.COMING_IN, ledger.GOING_OUT)
            )
            assert held.quantity == came - went


class TestCourse:
    @given(st.data())
    def test_comes_to_the_same_as_following_everything(self, data: st.DataObject) -> None:
        every = adding_up(data.draw(rows(most=16)))
        is_stored = data.draw(st.lists(st.booleans(), min_size=len(every), max_size=len(every)))
        pairs = list(zip(every, is_stored, strict=True))
        stored = [row for row, there in pairs if there]
        added = [row for row, there in pairs if not there]
        course = projection.Course(stored)
        so_far = list(stored)
        while added:
            size = data.draw(st.integers(1, len(added)))
            chunk, added = added[:size], added[size:]
            so_far += chunk
            try:
                expected = projection.project(so_far)
            except lots.Oversold:
                with pytest.raises(lots.Oversold):
                    course.add(chunk)
                return
            assert course.add(chunk) == expected


class TestRefused:
    def test_is_nothing_where_all_adds_up(self) -> None:
        assert oversold.refused(stored=[], new=[entry("buy", 1)]) == set()

    def test_is_the_sale_that_comes_too_early(self) -> None:
        new = [
            entry("sell", 1, transaction_id="early"),
            entry("buy", 1, transaction_id="buy", executed_at=at(1)),
            entry("sell", 1, transaction_id="late", executed_at=at(2)),
        ]
        assert oversold.refused(stored=[], new=new) == {"early"}

    def test_is_the_sale_that_takes_what_a_stored_one_needs(self) -> None:
        stored = [
            entry("buy", 10, transaction_id="bought"),
            entry("sell", 8, transaction_id="sold", executed_at=at(9)),
        ]
        new = [
            entry("sell", 3, transaction_id="too_much", executed_at=at(1)),
            entry("sell", 2, transaction_id="fits", executed_at=at(2)),
            entry("sell", 1, transaction_id="no_more", executed_at=at(3)),
            entry("buy", 1, transaction_id="more", executed_at=at(10)),
            entry("sell", 1, transaction_id="of_more", executed_at=at(11)),
        ]
        assert oversold.refused(stored=stored, new=new) == {"too_much", "no_more"}

    def test_counts_units_as_splits_make_them(self) -> None:
        stored = [
            entry("buy", 10, transaction_id="bought"),
            entry("split", 4, transaction_id="split", executed_at=at(5)),
            entry("sell", 36, transaction_id="sold", executed_at=at(9)),
        ]
        new = [
            entry("sell", 1, transaction_id="fits", executed_at=at(1)),
            entry("sell", 1, transaction_id="too_much", executed_at=at(2)),
        ]
        assert oversold.refused(stored=stored, new=new) == {"too_much"}

    def test_is_a_split_that_leaves_too_little_for_what_was_sold(self) -> None:
        stored = [
            entry("buy", 10, transaction_id="bought"),
            entry("sell", 8, transaction_id="sold", executed_at=at(9)),
        ]
        new = [
            entry("split", "0.1", transaction_id="reverse", executed_at=at(1)),
            entry("dividend", 1, 5, transaction_id="paid", executed_at=at(2)),
        ]
        assert oversold.refused(stored=stored, new=new) == {"reverse"}

    @given(rows(name="s"), rows(name="n"))
    def test_leaves_a_ledger_that_adds_up_and_takes_all_that_comes_in(
        self, some: list[Entry], new: list[Entry]
    ) -> None:
        stored = adding_up(some)
        refused = oversold.refused(stored=stored, new=new)
        kept = [row for row in new if row.transaction_id not in refused]
        lots.follow([*stored, *kept], method=lots.FIFO)
        assert {row.type for row in new if row.transaction_id in refused} <= {
            *ledger.GOING_OUT,
            ledger.SPLIT,
        }

    @given(rows(name="n"))
    def test_refuses_no_sale_that_the_others_leave_room_for(self, new: list[Entry]) -> None:
        new = [row for row in new if row.type != ledger.SPLIT]
        refused = oversold.refused(stored=[], new=new)
        kept = [row for row in new if row.transaction_id not in refused]
        for row in new:
            if row.transaction_id in refused:
                with pytest.raises(lots.Oversold):
                    lots.follow([*kept, row], method=lots.FIFO)
