"""Which weights, none negative and 1 in all, are best by an objective?

Minimum variance, maximum Sharpe ratio and the efficient frontier are convex quadratic programs, which DAQP solves
exactly, in as many steps as symbols enter or leave (docs/adr/0029). Risk parity is none, and has an iteration of its
own.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import daqp
import numpy as np
from numpy.typing import NDArray

from app.portfolio.engine.estimates import Estimates, Vector
from app.portfolio.rules.runs import MAX_SHARPE, MIN_VARIANCE, RISK_PARITY, Unusable

FRONTIER_POINTS: Final = 25
# Of a problem scaled so that variances are about 1; DAQP's own default, 1e-6, would show in the weights.
_TOLERANCE: Final = 1e-12
_EQUAL: Final = 5
"""How DAQP is told that a constraint is an equation."""
_SOLVED: Final = 1
_RIDGE: Final = 1e-13
"""Added to variances of about 1: rounding must not leave a mixture less than no risk."""
_NO_RISK: Final = 1e-7
"""What is left of a volatility where only rounding is."""
_MOST_ROUNDS: Final = 1_000
_NEAR: Final = 0.3
"""Newton's decrement below which its whole steps converge quadratically: anything under (3 - root of 5) / 2."""


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """Weights, and what they would have meant, as fractions a year; `sharpe` is None without any risk."""

    weights: Vector
    expected_return: float
    volatility: float
    sharpe: float | None


def optimise(estimates: Estimates, *, objective: str, risk_free: float) -> Portfolio:
    """The best portfolio by an objective.

    Args:
        risk_free: what a year without risk brings, as a fraction; only ratios use it.

    Raises:
        Unusable: no symbol returned more than `risk_free`, and the objective is the Sharpe ratio; or some mixture had
            no risk at all, so that no ratio has a limit and no risk can be shared out.
    """
    calmest = portfolio_of(estimates, _min_variance(estimates, risk_free), risk_free=risk_free)
    if calmest.volatility <= _NO_RISK * math.sqrt(np.trace(estimates.covariance)):
        raise Unusable(
            "no_risk_left",
            "Some of these cancel each other out: a mixture of them had no risk at all. Leave one out.",
        )
    return portfolio_of(
        estimates, _OBJECTIVES[objective](estimates, risk_free), risk_free=risk_free
    )


def frontier(estimates: Estimates) -> list[Portfolio]:
    """The portfolios of least variance for 25 returns, from that of the least variance of all to the highest return.

    Both returns and volatilities grow along it. It is one portfolio where the calmest has the highest return.

    Source: H. Markowitz, "Portfolio Selection", The Journal of Finance 7 (1), 1952.
    """
    calmest = _min_variance(estimates, 0.0)
    lowest, highest = float(calmest @ estimates.returns), float(estimates.returns.max())
    if highest - lowest <= _TOLERANCE * max(1.0, abs(highest)):
        return [portfolio_of(estimates, calmest, risk_free=0.0)]
    between = np.linspace(lowest, highest, FRONTIER_POINTS)[1:-1]
    found = [calmest, *(_of_return(estimates, wanted) for wanted in between)]
    # The best symbol alone; of several that returned as much, their calmest mixture.
    found.append(_among(estimates, np.flatnonzero(estimates.returns >= highest - _TOLERANCE)))
    return [portfolio_of(estimates, weights, risk_free=0.0) for weights in found]


def portfolio_of(estimates: Estimates, weights: Vector, *, risk_free: float) -> Portfolio:
    """What these weights would have meant: w'm, the root of w'Cw, and their ratio.

    Source of the ratio: W. F. Sharpe, "The Sharpe Ratio", The Journal of Portfolio Management 21 (1), 1994.
    """
    expected = float(weights @ estimates.returns)
    volatility = math.sqrt(max(0.0, float(weights @ estimates.covariance @ weights)))
    return Portfolio(
        weights=weights,
        expected_return=expected,
        volatility=volatility,
        sharpe=(expected - risk_free) / volatility if volatility > 0 else None,
    )


def _min_variance(estimates: Estimates, _risk_free: float) -> Vector:
    """Minimise w'Cw with w >= 0 and sum(w) = 1."""
    count = len(estimates.labels)
    return _solved(estimates.covariance, equations=[(np.ones(count), 1.0)])


def _of_return(estimates: Estimates, wanted: float) -> Vector:
    """The same with m'w = wanted."""
    count = len(estimates.labels)
    scale = float(np.abs(estimates.returns).max())
    return _solved(
        estimates.covariance,
        equations=[(np.ones(count), 1.0), (estimates.returns / scale, wanted / scale)],
    )


def _among(estimates: Estimates, indices: NDArray[np.intp]) -> Vector:
    """The least variance of some symbols alone."""
    weights = np.zeros(len(estimates.labels))
    covariance = estimates.covariance[np.ix_(indices, indices)]
    weights[indices] = _solved(covariance, equations=[(np.ones(len(indices)), 1.0)])
    return weights


def _max_sharpe(estimates: Estimates, risk_free: float) -> Vector:
    """Maximise (m'w - r) / root of w'Cw, as the quadratic program: minimise y'Cy with (m - r)'y = 1 and y >= 0.

    w is y divided by its sum: the ratio doesn't change with the scale of y, which the equation settles instead.

    Source: G. Cornuejols and R. Tutuncu, "Optimization Methods in Finance", Cambridge 2007, section 8.2.
    """
    excess = estimates.returns - risk_free
    best = float(excess.max())
    if best <= 0:
        raise Unusable(
            "nothing_above_risk_free",
            "None of these returned more than the risk-free rate in this time, so no ratio is the best. "
            "Choose another objective, other days, or a lower risk_free_rate.",
        )
    return _solved(estimates.covariance, equations=[(excess / best, 1.0)])


def _risk_parity(estimates: Estimates, _risk_free: float) -> Vector:
    """The weights with which each symbol contributes the same risk: w(i) x (Cw)(i) is equal for all.

    They are, scaled to 1, the y > 0 that minimises y'Cy / 2 - sum(log y(i)): where its gradient is zero, each
    y(i) x (Cy)(i) is 1. It is found by Newton's method, damped while far away, which can't miss: the function is
    self-concordant.

    Sources: S. Maillard, T. Roncalli and J. Teiletche, "The Properties of Equally Weighted Risk Contribution
    Portfolios", The Journal of Portfolio Management 36 (4), 2010; F. Spinu, "An Algorithm for Computing Risk Parity
    Weights", 2013 (SSRN 2297383).
    """
    deviations = np.sqrt(np.diag(estimates.covariance))
    # In units of each symbol's own volatility the covariances are correlations, whatever the scales.
    correlation = estimates.covariance / np.outer(deviations, deviations)
    found = np.ones(len(deviations)) / np.sqrt(max(correlation.sum(), 1.0))
    for _ in range(_MOST_ROUNDS):
        gradient = correlation @ found - 1.0 / found
        step = np.linalg.solve(correlation + np.diag(1.0 / found**2), gradient)
        decrement = float(np.sqrt(gradient @ step))
        found = found - step / (1.0 + decrement if decrement > _NEAR else 1.0)
        if decrement <= _TOLERANCE:
            break
    return _to_one(found / deviations)


_OBJECTIVES: Final[Mapping[str, Callable[[Estimates, float], Vector]]] = {
    MIN_VARIANCE: _min_variance,
    MAX_SHARPE: _max_sharpe,
    RISK_PARITY: _risk_parity,
}


def _solved(covariance: Vector, *, equations: Sequence[tuple[Vector, float]]) -> Vector:
    """Minimise y'Cy with y >= 0 and each a'y = b; y scaled to the sum of 1."""
    count = len(covariance)
    scaled = covariance / (np.trace(covariance) / count) + np.eye(count) * _RIDGE
    sides = np.array([side for _, side in equations])
    found, _, outcome, _ = daqp.solve(
        scaled,
        np.zeros(count),
        np.array([row for row, _ in equations]),
        np.concatenate([np.full(count, 1e30), sides]),
        np.concatenate([np.zeros(count), sides]),
        np.array([0] * count + [_EQUAL] * len(sides), dtype=np.int32),
        primal_tol=_TOLERANCE,
        dual_tol=_TOLERANCE,
    )
    if outcome != _SOLVED:
        raise ArithmeticError(f"DAQP ended with {outcome} on {count} symbols")
    return _to_one(found)


def _to_one(found: Vector) -> Vector:
    above = np.maximum(found, 0.0)
    weights: Vector = above / above.sum()
    return weights
