"""Is a long curve drawn from its days and hours, and cut exactly at the ends of its range?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.trading import service
from app.trading.models import EquitySnapshot, EquitySpan
from app.trading.models.equity import DAY, HOUR, hour_text
from app.trading.rules.curve import Point
from app.trading.rules.days import trading_day
from app.trading.rules.spans import Span
from tests.conftest import NOON, LocalAws

FIRST = datetime(2026, 9, 1, 5, tzinfo=UTC)
EVERY = timedelta(hours=3)


@pytest.fixture
def points(aws: LocalAws) -> list[Point]:
    """Eight snapshots a day for 50 days, with a peak in the middle; each stands for 60 as far as counts tell."""
    assert aws.answers()
    made = [(FIRST + EVERY * number, Decimal(100 + number % 7)) for number in range(8 * 50)]
    made[200] = (made[200][0], Decimal(999))
    with EquitySnapshot.batch_write() as batch:
        for at, value in made:
            batch.save(EquitySnapshot.taken(timestamp=at, equity=value, source="pushed"))
    days = sorted({trading_day(at) for at, _ in made})
    with EquitySpan.batch_write() as batch:
        for point in made:
            span = Span(count=60, points=(point,))
            batch.save(EquitySpan.looking_like(HOUR, hour_text(point[0]), span, version=1))
        for day in days:
            own = [point for point in made if trading_day(point[0]) == day]
            span = Span(count=480, points=Span.of(own).points)
            batch.save(EquitySpan.looking_like(DAY, day.isoformat(), span, version=1))
    return made


def drawn(start: datetime, end: datetime | None, points: int) -> list[Point]:
    return service.equity_curve(
        start=start.isoformat(),
        end=end.isoformat() if end else None,
        limit=None,
        points=points,
        now=NOON,
    )


class TestEquityCurve:
    def test_of_many_days_is_made_of_days(self, points: list[Point]) -> None:
        with dynamo.counting() as cost:
            found = drawn(FIRST, None, 100)

        assert cost.requests == 1
        assert len(found) == 100
        assert set(found) <= set(points)
        assert points[200] in found
        assert (found[0], found[-1]) == (points[0], points[-1])

    def test_of_some_days_is_made_of_hours(self, points: list[Point]) -> None:
        start, end = points[160][0], points[240][0]

        assert drawn(start, end, 100) == points[160:241]

    def test_is_cut_at_the_ends_of_its_range(self, points: list[Point]) -> None:
        start, end = points[3][0] + timedelta(minutes=1), points[395][0] - timedelta(minutes=1)

        found = drawn(start, end, 1_000)

        assert (found[0], found[-1]) == (points[4], points[394])
        assert set(found) <= set(points[4:395])

    def test_is_read_whole_where_there_is_little(self, points: list[Point]) -> None:
        assert drawn(points[8][0], points[12][0], 100) == points[8:13]
