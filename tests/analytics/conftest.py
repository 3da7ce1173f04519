from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.analytics import service as analytics


@dataclass
class Teller:
    """Tells what happened, and asks how often it did."""

    now: Callable[[], datetime]
    advance: Callable[..., None]

    def tell(self, event_type: str = "view", user_id: str | None = None, **fields: Any):
        ago = fields.pop("ago", None)
        if ago is not None:
            fields["timestamp"] = self.now() - ago
        event = analytics.NewEvent(event_type=event_type, **fields)
        return analytics.track_events(events=[event], user_id=user_id, now=self.now())

    def roll_up(self) -> int:
        self.advance(minutes=3)
        return analytics.roll_up(now=self.now())

    def shown(self, event_type: str = "view", days: int = 30, user_id: str | None = None):
        if user_id is not None:
            return analytics.show_own(
                user_id=user_id, event_type=event_type, days=days, now=self.now()
            )
        return analytics.show_all(event_type=event_type, days=days, now=self.now())

    def hours(self, event_type: str = "view", days: int = 2, user_id: str | None = None):
        """The hours that have events, as 20T12, and how many."""
        asked: dict[str, Any] = {"event_type": event_type, "days": days, "now": self.now()}
        if user_id is not None:
            found = analytics.show_hours_of_own(user_id=user_id, **asked)
        else:
            found = analytics.show_hours_of_all(**asked)
        stats = {f"{stat.hour:%dT%H}": stat.count for stat in found.hourly_stats if stat.count}
        assert found.total_events == sum(stats.values())
        return stats

    def counts(self, event_type: str = "view", days: int = 30, user_id: str | None = None):
        found = self.shown(event_type, days, user_id)
        stats = {f"{day.date:%m-%d}": day.count for day in found.daily_stats if day.count}
        assert found.total_events == sum(stats.values())
        return stats, found.unique_users


@pytest.fixture
def teller(aws, clock):
    return Teller(now=clock.now, advance=clock.advance)


@pytest.fixture
def a_day():
    return timedelta(days=1)
