"""When is a recurring job due?

A job is due at moments: multiples of an interval, or the times that a cron expression names on a wall clock.
Wall clocks jump. A time that a jump forward leaves out is due at the first minute after the jump, and a time
that comes twice is due the first time only. An expression whose minute or hour is a star counts real time
instead, so that an hourly job stays hourly. These are Debian cron's rules; cronsim implements them in one
module without dependencies (https://github.com/cuu508/cronsim), where Celery's own crontab skips the missing
hour and is heavy to import.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

NAME = re.compile(r"[a-z_]+\.[a-z_]+")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # a midnight: intervals that divide a day start with it
LARGEST_JUMP = timedelta(hours=3)  # wall clocks jump by an hour at most; the rest is margin
NOT_DUE = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A row of the schedule.

    Attributes:
        name: the task that it runs.
        every: the interval; or
        cron: minute, hour, day of month, month, day of week.
        timezone: the wall clock that `cron` is read on.
        why: what would go wrong without it.
    """

    name: str
    every: timedelta | None = None
    cron: str | None = None
    timezone: str = "UTC"
    why: str

    def __post_init__(self) -> None:
        """Refuse a row that could not be kept."""
        if not NAME.fullmatch(self.name):
            message = f"{self.name!r} is no task's name: domain.verb_noun"
            raise ValueError(message)
        if (self.every is None) == (self.cron is None):
            message = f"{self.name} needs either an interval or a cron expression"
            raise ValueError(message)
        if self.every is not None and self.every < timedelta(minutes=1):
            message = f"{self.name} runs every {self.every}, but the clock ticks once a minute"
            raise ValueError(message)
        self._times(EPOCH, backwards=False)

    @property
    def schedule(self) -> str:
        """The schedule in a person's words: "every 5 minutes", or the cron expression."""
        if self.every is None:
            return self.cron or ""
        minutes = int(self.every.total_seconds() // 60)
        return "every minute" if minutes == 1 else f"every {minutes} minutes"

    @property
    def owes_first_run(self) -> bool:
        """Whether a job that never ran is owed a run at once.

        An interval keeps something fresh, so the sooner the better. A cron expression means a moment, and one
        that passed before the job existed was never meant.
        """
        return self.every is not None

    def latest_due_at(self, *, now: datetime) -> datetime:
        """The last moment, up to and with `now`, at which the job was due."""
        if self.every is not None:
            return EPOCH + (now - EPOCH) // self.every * self.every
        times = self._times(now + LARGEST_JUMP, backwards=True)
        return next(due_at for due_at in times if due_at <= now)

    def next_due_at(self, *, after: datetime) -> datetime:
        """The first moment after `after` at which the job is due."""
        if self.every is not None:
            return self.latest_due_at(now=after) + self.every
        times = self._times(after, backwards=False)
        return next(due_at for due_at in times if due_at > after)

    def _times(self, start: datetime, *, backwards: bool) -> Iterator[datetime]:
        zone = ZoneInfo(self.timezone)
        if self.cron is None:
            return iter(())
        local = CronSim(self.cron, start.astimezone(zone), reverse=backwards)
        return (moment.astimezone(UTC) for moment in local)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A due time that a tick took on; each job has one, its latest.

    Attributes:
        due_at: the due time.
        claimed_at: when a tick last took it on.
        sent: whether its message is known to be on its way.
        owed: whether a run was asked for; a cron job that is seen for the first time only notes where it stands.
    """

    due_at: datetime
    claimed_at: datetime
    sent: bool = False
    owed: bool = True


def next_claim(
    *, job: Job, claim: Claim | None, now: datetime, unconfirmed_after: timedelta
) -> Claim | None:
    """What a tick should take on now, if anything.

    However long nothing ticked, that is one due time: the latest. A claim that was not confirmed in
    `unconfirmed_after` belonged to a tick that died between claiming and sending, and is taken over.
    """
    latest = job.latest_due_at(now=now)
    if claim is None:
        owed = job.owes_first_run
        return Claim(due_at=latest, claimed_at=now, sent=not owed, owed=owed)
    if latest > claim.due_at:
        return Claim(due_at=latest, claimed_at=now)
    if not claim.sent and now - claim.claimed_at >= unconfirmed_after:
        return Claim(due_at=claim.due_at, claimed_at=now)
    return None


def lag(*, job: Job, claim: Claim | None, last_run_at: datetime | None, now: datetime) -> timedelta:
    """How long the oldest due time that no run has answered has been waiting; zero if there is none."""
    if claim is None:
        return NOT_DUE
    unanswered = claim.owed and (last_run_at is None or last_run_at < claim.due_at)
    oldest = claim.due_at if unanswered else job.next_due_at(after=claim.due_at)
    return max(now - oldest, NOT_DUE)
