"""Which points of an hour or a day of the equity curve must be kept, so that nothing that matters is lost?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.trading.rules.curve import Point, max_drawdown


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of the curve, told by at most six of its own points.

    Attributes:
        count: how many snapshots it holds.
        points: the first, the last, the lowest, the highest, and both ends of the worst fall, oldest first.
    """

    count: int
    points: tuple[Point, ...]

    @classmethod
    def of(cls, points: Sequence[Point]) -> "Span":
        """The span of these points, oldest first."""
        return cls(count=len(points), points=_telling(points))

    @classmethod
    def joined(cls, spans: Iterable["Span"]) -> "Span":
        """The span of spans that follow one another.

        Nothing is lost by taking their points only: a fall within one of them is among its points, and one from
        an earlier to a later span goes from the highest point of the one to the lowest of the other.
        """
        known = list(spans)
        points = [point for span in known for point in span.points]
        return cls(count=sum(span.count for span in known), points=_telling(points))

    def followed_by(self, point: Point) -> "Span":
        """With a point more, later than all others."""
        return Span.joined((self, Span(count=1, points=(point,))))

    def ends_before(self, point: Point) -> bool:
        """Whether a point is later than all of it."""
        return not self.points or self.points[-1][0] < point[0]


def _telling(points: Sequence[Point]) -> tuple[Point, ...]:
    if not points:
        return ()
    fall = max_drawdown(points)
    moments = {
        points[0][0],
        points[-1][0],
        min(points, key=lambda point: point[1])[0],
        max(points, key=lambda point: point[1])[0],
        fall.start,
        fall.end,
    }
    return tuple(point for point in points if point[0] in moments)
