"""What do past closes say of returns and of how they move together?

Plain sample estimates. They tell what was; how little they tell of what will be is known (R. O. Michaud, "The
Markowitz Optimization Enigma", Financial Analysts Journal 45 (1), 1989), and the API's pages say so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.portfolio.rules.runs import Unusable
from app.portfolio.rules.shared_days import SharedDays

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Of each symbol, in the order of `labels`: fractions a year.

    Attributes:
        returns: the mean of the daily returns, times the days in a year.
        covariance: the sample covariance of the daily returns (n - 1), times the days in a year.
    """

    labels: tuple[str, ...]
    returns: Vector
    covariance: Vector


def estimate(prices: SharedDays, *, days_a_year: int) -> Estimates:
    """The yearly means and covariances of the simple daily returns.

    Source: H. Markowitz, "Portfolio Selection", The Journal of Finance 7 (1), 1952. Both are sums of days that are
    taken to be independent, which is what makes them grow with their number.

    Raises:
        Unusable: a symbol's close never moved, so that no risk can be shared out to it.
    """
    closes = np.array([[float(close) for close in prices.closes[one]] for one in prices.closes])
    daily = closes[:, 1:] / closes[:, :-1] - 1.0
    for label, moves in zip(prices.closes, daily, strict=True):
        if np.ptp(moves) == 0.0:
            raise Unusable(
                "price_never_moved",
                f"The return of {label} was the same on every day. Leave it out: it has no risk to share.",
            )
    return Estimates(
        labels=tuple(prices.closes),
        returns=daily.mean(axis=1) * days_a_year,
        covariance=np.atleast_2d(np.cov(daily)) * days_a_year,
    )
