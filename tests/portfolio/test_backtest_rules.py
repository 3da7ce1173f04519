"""Do backtests give what can be counted by hand, and what another way of counting gives?"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.portfolio.rules import backtests, runs, shared_days, shares
from app.portfolio.rules.shared_days import SharedDays

NEARLY = Decimal("1e-40")
HALVES = {"A": Decimal("0.5"), "B": Decimal("0.5")}


def days_from(start: date, count: int) -> list[date]:
    return [start + timedelta(days=number) for number in range(count)]


def closes_of(days: Sequence[date], **columns: Sequence[str]) -> SharedDays:
    return SharedDays(
        days=days,
        closes={label: [Decimal(one) for one in found] for label, found in columns.items()},
    )


def follow(prices: SharedDays, weights: Mapping[str, Any], **chosen: Any) -> backtests.Course:
    given = {
        "rebalance": runs.NONE,
        "initial": Decimal(1000),
        "fee_percent": Decimal(0),
        **chosen,
    }
    asked = {label: Decimal(str(weight)) for label, weight in weights.items()}
    return backtests.follow(prices, shares=shares.normalised(asked), **given)


def rounded(course: backtests.Course) -> list[str]:
    return [str(value.quantize(Decimal("0.01"))) for _, value in course.points]


class TestByHand:
    """60 % in A and 40 % in B, bought with 1,010 at a fee of 1 %: 10 go to the fee, 600 buy 100 A, 400 buy 100 B."""

    DAYS = (date(2026, 1, 29), date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 3))
    PRICES = closes_of(DAYS, A=["6", "6.6", "7.01", "10.515"], B=["4", "3.9", "3.01", "3.01"])
    MEANS: ClassVar = {"initial": Decimal(1010), "fee_percent": Decimal(1)}

    def test_rebalanced_each_month(self):
        """On 2 February A is worth 701 and B 301. To hold 600 and 400, 101 are sold and 99 bought: 2 go to the fee.

        Then A rises by half: 900 and 400.
        """
        course = follow(self.PRICES, {"A": "0.6", "B": "0.4"}, rebalance=runs.MONTHLY, **self.MEANS)

        assert rounded(course) == ["1000.00", "1050.00", "1000.00", "1300.00"]
        assert abs(course.fees - 12) < NEARLY
        assert course.rebalanced == 1

    def test_left_alone(self):
        course = follow(self.PRICES, {"A": "0.6", "B": "0.4"}, **self.MEANS)

        assert rounded(course) == ["1000.00", "1050.00", "1002.00", "1352.50"]
        assert course.fees == 10
        assert course.rebalanced == 0

    def test_figures(self):
        """Returns of 5 %, -4.7619 % and 30 %: mean 10.0794 %, deviation 17.9290 %, each by the root of 252."""
        course = follow(self.PRICES, {"A": "0.6", "B": "0.4"}, rebalance=runs.MONTHLY, **self.MEANS)
        shown = backtests.figures(course, initial=Decimal(1010), days_a_year=252)

        assert shown.final_value == 1300
        assert shown.fees_paid == 12
        assert shown.total_return == Decimal("28.71")  # 1300 / 1010
        assert shown.max_drawdown == Decimal("4.76")  # 50 / 1050
        assert shown.volatility == Decimal("284.61")
        assert shown.sharpe == Decimal("8.9244")
        assert shown.cagr is None  # of five days
        assert shown.series == [
            (day, Decimal(value))
            for day, value in zip(self.DAYS, (1000, 1050, 1000, 1300), strict=True)
        ]

    def test_growth_of_a_year(self):
        prices = closes_of([date(2025, 3, 3), date(2026, 3, 3)], A=["10", "12"])
        shown = backtests.figures(follow(prices, {"A": 1}), initial=Decimal(1000), days_a_year=252)

        assert shown.total_return == 20
        assert shown.cagr == 20
        assert shown.volatility is None
        assert shown.sharpe is None

    def test_one_symbol_costs_nothing_to_rebalance(self):
        days = days_from(date(2026, 1, 1), 100)
        prices = closes_of(days, A=[str(100 + n % 7) for n in range(100)])
        course = follow(prices, {"A": 1}, rebalance=runs.MONTHLY, fee_percent=Decimal(2))

        assert course.rebalanced == 3
        assert abs(course.fees - (1000 - Decimal(1000) / Decimal("1.02"))) < Decimal("1e-20")


class TestWhenItRebalances:
    @pytest.mark.parametrize(
        ("rebalance", "times"),
        [(runs.NONE, 0), (runs.MONTHLY, 13), (runs.QUARTERLY, 4), (runs.YEARLY, 1)],
    )
    def test_is_the_first_day_of_each(self, rebalance: str, times: int):
        days = [day for day in days_from(date(2024, 11, 15), 412) if day.weekday() < 5]
        prices = closes_of(days, A=["1"] * len(days), B=["1"] * len(days))

        assert days[-1] == date(2025, 12, 31)
        assert follow(prices, HALVES, rebalance=rebalance).rebalanced == times

    def test_is_at_that_days_close(self):
        days = [date(2026, 1, 30), date(2026, 2, 3), date(2026, 2, 4)]
        prices = closes_of(days, A=["1", "3", "6"], B=["1", "1", "1"])

        # 500 and 500 become 1,500 and 500, are made 1,000 and 1,000, and become 2,000 and 1,000.
        course = follow(prices, HALVES, rebalance=runs.MONTHLY)
        assert rounded(course) == ["1000.00", "2000.00", "3000.00"]


def slowly(
    prices: SharedDays, weights: Mapping[str, Decimal], *, rebalance: str, fee: Decimal
) -> list[Decimal]:
    """The same course, counted in units, with what is left after fees found by trying again and again."""
    months = {runs.NONE: 10**6, runs.MONTHLY: 1, runs.QUARTERLY: 3, runs.YEARLY: 12}[rebalance]
    units = {label: Decimal(0) for label in weights}
    cash, values, last = Decimal(1000), [], None
    with localcontext(Context(prec=80)):
        for number, day in enumerate(prices.days):
            price = {label: prices.closes[label][number] for label in weights}
            held = {label: units[label] * price[label] for label in weights}
            before = cash + sum(held.values())
            after, block = before, (day.year * 12 + day.month - 1) // months
            if block != last:
                for _ in range(120):
                    traded = sum(abs(after * weights[one] - held[one]) for one in weights)
                    after = before - fee * traded
                units = {one: after * weights[one] / price[one] for one in weights}
                cash, last = Decimal(0), block
            values.append(after)
    return values


@st.composite
def markets(draw: st.DrawFn) -> tuple[SharedDays, dict[str, Decimal]]:
    count, size = draw(st.integers(2, 40)), draw(st.integers(1, 5))
    gaps = draw(st.lists(st.integers(1, 60), min_size=count, max_size=count))
    days = [date(2020, 1, 1)]
    for gap in gaps[1:]:
        days.append(days[-1] + timedelta(days=gap))
    price = st.decimals("0.01", "5000", places=2)
    columns = {
        f"S{each}": draw(st.lists(price, min_size=count, max_size=count)) for each in range(size)
    }
    parts = draw(st.lists(st.integers(1, 99), min_size=size, max_size=size))
    weights = dict(zip(columns, map(Decimal, parts), strict=True))
    return SharedDays(days=days, closes=columns), shares.normalised(weights)


class TestAgainstAnotherWay:
    @given(
        market=markets(),
        rebalance=st.sampled_from(runs.REBALANCES),
        percent=st.decimals("0", "10", places=2),
    )
    def test_gives_the_same_to_twenty_digits(
        self, market: tuple[SharedDays, dict[str, Decimal]], rebalance: str, percent: Decimal
    ):
        prices, weights = market
        course = backtests.follow(
            prices,
            shares=weights,
            rebalance=rebalance,
            initial=Decimal(1000),
            fee_percent=percent,
        )
        other = slowly(prices, weights, rebalance=rebalance, fee=percent / 100)

        assert len(course.points) == len(other)
        for (_, ours), theirs in zip(course.points, other, strict=True):
            assert abs(ours - theirs) <= abs(theirs) * Decimal("1e-20")

    @given(market=markets(), percent=st.decimals("0", "10", places=2))
    def test_pays_exactly_the_fee_on_what_is_traded(
        self, market: tuple[SharedDays, dict[str, Decimal]], percent: Decimal
    ):
        prices, weights = market
        held = {label: column[-1] for label, column in prices.closes.items()}
        value, fee = sum(held.values(), Decimal(0)), percent / 100
        with localcontext(Context(prec=60)):
            left = backtests.after_fees(value, held=held, shares=weights, fee=fee)
            traded = sum(abs(left * weights[one] - held[one]) for one in held)
            assert abs(left + fee * traded - value) <= value * NEARLY

    @given(market=markets())
    def test_without_fees_or_rebalances_is_the_mean_of_what_each_became(
        self, market: tuple[SharedDays, dict[str, Decimal]]
    ):
        prices, weights = market
        course = follow(prices, weights)
        with localcontext(Context(prec=60)):
            mean = sum(
                weights[one] * column[-1] / column[0] for one, column in prices.closes.items()
            )
            assert abs(course.points[-1][1] - 1000 * mean) <= 1000 * mean * NEARLY


class TestLongOnes:
    def test_are_shown_with_five_hundred_points_and_computed_from_all(self):
        days = days_from(date(2016, 1, 1), 3_000)
        prices = closes_of(days, A=[str(100 + n % 2) for n in range(3_000)])
        shown = backtests.figures(follow(prices, {"A": 1}), initial=Decimal(1000), days_a_year=365)

        assert len(shown.series) == backtests.SHOWN_POINTS
        assert (shown.series[0][0], shown.series[-1][0]) == (days[0], days[-1])
        assert all(before < after for (before, _), (after, _) in pairwise(shown.series))
        assert shown.volatility is not None
        assert shown.volatility > 15


class TestSharedDays:
    def of(self, **columns: Mapping[date, str]) -> SharedDays:
        found = {
            label: {day: Decimal(close) for day, close in by_day.items()}
            for label, by_day in columns.items()
        }
        return shared_days.shared_days(
            found, start=date(2026, 1, 1), end=date(2026, 1, 10), fewest=2
        )

    def test_are_those_on_which_all_have_a_close(self):
        days = days_from(date(2025, 12, 30), 20)
        found = self.of(
            A=dict.fromkeys(days, "1"), B={day: "2" for day in days if day.weekday() < 5}
        )

        assert found.days == [day for day in days_from(date(2026, 1, 1), 10) if day.weekday() < 5]
        assert found.closes["B"] == [Decimal(2)] * len(found.days)

    def test_may_miss_a_week_at_either_end(self):
        found = self.of(A={date(2026, 1, 8): "1", date(2026, 1, 9): "1"})
        assert len(found.days) == 2
        with pytest.raises(runs.Unusable, match="begin on 2026-01-09"):
            self.of(A={date(2026, 1, 9): "1", date(2026, 1, 10): "1"})
        with pytest.raises(runs.Unusable, match="end on 2026-01-02"):
            self.of(A={date(2026, 1, 1): "1", date(2026, 1, 2): "1"})


class TestShares:
    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
    def test_are_shown_as_adding_up_to_exactly_one(self, parts: list[int]):
        asked = {f"S{number}": Decimal(part) for number, part in enumerate(parts)}
        exact = shares.normalised(asked)
        shown = shares.shown(exact)

        assert sum(shown.values()) == 1
        assert all(abs(shown[one] - exact[one]) < Decimal("0.000001") for one in asked)
        assert min(shown.values()) >= 0

    def test_leave_out_what_has_none(self):
        assert shares.normalised({"A": Decimal(2), "B": Decimal(0)}) == {"A": 1}


class TestYear:
    @pytest.mark.parametrize(
        ("types", "days"), [({"crypto"}, 365), ({"stock"}, 252), ({"crypto", "stock"}, 252)]
    )
    def test_has_as_many_days_as_its_markets(self, types: set[str], days: int):
        assert runs.days_a_year(types) == days
