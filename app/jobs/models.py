"""What is remembered of each recurring job: one row, its latest due time and its latest run."""

from collections.abc import Collection
from datetime import datetime
from typing import Self

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.core import dynamo
from app.jobs.rules import Claim


class JobRun(dynamo.Model):
    """A job's row, by its name."""

    class Meta(dynamo.Meta):
        """Where it stands."""

        name = "job-runs"

    name = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(null=True)
    claimed_at = UTCDateTimeAttribute(null=True)
    sent = BooleanAttribute(null=True)
    owed = BooleanAttribute(null=True)
    last_run_at = UTCDateTimeAttribute(null=True)
    last_result = UnicodeAttribute(null=True)
    last_duration_ms = NumberAttribute(null=True)

    @classmethod
    def of(cls, names: Collection[str]) -> dict[str, Self]:
        """The rows of these jobs that exist, by name."""
        return {run.name: run for run in dynamo.get_many(cls, names)}

    @property
    def claim(self) -> Claim | None:
        """The latest claim, if a tick made one."""
        if self.due_at is None or self.claimed_at is None:
            return None
        return Claim(
            due_at=self.due_at,
            claimed_at=self.claimed_at,
            sent=bool(self.sent),
            owed=bool(self.owed),
        )

    @classmethod
    def claiming(cls, *, name: str, claim: Claim, instead_of: Claim | None) -> dynamo.Write:
        """Take a due time on; only if the latest claim is still `instead_of`."""
        return dynamo.update(
            cls(name),
            actions=[
                cls.due_at.set(claim.due_at),
                cls.claimed_at.set(claim.claimed_at),
                cls.sent.set(claim.sent),
                cls.owed.set(claim.owed),
            ],
            condition=(
                cls.due_at.does_not_exist()
                if instead_of is None
                else (cls.due_at == instead_of.due_at) & (cls.claimed_at == instead_of.claimed_at)
            ),
        )

    @classmethod
    def confirming(cls, *, name: str, claim: Claim) -> dynamo.Write:
        """Note that the claim's message was sent; only if the claim is still the latest."""
        return dynamo.update(
            cls(name),
            actions=[cls.sent.set(True)],
            condition=(cls.due_at == claim.due_at) & (cls.claimed_at == claim.claimed_at),
        )

    @classmethod
    def recording(
        cls, *, name: str, started_at: datetime, duration_ms: int, result: str
    ) -> dynamo.Write:
        """Note a run; only if no later one is noted."""
        return dynamo.update(
            cls(name),
            actions=[
                cls.last_run_at.set(started_at),
                cls.last_result.set(result),
                cls.last_duration_ms.set(duration_ms),
            ],
            condition=cls.last_run_at.does_not_exist() | (cls.last_run_at <= started_at),
        )
