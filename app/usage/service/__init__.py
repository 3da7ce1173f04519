"""What usage does for the rest of the product. Each function is one use case.

A feature that costs units charges by itself, around the work:

    reservation = usage.reserve(user_id=..., feature="analyses", plan=..., reservation_id=f"message#{message_id}", ...)
    if reservation.state != usage.RESERVED:
        return                                  # a redelivered task: it was finished before
    try:
        answer = ...
    except Exception:
        usage.give_back(user_id=..., reservation_id=...)
        raise
    usage.commit(user_id=..., reservation_id=...)

The id names the work, so that a task that is delivered twice counts once. Reserve in the request where the refusal is
to be its answer; the task that does the work reserves under the same id again, which counts nothing, or just
commits. Whatever nobody finishes in 12 hours is given back.
"""

from app.usage.rules import COMMITTED, FEATURES, GIVEN_BACK, RESERVED
from app.usage.service.calls import charge_api_call
from app.usage.service.counting import (
    Counted,
    Reservation,
    commit,
    count_use,
    give_back,
    give_back_lapsed,
    reserve,
)
from app.usage.service.limits import CountedAutomatically, UnknownFeature, UsageLimitExceeded
from app.usage.service.owned_data import erase_owned_by, export_owned_by
from app.usage.service.reading import (
    Allowance,
    MonthOfUsage,
    Overview,
    check_use,
    list_months,
    show_usage,
)
from app.usage.service.rollup import InvalidUsageRange, list_totals, roll_up

__all__ = [
    "COMMITTED",
    "FEATURES",
    "GIVEN_BACK",
    "RESERVED",
    "Allowance",
    "Counted",
    "CountedAutomatically",
    "InvalidUsageRange",
    "MonthOfUsage",
    "Overview",
    "Reservation",
    "UnknownFeature",
    "UsageLimitExceeded",
    "charge_api_call",
    "check_use",
    "commit",
    "count_use",
    "erase_owned_by",
    "export_owned_by",
    "give_back",
    "give_back_lapsed",
    "list_months",
    "list_totals",
    "reserve",
    "roll_up",
    "show_usage",
]
