"""What did a user gain, receive and pay in a year?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core import csv_cells, dynamo, money
from app.core.waiting import Patience
from app.portfolio import rules
from app.portfolio.models import Profile
from app.portfolio.rules import gain_sums, gains, holding_period, lots
from app.portfolio.service import ledger
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

MOST_ROWS: Final = 5_000
"""In one answer, which must stay below Lambda's 6 MB."""
LONGEST_CURSOR: Final = 9
NO_RATE: Final = rules.NO_EXCHANGE_RATE

# A day without trading takes the rate before it, so rates are loaded from so long before the first day.
RATES_BEFORE: Final = timedelta(days=14)

COLUMNS: Final = (
    *("kind", "date", "asset_type", "symbol", "asset_id", "quantity", "acquired_on"),
    *("holding_days", "term", "currency", "proceeds", "cost", "gain"),
    *("base_currency", "base_proceeds", "base_cost", "base_gain", "transaction_id", "purchase_id"),
)


@dataclass(frozen=True, kw_only=True)
class Gains:
    """A year of a user's ledger.

    Attributes:
        currency: the base currency, in which totals and `base` amounts are.
        totals, by_asset: of the whole year; rows without a rate are not counted.
        rows: in the order of time; some of them, where `next_cursor` tells from where they go on.
        row_count, uncounted_count: of the whole year.
        pending: currencies whose rates a worker is loading.
    """

    year: int
    cost_basis: str
    currency: str
    totals: gain_sums.Sums
    by_asset: list[gain_sums.AssetSums]
    rows: list[gains.Row]
    row_count: int
    uncounted_count: int
    pending: list[str]
    next_cursor: str | None


def gains_of(
    *,
    user_id: str,
    year: int | None,
    cost_basis: str,
    cursor: str | None,
    jobs: JobQueue,
    now: datetime,
    patience: Patience,
) -> Gains:
    """The report of a year, this year's (UTC) if none is given, by one of `lots.METHODS`.

    Rates of past days that are not stored a worker is asked for and waited for a little; what has not come by then
    is not counted this time, and told as pending.

    Raises:
        dynamo.InvalidCursor.
    """
    first = _number(cursor)
    year = now.astimezone(UTC).year if year is None else year
    profile = Profile.of(user_id)
    base = profile.base_currency if profile else rules.DEFAULT_CURRENCY
    entries = gains.until_end_of(year, entries=ledger.entries_of(user_id=user_id))
    happened = gains.in_year(lots.follow(entries, method=cost_basis), year=year)
    days = gains.days_needing_rates(entries=entries, happened=happened, base=base)
    pending = _ensure_rates(days, base=base, jobs=jobs, now=now, patience=patience)
    rates = {
        currency: prices.daily_rates(currency=currency, to=base, start=start, end=end)
        for currency, (start, end) in days.items()
    }
    rows = gains.rows_of(
        entries=entries,
        happened=happened,
        method=cost_basis,
        base=base,
        rate_on=lambda currency, day: rates[currency].get(day),
    )
    end = first + MOST_ROWS
    return Gains(
        year=year,
        cost_basis=cost_basis,
        currency=base,
        totals=gain_sums.sums_of(rows),
        by_asset=gain_sums.by_asset(rows),
        rows=rows[first:end],
        row_count=len(rows),
        uncounted_count=len(gain_sums.uncounted(rows)),
        pending=pending,
        next_cursor=str(end) if end < len(rows) else None,
    )


def as_csv(*, found: Gains) -> str:
    """The rows as a CSV with a line of headings; no cell starts a formula. `gain` of a fee is what it took."""
    return csv_cells.written([COLUMNS, *(_cells(row, found.currency) for row in found.rows)])


def _ensure_rates(
    days: Mapping[str, tuple[date, date]],
    *,
    base: str,
    jobs: JobQueue,
    now: datetime,
    patience: Patience,
) -> list[str]:
    """Have the rates loaded that are not stored; the currencies whose rates are still to come."""
    if not days:
        return []
    start = min(first for first, _ in days.values()) - RATES_BEFORE
    end = max(last for _, last in days.values())
    wanted = prices.rate_symbols(currencies={*days, base})
    states = prices.history_states(wanted=wanted, start=start, end=end, now=now)
    lacking = {pair for pair, state in states.items() if state.status == prices.PENDING}
    if lacking:
        states = prices.ask_for_histories(
            wanted=lacking,
            start=start,
            jobs=jobs,
            now=now,
            sleep=patience.sleep,
            wait_seconds=patience.seconds,
        )
    return sorted(pair[1] for pair, state in states.items() if state.status == prices.PENDING)


def _cells(row: gains.Row, base: str) -> Iterable[csv_cells.Cell]:
    if isinstance(row, gains.Sale):
        return _cells_of_sale(row, base)
    kind, sign = (
        (row.income.type, Decimal(1)) if isinstance(row, gains.Receipt) else ("fee", Decimal(-1))
    )
    amount = money.multiply(row.subject.amount, sign)
    in_base = None if row.base is None else money.trimmed(money.multiply(row.base, sign))
    return (
        *(kind, *_what(row), None, None, None, None, row.subject.currency),
        *(None, None, money.trimmed(amount), base, None, None, in_base),
        *(row.subject.transaction_id, None),
    )


def _cells_of_sale(row: gains.Sale, base: str) -> Iterable[csv_cells.Cell]:
    sale, result = row.disposal, row.base
    in_base = (result.proceeds, result.cost, result.gain) if result else (None, None, None)
    return (
        *("sale", *_what(row), money.trimmed(sale.quantity)),
        *(holding_period.day_of(sale.acquired_at), sale.holding_days, row.term, sale.currency),
        *(money.trimmed(amount) for amount in (sale.proceeds, sale.cost, sale.gain)),
        base,
        *(None if amount is None else money.trimmed(amount) for amount in in_base),
        *(sale.transaction_id, sale.purchase_id),
    )


def _what(row: gains.Row) -> tuple[csv_cells.Cell, ...]:
    """When, and of what."""
    subject = row.subject
    day = holding_period.day_of(row.at)
    return (day, subject.asset_type, subject.symbol, subject.asset_id)


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= LONGEST_CURSOR):
        raise dynamo.InvalidCursor
    return int(cursor)
