"""What does usage hold of a user, and how is it exported and erased?"""

from typing import Any

from app.core import dynamo
from app.usage.models import Reservation, Usage


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """A user's counts, and each use of the last 40 days."""
    return {
        "counts": [
            {"period": row.window, "feature": row.feature, "count": row.used}
            for row in Usage.owned_by(user_id)
        ],
        "uses": [
            {
                "feature": row.feature,
                "count": row.units,
                "plan": row.plan,
                "state": row.state,
                "at": row.reserved_at,
            }
            for row in Reservation.owned_by(user_id)
        ],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Remove a user's counters and reservations; running it again is harmless. The totals of days name nobody."""
    for reservation in Reservation.owned_by(user_id):
        dynamo.commit(reservation.erasure())
    for counter in Usage.owned_by(user_id):
        dynamo.commit(counter.erasure())
