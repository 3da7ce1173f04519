"""May a program make one more call with its API key today?"""

import math
from datetime import datetime

from app.billing import service as billing
from app.core import dynamo, errors
from app.usage import rules
from app.usage.models import Usage
from app.usage.service.limits import refusal
from app.usage.service.notices import tell_if_due

UNCOUNTED = "trading:"


def charge_api_call(*, user_id: str, plan: str, scope: str, now: datetime) -> None:
    """Count a call that an API key was let in for, or refuse it; scopes of trading are free.

    One request to DynamoDB; none where the plan includes no calls. Where DynamoDB's answer is lost on its way and the
    client asks again, a call may count twice, which never lets more calls through. Of the email at 80 and 100 % only
    the row is written here: the outbox's own job finds it within two minutes.

    Args:
        scope: the one that the route needs.

    Raises:
        errors.CallLimitExceeded: says how many seconds are left of the day (UTC).
    """
    if scope.startswith(UNCOUNTED):
        return
    limit = billing.limit_of(plan=plan, feature=rules.API_CALLS)
    window = rules.window(feature=rules.API_CALLS, now=now)
    counter = Usage.counter(user_id=user_id, feature=rules.API_CALLS, window=window)
    if limit == 0:
        raise _exceeded(plan, limit, now)
    try:
        dynamo.commit(counter.raised_by_call(plan=plan, limit=limit))
    except dynamo.ConditionFailed:
        raise _exceeded(plan, limit, now) from None
    tell_if_due(counter=counter, plan=plan, now=now)


def _exceeded(plan: str, limit: int, now: datetime) -> errors.CallLimitExceeded:
    sentence, details = refusal(
        feature=rules.API_CALLS, plan=plan, used=limit, requested=1, now=now
    )
    left = rules.resets_at(feature=rules.API_CALLS, now=now) - now
    seconds = max(1, math.ceil(left.total_seconds()))
    return errors.CallLimitExceeded(
        sentence, details={**details, "retry_after": seconds}, retry_after_seconds=seconds
    )
