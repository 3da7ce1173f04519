"""How long has the bot been running?"""

from datetime import datetime


def uptime_seconds(*, started_at: datetime | None, now: datetime) -> int:
    """Whole seconds since the bot was started; 0 while it is not running."""
    if started_at is None:
        return 0
    return max(0, int((now - started_at).total_seconds()))
