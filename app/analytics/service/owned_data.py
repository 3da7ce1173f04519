"""What does analytics hold of a user, and how is it exported and erased?"""

from typing import Any

from app.analytics import rules
from app.analytics.models import EventBundle, Link, PersonDays
from app.core import dynamo


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """A user's events of the last 400 days."""
    return {
        "events": [
            {
                "event_type": bundle.kind,
                "timestamp": event[1],
                "anonymous_id": event[2],
                "event_data": event[3],
            }
            for bundle in EventBundle.owned_by(user_id)
            for event in bundle.events
        ]
    }


def erase_owned_by(*, user_id: str) -> None:
    """Leave of a user's events that they happened, and to somebody; running it again is harmless.

    Whose they were and what they held is gone. Sums stay as they are, also when they are made anew: all that a user
    did counts as done by one person, whom nothing names.
    """
    for bundle in EventBundle.owned_by(user_id):
        _commit_unless_done(bundle.erasure())
    for row in PersonDays.owned_by(rules.USER + user_id):
        nobody = PersonDays.made(
            event_type=row.kind,
            person=rules.erased(user_id),
            days=row.days,
            hours=row.hours or {},
            cutoff=row.cutoff,
        )
        dynamo.commit(nobody.replacement(), row.removal())
    for link in Link.owned_by(user_id):
        _commit_unless_done(link.erasure())


def _commit_unless_done(write: dynamo.Write) -> None:
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        return
