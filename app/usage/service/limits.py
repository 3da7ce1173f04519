"""What may be counted, what does a plan allow, and how is it told that there is no more?"""

from datetime import datetime
from typing import Any

from app.billing import service as billing
from app.core import errors
from app.usage import rules

UsageLimitExceeded = errors.UsageLimitExceeded
"""It stands in core, with what is raised for API calls, because every route that takes an API key declares it."""

CHECKOUT = "POST /stripe/create-checkout-session"


class UnknownFeature(errors.NotFound):
    """Nothing of this name is counted."""

    code = "unknown_feature"
    message = f"There is no such feature. What is counted: {', '.join(rules.FEATURES)}."


class CountedAutomatically(errors.Forbidden):
    """Nobody counts API calls by hand."""

    code = "counted_automatically"
    message = "Calls made with an API key are counted by themselves; api_calls can't be raised."


def check_feature(*, feature: str) -> None:
    """Refuse what is not counted.

    Raises:
        UnknownFeature.
    """
    if feature not in rules.FEATURES:
        raise UnknownFeature(details={"feature": feature, "features": list(rules.FEATURES)})


def check_countable(*, feature: str) -> None:
    """Refuse what is not counted by whoever uses it.

    Raises:
        UnknownFeature, CountedAutomatically.
    """
    check_feature(feature=feature)
    if feature == rules.API_CALLS:
        raise CountedAutomatically


def refusal(
    *, feature: str, plan: str, used: int, requested: int, now: datetime
) -> tuple[str, dict[str, Any]]:
    """A sentence and the details of a use that a plan does not include."""
    limit = billing.limit_of(plan=plan, feature=feature)
    resets_at = rules.resets_at(feature=feature, now=now)
    larger = [
        name
        for name, sold in billing.PLANS.items()
        if rules.fits(count=used, more=requested, limit=sold.limits[feature])
    ]
    window = "day" if feature == rules.API_CALLS else "month"
    sentence = (
        f"The {plan} plan includes {limit} {feature} a {window}, and {used} are used. "
        f"The count starts anew at {resets_at.isoformat()}"
    )
    sentence += f"; {' or '.join(larger)} includes more: {CHECKOUT}." if larger else "."
    details = {
        "feature": feature,
        "limit": limit,
        "used": used,
        "requested": requested,
        "plan": plan,
        "resets_at": resets_at.isoformat(),
        "upgrade": {"plans": larger, "how": CHECKOUT} if larger else None,
    }
    return sentence, details
