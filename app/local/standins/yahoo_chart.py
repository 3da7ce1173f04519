"""Which bars does Yahoo's chart hold for a symbol, a span of time and an interval?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.local.standins import walk
from app.local.standins.market import Listing, Market

FIRST_TRADE = datetime(2010, 1, 4, tzinfo=UTC)
RANGE_DAYS = {
    "1d": 1,
    "5d": 7,
    "1mo": 31,
    "3mo": 92,
    "6mo": 183,
    "1y": 366,
    "2y": 731,
    "5y": 1827,
    "10y": 3653,
}
RANGES = (*RANGE_DAYS, "ytd", "max")
INTRADAY_MINUTES = {"1m": 1, "2m": 2, "5m": 5, "15m": 15, "30m": 30, "60m": 60, "90m": 90, "1h": 60}
INTRADAY_DAYS_KEPT = {"1m": 8, "60m": 730, "1h": 730}
OTHER_INTRADAY_DAYS_KEPT = 60
WHOLE_DAYS = ("1d", "5d", "1wk", "1mo", "3mo")
SATURDAY = 5
NEW_YORK_KINDS = ("EQUITY", "ETF")
AVERAGE_VOLUME = 20_000_000


class InvalidSpanError(Exception):
    """A span that the real chart refuses, with its status and its code."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Span:
    """What was asked for: from `start` up to `end`, cut into bars of `interval`."""

    start: datetime
    end: datetime
    interval: str
    range_name: str


@dataclass(frozen=True)
class Bar:
    """One bar's time: it is stamped with its start and closes at its end."""

    start: datetime
    end: datetime


def span(
    *,
    period1: str | None,
    period2: str | None,
    range_name: str | None,
    interval: str,
    at: datetime,
) -> Span:
    """Reads the query of /v8/finance/chart.

    Raises:
        InvalidSpanError: for an interval, a range or a period that the real chart refuses.
    """
    if interval not in (*INTRADAY_MINUTES, *WHOLE_DAYS):
        raise InvalidSpanError(422, "Unprocessable Entity", f"Invalid input - interval={interval}")
    if period1 is None:
        start, end = _range_start(range_name or "1d", at), at
    else:
        start, end = _moment(period1), _moment(period2) if period2 else at
    if start > end:
        sentence = f"Invalid input - start date cannot be after end date. startDate = {period1}"
        raise InvalidSpanError(400, "Bad Request", sentence)
    kept = INTRADAY_DAYS_KEPT.get(interval, OTHER_INTRADAY_DAYS_KEPT)
    if interval in INTRADAY_MINUTES and start < at - timedelta(days=kept):
        sentence = (
            f"{interval} data not available for startTime={int(start.timestamp())} and "
            f"endTime={int(end.timestamp())}. "
            f"The requested range must be within the last {kept} days."
        )
        raise InvalidSpanError(422, "Unprocessable Entity", sentence)
    return Span(max(start, FIRST_TRADE), min(end, at), interval, range_name or "")


def result(*, market: Market, listing: Listing, span: Span, at: datetime) -> dict[str, Any]:
    """One `chart.result`: what the symbol is, the bars' times and their open, high, low, close."""
    bars = list(_bars(listing, span))
    prices = [_open_high_low_close(market, listing.symbol, bar, at) for bar in bars]
    answer: dict[str, Any] = {"meta": _meta(market, listing, span, at)}
    if not bars:
        # Nothing traded in the span: the real chart then has no timestamps and empty objects.
        return {**answer, "indicators": {"quote": [{}], "adjclose": [{}]}}
    columns = {
        name: [float(row[index]) for row in prices]
        for index, name in enumerate(("open", "high", "low", "close"))
    }
    volumes = [_volume(market, listing, bar) for bar in bars]
    indicators: dict[str, Any] = {"quote": [{**columns, "volume": volumes}]}
    if span.interval not in INTRADAY_MINUTES:
        indicators["adjclose"] = [{"adjclose": columns["close"]}]
    answer["timestamp"] = [int(bar.start.timestamp()) for bar in bars]
    return {**answer, "indicators": indicators}


def trades_on(listing: Listing, day: date) -> bool:
    """Whether a day has a session: every day for coins, weekdays for the rest."""
    return listing.round_the_clock or day.weekday() < SATURDAY


def session(listing: Listing, day: date) -> Bar:
    """When a day's trading starts and ends: New York's hours for stocks, else the whole UTC day."""
    if listing.kind in NEW_YORK_KINDS:
        return Bar(datetime.combine(day, time(14, 30), UTC), datetime.combine(day, time(21), UTC))
    start = datetime.combine(day, time(), UTC)
    return Bar(start, start + timedelta(days=1) - timedelta(seconds=1))


def time_zone(listing: Listing) -> str:
    """The exchange's time zone, by its name."""
    return "America/New_York" if listing.kind in NEW_YORK_KINDS else "UTC"


def _moment(text: str) -> datetime:
    try:
        seconds = int(float(text))
    except ValueError:
        raise InvalidSpanError(400, "Bad Request", f"Invalid input - period={text}") from None
    # yfinance asks for everything with a moment before the epoch.
    earliest, latest = 0, 32_503_680_000
    return datetime.fromtimestamp(min(max(seconds, earliest), latest), UTC)


def _range_start(name: str, at: datetime) -> datetime:
    if name not in RANGES:
        sentence = f"Invalid input - range={name}"
        raise InvalidSpanError(422, "Unprocessable Entity", sentence)
    if name == "max":
        return FIRST_TRADE
    if name == "ytd":
        return datetime(at.year, 1, 1, tzinfo=UTC)
    day = at.date() - timedelta(days=RANGE_DAYS[name] - 1)
    return datetime.combine(day, time(), UTC)


def _bars(listing: Listing, span: Span) -> Iterator[Bar]:
    for first, last in _day_groups(listing, span):
        whole = Bar(session(listing, first).start, session(listing, last).end)
        if span.interval not in INTRADAY_MINUTES:
            yield whole
            continue
        step = timedelta(minutes=INTRADAY_MINUTES[span.interval])
        start = whole.start
        while start < whole.end:
            if span.start <= start <= span.end:
                yield Bar(start, min(start + step, whole.end))
            start += step


def _day_groups(listing: Listing, span: Span) -> Iterator[tuple[date, date]]:
    """First and last trading day of each bar; a week, a month or a quarter is one group."""
    group: tuple[Any, date, date] | None = None
    day = span.start.date()
    while day <= span.end.date():
        inside = session(listing, day).start <= span.end and (
            span.interval in INTRADAY_MINUTES or session(listing, day).start >= span.start
        )
        if inside and trades_on(listing, day):
            key = _group_key(day, span.interval)
            if group and group[0] != key:
                yield group[1], group[2]
                group = None
            group = (key, group[1] if group else day, day)
        day += timedelta(days=1)
    if group:
        yield group[1], group[2]


def _group_key(day: date, interval: str) -> Any:
    if interval in ("1wk", "5d"):
        return day.isocalendar()[:2]
    if interval == "1mo":
        return (day.year, day.month)
    if interval == "3mo":
        return (day.year, (day.month - 1) // 3)
    return day


def _open_high_low_close(
    market: Market, symbol: str, bar: Bar, at: datetime
) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    end = min(bar.end, at)
    middle = bar.start + (end - bar.start) / 2
    opened, between, closed = (
        market.listed_price(symbol, moment) for moment in (bar.start, middle, end)
    )
    return opened, max(opened, between, closed), min(opened, between, closed), closed


def _volume(market: Market, listing: Listing, bar: Bar) -> int:
    share = walk.fraction(
        key=f"volume:{listing.symbol}", seed=market.seed, step=int(bar.start.timestamp())
    )
    length = (bar.end - bar.start) / timedelta(days=1)
    return int(AVERAGE_VOLUME * length * (0.5 + share))


def _meta(market: Market, listing: Listing, span: Span, at: datetime) -> dict[str, Any]:
    today = _trading_period(listing, at.date())
    meta = {
        "currency": listing.currency,
        "symbol": listing.symbol,
        "exchangeName": listing.exchange,
        "instrumentType": listing.kind,
        "firstTradeDate": int(FIRST_TRADE.timestamp()),
        "regularMarketTime": int(at.timestamp()),
        "hasPrePostMarketData": listing.kind in NEW_YORK_KINDS,
        "gmtoffset": today["gmtoffset"],
        "timezone": today["timezone"],
        "exchangeTimezoneName": time_zone(listing),
        "regularMarketPrice": float(market.listed_price(listing.symbol, at)),
        "chartPreviousClose": float(market.listed_price(listing.symbol, span.start)),
        "priceHint": 2,
        "currentTradingPeriod": {"pre": today, "regular": today, "post": today},
        "dataGranularity": span.interval,
        "range": span.range_name,
        "validRanges": list(RANGES),
    }
    if span.interval in INTRADAY_MINUTES:
        days = (first for first, _ in _day_groups(listing, span))
        meta["tradingPeriods"] = [[_trading_period(listing, day)] for day in days]
    return meta


def _trading_period(listing: Listing, day: date) -> dict[str, Any]:
    hours = session(listing, day)
    new_york = listing.kind in NEW_YORK_KINDS
    return {
        "timezone": "EST" if new_york else "UTC",
        "start": int(hours.start.timestamp()),
        "end": int(hours.end.timestamp()),
        "gmtoffset": -18_000 if new_york else 0,
    }
