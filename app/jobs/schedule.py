"""Which jobs recur, when, and why? This is the one table; the minute tick reads nothing else."""

from datetime import timedelta

from app.jobs.rules import Job

__all__ = ["SCHEDULE", "Job"]

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
        name="portfolio.track_holdings",
        cron="20 3 * * *",
        why="A symbol leaves the refresh list 30 days after it was last wanted; whoever holds it wants it every day.",
    ),
    Job(
        name="accounts.resume_erasures",
        every=timedelta(hours=1),
        why="A closed account whose erasing was lost or given up on would otherwise never be erased.",
    ),
)
