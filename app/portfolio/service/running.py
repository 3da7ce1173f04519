"""How is a run done, once, however often a worker is told to?

A worker claims the run for a while; another that is told meanwhile leaves it. If the first dies, its claim ends and a
job has the run asked for again.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, Final

from app.core import dynamo
from app.portfolio.models.runs import Run
from app.portfolio.rules import runs as rules
from app.portfolio.rules.runs import Unusable
from app.portfolio.service import run_prices, runs
from app.portfolio.service.run_prices import Found, Needed
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

CLAIM_LASTS: Final = timedelta(seconds=110)
"""Nearly as long as a function may run on AWS."""
LOOK_AGAIN_SECONDS: Final = 2
LOOKED_AT_FOR: Final = timedelta(minutes=1)
"""How long a run looks for its prices by itself; after that the job that looks after runs does."""
PRICES_ASKED_AGAIN_AFTER: Final = timedelta(minutes=2)
BROKEN_CODE: Final = "internal_error"
BROKEN: Final = "Something went wrong on our side; nothing was counted. Try again."

Computed = Mapping[str, Any]


def needed_by(*, run: Run) -> Needed:
    """Whose closes a run needs: those of weight 0 aside."""
    symbols = [rules.restored(kept) for kept in run.wanted["symbols"]]
    return Needed(
        symbols=[one for one in symbols if one.share is None or one.share > 0],
        start=date.fromisoformat(run.wanted["start"]),
        end=date.fromisoformat(run.wanted["end"]),
    )


def perform(
    *,
    kind: runs.Kind,
    user_id: str,
    run_id: str,
    compute: Callable[[Run, Needed, Found], Computed],
    jobs: JobQueue,
    now: datetime,
) -> None:
    """Do a run, or note why it can't be done, or let go of it until its prices have come.

    Args:
        compute: what comes of it; raises `Unusable` with the reason where nothing can.
    """
    run = Run.of(user_id=user_id, kind=kind.name, run_id=run_id)
    if run is None:
        return
    if run.status == rules.PENDING:
        if not _held(run.claim(now=now, until=now + CLAIM_LASTS)):
            return
        _work(run, kind, compute, jobs, now)
        run = Run.of(user_id=user_id, kind=kind.name, run_id=run_id)
    if run is not None and run.status != rules.PENDING:
        runs.settle(run=run)


def _work(
    run: Run,
    kind: runs.Kind,
    compute: Callable[[Run, Needed, Found], Computed],
    jobs: JobQueue,
    now: datetime,
) -> None:
    needed = needed_by(run=run)
    try:
        found = run_prices.find_closes(needed=needed, now=now)
        if isinstance(found, set):
            _wait_for(found, run, kind, needed=needed, jobs=jobs, now=now)
            return
        _held(run.completed(compute(run, needed, found), now=now))
        log.info("portfolio.run_completed", extra={"kind": run.kind})
    except Unusable as problem:
        _held(run.failed(code=problem.code, sentence=str(problem), now=now))
        log.info("portfolio.run_not_completed", extra={"kind": run.kind, "code": problem.code})
    except dynamo.Busy:
        raise  # nothing is wrong with the run: it is asked for again
    except Exception:
        # Whoever asked need not wait for somebody to mend what is broken here.
        _held(run.failed(code=BROKEN_CODE, sentence=BROKEN, now=now))
        raise


def _wait_for(
    missing: set[run_prices.Pair],
    run: Run,
    kind: runs.Kind,
    *,
    needed: Needed,
    jobs: JobQueue,
    now: datetime,
) -> None:
    """Have the prices loaded, each once in two minutes, and look again: soon while somebody may still wait."""
    due = run.prices_due(missing, before=now - PRICES_ASKED_AGAIN_AFTER)
    if due:
        run_prices.ask_for_closes(wanted=due, needed=needed, jobs=jobs, now=now)
    is_waiting = _held(run.asks_for_prices(missing, now=now) if due else run.waits_for_prices())
    if is_waiting and now - run.created_at < LOOKED_AT_FOR:
        jobs.enqueue(
            kind.task,
            {"user_id": run.user_id, "run_id": run.run_id},
            delay_seconds=LOOK_AGAIN_SECONDS,
        )


def _held(written: dynamo.Write) -> bool:
    """Store it, unless the run was given up on, finished or removed meanwhile; whether it was stored."""
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(written)
        return True
    return False
