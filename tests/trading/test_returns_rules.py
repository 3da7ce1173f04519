"""Are the ratios of reward to risk what their authors published?"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trading.rules import profit, returns, shown

fractions = st.decimals(min_value=Decimal("-0.5"), max_value=Decimal("0.5"), places=6)
equities = st.decimals(min_value=100, max_value=10_000_000, places=2)

ENOUGH = Fraction(1, 10**25)


def decimals(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def is_close(square: Fraction, root: Decimal) -> bool:
    """Whether a root is right, told by its square: roots have no exact value to compare with."""
    return abs(Fraction(root) ** 2 - square) <= ENOUGH * max(square, Fraction(1))


class TestPeriodReturns:
    def test_tells_each_step_as_a_fraction(self) -> None:
        assert returns.period_returns(decimals("100", "110", "99")) == decimals("0.1", "-0.1")

    def test_has_none_of_a_single_value(self) -> None:
        assert returns.period_returns(decimals("100")) == []

    def test_leaves_out_a_step_that_starts_from_nothing(self) -> None:
        assert returns.period_returns(decimals("0", "100", "-50", "10", "20")) == decimals(
            "-1.5", "1"
        )


class TestSharpe:
    def test_is_mean_over_deviation(self) -> None:
        # Mean 0.02, deviation (n - 1) 0.01, a root of 4 periods.
        assert returns.sharpe(decimals("0.01", "0.02", "0.03"), periods_per_year=4) == 4

    @pytest.mark.parametrize("few", [[], ["0.01"], ["0.02", "0.02", "0.020"]])
    def test_is_unknown_without_any_spread(self, few: list[str]) -> None:
        assert returns.sharpe(decimals(*few), periods_per_year=252) is None

    @given(each=st.lists(fractions, min_size=2, max_size=30), periods=st.integers(1, 525_600))
    def test_is_what_the_formula_says(self, each: list[Decimal], periods: int) -> None:
        exact = [Fraction(value) for value in each]
        mean = Fraction(sum(exact)) / len(exact)
        variance = Fraction(sum((value - mean) ** 2 for value in exact)) / (len(exact) - 1)
        ratio = returns.sharpe(each, periods_per_year=periods)
        if variance == 0:
            assert ratio is None
        else:
            assert ratio is not None
            assert is_close(mean**2 / variance * periods, ratio)
            assert (ratio > 0, ratio < 0) == (mean > 0, mean < 0)


class TestSortino:
    def test_counts_only_what_was_lost_as_risk(self) -> None:
        # Mean 0.01; the downside is the root of (0.02 squared / 4), 0.01.
        assert returns.sortino(decimals("0.01", "0.03", "-0.02", "0.02"), periods_per_year=9) == 3

    @pytest.mark.parametrize("few", [[], ["-0.01"], ["0.02", "0", "0.01"]])
    def test_is_unknown_where_nothing_was_lost(self, few: list[str]) -> None:
        assert returns.sortino(decimals(*few), periods_per_year=252) is None

    @given(each=st.lists(fractions, min_size=2, max_size=30), periods=st.integers(1, 525_600))
    def test_is_what_the_formula_says(self, each: list[Decimal], periods: int) -> None:
        exact = [Fraction(value) for value in each]
        mean = Fraction(sum(exact)) / len(exact)
        downside = Fraction(sum(value**2 for value in exact if value < 0)) / len(exact)
        ratio = returns.sortino(each, periods_per_year=periods)
        if downside == 0:
            assert ratio is None
        else:
            assert ratio is not None
            assert is_close(mean**2 / downside * periods, ratio)


class TestCagr:
    @pytest.mark.parametrize(
        ("start", "end", "days", "percent"),
        [
            ("10000", "11000", 365, "10"),
            ("10000", "12100", 730, "10"),  # 10 % a year, twice
            ("10000", "10000", 100, "0"),
            ("10000", "0", 365, "-100"),
            ("10000", "5000", 365, "-50"),
        ],
    )
    def test_is_the_yearly_growth_that_compounds_to_the_whole(
        self, start: str, end: str, days: int, percent: str
    ) -> None:
        growth = returns.cagr(start_value=Decimal(start), end_value=Decimal(end), days=days)
        assert growth == Decimal(percent)

    @pytest.mark.parametrize(
        ("start", "end", "days"),
        [
            ("10000", "11000", 29),  # too short to extrapolate
            ("0", "11000", 365),
            ("-5", "11000", 365),
            ("10000", "-1", 365),
            ("0.01", "999999999999999999", 30),  # absurd
        ],
    )
    def test_is_unknown_where_it_would_mislead(self, start: str, end: str, days: int) -> None:
        assert returns.cagr(start_value=Decimal(start), end_value=Decimal(end), days=days) is None

    @given(start=equities, end=equities, days=st.integers(min_value=365, max_value=20_000))
    def test_compounds_back_to_the_end_value(self, start: Decimal, end: Decimal, days: int) -> None:
        growth = returns.cagr(start_value=start, end_value=end, days=days)
        assert growth is not None
        back = start * (1 + growth / 100) ** (Decimal(days) / 365)
        assert abs(back - end) <= end * Decimal("1e-15")


class TestCalmar:
    def test_divides_growth_by_the_worst_fall(self) -> None:
        assert returns.calmar(cagr=Decimal(30), max_drawdown_percent=Decimal(20)) == Decimal("1.5")

    @pytest.mark.parametrize(("cagr", "fall"), [(None, "20"), ("30", None), ("30", "0")])
    def test_is_unknown_without_either(self, cagr: str | None, fall: str | None) -> None:
        known = [Decimal(value) if value is not None else None for value in (cagr, fall)]
        assert returns.calmar(cagr=known[0], max_drawdown_percent=known[1]) is None


class TestProfit:
    def test_is_five_percent_from_10000_to_10500(self) -> None:
        gain = profit.profit(baseline=Decimal(10_000), balance=Decimal(10_500))
        assert str(gain.percent) == "5.00"
        assert gain == (Decimal(500), Decimal("5.00"))

    @pytest.mark.parametrize(
        ("balance", "percent"),
        [
            ("200.01", "0.01"),
            ("200.009", "0.00"),
            ("199.999", "0.00"),
            ("199.99", "-0.01"),
            ("0", "-100.00"),
        ],
    )
    def test_rounds_halves_away_from_zero(self, balance: str, percent: str) -> None:
        gain = profit.profit(baseline=Decimal(200), balance=Decimal(balance))
        assert str(gain.percent) == percent

    @pytest.mark.parametrize("baseline", ["0", "-10"])
    def test_has_no_percentage_of_nothing(self, baseline: str) -> None:
        gain = profit.profit(baseline=Decimal(baseline), balance=Decimal(7))
        assert gain == (7 - Decimal(baseline), None)


class TestShown:
    @pytest.mark.parametrize(
        ("value", "percent", "ratio", "amount"),
        [
            ("0.005", "0.01", "0.0050", "0.005"),
            ("-0.00005", "0.00", "-0.0001", "-0.00005"),
            ("1200", "1200.00", "1200.0000", "1200"),
            ("33.3333333333333333", "33.33", "33.3333", "33.33333333"),
            ("0.000000005", "0.00", "0.0000", "0.00000001"),
        ],
    )
    def test_rounds_halves_away_from_zero(
        self, value: str, percent: str, ratio: str, amount: str
    ) -> None:
        given = Decimal(value)
        assert (shown.percent(given), shown.ratio(given)) == (Decimal(percent), Decimal(ratio))
        assert f"{shown.amount(given)}" == str(Decimal(amount))

    def test_shows_no_zero_below_zero(self) -> None:
        little = Decimal("-0.000000001")
        assert [str(each(little)) for each in (shown.percent, shown.ratio, shown.amount)] == [
            "0.00",
            "0.0000",
            "0",
        ]
        assert shown.dollars(little) == "$0.00"

    def test_leaves_the_unknown_unknown(self) -> None:
        assert (shown.percent(None), shown.ratio(None), shown.amount(None)) == (None, None, None)
