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
)
