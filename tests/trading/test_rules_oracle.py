"""Do our formulas agree with a public library's, on real prices and on made ones?

The prices are those that the package backtesting ships: Google's daily ones of 2004 to 2013, Bitcoin's monthly ones
of 2012 to 2024, and the Euro's hourly ones of 2017. The other library is quantstats, which computes in floats.
"""

import csv
import importlib.util
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quantstats import stats

from app.trading.rules import curve, returns, trades

YEAR = timedelta(days=365)


def prices(name: str) -> list[curve.Point]:
    """Closing prices from the package's files, read without importing it."""
    package = importlib.util.find_spec("backtesting")
    assert package is not None
    assert package.submodule_search_locations is not None
    file = Path(package.submodule_search_locations[0]) / "test" / f"{name}.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            (datetime.fromisoformat(row[""]).replace(tzinfo=UTC), Decimal(row["Close"]))
            for row in csv.DictReader(lines)
        ]


def made(values: Sequence[Decimal]) -> list[curve.Point]:
    start = datetime(2025, 11, 20, tzinfo=UTC)
    return [(start + timedelta(days=number), value) for number, value in enumerate(values)]


def as_prices(points: Sequence[curve.Point]) -> "pd.Series":
    index = pd.DatetimeIndex([moment for moment, _ in points])
    return pd.Series([float(value) for _, value in points], index=index)


def as_returns(points: Sequence[curve.Point]) -> "pd.Series":
    return as_prices(points).pct_change().dropna()


def agree(ours: Decimal | None, theirs: float) -> bool:
    """Whether both name the same figure, or both none."""
    if ours is None:
        return not math.isfinite(theirs)
    return math.isclose(float(ours), theirs, rel_tol=1e-9, abs_tol=1e-12)


@pytest.fixture(params=["GOOG", "BTCUSD", "EURUSD"])
def real(request: pytest.FixtureRequest) -> list[curve.Point]:
    return prices(request.param)


class TestOnRealPrices:
    @pytest.mark.parametrize("periods", [12, 252, 365])
    def test_ratios_are_the_same(self, real: list[curve.Point], periods: int) -> None:
        ours = returns.period_returns([value for _, value in real])
        theirs = as_returns(real)
        assert len(ours) > 100
        assert agree(
            returns.sharpe(ours, periods_per_year=periods), stats.sharpe(theirs, periods=periods)
        )
        assert agree(
            returns.sortino(ours, periods_per_year=periods), stats.sortino(theirs, periods=periods)
        )

    def test_worst_fall_is_the_same(self, real: list[curve.Point]) -> None:
        fall = curve.max_drawdown(real)
        assert fall.percent is not None
        series = as_prices(real)
        assert agree(fall.percent / -100, stats.max_drawdown(series))
        under_water = series / series.cummax() - 1
        assert fall.end == under_water.idxmin().to_pydatetime()
        assert fall.start == series[: fall.end].idxmax().to_pydatetime()

    def test_growth_and_calmar_are_the_same(self, real: list[curve.Point]) -> None:
        (first, start_value), (last, end_value) = real[0], real[-1]
        days = Decimal((last - first) // timedelta(seconds=1)) / 86_400
        ours = returns.cagr(start_value=start_value, end_value=end_value, days=days)
        assert ours is not None
        # Its years are counted in returns: so many that they last as long as ours.
        periods = (len(real) - 1) / ((last - first) / YEAR)
        theirs = stats.cagr(as_returns(real), periods=periods)  # type: ignore[arg-type]
        assert agree(ours / 100, theirs)
        percent = curve.max_drawdown(real).percent
        fall = stats.max_drawdown(as_prices(real))
        assert agree(
            returns.calmar(cagr=ours, max_drawdown_percent=percent), theirs / abs(float(fall))
        )

    def test_profit_factor_is_the_same(self, real: list[curve.Point]) -> None:
        each = returns.period_returns([value for _, value in real])
        totals = trades.Totals()
        for pnl in each:
            totals = totals.plus(trades.Totals.of(pnl.quantize(Decimal("1e-12"))))
        theirs = float(stats.profit_factor(as_returns(real)))
        factor = trades.profit_factor(totals)
        assert factor is not None
        assert math.isclose(float(factor), theirs, rel_tol=1e-6)

    def test_fewer_points_fall_as_deep(self, real: list[curve.Point]) -> None:
        kept = curve.downsample(real, to=100)
        values, shown = [value for _, value in real], [value for _, value in kept]
        assert len(kept) <= 100
        assert (min(shown), max(shown)) == (min(values), max(values))
        whole, part = curve.max_drawdown(real).percent, curve.max_drawdown(kept).percent
        assert whole is not None
        assert part is not None
        assert Decimal("0.9") * whole <= part <= whole


class TestOnMadeValues:
    @settings(deadline=None, max_examples=50)
    @given(
        values=st.lists(
            st.decimals(min_value=50, max_value=150, places=4), min_size=40, max_size=60
        ),
        periods=st.sampled_from([12, 252, 365, 8760]),
    )
    def test_figures_are_the_same(self, values: list[Decimal], periods: int) -> None:
        each = returns.period_returns(values)
        if min(each) >= 0 or max(each) - min(each) < Decimal("1e-3"):
            return  # nothing lost, or no spread: the other library divides by zero or by noise
        theirs = as_returns(made(values))
        assert agree(
            returns.sharpe(each, periods_per_year=periods), stats.sharpe(theirs, periods=periods)
        )
        assert agree(
            returns.sortino(each, periods_per_year=periods), stats.sortino(theirs, periods=periods)
        )
        percent = curve.max_drawdown(made(values)).percent
        assert percent is not None
        assert agree(-percent / 100, stats.max_drawdown(as_prices(made(values))))
