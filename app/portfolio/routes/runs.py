"""At which URLs does a user try a portfolio on past prices, or look for the best one?"""

import time
from http import HTTPStatus
from typing import Any

from app.core import auth, clock
from app.core.dynamo import Busy, InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import PageArgs
from app.core.waiting import Patience
from app.extensions import providers
from app.portfolio.models.runs import Run
from app.portfolio.rules.runs import PENDING
from app.portfolio.schemas import runs as schemas
from app.portfolio.service import runs as service
from app.prices import service as prices
from app.usage import service as usage

# API Gateway gives up after 29 s.
WAIT_SECONDS = 25.0
RUN_ID = "<string(maxlength=64):run_id>"

blp = Blueprint(
    "backtests",
    __name__,
    url_prefix="/portfolio",
    description="Portfolios tried on past prices, and the best ones by them",
)


@blp.route("/backtests", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.BacktestIn)
@blp.response(200, schemas.BacktestOut)
@blp.alt_response(202, schema=schemas.BacktestOut, description="The result is still to come.")
@blp.failures(
    service.EndInTheFuture,
    prices.UnknownSymbol,
    usage.UsageLimitExceeded,
    service.UnknownBacktest,
    Busy,
)
@idempotent
def run_backtest(body: dict[str, Any]) -> tuple[Run, HTTPStatus]:
    """Run a backtest

    What `initial` would have become in these weights, bought at the first day's closes and rebalanced as asked.
    Days count on which every symbol has a close. Closes are adjusted for splits; dividends are left out. It costs
    one unit of `backtests`, which comes back where it fails. After 25 s without a result the status is 202: read it
    at `/portfolio/backtests/{id}`. What was is no promise of what will be.
    """
    principal = auth.principal()
    run = service.ask_backtest(
        user_id=principal.user_id,
        plan=principal.plan,
        **body,
        jobs=providers.job_queue,
        patience=_patience(),
        now=clock.now(),
    )
    return run, _status(run)


@blp.route("/backtests", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.BacktestListOut)
@blp.failures(InvalidCursor)
def list_backtests(page: dict[str, Any]) -> dict[str, Any]:
    """List backtests

    The newest first, without their series. They are kept for 400 days.
    """
    found, next_cursor = service.list_runs(
        kind=service.BACKTESTS, user_id=auth.principal().user_id, **page
    )
    return {"backtests": found, "next_cursor": next_cursor}


@blp.route(f"/backtests/{RUN_ID}", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.BacktestOut)
@blp.failures(service.UnknownBacktest)
def get_backtest(run_id: str) -> Run:
    """Show a backtest

    Its figures are null while `status` is pending, and where it failed; `error` then says why.
    """
    return service.get_run(kind=service.BACKTESTS, user_id=auth.principal().user_id, run_id=run_id)


@blp.route("/optimizations", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.OptimisationIn)
@blp.response(200, schemas.OptimisationOut)
@blp.alt_response(202, schema=schemas.OptimisationOut, description="The result is still to come.")
@blp.failures(
    service.EndInTheFuture,
    prices.UnknownSymbol,
    usage.UsageLimitExceeded,
    service.UnknownOptimisation,
    Busy,
)
@idempotent
def optimize_portfolio(body: dict[str, Any]) -> tuple[Run, HTTPStatus]:
    """Optimize a portfolio

    The weights, none below 0, with the least variance, the highest Sharpe ratio or the same risk from each symbol,
    by the daily returns of these days, and the efficient frontier. 41 days on which every symbol has a close are
    needed. It costs one unit of `portfolio_optimizations`, which comes back where it fails. After 25 s without a
    result the status is 202: read it at `/portfolio/optimizations/{id}`. Such weights follow the past closely, and
    the future may be another: try them as a backtest on other days.
    """
    principal = auth.principal()
    run = service.ask_optimisation(
        user_id=principal.user_id,
        plan=principal.plan,
        **body,
        jobs=providers.job_queue,
        patience=_patience(),
        now=clock.now(),
    )
    return run, _status(run)


@blp.route("/optimizations", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(PageArgs, location="query")
@blp.response(200, schemas.OptimisationListOut)
@blp.failures(InvalidCursor)
def list_optimizations(page: dict[str, Any]) -> dict[str, Any]:
    """List optimizations

    The newest first, without their frontiers. They are kept for 400 days.
    """
    found, next_cursor = service.list_runs(
        kind=service.OPTIMISATIONS, user_id=auth.principal().user_id, **page
    )
    return {"optimizations": found, "next_cursor": next_cursor}


@blp.route(f"/optimizations/{RUN_ID}", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.OptimisationOut)
@blp.failures(service.UnknownOptimisation)
def get_optimization(run_id: str) -> Run:
    """Show an optimization

    Its weights and figures are null while `status` is pending, and where it failed; `error` then says why.
    """
    return service.get_run(
        kind=service.OPTIMISATIONS, user_id=auth.principal().user_id, run_id=run_id
    )


def _patience() -> Patience:
    return Patience(sleep=time.sleep, seconds=WAIT_SECONDS)


def _status(run: Run) -> HTTPStatus:
    return HTTPStatus.ACCEPTED if run.status == PENDING else HTTPStatus.OK
