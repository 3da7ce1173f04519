"""How well did a user's portfolio do, by the value of every day?

Nothing is kept for it but the ledger and the closes. Days that are stored (service.snapshots) only save work: without
them the answer is the same.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from app.core import errors, money, shown
from app.core.downsampling import downsample
from app.portfolio import rules
from app.portfolio.models.snapshots import profile_now
from app.portfolio.rules import lots, performance, periods
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.performance import Beside, Figures
from app.portfolio.rules.periods import Period
from app.portfolio.rules.valued_days import Day, LeftOut, Pair
from app.portfolio.service import ledger
from app.portfolio.service.valuing_days import Valued, currency_of, stored_days, value_days
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

MOST_POINTS: Final = 1_000
"""More days than that are thinned out so that the shape and the peaks stay."""

WEEK: Final = "7d"
NO_RETURN: Final = Decimal("0.00")
BENCHMARK: Final = re.compile(r"(?:(crypto|stock):)?([A-Z0-9.^=&-]{1,20})")


class InvalidPeriod(errors.Unprocessable):
    """The days asked for make no period."""

    code = "invalid_period"
    message = "start must not be after end, nor after today. Give days such as 2026-01-31."


class InvalidBenchmark(errors.Unprocessable):
    """What is to be compared with is written like no symbol."""

    code = "invalid_benchmark"
    message = "Give a benchmark as stock:SPY or crypto:BTC, or a symbol alone."


@dataclass(frozen=True, kw_only=True)
class Point:
    """The end of a day. Returns are in percent since the first day."""

    date: date
    value: Decimal
    cumulative_return: Decimal
    benchmark_return: Decimal | None
    benchmark_value: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """How something else did over the same days, in the same currency. None where it had no price."""

    asset_type: str
    symbol: str
    total_return: Decimal | None
    max_drawdown: Decimal | None
    volatility: Decimal | None
    sharpe: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Performance:
    """A period in figures; amounts in `currency`. What can't be told is None.

    Attributes:
        range: a name of periods.RANGES, or "custom".
        start, end: the end of the first day is where it begins, the end of the last where it ends.
        net_deposits: purchases and transfers in, less sales and transfers out.
        gain: end_value - start_value - net_deposits + income - fees.
        realised_gain, unrealised_gain: by `cost_basis`; of sales in the period, and of what is held at its end.
        unpriced: assets that only realised_gain counts, each with the reason.
        pending: symbols whose closes are being loaded; ask again in a moment.
    """

    range: str
    start: date
    end: date
    currency: str
    cost_basis: str
    start_value: Decimal
    end_value: Decimal
    net_deposits: Decimal
    income: Decimal
    fees: Decimal
    gain: Decimal
    time_weighted_return: Decimal | None
    money_weighted_return: Decimal | None
    realised_gain: Decimal
    unrealised_gain: Decimal
    max_drawdown: Decimal | None
    volatility: Decimal | None
    sharpe: Decimal | None
    benchmark: Benchmark | None
    series: list[Point]
    unpriced: list[LeftOut]
    pending: list[str]


def performance_of(
    *,
    user_id: str,
    range_name: str | None = None,
    start: date | None = None,
    end: date | None = None,
    benchmark: str | None = None,
    cost_basis: str = lots.FIFO,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Performance:
    """How the portfolio did over a range, or from the end of one day to the end of another.

    The ledger takes a request for every MB, the profile and the stored days one each; what prices take stands at
    `value_days`. The ledger is read first: a change that comes meanwhile takes stored days back, so that none is read
    that says more than the ledger does.

    Args:
        range_name: one of periods.RANGES; 30d where start and end are None, too.
        start, end: days in UTC; a start of None is the first day of the ledger, an end of None is today.
        benchmark: stock:SPY, crypto:BTC, or a symbol alone, which is crypto if the user holds only that, else a stock.
        cost_basis: one of lots.METHODS.
        sleep: how to wait (`time.sleep`) for a worker to load closes that are not stored.
        wait_seconds: the longest such wait.

    Raises:
        InvalidPeriod, InvalidBenchmark, prices.UnknownSymbol.
    """
    today = now.astimezone(UTC).date()
    entries = [each for each in ledger.entries_of(user_id=user_id) if each.day <= today]
    other = _benchmark(benchmark, entries) if benchmark is not None else None
    first = min((entry.day for entry in entries), default=None)
    try:
        period = periods.period(
            range_name=range_name, start=start, end=end, first=first, today=today
        )
    except periods.Backwards:
        raise InvalidPeriod(
            details={"start": [InvalidPeriod.message], "today": today.isoformat()}
        ) from None
    profile = profile_now(user_id)
    if first is None:
        return _nothing(period, currency=currency_of(profile=profile), cost_basis=cost_basis)
    valued = value_days(
        entries=entries,
        stored=stored_days(profile=profile, first=first, start=period.start, end=period.end),
        start=period.start,
        end=period.end,
        currency=currency_of(profile=profile),
        benchmark=[other] if other else [],
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    if other is not None:
        _keep_fresh(other, valued=valued, jobs=jobs, now=now)
    return _told(period, valued, cost_basis=cost_basis, other=other)


def week_of(
    *,
    user_id: str,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Performance:
    """How the portfolio did over the last seven days, for who is told of it every week."""
    return performance_of(
        user_id=user_id,
        range_name=WEEK,
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )


def _benchmark(text: str, entries: Sequence[Entry]) -> Pair:
    found = BENCHMARK.fullmatch(
        text.upper().replace("CRYPTO:", "crypto:").replace("STOCK:", "stock:")
    )
    if found is None:
        raise InvalidBenchmark(details={"benchmark": [InvalidBenchmark.message]})
    asset_type, symbol = found.groups()
    if asset_type is None:
        held = {entry.asset_type for entry in entries if entry.symbol == symbol}
        asset_type = rules.CRYPTO if held == {rules.CRYPTO} else rules.STOCK
    return asset_type, symbol


def _keep_fresh(pair: Pair, *, valued: Valued, jobs: JobQueue, now: datetime) -> None:
    """Have the benchmark's price refreshed from now on, where it is not.

    Raises:
        prices.UnknownSymbol: the market says that there is no such symbol.
    """
    quote = valued.prices.quotes[pair]
    if not valued.prices.lines[pair].is_known and quote.error == prices.UnknownSymbol.code:
        raise prices.UnknownSymbol(details={"asset_type": pair[0], "symbol": pair[1]})
    if quote.stale:
        prices.track(asset_type=pair[0], symbol=pair[1], now=now, jobs=jobs)


def _nothing(period: Period, *, currency: str, cost_basis: str) -> Performance:
    """What there is to tell of an empty ledger."""
    zero = money.ZERO
    return _performance(
        period,
        days=[],
        currency=currency,
        cost_basis=cost_basis,
        figures=performance.figures([Day(day=period.end, value=zero)]),
        gains=performance.Gains(realised=zero, open_cost=zero),
        benchmark=None,
        beside=None,
        left_out=[],
        pending=[],
    )


def _told(period: Period, valued: Valued, *, cost_basis: str, other: Pair | None) -> Performance:
    beside = benchmark = None
    if other is not None:
        line = valued.prices.lines[other]
        beside = performance.beside(valued.days, line=line, rates=valued.prices.rates)
        benchmark = Benchmark(
            asset_type=other[0],
            symbol=other[1],
            total_return=shown.percent(beside.total_return),
            max_drawdown=shown.percent(beside.max_drawdown),
            volatility=shown.percent(beside.volatility),
            sharpe=shown.ratio(beside.sharpe),
        )
    return _performance(
        period,
        days=valued.days,
        currency=valued.currency,
        cost_basis=cost_basis,
        figures=performance.figures(valued.days),
        gains=performance.gains(
            valued.entries,
            method=cost_basis,
            start=period.start,
            end=period.end,
            uncounted={each.asset_id for each in valued.left_out},
        ),
        benchmark=benchmark,
        beside=beside,
        left_out=valued.left_out,
        pending=valued.prices.pending,
    )


def _performance(
    period: Period,
    *,
    days: Sequence[Day],
    currency: str,
    cost_basis: str,
    figures: Figures,
    gains: performance.Gains,
    benchmark: Benchmark | None,
    beside: Beside | None,
    left_out: list[LeftOut],
    pending: list[str],
) -> Performance:
    return Performance(
        range=period.name,
        start=period.start,
        end=period.end,
        currency=currency,
        cost_basis=cost_basis,
        start_value=_amount(figures.start_value),
        end_value=_amount(figures.end_value),
        net_deposits=_amount(figures.net_deposits),
        income=_amount(figures.income),
        fees=_amount(figures.fees),
        gain=_amount(figures.gain),
        time_weighted_return=shown.percent(figures.time_weighted_return),
        money_weighted_return=shown.percent(figures.money_weighted_return),
        realised_gain=_amount(gains.realised),
        unrealised_gain=_amount(money.subtract(figures.end_value, gains.open_cost)),
        max_drawdown=shown.percent(figures.max_drawdown),
        volatility=shown.percent(figures.volatility),
        sharpe=shown.ratio(figures.sharpe),
        benchmark=benchmark,
        series=_series(days, figures=figures, beside=beside),
        unpriced=left_out,
        pending=pending,
    )


def _series(days: Sequence[Day], *, figures: Figures, beside: Beside | None) -> list[Point]:
    """The days, or those of them that show the value best."""
    moments = [(datetime.combine(day.day, time(), UTC), day.value) for day in days]
    kept = {moment for moment, _ in downsample(moments, to=MOST_POINTS)}
    return [
        Point(
            date=day.day,
            value=_amount(day.value),
            cumulative_return=shown.percent(figures.cumulative_returns[number]) or NO_RETURN,
            benchmark_return=shown.percent(beside.cumulative_returns[number]) if beside else None,
            benchmark_value=shown.amount(beside.worth[number]) if beside else None,
        )
        for number, day in enumerate(days)
        if moments[number][0] in kept
    ]


def _amount(value: Decimal) -> Decimal:
    return shown.amount(value) or money.ZERO
