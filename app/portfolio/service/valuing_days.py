"""What was a portfolio worth at the end of each day? Stored days where there are any, the market for the rest."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.core import money
from app.portfolio import rules
from app.portfolio.models import Profile
from app.portfolio.models.snapshots import Snapshot
from app.portfolio.rules import valued_days
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.valued_days import Day, LeftOut, Pair
from app.portfolio.service.price_lines import Days, PriceLines, price_lines
from app.providers.job_queue.interface import JobQueue

NO_DAYS: Final[tuple[Day, ...]] = ()


@dataclass(frozen=True, kw_only=True)
class Valued:
    """Days in `currency`, and what they came from.

    Attributes:
        entries: those that count, with their amounts in `currency`, each by the rate of its day.
        left_out: what could not be valued on days that were not stored.
        prices: with the symbols whose closes are being loaded.
    """

    currency: str
    days: list[Day]
    entries: list[Entry]
    left_out: list[LeftOut]
    prices: PriceLines


def currency_of(*, profile: Profile | None) -> str:
    """The currency of a user's totals."""
    return profile.base_currency if profile is not None else rules.DEFAULT_CURRENCY


def stored_days(*, profile: Profile | None, first: date, start: date, end: date) -> Sequence[Day]:
    """The days from `start` on that are stored and still hold, without a gap; one request for every ten years.

    Args:
        first: the day of the ledger's first entry; before it, nothing was held.
    """
    if profile is None or profile.snapshots_until is None:
        return NO_DAYS
    until = min(end, profile.snapshots_until)
    if until < max(start, first):
        return NO_DAYS
    days = Snapshot.between(
        profile.user_id,
        start=max(start, first),
        end=until,
        currency=profile.base_currency,
    )
    before = [Day(day=start, value=money.ZERO)] if days and start < first else []
    return [*before, *days]


def value_days(
    *,
    entries: Sequence[Entry],
    stored: Sequence[Day],
    start: date,
    end: date,
    currency: str,
    benchmark: Collection[Pair] = (),
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Valued:
    """Every day from `start` to `end`: first the stored ones, then what follows from prices.

    Takes a batched read of quotes for every 100 symbols, and, where a finished day is not stored, another to see which
    closes are loaded, one of closes for every 25 symbols, and a query for each symbol held and two at most for each
    foreign currency.

    Args:
        entries: the whole ledger up to today; not empty.
        stored: the first of the days, as `stored_days` gives them.
        benchmark: a symbol that is priced over all the days beside those held.
    """
    begins = stored[-1].day if stored else start
    held = valued_days.held_between(entries, start=begins, end=end)
    first_entry = min(entry.day for entry in entries)
    prices = price_lines(
        symbols=held,
        benchmark=benchmark,
        currencies={entry.currency for entry in entries},
        to=currency,
        days=Days(
            loaded_from=first_entry,
            start=start,
            first=valued_days.day_after(begins) if stored else begins,
            last=end,
        ),
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    converted, without_rate = valued_days.in_currency(entries, rates=prices.rates)
    found = valued_days.valued_days(
        (entry for entry in entries if entry.asset_id not in without_rate),
        lines=prices.lines,
        rates=prices.rates,
        start=begins,
        end=end,
    )
    return Valued(
        currency=currency,
        days=[*stored, *found.days[1:]] if stored else found.days,
        entries=converted,
        left_out=[*found.left_out, *_without_rate(entries, without_rate)],
        prices=prices,
    )


def _without_rate(entries: Sequence[Entry], assets: Collection[str | None]) -> list[LeftOut]:
    symbols = {entry.asset_id: entry.symbol for entry in entries if entry.asset_id in assets}
    return [
        LeftOut(asset_id=asset_id, symbol=symbol, reason=rules.NO_EXCHANGE_RATE)
        for asset_id, symbol in symbols.items()
    ]
