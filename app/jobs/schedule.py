"""Which jobs recur, when, and why? This is the one table; the minute tick reads nothing else.

The times of two jobs are settings; the table shows their defaults, and `schedule` what was chosen.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.config import Settings
from app.jobs.rules import Job

__all__ = ["SCHEDULE", "Job", "last_due_at", "schedule"]

EQUITY_SNAPSHOT: Final = "trading.snapshot_equity"
HEARTBEAT: Final = "trading.send_heartbeat"
CHICAGO: Final = "America/Chicago"

SCHEDULE: tuple[Job, ...] = (
    Job(
        name="prices.refresh_quotes",
        every=timedelta(minutes=5),
        why="Portfolios are valued from a shared price cache; this keeps it fresh without a request waiting.",
    ),
    Job(
        name="emails.retry_outbox",
        every=timedelta(minutes=1),
        why="An email whose task was lost, or whose worker died, would otherwise never be sent.",
    ),
    Job(
        name="usage.roll_up",
        every=timedelta(hours=1),
        why="Units of work that died would otherwise stay counted, and admins would see no day's totals.",
    ),
    Job(
        name="analytics.roll_up",
        every=timedelta(hours=1),
        why="What was tracked since the last run is added up anew at each question, which reads ever more of it.",
    ),
    Job(
        name="portfolio.track_holdings",
        cron="20 3 * * *",
        why="A symbol leaves the refresh list 30 days after it was last wanted; whoever holds it wants it every day.",
    ),
    Job(
        name="portfolio.check_alerts",
        every=timedelta(minutes=5),
        why="Each refresh has alerts checked; prices that a request fetched, or a lost check, would wait for the next.",
    ),
    Job(
        name="portfolio.send_digests",
        cron="0 7 * * 1",
        why="On Monday morning people read how their portfolio did in the week; nobody else sends that.",
    ),
    Job(
        name="portfolio.snapshot_values",
        cron="30 4 * * *",
        why="Reports of long times would otherwise follow the price of everything held through all of their days.",
    ),
    Job(
        name="portfolio.look_after_imports",
        every=timedelta(minutes=1),
        why="An import whose task was lost, or whose worker died, would otherwise wait for its end for ever.",
    ),
    Job(
        name="billing.retry_events",
        every=timedelta(minutes=5),
        why="An event of Stripe's whose task was lost would otherwise leave a plan as it was until the day is over.",
    ),
    Job(
        name="billing.send_reminders",
        every=timedelta(hours=1),
        why="Late payers, trials and cancelled plans are reminded, and a grace that is over ends the plan.",
    ),
    Job(
        name="billing.reconcile",
        cron="40 3 * * *",
        why="Events that Stripe could not deliver for days would otherwise never be heard of.",
    ),
    Job(
        name="accounts.resume_erasures",
        every=timedelta(hours=1),
        why="A closed account whose erasing was lost or given up on would otherwise never be erased.",
    ),
    Job(
        name="waitlist.credit_owed",
        every=timedelta(minutes=10),
        why="A confirmed referral whose task was lost would otherwise never move up who brought it.",
    ),
    Job(
        name="workspace.look_after_answers",
        every=timedelta(minutes=1),
        why="A question whose task was lost, or whose worker died, would otherwise wait for its answer for ever.",
    ),
    Job(
        name="workspace.look_after_files",
        every=timedelta(minutes=10),
        why="A file whose worker always dies would otherwise stand as being read for ever.",
    ),
    Job(
        name="portfolio.look_after_runs",
        every=timedelta(minutes=1),
        why="A backtest whose task was lost, or whose worker died, would otherwise stay pending for ever.",
    ),
    Job(
        name="waitlist.close_gaps",
        every=timedelta(hours=1),
        why="Where somebody left the list, or died while joining, those behind would otherwise keep a place too many.",
    ),
    Job(
        name="workspace.resume_removals",
        every=timedelta(hours=1),
        why="What stood in a removed project is looked for again, so that a row or an upload that came late goes too.",
    ),
    Job(
        name="marketplace.expire_offers",
        every=timedelta(minutes=5),
        why="Offers end when their time is up, and those for a sold item end, too, where their task was lost.",
    ),
    Job(
        name=EQUITY_SNAPSHOT,
        every=timedelta(minutes=10),
        why="The equity curve has a point every EQUITY_SNAPSHOT_INTERVAL_MINUTES, also while the bot says nothing.",
    ),
    Job(
        name="trading.roll_up_daily_pnl",
        cron="0 0 * * *",
        timezone=CHICAGO,
        why="A day that is over is counted once more from its trades, so that calendars rest on settled sums.",
    ),
    Job(
        name=HEARTBEAT,
        cron="0 2,8,14,20 * * *",
        timezone=CHICAGO,
        why="Viewers are told the balance at the times of HEARTBEAT_CRON, and hear at once when the bot falls silent.",
    ),
)


def last_due_at(*, name: str, settings: Settings, now: datetime) -> datetime:
    """The last moment, up to and with `now`, at which a job of the table was due."""
    return next(job for job in schedule(settings) if job.name == name).latest_due_at(now=now)


def schedule(settings: Settings) -> tuple[Job, ...]:
    """The table, with the times that this installation chose."""
    chosen: dict[str, dict[str, Any]] = {
        EQUITY_SNAPSHOT: {"every": timedelta(minutes=settings.equity_snapshot_interval_minutes)},
        HEARTBEAT: {"cron": settings.heartbeat_cron},
    }
    return tuple(replace(job, **chosen.get(job.name, {})) for job in SCHEDULE)
