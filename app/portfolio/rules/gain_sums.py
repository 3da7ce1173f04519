"""What do the rows of a year's report come to, as a whole and for each asset, in the base currency?"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules.gains import LONG, SHORT, Payment, Receipt, Result, Row, Sale


@dataclass(frozen=True, kw_only=True)
class Sums(Result):
    """A year in figures.

    Attributes:
        short_term, long_term: of what was held for a year at most, and for more.
        income: dividends and interest together.
        fees: those that no cost and no proceeds hold.
    """

    short_term: Result
    long_term: Result
    dividends: Decimal
    interest: Decimal
    income: Decimal
    fees: Decimal


@dataclass(frozen=True, kw_only=True)
class AssetSums(Sums):
    """A year of one asset; of what belongs to none where `asset_id` is None. `currency` is the asset's own."""

    asset_id: str | None
    asset_type: str | None
    symbol: str | None
    currency: str


def sums_of(rows: Iterable[Row]) -> Sums:
    """What the rows come to; those without an amount in the base currency are not counted."""
    rows = list(rows)
    sales = [row for row in rows if isinstance(row, Sale)]
    receipts = [row for row in rows if isinstance(row, Receipt)]
    dividends = _total(row for row in receipts if row.income.type == ledger.DIVIDEND)
    interest = _total(row for row in receipts if row.income.type == ledger.INTEREST)
    whole = _result(sales)
    return Sums(
        proceeds=whole.proceeds,
        cost=whole.cost,
        gain=whole.gain,
        short_term=_result(sale for sale in sales if sale.term == SHORT),
        long_term=_result(sale for sale in sales if sale.term == LONG),
        dividends=dividends,
        interest=interest,
        income=money.total([dividends, interest]),
        fees=_total(row for row in rows if isinstance(row, Payment)),
    )


def by_asset(rows: Iterable[Row]) -> list[AssetSums]:
    """What the rows of each asset come to, by symbol; what belongs to no asset comes last, by currency."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        subject = row.subject
        key = (subject.symbol or "", subject.asset_id or "", subject.currency)
        groups.setdefault(key, []).append(row)
    found: list[AssetSums] = []
    for _, group in sorted(groups.items(), key=lambda item: (not item[0][1], item[0])):
        subject = group[0].subject
        found.append(
            AssetSums(
                **vars(sums_of(group)),
                asset_id=subject.asset_id,
                asset_type=subject.asset_type,
                symbol=subject.symbol,
                currency=subject.currency,
            )
        )
    return found


def uncounted(rows: Iterable[Row]) -> list[Row]:
    """The rows that no sum counts, because a rate is missing."""
    return [row for row in rows if row.base is None]


def _result(sales: Iterable[Sale]) -> Result:
    counted = [sale.base for sale in sales if sale.base is not None]
    return Result(
        proceeds=money.total(each.proceeds for each in counted),
        cost=money.total(each.cost for each in counted),
        gain=money.total(each.gain for each in counted),
    )


def _total(rows: Iterable[Receipt | Payment]) -> Decimal:
    return money.total(row.base for row in rows if row.base is not None)
