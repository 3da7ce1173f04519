"""What has the demo world's bot traded, so that viewers have reports to look at?

Three months up to the day of the first start, the same for the same DEMO_SEED and day. The bot's equity is what
it began with plus what its trades realised, so that every report agrees with every other.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from app.local.api_client import Answer, ApiClient
from app.local.standins import walk

BEGAN_WITH: Final = Decimal(25_000)
DAYS: Final = 91
ROUND_TRIPS: Final = 50
SYMBOLS: Final = ("BTC/USD", "ETH/USD", "SOL/USD", "AAPL", "NVDA")
PRICES: Final = (Decimal(86_000), Decimal(3_100), Decimal(150), Decimal(210), Decimal(140))
"""About what one of each costs; sizes are made from it."""
DAILY_FROM: Final = 61
"""Snapshots are weekly up to this day, so that the first start stays short, and daily after it."""
DAY_END: Final = time(21, tzinfo=UTC)
GAINING_SHARE: Final = 0.58
THERE: Final = frozenset({200, 201, 409})
"""Pushed now or before; of a day that was filled in before, the first one stays."""


def trades(*, seed: int, now: datetime) -> list[dict[str, Any]]:
    """What is sent to POST /api/v1/trades: fifty positions, each opened and closed, oldest first."""
    rows = [row for trip in range(ROUND_TRIPS) for row in _round_trip(trip, seed=seed, now=now)]
    return sorted(rows, key=lambda row: str(row["timestamp"]))


def equity(rows: Sequence[dict[str, Any]], *, now: datetime) -> list[dict[str, str]]:
    """What is sent to POST /api/v1/equity: the trades' profit on top of what the bot began with, oldest first."""
    start = _start(now)
    shown = [day for day in range(1, DAYS) if day >= DAILY_FROM or day % 7 == 0]
    evenings = [datetime.combine((start + timedelta(days=day)).date(), DAY_END) for day in shown]
    return [
        {
            "timestamp": moment.isoformat(),
            "equity": str(
                BEGAN_WITH
                + sum(row["pnl"] for row in rows if row["timestamp"] <= moment.isoformat())
            ),
        }
        for moment in (start, *evenings)
        if moment <= now
    ]


def push(client: ApiClient, *, seed: int, now: datetime) -> list[Answer]:
    """Push it all as the bot would, with a key that may write trading; gives the answers that are no success."""
    rows = trades(seed=seed, now=now)
    answers = [client.call("POST", "/api/v1/trades", {"trades": rows})]
    answers += [client.call("POST", "/api/v1/equity", row) for row in equity(rows, now=now)]
    answers.append(client.call("POST", "/api/v1/status/start"))
    return [answer for answer in answers if answer.status not in THERE]


def _round_trip(trip: int, *, seed: int, now: datetime) -> list[dict[str, Any]]:
    """A position, opened and closed within a day and a half."""

    def chance(what: str) -> float:
        return walk.fraction(key=f"demo-trading:{what}", seed=seed, step=trip)

    which = int(chance("symbol") * len(SYMBOLS))
    spent = Decimal(round(1_500 + 4_500 * chance("spent")))
    gains = chance("gains") < GAINING_SHARE
    share = 0.004 + 0.036 * chance("share") if gains else -0.004 - 0.024 * chance("share")
    opened = _start(now) + timedelta(
        days=trip * (DAYS - 4) / ROUND_TRIPS, minutes=round(60 + 600 * chance("opened"))
    )
    closed = opened + timedelta(minutes=round(90 + 2_000 * chance("held")))
    sides = ("buy", "sell") if chance("side") < GAINING_SHARE + 0.1 else ("short", "cover")
    facts = {"symbol": SYMBOLS[which], "size": (spent / PRICES[which]).quantize(Decimal("0.0001"))}
    pnl = (spent * Decimal(f"{share:.6f}")).quantize(Decimal("0.01"))
    return [
        {
            "trade_id": f"demo-{trip + 1:02}-{name}",
            "side": side,
            "pnl": realised,
            "timestamp": moment.replace(second=0, microsecond=0).isoformat(),
            **facts,
        }
        for name, side, realised, moment in (
            ("open", sides[0], Decimal(0), opened),
            ("close", sides[1], pnl, closed),
        )
    ]


def _start(now: datetime) -> datetime:
    """The midnight that the bot began at."""
    return datetime.combine(now.date() - timedelta(days=DAYS - 1), time(0, tzinfo=UTC))
