"""Are the best weights the best, by another solver, on real prices and on made ones?

The other solver is scipy's non-negative least squares: an active set of its own, for the same problems written as
|Ly - b|. The prices are Google's of 2004 to 2013, which the package backtesting ships: each eighth of them, day by day
beside the others, is a symbol.
"""

import csv
import importlib.util
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize, nnls

from app.portfolio.engine import estimates, optimizer
from app.portfolio.engine.estimates import Estimates
from app.portfolio.rules import runs
from app.portfolio.rules.shared_days import SharedDays

NEARLY = 1e-6
SYMBOLS = 8
Numbers = NDArray[np.float64]


def google() -> list[Decimal]:
    """Closing prices from the package's file, read without importing it."""
    package = importlib.util.find_spec("backtesting")
    assert package is not None
    assert package.submodule_search_locations is not None
    file = Path(package.submodule_search_locations[0]) / "test" / "GOOG.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return [Decimal(row["Close"]) for row in csv.DictReader(lines)]


def real() -> SharedDays:
    closes = google()
    length = len(closes) // SYMBOLS
    return SharedDays(
        days=[date(2004, 8, 19) + timedelta(days=number) for number in range(length)],
        closes={f"G{each}": closes[each * length : (each + 1) * length] for each in range(SYMBOLS)},
    )


def made(seed: int) -> Estimates:
    """Symbols that move with three things they have in common, and by themselves, more or less."""
    random = np.random.default_rng(seed)
    count, days = int(random.integers(2, 31)), int(random.integers(41, 400))
    common = random.normal(size=(days, 3)) @ random.normal(size=(3, count))
    own = random.normal(size=(days, count)) * (0.2 + random.random(count))
    daily = 0.01 * (common + own) + random.normal(size=count) * 0.001
    return Estimates(
        labels=tuple(f"S{number}" for number in range(count)),
        returns=daily.mean(axis=0) * 252,
        covariance=(np.cov(daily.T) * 252).astype(np.float64),
    )


@pytest.fixture(scope="module", params=["real", *range(26)])
def estimated(request: pytest.FixtureRequest) -> Estimates:
    if request.param == "real":
        return estimates.estimate(real(), days_a_year=252)
    return made(request.param)


def best_by_least_squares(found: Estimates, towards: Numbers) -> Numbers:
    """The y >= 0 that minimises y'Cy / 2 - towards'y, scaled to 1."""
    half = np.linalg.cholesky(found.covariance)
    y, _ = nnls(half.T, np.linalg.solve(half, towards), maxiter=10_000)
    weights: Numbers = y / y.sum()
    return weights


def optimise(found: Estimates, objective: str, risk_free: float = 0.0) -> optimizer.Portfolio:
    return optimizer.optimise(found, objective=objective, risk_free=risk_free)


class TestEstimates:
    def test_are_the_means_and_covariances_of_daily_returns(self):
        prices = real()
        found = estimates.estimate(prices, days_a_year=252)
        closes = np.array([[float(one) for one in prices.closes[label]] for label in found.labels])
        daily = np.diff(closes) / closes[:, :-1]

        assert len(prices.days) > 250
        assert found.returns == pytest.approx([252 * sum(one) / len(one) for one in daily])
        for i, one in enumerate(daily):
            for j, other in enumerate(daily):
                products = (one - one.mean()) * (other - other.mean())
                assert found.covariance[i, j] == pytest.approx(
                    252 * products.sum() / (len(one) - 1)
                )

    def test_refuse_a_price_that_never_moved(self):
        flat = SharedDays(
            days=[date(2026, 1, 1) + timedelta(days=n) for n in range(4)],
            closes={"A": [Decimal(1), Decimal(2), Decimal(1), Decimal(3)], "B": [Decimal(7)] * 4},
        )
        with pytest.raises(runs.Unusable, match="B was the same"):
            estimates.estimate(flat, days_a_year=252)


class TestEveryObjective:
    @pytest.mark.parametrize("objective", runs.OBJECTIVES)
    def test_gives_weights_of_which_none_is_negative_and_all_are_one(
        self, estimated: Estimates, objective: str
    ):
        weights = optimise(estimated, objective).weights
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1, abs=1e-12)

    @pytest.mark.parametrize("objective", runs.OBJECTIVES)
    def test_tells_what_its_weights_mean(self, estimated: Estimates, objective: str):
        found = optimise(estimated, objective, 0.01)
        variance = sum(
            found.weights[i] * found.weights[j] * estimated.covariance[i, j]
            for i in range(len(found.weights))
            for j in range(len(found.weights))
        )
        assert found.volatility == pytest.approx(variance**0.5)
        assert found.expected_return == pytest.approx(
            sum(w * r for w, r in zip(found.weights, estimated.returns, strict=True))
        )
        assert found.sharpe == pytest.approx((found.expected_return - 0.01) / found.volatility)


class TestMinimumVariance:
    def test_is_that_of_another_solver(self, estimated: Estimates):
        other = best_by_least_squares(estimated, np.ones(len(estimated.labels)))
        assert optimise(estimated, runs.MIN_VARIANCE).weights == pytest.approx(other, abs=NEARLY)

    def test_of_two_is_the_textbooks(self):
        """w = (s2^2 - r s1 s2) / (s1^2 + s2^2 - 2 r s1 s2) with deviations of 20 % and 30 %, correlation 0.25."""
        found = Estimates(
            labels=("A", "B"),
            returns=np.array([0.1, 0.2]),
            covariance=np.array([[0.04, 0.015], [0.015, 0.09]]),
        )
        assert optimise(found, runs.MIN_VARIANCE).weights == pytest.approx([0.75, 0.25])


class TestMaximumSharpe:
    @pytest.mark.parametrize("risk_free", [0.0, 0.03])
    def test_is_that_of_another_solver(self, estimated: Estimates, risk_free: float):
        excess = estimated.returns - risk_free
        if excess.max() <= 0:
            with pytest.raises(runs.Unusable, match="more than the risk-free rate"):
                optimise(estimated, runs.MAX_SHARPE, risk_free)
            return
        other = best_by_least_squares(estimated, excess)
        found = optimise(estimated, runs.MAX_SHARPE, risk_free)
        assert found.weights == pytest.approx(other, abs=NEARLY)

    def test_is_beaten_by_none_of_many(self, estimated: Estimates):
        if estimated.returns.max() <= 0:
            return
        best = optimise(estimated, runs.MAX_SHARPE).sharpe
        assert best is not None
        random = np.random.default_rng(1)
        for weights in random.dirichlet(np.ones(len(estimated.labels)), size=300):
            other = optimizer.portfolio_of(estimated, weights, risk_free=0.0)
            assert other.sharpe is not None
            assert other.sharpe <= best + 1e-12


class TestRiskParity:
    def test_has_each_contribute_the_same(self, estimated: Estimates):
        weights = optimise(estimated, runs.RISK_PARITY).weights
        contributions = weights * (estimated.covariance @ weights)
        assert contributions / contributions.sum() == pytest.approx(
            np.full(len(weights), 1 / len(weights)), abs=1e-9
        )

    def test_without_correlations_goes_by_the_inverse_deviations(self):
        found = Estimates(
            labels=("A", "B", "C"),
            returns=np.zeros(3),
            covariance=np.diag([0.01, 0.04, 0.16]),
        )
        assert optimise(found, runs.RISK_PARITY).weights == pytest.approx([4 / 7, 2 / 7, 1 / 7])


class TestFrontier:
    def test_grows_from_the_calmest_to_the_best(self, estimated: Estimates):
        points = optimizer.frontier(estimated)
        assert len(points) == optimizer.FRONTIER_POINTS
        returns = [point.expected_return for point in points]
        risks = [point.volatility for point in points]
        assert returns == sorted(returns)
        assert risks == sorted(risks)
        assert risks[0] == optimise(estimated, runs.MIN_VARIANCE).volatility
        assert returns[-1] == pytest.approx(estimated.returns.max())
        assert np.diff(returns) == pytest.approx((returns[-1] - returns[0]) / 24)

    def test_is_convex_in_variance(self, estimated: Estimates):
        variances = [point.volatility**2 for point in optimizer.frontier(estimated)]
        assert min(np.diff(variances, 2)) > -1e-9

    def test_touches_the_highest_ratio(self, estimated: Estimates):
        if estimated.returns.max() <= 0:
            return
        best = optimise(estimated, runs.MAX_SHARPE).sharpe
        ratios = [point.sharpe or 0.0 for point in optimizer.frontier(estimated)]
        assert best is not None
        assert best - 0.02 * abs(best) <= max(ratios) <= best + 1e-9

    def test_is_that_of_another_solver(self):
        found = estimates.estimate(real(), days_a_year=252)
        scale = float(np.trace(found.covariance)) / SYMBOLS
        for point in optimizer.frontier(found)[1:-1:4]:
            other = minimize(
                lambda w: w @ found.covariance @ w / scale,
                np.full(SYMBOLS, 1 / SYMBOLS),
                jac=lambda w: 2 * found.covariance @ w / scale,
                bounds=[(0, 1)] * SYMBOLS,
                constraints=[
                    {"type": "eq", "fun": lambda w: w.sum() - 1},
                    {
                        "type": "eq",
                        "fun": lambda w, wanted: w @ found.returns - wanted,
                        "args": (point.expected_return,),
                    },
                ],
                method="SLSQP",
                options={"ftol": 1e-15, "maxiter": 1_000},
            )
            assert point.volatility == pytest.approx((other.fun * scale) ** 0.5, abs=NEARLY)

    def test_is_a_point_where_all_returned_the_same(self):
        found = Estimates(
            labels=("A", "B"), returns=np.array([0.1, 0.1]), covariance=np.diag([0.01, 0.04])
        )
        (point,) = optimizer.frontier(found)
        assert point.weights == pytest.approx([0.8, 0.2])

    def test_is_a_point_where_the_calmest_is_the_best(self):
        found = Estimates(
            labels=("A", "B"),
            returns=np.array([0.2, 0.1]),
            covariance=np.array([[0.01, 0.02], [0.02, 0.09]]),
        )
        (point,) = optimizer.frontier(found)
        assert point.weights == pytest.approx([1, 0])

    def test_ends_with_the_calmest_mixture_of_the_best(self):
        found = Estimates(
            labels=("A", "B", "C"),
            returns=np.array([0.1, 0.2, 0.2]),
            covariance=np.diag([0.01, 0.04, 0.04]),
        )
        assert optimizer.frontier(found)[-1].weights == pytest.approx([0, 0.5, 0.5])


class TestScale:
    @given(seed=st.integers(0, 10_000), exponent=st.integers(-4, 4))
    def test_of_volatilities_changes_nothing(self, seed: int, exponent: int):
        found = made(seed)
        scaled = Estimates(
            labels=found.labels,
            returns=found.returns,
            covariance=found.covariance * 10.0**exponent,
        )
        for objective in runs.OBJECTIVES:
            assume(objective != runs.MAX_SHARPE or found.returns.max() > 0)
            assert optimise(scaled, objective).weights == pytest.approx(
                optimise(found, objective).weights, abs=NEARLY
            )


class TestTwins:
    """Two symbols that are one in all but name: no weight between them is better than another."""

    @pytest.mark.parametrize("objective", runs.OBJECTIVES)
    def test_end_in_some_answer(self, objective: str):
        one = estimates.estimate(real(), days_a_year=252)
        twice = np.ix_([0, 0, 1], [0, 0, 1])
        found = Estimates(
            labels=("A", "A again", "B"),
            returns=one.returns[[0, 0, 1]],
            covariance=one.covariance[twice],
        )
        assert optimise(found, objective).weights.sum() == pytest.approx(1)
