"""What do lots do at the edges: too much sold, dust, odd ratios, many entries, holding periods?"""

import time
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from app.portfolio.rules import holding_period, lots
from tests.portfolio.lot_ledgers import entry


class TestFollow:
    def test_refuses_to_sell_more_than_is_held_at_that_moment(self) -> None:
        sale = entry("sell", 5, 10, at=2)
        with pytest.raises(lots.Oversold, match="5 ACME to go out, 4 held") as refusal:
            lots.follow([entry("buy", 4, 10, at=1), sale, entry("buy", 9, 10, at=3)], method="fifo")

        assert (refusal.value.entry, refusal.value.held) == (sale, Decimal(4))

    def test_refuses_to_transfer_what_was_never_held(self) -> None:
        with pytest.raises(lots.Oversold):
            lots.follow([entry("transfer_out", 1, at=1)], method="lifo")

    def test_keeps_assets_apart(self) -> None:
        book = lots.follow(
            [
                entry("buy", 1, 10, at=1, asset_id="a1"),
                entry("buy", 1, 20, at=2, asset_id="a2"),
                entry("sell", 1, 30, at=3, asset_id="a2"),
                entry("fee", 1, 3, at=4, asset_id=None, symbol=None),
            ],
            method="fifo",
        )

        assert [lot.asset_id for lot in book.open_lots] == ["a1"]
        assert [(each.asset_id, each.gain) for each in book.disposals] == [("a2", Decimal(10))]
        assert [(each.asset_id, each.amount) for each in book.fees] == [(None, Decimal(3))]

    def test_splits_nothing_into_nothing(self) -> None:
        assert lots.follow([entry("split", 2, at=1)], method="average") == lots.Book()

    def test_leaves_the_cost_of_dust_with_the_lots_that_remain(self) -> None:
        dust = "0.000000000000000001"
        for before, after in (([dust], ["100"]), (["100"], [dust]), (["100"], [dust, dust])):
            quantities = [*before, *after]
            book = lots.follow(
                [
                    *(
                        entry("buy", quantity, 0, fee=7, at=number)
                        for number, quantity in enumerate(quantities)
                    ),
                    entry("split", "0.1", at=9),
                ],
                method="hifo",
            )

            (lot,) = book.open_lots
            assert (lot.quantity, lot.cost) == (10, 7 * len(quantities))

    def test_never_leaves_less_than_no_cost(self) -> None:
        """0.6 units at the finest price there is: nine tenths of that, rounded up, would be more than all of it."""
        book = lots.follow(
            [entry("buy", "0.6", "1e-18", at=1), entry("sell", "0.54", 1, at=2)], method="fifo"
        )

        assert (book.disposals[0].cost, book.open_lots[0].cost) == (0, Decimal("0.6e-18"))

    def test_follows_10000_entries_in_well_under_a_second(self) -> None:
        entries = [
            entry("sell" if number % 3 == 2 else "buy", 1, number % 97, at=number, id=str(number))
            for number in range(10_000)
        ]
        for method in lots.METHODS:
            began = time.process_time()
            lots.follow(entries, method=method)
            assert time.process_time() - began < 1


class TestSplitRatio:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("2", Fraction(2)),
            ("0.1", Fraction(1, 10)),
            ("1.5", Fraction(3, 2)),
            ("0.333333", Fraction(1, 3)),
            ("0.333333333333333333", Fraction(1, 3)),
            ("0.666667", Fraction(2, 3)),
            ("0.142857142857", Fraction(1, 7)),
            ("0.3333", Fraction(3333, 10000)),
            ("1.0123456789", Fraction("1.0123456789")),
        ],
    )
    def test_reads_what_no_decimal_can_write(self, written: str, meant: Fraction) -> None:
        assert lots.split_ratio(Decimal(written)) == meant

    def test_makes_300_units_exactly_100(self) -> None:
        book = lots.follow(
            [
                entry("buy", 151, 1, at=1),
                entry("buy", 149, 1, at=2),
                entry("split", "0.333333", at=3),
                entry("sell", 100, 1, at=4),
            ],
            method="fifo",
        )

        assert book.open_lots == []


class TestHoldingPeriod:
    @pytest.mark.parametrize(
        ("acquired", "last_short_term", "first_long_term"),
        [
            # IRS Publication 544 (2024), "Holding period"
            ("2023-06-15", "2024-06-15", "2024-06-16"),
            # J. K. Lasser, Your Income Tax 2013, 5.9: stock bought on 19 September 2012
            ("2012-09-19", "2013-09-19", "2013-09-20"),
            # Revenue Ruling 66-7: acquired on the last day of a month
            ("2012-11-30", "2013-11-30", "2013-12-01"),
            ("2024-02-29", "2025-02-28", "2025-03-01"),
            ("2023-02-28", "2024-02-29", "2024-03-01"),
            ("2024-02-28", "2025-02-28", "2025-03-01"),
            ("2023-12-31", "2024-12-31", "2025-01-01"),
        ],
    )
    def test_is_more_than_a_year(
        self, acquired: str, last_short_term: str, first_long_term: str
    ) -> None:
        bought, short, long = map(date.fromisoformat, (acquired, last_short_term, first_long_term))

        assert holding_period.first_long_term_day(bought) == long
        assert not holding_period.is_long_term(acquired_on=bought, sold_on=short)
        assert holding_period.is_long_term(acquired_on=bought, sold_on=long)
