"""Where do backtests and optimisations stand, and how are they found?

    row           user_id  run_key
    backtest      ann      backtest#{run_id}
    optimisation  ann      optimization#{run_id}

Ids grow with time (UUID version 7), so a user's runs of a kind stand in the order in which they were asked for.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo, ids
from app.portfolio.rules.runs import COMPLETED, FAILED, PENDING

Pair = tuple[str, str]

WAITING: Final = "waiting"
KEPT_FOR: Final = timedelta(days=400)


class RunsWaiting(GlobalSecondaryIndex["Run"]):
    """Runs that are not done. All stand in one partition, which stays small."""

    class Meta:
        """Index `waiting-index`."""

        index_name = "waiting-index"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Run(dynamo.Model):
    """A backtest or an optimisation that somebody asked for.

    Attributes:
        wanted: what was asked for, as the rules write it down.
        result: what came of it.
        failure_code, failure: why nothing did.
        prices_asked, prices_asked_at: the prices that a worker was asked for, and when it last was.
        expires_at: runs go after 400 days.
    """

    class Meta(dynamo.Meta):
        """Table `portfolio-runs`."""

        name = "portfolio-runs"

    user_id = UnicodeAttribute(hash_key=True)
    run_key = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    status = UnicodeAttribute()
    wanted = dynamo.JsonAttribute()
    created_at = UTCDateTimeAttribute()
    waiting = UnicodeAttribute(null=True)
    claimed_until = UTCDateTimeAttribute(null=True)
    prices_asked = dynamo.JsonAttribute(null=True)
    prices_asked_at = UTCDateTimeAttribute(null=True)
    finished_at = UTCDateTimeAttribute(null=True)
    result = dynamo.JsonAttribute(null=True)
    failure_code = UnicodeAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)

    by_waiting = RunsWaiting()

    @classmethod
    def asked(cls, *, user_id: str, kind: str, wanted: Mapping[str, Any], now: datetime) -> "Run":
        """A run that is to be done; not stored yet."""
        run_id = ids.new_id_in_time(now=now)
        return cls(
            user_id,
            _key(kind, run_id),
            run_id=run_id,
            kind=kind,
            status=PENDING,
            wanted=dict(wanted),
            created_at=now,
            waiting=WAITING,
            expires_at=now + KEPT_FOR,
        )

    @classmethod
    def of(cls, *, user_id: str, kind: str, run_id: str) -> "Run | None":
        """A user's run of a kind; None where there is none such."""
        return dynamo.find(cls, user_id, _key(kind, run_id), consistent_read=True)

    @classmethod
    def page_of(
        cls, *, user_id: str, kind: str, limit: int, cursor: str | None
    ) -> dynamo.Page["Run"]:
        """A user's runs of a kind, the newest first."""
        return dynamo.page(
            cls,
            user_id,
            limit=limit,
            cursor=cursor,
            range_key_condition=cls.run_key.startswith(_key(kind, "")),
            newest_first=True,
            consistent_read=True,
        )

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Run"]:
        """All runs of a user."""
        return dynamo.every(cls, user_id, consistent_read=True)

    @classmethod
    def waiting_since(cls, moment: datetime, *, limit: int) -> list[tuple[str, str, str]]:
        """(user id, kind, run id) of runs that were asked for before a moment and are not done, the oldest first."""
        found = dynamo.page(
            cls.by_waiting,
            WAITING,
            limit=limit,
            cursor=None,
            range_key_condition=cls.created_at < moment,
        )
        return [(row.user_id, *_parts(row.run_key)) for row in found.items]

    @property
    def reservation_id(self) -> str:
        """What names the unit that it costs."""
        return self.run_id

    @property
    def symbols(self) -> list[str]:
        """What it calls its symbols."""
        return [kept["label"] for kept in self.wanted["symbols"]]

    @property
    def weights(self) -> dict[str, Any]:
        """The shares that were asked for; none in an optimisation."""
        return {kept["label"]: kept["share"] for kept in self.wanted["symbols"] if kept["share"]}

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, Run.user_id.does_not_exist())

    def claim(self, *, now: datetime, until: datetime) -> dynamo.Write:
        """Begin to work on it, unless somebody does."""
        is_free = Run.claimed_until.does_not_exist() | (Run.claimed_until < now)
        return dynamo.update(
            self._key_alone(), [Run.claimed_until.set(until)], _pending() & is_free
        )

    def prices_due(self, missing: Collection[Pair], *, before: datetime) -> set[Pair]:
        """Those of the prices that are missing for which nobody was asked yet, or not since then."""
        asked_lately = self.prices_asked_at is not None and self.prices_asked_at > before
        asked = {(kind, symbol) for kind, symbol in self.prices_asked or ()}
        return set(missing) - asked if asked_lately else set(missing)

    def waits_for_prices(self) -> dynamo.Write:
        """Let go of it until its prices have come."""
        return dynamo.update(self._key_alone(), [Run.claimed_until.remove()], _pending())

    def asks_for_prices(self, missing: Collection[Pair], *, now: datetime) -> dynamo.Write:
        """Let go of it until its prices have come; whoever calls asks a worker for those."""
        return dynamo.update(
            self._key_alone(),
            [
                Run.prices_asked.set(sorted(missing)),
                Run.prices_asked_at.set(now),
                Run.claimed_until.remove(),
            ],
            _pending(),
        )

    def completed(self, result: Mapping[str, Any], *, now: datetime) -> dynamo.Write:
        """This came of it."""
        return self._finished([Run.status.set(COMPLETED), Run.result.set(dict(result))], now)

    def failed(self, *, code: str, sentence: str, now: datetime) -> dynamo.Write:
        """Nothing came of it, and why."""
        told = [Run.failure_code.set(code), Run.failure.set(sentence)]
        return self._finished([Run.status.set(FAILED), *told], now)

    def erasure(self) -> dynamo.Write:
        """Remove it; it is fine if it is gone already."""
        return dynamo.delete(self._key_alone())

    def _finished(self, actions: list[Any], now: datetime) -> dynamo.Write:
        done = [Run.finished_at.set(now), Run.waiting.remove(), Run.claimed_until.remove()]
        return dynamo.update(self._key_alone(), [*actions, *done], _pending())

    def _key_alone(self) -> "Run":
        return Run(self.user_id, self.run_key)


def _pending() -> Condition:
    # PynamoDB's operators are untyped.
    condition: Condition = Run.status == PENDING
    return condition


def _key(kind: str, run_id: str) -> str:
    return f"{kind}#{run_id}"


def _parts(run_key: str) -> tuple[str, str]:
    kind, _, run_id = run_key.partition("#")
    return kind, run_id
