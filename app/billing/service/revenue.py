"""What do plans bring in?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.billing.models import BillingTotal
from app.billing.models.totals import CHURNED, NEW, SUBSCRIBERS
from app.billing.rules import plans


@dataclass(frozen=True, kw_only=True)
class PlanRevenue:
    """What one plan brings in a month."""

    plan: str
    subscribers: int
    mrr: Decimal


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """What all plans bring in.

    Attributes:
        month: YYYY-MM, in UTC.
        active: who pays for a plan now; somebody on trial doesn't, somebody whose payment is late does.
        new: who began to pay in the month.
        churned: who ceased to.
        mrr: monthly recurring revenue: what those who pay now are charged a month, before taxes and discounts.
    """

    month: str
    currency: str
    active: int
    new: int
    churned: int
    mrr: Decimal
    by_plan: Sequence[PlanRevenue]


def get_revenue(*, month: str | None, now: datetime) -> Revenue:
    """What plans bring in now, and how subscribers came and went in a month (YYYY-MM; this one where it is None)."""
    chosen = month or f"{now:%Y-%m}"
    keys = {plan: BillingTotal.key_of(SUBSCRIBERS, plan) for plan in plans.PAID_PLANS}
    new, churned = BillingTotal.key_of(NEW, chosen), BillingTotal.key_of(CHURNED, chosen)
    totals = BillingTotal.of([*keys.values(), new, churned])
    by_plan = [
        PlanRevenue(
            plan=plan,
            subscribers=totals[key],
            mrr=totals[key] * plans.price_of(plan=plan),
        )
        for plan, key in keys.items()
    ]
    return Revenue(
        month=chosen,
        currency=plans.CURRENCY,
        active=sum(each.subscribers for each in by_plan),
        new=totals[new],
        churned=totals[churned],
        mrr=sum((each.mrr for each in by_plan), Decimal(0)),
        by_plan=by_plan,
    )
