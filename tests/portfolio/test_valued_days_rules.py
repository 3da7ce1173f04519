"""Is a portfolio worth on each day what was held then, and is nothing that moved lost?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots, performance, valued_days
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.valued_days import Day, Pair, PriceLine, Rates
from tests.portfolio.ledgers import Made, day, dollars, entry, ledgers, line, rates

ACME = ("stock", "ACME")
NO_TRANSFERS = [each for each in ledger.TYPES if not each.startswith("transfer")]


def days_of(
    entries: Sequence[Entry],
    lines: Mapping[Pair, PriceLine],
    *,
    start: int = 0,
    end: int,
    rates: Rates = dollars,
) -> list[Day]:
    found = valued_days.valued_days(
        entries, lines=dict(lines), rates=rates, start=day(start), end=day(end)
    )
    assert not found.left_out
    return found.days


def values(days: Sequence[Day]) -> list[Decimal]:
    return [each.value for each in days]


def flow(of: Day) -> tuple[Any, ...]:
    return of.came_in, of.went_out, of.income, of.fees


class TestValue:
    def test_is_units_held_at_the_end_of_the_day_at_its_close(self) -> None:
        days = days_of(
            [entry("buy", 1, "10", "5"), entry("sell", 3, "4", "6")],
            {ACME: line(["4", "5", "6", "7"])},
            end=3,
        )
        assert values(days) == [0, 50, 60, 42]

    def test_of_a_day_without_a_close_is_by_the_last_one(self) -> None:
        days = days_of([entry("buy", 1, "10", "5")], {ACME: line({1: "5", 4: "8"})}, end=4)
        assert values(days) == [0, 50, 50, 50, 80]

    def test_before_the_first_close_is_by_what_was_last_paid(self) -> None:
        bought = [entry("buy", 1, "10", "5"), entry("sell", 2, "5", "6"), entry("fee", 2, "1", "3")]
        days = days_of(bought, {ACME: line({4: "8"})}, end=4)
        assert values(days) == [0, 50, 30, 30, 40]

    def test_of_a_gift_before_any_close_is_nothing(self) -> None:
        days = days_of([entry("buy", 1, "10", "0")], {ACME: line({3: "8"})}, end=3)
        assert values(days) == [0, 0, 0, 80]

    def test_counts_every_asset_at_its_own_prices(self) -> None:
        days = days_of(
            [entry("buy", 1, "1", "5"), entry("buy", 1, "2", "7", symbol="BETA")],
            {ACME: line(["5", "6"]), ("stock", "BETA"): line(["7", "8"])},
            end=1,
        )
        assert values(days) == [0, 22]

    def test_counts_what_was_bought_before_the_first_day(self) -> None:
        days = days_of([entry("buy", 0, "10", "5")], {ACME: line(["5", "6", "7"])}, start=1, end=2)
        assert values(days) == [60, 70]
        assert flow(days[0]) == flow(days[1]) == (0, 0, 0, 0)

    def test_of_the_first_day_is_where_it_begins_with_what_was_bought_on_it(self) -> None:
        days = days_of([entry("buy", 1, "10", "5")], {ACME: line(["5", "6", "7"])}, start=1, end=2)
        assert values(days) == [60, 70]
        assert flow(days[0]) == (0, 0, 0, 0)

    def test_is_in_the_currency_of_the_report_by_the_rate_of_each_day(self) -> None:
        days = days_of(
            [entry("buy", 1, "10", "5", fee="1", currency="EUR")],
            {ACME: line(["5", "5", "6"], currency="EUR")},
            end=2,
            rates=rates(EUR={0: "1.10", 2: "1.20"}),
        )
        assert values(days) == [0, 55, 72]
        assert days[1].came_in == Decimal("56.10")

    def test_before_the_first_close_follows_the_rate(self) -> None:
        days = days_of(
            [entry("buy", 1, "10", "5", currency="EUR")],
            {ACME: line({3: "6"})},
            end=2,
            rates=rates(EUR={0: "1.10", 2: "1.20"}),
        )
        assert values(days) == [0, 55, 60]


class TestSplits:
    SPLIT = (entry("buy", 1, "10", "40"), entry("split", 3, "4"))

    def test_multiply_the_units_of_days_before_where_closes_are_adjusted(self) -> None:
        days = days_of(self.SPLIT, {ACME: line(["10", "10", "10", "10", "11"])}, end=4)
        assert values(days) == [0, 400, 400, 400, 440]

    def test_that_come_after_the_last_day_count_too(self) -> None:
        days = days_of(self.SPLIT, {ACME: line(["10", "10", "10"])}, end=2)
        assert values(days) == [0, 400, 400]

    def test_change_nothing_before_where_closes_are_as_they_were(self) -> None:
        closes = line(["40", "40", "40", "10", "11"], is_adjusted=False)
        assert values(days_of(self.SPLIT, {ACME: closes}, end=4)) == [0, 400, 400, 400, 440]

    def test_divide_what_was_paid_where_that_stands_in_for_a_close(self) -> None:
        days = days_of(self.SPLIT, {ACME: line({5: "10"})}, end=4)
        assert values(days) == [0, 400, 400, 400, 400]

    def test_of_one_for_three_take_no_digit_away(self) -> None:
        split = [entry("buy", 1, "300", "1"), entry("split", 2, "0.333333")]
        assert values(days_of(split, {ACME: line(["3", "3", "3"])}, end=2)) == [0, 300, 300]

    @settings(max_examples=40)
    @given(made=ledgers(types=[ledger.BUY, ledger.SELL, ledger.TRANSFER_IN, ledger.DIVIDEND]))
    def test_make_no_difference(self, made: Made) -> None:
        """A split of today four for one: all earlier units are a quarter, and cost four times as much."""
        quarter = Decimal("0.25")
        before = [
            entry(
                each.type,
                (each.day - day(0)).days,
                each.quantity * quarter if each.type not in ledger.CASH_ONLY else each.quantity,
                each.price * 4 if each.type not in ledger.CASH_ONLY else each.price,
                fee=each.fee,
                symbol=each.symbol,
            )
            for each in made.entries
        ]
        split = [
            entry("split", made.last, "4", symbol=symbol, hour=23) for symbol in ("ACME", "BETA")
        ]
        assert days_of([*before, *split], made.lines, end=made.last) == days_of(
            made.entries, made.lines, end=made.last
        )


class TestFlows:
    @pytest.mark.parametrize(
        ("moved", "expected"),
        [
            (entry("buy", 2, "2", "5", fee="1"), (11, 0, 0, 0)),
            (entry("sell", 2, "2", "5", fee="1"), (0, 9, 0, 0)),
            (entry("dividend", 2, "1", "5", fee="1"), (0, 0, 4, 0)),
            (entry("interest", 2, "1", "5", symbol=None), (0, 0, 5, 0)),
            (entry("fee", 2, "1", "5", fee="1", symbol=None), (0, 0, 0, 6)),
            (entry("fee", 2, "1", "5"), (0, 0, 0, 5)),
            (entry("transfer_in", 2, "2", "5", fee="1"), (14, 0, 0, 1)),
            (entry("transfer_out", 2, "2", fee="1"), (0, 14, 0, 1)),
            (entry("split", 2, "1", fee="1"), (0, 0, 0, 1)),
        ],
        ids=lambda value: value.type if isinstance(value, Entry) else "",
    )
    def test_are_what_the_owner_paid_and_received(
        self, moved: Entry, expected: tuple[int, ...]
    ) -> None:
        held = entry("buy", 1, "10", "5")
        days = days_of([held, moved], {ACME: line(["5", "5", "7"])}, end=2)
        assert flow(days[2]) == expected

    def test_of_units_moved_before_the_first_close_are_at_what_was_paid(self) -> None:
        moved = [entry("transfer_in", 1, "10", "5"), entry("transfer_out", 2, "4")]
        days = days_of(moved, {ACME: line({3: "9"})}, end=2)
        assert [days[1].came_in, days[2].went_out] == [50, 20]

    def test_of_units_moved_before_a_split_are_at_their_worth(self) -> None:
        moved = [entry("transfer_in", 1, "10", "5"), entry("split", 2, "4")]
        assert days_of(moved, {ACME: line(["2", "2", "2"])}, end=2)[1].came_in == 80

    @settings(max_examples=80)
    @given(made=ledgers(types=NO_TRANSFERS))
    def test_and_gains_are_all_that_changes_the_value(self, made: Made) -> None:
        """From nothing: value = paid in + gained, where the gain is what lots say, not the difference of values.

        Without transfers: lots know what one had cost its owner, and the flow is what it was worth.
        """
        days = days_of(made.entries, made.lines, end=made.last)
        figures = performance.figures(days)
        assert (
            figures.end_value == figures.net_deposits + figures.gain - figures.income + figures.fees
        )
        for method in lots.METHODS:
            gains = performance.gains(
                made.entries, method=method, start=day(0), end=day(made.last), uncounted=()
            )
            unrealised = figures.end_value - gains.open_cost
            told = money.total([gains.realised, unrealised, figures.income, -figures.fees])
            assert abs(told - figures.gain) < Decimal("1e-14")

    @settings(max_examples=40)
    @given(made=ledgers())
    def test_add_up_over_parts_of_the_time(self, made: Made) -> None:
        whole = days_of(made.entries, made.lines, end=made.last)
        for cut in (1, 17, made.last):
            first = days_of(made.entries, made.lines, end=cut)
            rest = days_of(made.entries, made.lines, start=cut, end=made.last)
            assert [*first, *rest[1:]] == whole


class TestLeftOut:
    def test_is_an_asset_that_never_had_a_price(self) -> None:
        bought = [
            entry("buy", 1, "10", "5", symbol="GONE"),
            entry("dividend", 2, "1", "5", symbol="GONE"),
            entry("buy", 1, "1", "5"),
        ]
        lines = {ACME: line(["5", "5", "5"]), ("stock", "GONE"): line({})}
        found = valued_days.valued_days(
            bought, lines=lines, rates=dollars, start=day(0), end=day(2)
        )
        assert values(found.days) == [0, 5, 5]
        assert [flow(each) for each in found.days] == [(0, 0, 0, 0), (5, 0, 0, 0), (0, 0, 0, 0)]
        assert [(each.symbol, each.reason) for each in found.left_out] == [("GONE", "no_price")]

    def test_is_an_asset_in_a_currency_without_a_rate(self) -> None:
        lines = {ACME: line(["5", "5"], currency="XYZ")}
        found = valued_days.valued_days(
            [entry("buy", 1, "1", "5")], lines=lines, rates=dollars, start=day(0), end=day(1)
        )
        assert values(found.days) == [0, 0]
        assert [each.reason for each in found.left_out] == ["no_exchange_rate"]

    def test_is_not_what_was_sold_before_the_first_day(self) -> None:
        gone = [entry("buy", 1, "1", "5"), entry("sell", 2, "1", "5")]
        assert valued_days.held_between(gone, start=day(2), end=day(9)) == set()
        assert valued_days.held_between(gone, start=day(1), end=day(9)) == {ACME}
        found = valued_days.valued_days(gone, lines={}, rates=dollars, start=day(2), end=day(9))
        assert not found.left_out


class TestInCurrency:
    def test_takes_each_entry_at_the_rate_of_its_day(self) -> None:
        bought = [entry("buy", 1, "10", "5", fee="1", currency="EUR"), entry("split", 2, "2")]
        found, unknown = valued_days.in_currency(bought, rates=rates(EUR={0: "2", 2: "3"}))
        assert [each.price for each in found] == [10, 0]
        assert [each.fee for each in found] == [2, 0]
        assert not unknown

    def test_leaves_out_a_whole_asset_where_one_rate_is_missing(self) -> None:
        bought = [
            entry("buy", 1, "10", "5", currency="EUR"),
            entry("buy", 3, "10", "5", currency="EUR"),
            entry("buy", 3, "10", "5", symbol="BETA"),
        ]
        found, unknown = valued_days.in_currency(bought, rates=rates(EUR={2: "2"}))
        assert [each.symbol for each in found] == ["BETA"]
        assert unknown == {"ACME"}
