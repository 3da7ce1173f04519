"""Is the volatility of returns the one that the public library tells? The other figures stand in tests/trading."""

import math
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantstats import stats

from app.core import returns

steps = st.lists(st.decimals("-0.5", "0.5", places=6), min_size=2, max_size=40)


class TestVolatility:
    def test_is_the_deviation_of_a_year(self) -> None:
        # Deviation (n - 1) 0.01, a root of 4 periods.
        each = [Decimal(step) for step in ("0.01", "0.02", "0.03")]
        assert returns.volatility(each, periods_per_year=4) == 2

    @pytest.mark.parametrize("few", [[], [Decimal("0.01")]])
    def test_is_unknown_of_fewer_than_two_returns(self, few: list[Decimal]) -> None:
        assert returns.volatility(few, periods_per_year=365) is None

    def test_of_equal_returns_is_nothing(self) -> None:
        assert returns.volatility([Decimal("0.1"), Decimal("0.10")], periods_per_year=365) == 0

    @given(each=steps, periods=st.sampled_from([12, 252, 365]))
    def test_is_the_public_library_s(self, each: list[Decimal], periods: int) -> None:
        theirs = stats.volatility(pd.Series([float(step) for step in each]), periods=periods)
        ours = returns.volatility(each, periods_per_year=periods)
        assert ours is not None
        assert math.isclose(float(ours) / 100, float(theirs), rel_tol=1e-9, abs_tol=1e-9)
