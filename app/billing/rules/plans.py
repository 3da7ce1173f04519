"""Which plans are sold, at which price, and what may be used on each? This file alone says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

FREE, GROWTH, PRO = "free", "growth", "pro"
UNLIMITED = -1
CURRENCY = "USD"

ANALYSES = "analyses"
BACKTESTS = "backtests"
OPTIMISATIONS = "portfolio_optimizations"
API_CALLS = "api_calls"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is sold under one name.

    Attributes:
        monthly_price: in `CURRENCY`; 0 for what is not sold.
        lookup_key: how Stripe's price is found; None for what is not sold.
        limits: units by feature, a month for all but API calls, which are a day; UNLIMITED for no limit.
    """

    name: str
    title: str
    monthly_price: Decimal
    lookup_key: str | None
    limits: Mapping[str, int]


PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan(
            name=FREE,
            title="Free",
            monthly_price=Decimal(0),
            lookup_key=None,
            limits={ANALYSES: 5, BACKTESTS: 2, OPTIMISATIONS: 1, API_CALLS: 0},
        ),
        Plan(
            name=GROWTH,
            title="Growth",
            monthly_price=Decimal("4.99"),
            lookup_key="growth_monthly",
            limits={
                ANALYSES: UNLIMITED,
                BACKTESTS: UNLIMITED,
                OPTIMISATIONS: UNLIMITED,
                API_CALLS: 100,
            },
        ),
        Plan(
            name=PRO,
            title="Pro",
            monthly_price=Decimal("9.99"),
            lookup_key="pro_monthly",
            limits={
                ANALYSES: UNLIMITED,
                BACKTESTS: UNLIMITED,
                OPTIMISATIONS: UNLIMITED,
                API_CALLS: 1_000,
            },
        ),
    )
}
"""From the lowest plan to the highest."""

PAID_PLANS = tuple(name for name, plan in PLANS.items() if plan.lookup_key is not None)


def limit_of(*, plan: str, feature: str) -> int:
    """How many units of a feature a plan includes, or UNLIMITED."""
    return PLANS[plan].limits[feature]


def price_of(*, plan: str) -> Decimal:
    """What a plan costs a month, in `CURRENCY`."""
    return PLANS[plan].monthly_price


def includes(*, held: str, asked: str) -> bool:
    """Whether who holds one plan has all of another already."""
    order = list(PLANS)
    return order.index(held) >= order.index(asked)


def of_lookup_key(lookup_key: str | None) -> str | None:
    """The plan that a price of Stripe's is sold as; None for a price that is not one of ours."""
    return next(
        (
            name
            for name, plan in PLANS.items()
            if lookup_key is not None and plan.lookup_key == lookup_key
        ),
        None,
    )
