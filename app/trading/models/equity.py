"""What was the bot worth, and when? Snapshots, and what each hour and each trading day of them looked like.

    table             series or grain   at or start
    equity-snapshots  bot               2026-11-20T12:00:00.000000Z
    equity-rollups    hour              2026-11-20T12
    equity-rollups    day               2026-11-20 (a trading day)
    equity-rollups    ever              ever

Spans keep real points of the curve: the first, the last, the lowest, the highest, and both ends of the worst
fall. So a picture made of them keeps its peaks, and a drawdown found in them is the exact one.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo
from app.trading.models.trades import moment_of, moment_text
from app.trading.rules.curve import Point
from app.trading.rules.spans import Span

SERIES = "bot"
HOUR, DAY, EVER = "hour", "day", "ever"
PUSHED, DERIVED = "pushed", "derived"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class EquitySnapshot(dynamo.Model):
    """What the bot was worth at a moment.

    Attributes:
        source: PUSHED by the bot, or DERIVED by the job from what was known then.
    """

    class Meta(dynamo.Meta):
        """Table `equity-snapshots`."""

        name = "equity-snapshots"

    series = UnicodeAttribute(hash_key=True, default=SERIES)
    at_text = UnicodeAttribute(range_key=True, attr_name="at")
    equity = dynamo.DecimalAttribute()
    source = UnicodeAttribute()

    @classmethod
    def taken(cls, *, timestamp: datetime, equity: Decimal, source: str) -> "EquitySnapshot":
        """A snapshot that is not stored yet: `arrival` stores it."""
        return cls(SERIES, moment_text(timestamp), equity=equity, source=source)

    @property
    def timestamp(self) -> datetime:
        """When."""
        return moment_of(self.at_text)

    @property
    def point(self) -> Point:
        """A point of the curve."""
        return self.timestamp, self.equity

    @classmethod
    def at(cls, timestamp: datetime) -> "EquitySnapshot | None":
        """The snapshot of a moment, as of now."""
        return dynamo.find(cls, SERIES, moment_text(timestamp), consistent_read=True)

    def arrival(self) -> dynamo.Write:
        """Store it. The condition fails where the bot has pushed one for that moment, or the job derived it already."""
        cls = type(self)
        free = cls.series.does_not_exist()
        if self.source == PUSHED:
            free = free | (cls.source == DERIVED)
        return dynamo.put(self, free)

    @classmethod
    def between(cls, start: datetime | None, end: datetime | None) -> Iterator["EquitySnapshot"]:
        """From `start` to `end`, both included, oldest first."""
        condition = cls.at_text.between(*_bounds(start, end))
        return dynamo.every(cls, SERIES, range_key_condition=condition, consistent_read=True)

    @classmethod
    def page_between(
        cls,
        *,
        start: datetime | None,
        end: datetime | None,
        newest_first: bool,
        limit: int,
        cursor: str | None,
    ) -> dynamo.Page["EquitySnapshot"]:
        """Some of them, from `start` to `end`, both included."""
        return dynamo.page(
            cls,
            SERIES,
            range_key_condition=cls.at_text.between(*_bounds(start, end)),
            limit=limit,
            cursor=cursor,
            newest_first=newest_first,
            consistent_read=True,
        )


class EquitySpan(dynamo.Model):
    """What an hour or a trading day of snapshots looked like.

    Attributes:
        marks: [microseconds since 1970, equity] of the points that `Span` keeps.
        version: one more with each change, so that nobody writes over another's.
    """

    class Meta(dynamo.Meta):
        """Table `equity-rollups`."""

        name = "equity-rollups"

    grain = UnicodeAttribute(hash_key=True)
    start = UnicodeAttribute(range_key=True)
    count_of = NumberAttribute(attr_name="count", default=0)
    marks = dynamo.JsonAttribute(default=list)
    version = NumberAttribute(default=0)

    @property
    def span(self) -> Span:
        """The points."""
        points = [(_EPOCH + timedelta(microseconds=at), Decimal(value)) for at, value in self.marks]
        return Span(count=int(self.count_of), points=tuple(points))

    @classmethod
    def of_hour(cls, moment: datetime) -> "EquitySpan":
        """The hour of a moment as of now; an empty one where it has none."""
        return cls._of(HOUR, hour_text(moment))

    @classmethod
    def of_day(cls, day: date) -> "EquitySpan":
        """A trading day as of now; an empty one where it has none."""
        return cls._of(DAY, day.isoformat())

    @classmethod
    def _of(cls, grain: str, start: str) -> "EquitySpan":
        return dynamo.find(cls, grain, start, consistent_read=True) or cls(grain, start)

    @classmethod
    def hours(cls, start: datetime, end: datetime) -> Iterator["EquitySpan"]:
        """The hours from that of `start` to that of `end`, oldest first."""
        between = cls.start.between(hour_text(start), hour_text(end))
        return dynamo.every(cls, HOUR, range_key_condition=between, consistent_read=True)

    @classmethod
    def days(cls, first: date | None, last: date | None) -> Iterator["EquitySpan"]:
        """The trading days from the first to the last, oldest first."""
        lowest = first.isoformat() if first else "0"
        highest = last.isoformat() if last else "9999-12-31"
        between = cls.start.between(lowest, highest)
        return dynamo.every(cls, DAY, range_key_condition=between, consistent_read=True)

    def becoming(self, span: Span) -> dynamo.Write:
        """Let it look like that; the condition fails where somebody else changed it since it was read."""
        cls = type(self)
        version = int(self.version)
        row = cls.looking_like(self.grain, self.start, span, version=version + 1)
        return dynamo.put(row, cls.version == version if version else cls.grain.does_not_exist())

    @classmethod
    def looking_like(cls, grain: str, start: str, span: Span, *, version: int) -> "EquitySpan":
        """The row of a span, not stored yet."""
        marks = [[(at - _EPOCH) // _MICROSECOND, f"{value:f}"] for at, value in span.points]
        return cls(grain, start, count_of=span.count, marks=marks, version=version)


class EquityExtent(dynamo.Model):
    """The first and the last snapshot of all, and the last that the bot pushed."""

    class Meta(dynamo.Meta):
        """A row of table `equity-rollups`."""

        name = "equity-rollups"
        shares_table = True

    grain = UnicodeAttribute(hash_key=True)
    start = UnicodeAttribute(range_key=True)
    first_at = UTCDateTimeAttribute(null=True)
    first_equity = dynamo.DecimalAttribute(null=True)
    last_at = UTCDateTimeAttribute(null=True)
    last_equity = dynamo.DecimalAttribute(null=True)
    pushed_at = UTCDateTimeAttribute(null=True)
    pushed_equity = dynamo.DecimalAttribute(null=True)
    version = NumberAttribute(default=0)

    @classmethod
    def current(cls) -> "EquityExtent":
        """As of now; an empty one where there is no snapshot."""
        return dynamo.find(cls, EVER, EVER, consistent_read=True) or cls(EVER, EVER)

    def including(self, point: Point, *, pushed: bool) -> dynamo.Write:
        """With one more snapshot; the condition fails where somebody else added one since this was read."""
        cls = type(self)
        at, value = point
        row = cls(EVER, EVER, version=int(self.version) + 1)
        row.first_at, row.first_equity = self.first_at, self.first_equity
        row.last_at, row.last_equity = self.last_at, self.last_equity
        row.pushed_at, row.pushed_equity = self.pushed_at, self.pushed_equity
        if self.first_at is None or at <= self.first_at:
            row.first_at, row.first_equity = at, value
        if self.last_at is None or at >= self.last_at:
            row.last_at, row.last_equity = at, value
        if pushed and (self.pushed_at is None or at >= self.pushed_at):
            row.pushed_at, row.pushed_equity = at, value
        unchanged = cls.version == self.version if self.version else cls.grain.does_not_exist()
        return dynamo.put(row, unchanged)


def hour_text(moment: datetime) -> str:
    """The hour of a moment: 2026-11-20T12."""
    return moment_text(moment)[:13]


def hour_bounds(moment: datetime) -> tuple[datetime, datetime]:
    """The first and the last microsecond of the hour of a moment."""
    start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return start, start + timedelta(hours=1) - _MICROSECOND


def _bounds(start: datetime | None, end: datetime | None) -> Sequence[str]:
    return moment_text(start) if start else "0", moment_text(end) if end else "9999-12-31T24"
