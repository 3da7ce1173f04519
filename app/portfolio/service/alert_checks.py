"""Which alerts does a new price concern, and who is told?

After each refresh every symbol that has alerts is compared with the price that they last saw. One that differs is
checked in a task of its own, which reads only the alerts that the price changes (see models.alerts). An alert's new
standing and its email are one transaction, with a condition on the version that was read: of two checks at once, or of
a task that is delivered twice, one tells. The push is named after that, with an id of its own for each firing, so that
a device shows it once. It is sent when the task has ended: should the worker die in that moment, the email, which the
outbox keeps, is what tells.

A task takes some alerts and names the next one, so that a hundred thousand at one line take many short tasks, each of
which can be run again. What was dealt with has left its index, so the next task just asks again; it needs no cursor,
and a newer price may have come meanwhile.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.core import dynamo
from app.portfolio.models.alerts import Alert, AlertedSymbol
from app.portfolio.rules import alerts as rules
from app.portfolio.service import alert_letters as letters
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

CHECK_SYMBOL: Final = "portfolio.check_symbol_alerts"

# An alert and its email are two writes of the hundred that a transaction takes.
CHECKED_TOGETHER: Final = 48


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a price makes of an alert."""

    alert: Alert
    standing: rules.Standing
    fires: bool


def check_alerts(*, jobs: JobQueue, now: datetime, stale_after_seconds: int) -> int:
    """Name a task for each symbol whose price its alerts have not seen; gives how many there are.

    Reads the symbols that have alerts and their quotes, a hundred a request, however many users there are.
    """
    rows = list(AlertedSymbol.every_one())
    quotes = prices.latest_quotes(
        wanted={(row.asset_type, row.symbol) for row in rows if row.alerts > 0},
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    named = 0
    for row in rows:
        if row.alerts < 1:
            with suppress(dynamo.ConditionFailed):  # it has an alert again
                dynamo.commit(row.forgotten())
            continue
        price = quotes[row.asset_type, row.symbol].price
        if price is not None and rules.as_seen(price) != row.seen_price:
            jobs.enqueue(CHECK_SYMBOL, {"asset_type": row.asset_type, "symbol": row.symbol})
            named += 1
    return named


def check_symbol(
    *,
    asset_type: str,
    symbol: str,
    jobs: JobQueue,
    now: datetime,
    stale_after_seconds: int,
) -> int:
    """Show the price of a symbol to some of the alerts that it concerns, and let another task go on with the others.

    Gives how many fired.
    """
    pair = (asset_type, symbol)
    quotes = prices.latest_quotes(wanted=[pair], now=now, stale_after_seconds=stale_after_seconds)
    quote = quotes[pair]
    if quote.price is None:
        return 0
    price = rules.as_seen(quote.price)
    alerts = Alert.concerned(
        asset_type=asset_type, symbol=symbol, price=price, at=now, limit=CHECKED_TOGETHER
    )
    looks = [_look(alert, price, now) for alert in alerts]
    told = _commit(looks, price=price, currency=quote.currency, now=now) if looks else []
    letters.send(fired=told, jobs=jobs)
    if len(alerts) == CHECKED_TOGETHER:
        jobs.enqueue(CHECK_SYMBOL, {"asset_type": asset_type, "symbol": symbol})
    else:
        with suppress(dynamo.ConditionFailed):  # its last alert was removed
            dynamo.commit(AlertedSymbol.seen(asset_type=asset_type, symbol=symbol, price=price))
    return len(told)


def _look(alert: Alert, price: Decimal, now: datetime) -> Look:
    standing, fires = rules.look(
        terms=alert.terms(), standing=alert.standing(), price=price, at=now
    )
    return Look(alert=alert, standing=standing, fires=fires)


def _commit(
    looks: Sequence[Look], *, price: Decimal, currency: str, now: datetime
) -> list[letters.Fired]:
    """Write the looks down, with the emails of those that fire; gives what fired.

    An alert that was removed, or that another task looked at, since it was read is left out.
    """
    fired = letters.written(
        alerts=[look.alert for look in looks if look.fires],
        price=price,
        currency=currency,
        now=now,
    )
    by_alert = {one.alert.alert_id: one for one in fired}
    left = list(looks)
    while left:
        writes = [(look, write) for look in left for write in _writes(look, by_alert, price)]
        try:
            dynamo.commit(*(write for _, write in writes))
        except dynamo.ConditionFailed as conflict:
            gone = {writes[place][0].alert.alert_id for place in conflict.failed}
            left = [look for look in left if look.alert.alert_id not in gone]
        else:
            return [by_alert[look.alert.alert_id] for look in left if look.fires]
    return []


def _writes(
    look: Look, by_alert: Mapping[str, letters.Fired], price: Decimal
) -> Iterator[dynamo.Write]:
    yield look.alert.looked(standing=look.standing, price=price, fired=look.fires)
    fired = by_alert.get(look.alert.alert_id)
    if fired is not None and fired.email is not None:
        yield fired.email.write
