"""What have people done with the demo world's app, so that an administrator has numbers to look at?

Three weeks up to the first start, the same for the same DEMO_SEED and hour: visitors look at pages, and some of them
sign up and add an asset. Every event has an id of its own, so that sending it all again adds nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.local.api_client import Answer, ApiClient
from app.local.standins import walk

DAYS: Final = 21
VISITORS: Final = 60
ACCEPTED: Final = 202
A_CALL: Final = 50
PAGES: Final = ("home", "pricing", "portfolio", "docs")
STEPS: Final = (("page_view", 1.0), ("signup_opened", 0.5), ("asset_added", 0.3))
"""What a visitor does one after the other, and the share of all who come so far."""


def events(*, seed: int, now: datetime) -> list[dict[str, Any]]:
    """What is sent to POST /analytics/track."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [event for visitor in range(VISITORS) for event in _visit(visitor, seed=seed, hour=hour)]


def tell(client: ApiClient, *, seed: int, now: datetime) -> list[Answer]:
    """Send it all; gives the answers that are no success."""
    rows = events(seed=seed, now=now)
    calls = [rows[start : start + A_CALL] for start in range(0, len(rows), A_CALL)]
    answers = [client.call("POST", "/analytics/track", {"events": call}) for call in calls]
    return [answer for answer in answers if answer.status != ACCEPTED]


def _visit(visitor: int, *, seed: int, hour: datetime) -> list[dict[str, Any]]:
    def share(step: int) -> float:
        return walk.fraction(key=f"demo:visitor:{visitor}", seed=seed, step=step)

    came = hour - timedelta(minutes=int(share(0) * DAYS * 24 * 60) + 60)
    page = PAGES[int(share(1) * len(PAGES))]
    gets = share(2)
    return [
        {
            "event_type": event_type,
            "event_id": f"demo-{visitor}-{number}",
            "anonymous_id": f"demo-visitor-{visitor}",
            "event_data": {"page": page},
            "timestamp": (came + timedelta(minutes=10 * number)).isoformat(),
        }
        for number, (event_type, so_far) in enumerate(STEPS)
        if gets < so_far
    ]
