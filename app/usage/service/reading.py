"""What has somebody used, in one period or month by month, and what is left?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.billing import service as billing
from app.usage import rules
from app.usage.models import Usage
from app.usage.service.limits import check_feature

LENGTH_OF_MONTH = len("2026-11")


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Every feature's count in a period, beside the plan of today.

    Attributes:
        limits: by feature, a month's, and of API calls a day's; -1 for no limit.
        resets_at: when the month's counts start anew; None for a period that is not this month.
    """

    period: str
    plan: str
    usage: Mapping[str, rules.Standing]
    limits: Mapping[str, int]
    resets_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class MonthOfUsage:
    """Every feature's count in one month (YYYY-MM)."""

    period: str
    usage: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Whether so many more are included now, and what is left of the window."""

    allowed: bool
    remaining: int
    limit: int
    current_count: int


def show_usage(*, user_id: str, plan: str, period: str, now: datetime) -> Overview:
    """What a user used in a period: current_month, last_month, current_year or YYYY-MM. One query.

    A month's limits stand beside a month's counts. None holds for a year, or for a month's API calls: these have one
    a day.
    """
    months = rules.months_of(period=period, now=now)
    counts = _by_month(user_id=user_id, first=months[0], last=months[-1])
    totals = sum(counts.values(), Counter())
    limits = {feature: billing.limit_of(plan=plan, feature=feature) for feature in rules.FEATURES}
    holding = {
        feature: limits[feature] if len(months) == 1 and feature in rules.MONTHLY else None
        for feature in rules.FEATURES
    }
    this_month = months == [rules.month(now)]
    return Overview(
        period=period,
        plan=plan,
        usage={
            feature: rules.standing(count=totals[feature], limit=holding[feature])
            for feature in rules.FEATURES
        },
        limits=limits,
        resets_at=rules.resets_at(feature=rules.MONTHLY[0], now=now) if this_month else None,
    )


def list_months(*, user_id: str, months: int, now: datetime) -> list[MonthOfUsage]:
    """So many months, this one first, each with every feature. One query."""
    wanted = rules.months_until(last=rules.month(now), count=months)
    counts = _by_month(user_id=user_id, first=wanted[-1], last=wanted[0])
    return [
        MonthOfUsage(
            period=month,
            usage={feature: counts.get(month, Counter())[feature] for feature in rules.FEATURES},
        )
        for month in wanted
    ]


def check_use(*, user_id: str, plan: str, feature: str, count: int, now: datetime) -> Allowance:
    """Whether so many more units are included in the window at hand; nothing is counted.

    Raises:
        UnknownFeature.
    """
    check_feature(feature=feature)
    limit = billing.limit_of(plan=plan, feature=feature)
    window = rules.window(feature=feature, now=now)
    used = int(Usage.counter(user_id=user_id, feature=feature, window=window).stored().used)
    return Allowance(
        allowed=rules.fits(count=used, more=count, limit=limit),
        remaining=rules.standing(count=used, limit=limit).remaining or 0,
        limit=limit,
        current_count=used,
    )


def _by_month(*, user_id: str, first: str, last: str) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for row in Usage.between(user_id=user_id, first=first, last=last):
        month = row.window[:LENGTH_OF_MONTH]
        counts.setdefault(month, Counter())[row.feature] += int(row.used)
    return counts
