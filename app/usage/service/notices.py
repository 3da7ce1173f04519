"""Who is told that a limit is nearly, or wholly, used?

Each is told once a window: the counter notes it in the transaction that writes the email. A process that dies
between a count and its email leaves it to whoever reads the counter next: the next use, a refusal, or the roll-up.
"""

import logging
from datetime import datetime

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import dynamo
from app.emails import service as emails
from app.usage import rules
from app.usage.models import Usage

log = logging.getLogger(__name__)

WORDS = {
    "analyses": "analyses",
    "backtests": "backtests",
    "portfolio_optimizations": "portfolio optimisations",
    "api_calls": "API calls",
}
"""What an email calls each feature."""
TEMPLATES = {rules.NEARLY: "usage_nearly_used", rules.ALL: "usage_used_up"}


def tell_if_due(*, counter: Usage, plan: str, now: datetime) -> emails.Outgoing | None:
    """Write the email that a counter, as it was just read, makes due; None where nobody is to be told.

    Who has no email address is not asked about again in this window.
    """
    limit = billing.limit_of(plan=plan, feature=counter.feature)
    due = rules.threshold_due(count=int(counter.used), limit=limit, told=int(counter.told or 0))
    if due is None:
        return None
    try:
        user = accounts.get_account(user_id=counter.user_id)
    except accounts.UnknownAccount:
        return None
    email = _email(counter, user, plan, due, now) if user.email else None
    writes = [counter.telling(due), *([email.write] if email else [])]
    try:
        dynamo.commit(*writes)
    except dynamo.ConditionFailed:  # somebody else told them
        return None
    except dynamo.Busy:  # the use is counted: its answer must not become an error
        log.warning("usage.notice_postponed", extra={"feature": counter.feature})
        return None
    log.info("usage.threshold_passed", extra={"feature": counter.feature, "percent": due})
    return email


def _email(
    counter: Usage, user: accounts.User, plan: str, due: int, now: datetime
) -> emails.Outgoing:
    feature = counter.feature
    limit = billing.limit_of(plan=plan, feature=feature)
    larger = [
        sold.title
        for sold in billing.PLANS.values()
        if rules.fits(count=limit, more=1, limit=sold.limits[feature])
    ]
    return emails.outgoing(
        template=TEMPLATES[due],
        to=str(user.email),
        context={
            "name": user.first_name or user.username,
            "feature": WORDS[feature],
            "used": int(counter.used),
            "limit": limit,
            "plan": billing.PLANS[plan].title,
            "resets_at": rules.resets_at(feature=feature, now=now),
            "larger_plans": larger,
        },
        idempotency_key=f"usage#{counter.user_id}#{counter.date_feature}#{due}",
        user_id=counter.user_id,
        now=now,
    )
