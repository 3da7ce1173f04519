"""Is the bot's uptime counted right?"""

from datetime import UTC, datetime, timedelta

from app.trading import rules

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class TestUptimeSeconds:
    def test_is_zero_while_the_bot_stands_still(self) -> None:
        assert rules.uptime_seconds(started_at=None, now=NOON) == 0

    def test_counts_whole_seconds(self) -> None:
        later = NOON + timedelta(seconds=61, milliseconds=900)
        assert rules.uptime_seconds(started_at=NOON, now=later) == 61

    def test_is_never_negative_when_clocks_disagree(self) -> None:
        assert rules.uptime_seconds(started_at=NOON, now=NOON - timedelta(seconds=5)) == 0
