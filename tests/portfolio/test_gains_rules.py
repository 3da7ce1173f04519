"""Is each amount of a year converted at the rate of its own day, counted once, and named where it can't be?"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from app.core import money
from app.portfolio.rules import gain_sums, gains, lots
from app.portfolio.rules.entries import Entry
from tests.portfolio.lot_ledgers import entry, ledgers, of_no_asset

# What one euro cost in dollars.
EURO = {
    date(2024, 1, 10): Decimal("1.10"),
    date(2024, 6, 10): Decimal("1.05"),
    date(2025, 2, 10): Decimal("1.20"),
    date(2025, 3, 10): Decimal("1.25"),
}
IN_EUROS: dict[str, Any] = {"currency": "EUR", "symbol": "SAP.DE", "asset_id": "sap"}
LEDGER = [
    entry("buy", 10, 100, fee=5, at="2024-01-10", **IN_EUROS, id="1"),
    entry("buy", 10, 120, fee=5, at="2024-06-10", **IN_EUROS, id="2"),
    entry("sell", 15, 200, fee=15, at="2025-02-10", **IN_EUROS, id="3"),
    entry("dividend", 1, 40, fee=10, at="2025-03-10", **IN_EUROS, id="4"),
    entry("buy", 1, 50, at="2025-01-02", id="5"),
    entry("sell", 1, 70, at="2025-04-01", id="6"),
    of_no_asset("fee", 12, at="2025-05-01", id="7"),
    of_no_asset("interest", 3, at="2025-06-01", id="8"),
    entry("sell", 1, 300, at="2026-01-10", **IN_EUROS, id="9"),
]


def euro(currency: str, day: date) -> Decimal | None:
    assert currency == "EUR"
    return EURO.get(day)


def report(
    entries: list[Entry], *, year: int, method: str = lots.FIFO, rate_on: gains.RateOn = euro
) -> list[gains.Row]:
    counted = gains.until_end_of(year, entries=entries)
    happened = gains.in_year(lots.follow(counted, method=method), year=year)
    return gains.rows_of(
        entries=counted, happened=happened, method=method, base="USD", rate_on=rate_on
    )


def amounts(rows: list[gains.Row]) -> list[tuple[str, ...] | None]:
    """What the sales come to in the base currency."""
    return [
        (str(row.base.proceeds), str(row.base.cost), str(row.base.gain)) if row.base else None
        for row in rows
        if isinstance(row, gains.Sale)
    ]


class TestRows:
    def test_are_those_of_the_year_in_the_order_of_time(self) -> None:
        rows = report(LEDGER, year=2025)

        assert [row.subject.transaction_id for row in rows] == ["3", "3", "4", "6", "7", "8"]
        assert [row.subject.transaction_id for row in report(LEDGER, year=2026)] == ["9"]
        assert report(LEDGER, year=2023) == []

    def test_are_cut_in_utc(self) -> None:
        late = [
            entry("buy", 1, 1, at="2024-12-30"),
            entry("sell", 1, 1, at="2024-12-31T23:59:59"),
            entry("buy", 1, 1, at="2024-12-31"),
            entry("sell", 1, 1, at="2025-01-01"),
        ]
        assert len(report(late, year=2024)) == 1
        assert len(report(late, year=2025)) == 1

    def test_convert_what_a_sale_brought_and_what_units_cost_each_on_its_day(self) -> None:
        # 2,985 euros for 15: 1,990 and 995, at 1.20. 1,005 euros at 1.10, half of 1,205 at 1.05.
        sap = amounts(report(LEDGER, year=2025))[:2]

        assert [tuple(map(Decimal, each or ())) for each in sap] == [
            (Decimal(2388), Decimal("1105.50"), Decimal("1282.50")),
            (Decimal(1194), Decimal("632.625"), Decimal("561.375")),
        ]

    def test_convert_income_and_fees(self) -> None:
        rows = report(LEDGER, year=2025)

        assert [row.base for row in rows if not isinstance(row, gains.Sale)] == [
            Decimal("37.50"),
            Decimal(12),
            Decimal(3),
        ]

    def test_average_what_purchases_cost_as_converted_on_their_days(self) -> None:
        # 1,105.50 + 1,265.25 dollars for 20, which is not the average in euros at any one rate.
        rows = report(LEDGER, year=2025, method=lots.AVERAGE)
        costs = [row.base.cost for row in rows if isinstance(row, gains.Sale) and row.base]

        assert money.total(costs[:2]) == Decimal("2370.75") * 15 / 20

    @pytest.mark.parametrize("method", lots.METHODS)
    def test_have_no_amount_where_a_rate_is_missing(self, method: str) -> None:
        def without_june(currency: str, day: date) -> Decimal | None:
            return None if day.month == 6 else euro(currency, day)

        rows = report(LEDGER, year=2025, method=method, rate_on=without_june)

        unknown = gain_sums.uncounted(rows)
        expected = {lots.AVERAGE: 2}.get(method, 1)
        assert [row.subject.transaction_id for row in unknown] == ["3"] * expected
        assert gain_sums.sums_of(rows).gain < gain_sums.sums_of(report(LEDGER, year=2025)).gain

    def test_need_rates_of_the_days_of_their_currencies(self) -> None:
        counted = gains.until_end_of(2025, entries=LEDGER)
        happened = gains.in_year(lots.follow(counted, method=lots.FIFO), year=2025)

        assert gains.days_needing_rates(entries=counted, happened=happened, base="USD") == {
            "EUR": (date(2024, 1, 10), date(2025, 3, 10))
        }
        assert gains.days_needing_rates(entries=counted, happened=happened, base="EUR") == {
            "USD": (date(2025, 1, 2), date(2025, 6, 1))
        }

    @settings(max_examples=10)
    @given(entries=ledgers(places=2))
    def test_gain_in_one_currency_what_the_book_says(self, entries: list[Entry]) -> None:
        for method in lots.METHODS:
            book = lots.follow(entries, method=method)
            found = [
                gain_sums.sums_of(report(entries, year=year, method=method))
                for year in range(2020, 2024)
            ]
            assert money.total(each.gain for each in found) == money.total(
                each.gain for each in book.disposals
            )
            assert money.total(each.income for each in found) == money.total(
                each.amount for each in book.income
            )
            assert money.total(each.fees for each in found) == money.total(
                each.amount for each in book.fees
            )

    @settings(max_examples=10)
    @given(entries=ledgers(places=2))
    def test_gain_at_one_rate_the_gain_at_that_rate(self, entries: list[Entry]) -> None:
        for method in lots.METHODS:
            for year in range(2020, 2024):
                rows = [
                    row
                    for row in report(
                        [_in_euros(each) for each in entries],
                        year=year,
                        method=method,
                        rate_on=lambda _, __: Decimal(2),
                    )
                    if isinstance(row, gains.Sale)
                ]
                for row in rows:
                    assert row.base is not None
                    twice = money.multiply(row.disposal.gain, Decimal(2))
                    assert abs(money.subtract(row.base.gain, twice)) < Decimal("1e-15")


def _in_euros(each: Entry) -> Entry:
    return Entry(**(vars(each) | {"currency": "EUR"}))


class TestSums:
    def test_tell_short_and_long_term_apart(self) -> None:
        sums = gain_sums.sums_of(report(LEDGER, year=2025))

        assert (sums.long_term.gain, sums.short_term.gain) == (
            Decimal("1282.50"),
            Decimal("561.375") + 20,
        )
        assert sums.gain == sums.long_term.gain + sums.short_term.gain
        assert sums.proceeds - sums.cost == sums.gain
        assert (sums.dividends, sums.interest, sums.income, sums.fees) == (
            Decimal("37.50"),
            Decimal(3),
            Decimal("40.50"),
            Decimal(12),
        )

    def test_are_made_for_each_asset_and_for_what_belongs_to_none(self) -> None:
        rows = report(LEDGER, year=2025)
        found = gain_sums.by_asset(rows)

        assert [(each.symbol, each.asset_id, each.currency) for each in found] == [
            ("ACME", "a1", "USD"),
            ("SAP.DE", "sap", "EUR"),
            (None, None, "USD"),
        ]
        whole = gain_sums.sums_of(rows)
        assert money.total(each.gain for each in found) == whole.gain
        assert money.total(each.income for each in found) == whole.income
        assert money.total(each.fees for each in found) == whole.fees
