"""How does somebody ask for a backtest or an optimisation, wait for it, and find it again?

The run and the unit that it costs are one transaction. A worker does it; the request looks at it until it is done,
for a bounded time, and a job looks after those that nobody finished.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from app.core import dynamo, errors, waiting
from app.core.waiting import Patience
from app.portfolio.models.runs import Run
from app.portfolio.rules import runs as rules
from app.portfolio.rules.runs import Wanted
from app.portfolio.service.run_prices import UNKNOWN_SYMBOL
from app.prices import service as prices
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain
from app.usage import service as usage

log = logging.getLogger(__name__)

RUN_BACKTEST: Final = "portfolio.run_backtest"
OPTIMISE: Final = "portfolio.optimize"
ASK_AGAIN_AFTER: Final = timedelta(minutes=1)
GIVE_UP_AFTER: Final = timedelta(minutes=15)
MOST_LOOKED_AFTER: Final = 200
GIVEN_UP_CODE: Final = "given_up"
GIVEN_UP: Final = (
    "It could not be finished in time, or its prices did not come. Nothing was counted: ask again."
)


class UnknownBacktest(errors.NotFound):
    """The user has none such."""

    code = "unknown_backtest"
    message = "There is no such backtest. GET /portfolio/backtests lists yours."


class UnknownOptimisation(errors.NotFound):
    """The user has none such."""

    code = "unknown_optimization"
    message = "There is no such optimization. GET /portfolio/optimizations lists yours."


class EndInTheFuture(errors.Unprocessable):
    """The days asked for have not all come."""

    code = "end_in_the_future"
    message = "end must not be after today (UTC): prices of days to come are not known."


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What sets one kind of run apart: the feature that it is counted as, and the task that does it."""

    name: str
    feature: str
    task: str
    unknown: type[errors.NotFound]


BACKTESTS: Final = Kind(
    name=rules.BACKTEST, feature="backtests", task=RUN_BACKTEST, unknown=UnknownBacktest
)
OPTIMISATIONS: Final = Kind(
    name=rules.OPTIMISATION,
    feature="portfolio_optimizations",
    task=OPTIMISE,
    unknown=UnknownOptimisation,
)
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (BACKTESTS, OPTIMISATIONS)}


def ask_backtest(
    *,
    user_id: str,
    weights: Mapping[str, Decimal],
    asset_type: str,
    start: date,
    end: date,
    rebalance: str,
    initial: Decimal,
    fee_percent: Decimal,
    plan: str,
    jobs: JobQueue,
    patience: Patience,
    now: datetime,
) -> Run:
    """Ask for a backtest, and wait for it for a while. It costs a unit of `backtests` if it comes to a result.

    Args:
        weights: by symbol, `crypto:BTC` where its type is not `asset_type`; they add up to 1, nearly.

    Raises:
        EndInTheFuture.
        prices.UnknownSymbol: one of them is known not to exist.
        UsageLimitExceeded: the plan includes no more; nothing was stored.
    """
    symbols = [
        rules.wanted(label=label, asset_type=asset_type, share=share)
        for label, share in weights.items()
    ]
    chosen = {
        "rebalance": rebalance,
        "initial": str(initial),
        "fee_percent": str(fee_percent),
    }
    run = _asked(BACKTESTS, symbols, chosen, user_id=user_id, start=start, end=end, now=now)
    return _begun(run, BACKTESTS, plan=plan, jobs=jobs, patience=patience, now=now)


def ask_optimisation(
    *,
    user_id: str,
    symbols: Sequence[str],
    asset_type: str,
    start: date,
    end: date,
    objective: str,
    risk_free_rate: Decimal,
    plan: str,
    jobs: JobQueue,
    patience: Patience,
    now: datetime,
) -> Run:
    """Ask for the best weights, and wait for them. It costs a unit of `portfolio_optimizations` if they come.

    Args:
        symbols: two or more, `crypto:BTC` where its type is not `asset_type`.
        risk_free_rate: in percent a year.

    Raises:
        EndInTheFuture.
        prices.UnknownSymbol: one of them is known not to exist.
        UsageLimitExceeded: the plan includes no more; nothing was stored.
    """
    wanted = [rules.wanted(label=label, asset_type=asset_type) for label in symbols]
    chosen = {"objective": objective, "risk_free_rate": str(risk_free_rate)}
    run = _asked(OPTIMISATIONS, wanted, chosen, user_id=user_id, start=start, end=end, now=now)
    return _begun(run, OPTIMISATIONS, plan=plan, jobs=jobs, patience=patience, now=now)


def get_run(*, kind: Kind, user_id: str, run_id: str) -> Run:
    """A user's backtest or optimisation.

    Raises:
        UnknownBacktest, UnknownOptimisation: the user has none such.
    """
    run = Run.of(user_id=user_id, kind=kind.name, run_id=run_id)
    if run is None:
        raise kind.unknown(details={"id": run_id})
    return run


def list_runs(
    *, kind: Kind, user_id: str, limit: int, cursor: str | None
) -> tuple[list[Run], str | None]:
    """Some of a user's backtests or optimisations, the newest first, and where the next ones start."""
    page = Run.page_of(user_id=user_id, kind=kind.name, limit=limit, cursor=cursor)
    return page.items, page.next_cursor


def settle(*, run: Run) -> None:
    """Keep the unit of a run that came to a result, and give back that of one that didn't. Repeating is harmless."""
    finish = usage.commit if run.status == rules.COMPLETED else usage.give_back
    finish(user_id=run.user_id, reservation_id=run.reservation_id)


def look_after_runs(*, jobs: JobQueue, now: datetime) -> None:
    """Have done again what nobody does, and give up on what has waited too long."""
    given_up = 0
    for user_id, kind, run_id in Run.waiting_since(now - ASK_AGAIN_AFTER, limit=MOST_LOOKED_AFTER):
        run = Run.of(user_id=user_id, kind=kind, run_id=run_id)
        if run is None or run.status != rules.PENDING:
            continue
        if now - run.created_at < GIVE_UP_AFTER:
            jobs.enqueue(KINDS[kind].task, {"user_id": user_id, "run_id": run_id})
            continue
        with suppress(dynamo.ConditionFailed):  # it was finished at this very moment
            dynamo.commit(run.failed(code=GIVEN_UP_CODE, sentence=GIVEN_UP, now=now))
            usage.give_back(user_id=user_id, reservation_id=run.reservation_id)
            given_up += 1
    if given_up:
        log.warning("portfolio.runs_given_up", extra={"count": given_up})


def export_runs(*, user_id: str) -> list[dict[str, Any]]:
    """A user's backtests and optimisations: what was asked for, and what came of it."""
    return [
        {
            "id": run.run_id,
            "kind": run.kind,
            "status": run.status,
            "asked": run.wanted,
            "result": run.result,
            "error": run.failure,
            "created_at": run.created_at,
        }
        for run in Run.owned_by(user_id)
    ]


def erase_runs(*, user_id: str) -> None:
    """Remove a user's backtests and optimisations; running it again is harmless."""
    for run in Run.owned_by(user_id):
        dynamo.commit(run.erasure())


def _asked(
    kind: Kind,
    symbols: Sequence[Wanted],
    chosen: Mapping[str, Any],
    *,
    user_id: str,
    start: date,
    end: date,
    now: datetime,
) -> Run:
    """A run that may be begun; not stored yet."""
    if end > now.astimezone(UTC).date():
        raise EndInTheFuture(details={"end": end.isoformat()})
    _check_known(symbols, now)
    wanted = {
        "symbols": [rules.stored(one) for one in symbols],
        "start": start.isoformat(),
        "end": end.isoformat(),
        **chosen,
    }
    return Run.asked(user_id=user_id, kind=kind.name, wanted=wanted, now=now)


def _check_known(symbols: Sequence[Wanted], now: datetime) -> None:
    """Refuse a symbol that its source was asked about lately and doesn't know; of others a worker finds out."""
    quotes = prices.latest_quotes(
        wanted={one.pair for one in symbols}, now=now, stale_after_seconds=0
    )
    unknown = [one.label for one in symbols if quotes[one.pair].error == UNKNOWN_SYMBOL]
    if unknown:
        raise prices.UnknownSymbol(details={"symbols": unknown})


def _begun(
    run: Run, kind: Kind, *, plan: str, jobs: JobQueue, patience: Patience, now: datetime
) -> Run:
    """The run as it stands once it is done, or once the patience ends.

    Raises:
        UsageLimitExceeded: the plan includes no more; nothing was stored.
    """
    usage.reserve(
        user_id=run.user_id,
        feature=kind.feature,
        plan=plan,
        reservation_id=run.reservation_id,
        jobs=jobs,
        now=now,
        writes=(run.arrival(),),
    )
    try:
        jobs.ask(kind.task, {"user_id": run.user_id, "run_id": run.run_id})
    except (TryAgain, GiveUp):
        # Everything is stored: the job that looks after runs asks again.
        log.warning("portfolio.run_not_sent")
        return run
    seen = get_run(kind=kind, user_id=run.user_id, run_id=run.run_id)
    for delay in waiting.poll_delays(patience.seconds):
        if seen.status != rules.PENDING:
            break
        patience.sleep(delay)
        seen = get_run(kind=kind, user_id=run.user_id, run_id=run.run_id)
    return seen
