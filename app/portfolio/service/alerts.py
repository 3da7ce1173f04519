"""How does a user set a price alert, see and remove it?"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from app.core import dynamo, errors, ids
from app.portfolio.models.alerts import Alert, AlertTally
from app.portfolio.rules import alerts as rules
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

EXPORTED: Final = (
    *("alert_id", "asset_type", "symbol", "condition", "threshold", "cooldown_seconds", "note"),
    *("times_triggered", "last_triggered_at", "last_triggered_price", "created_at"),
)


class UnknownAlert(errors.NotFound):
    """The user has no such alert."""

    code = "alert_not_found"
    message = "You have no price alert with this id."


class TooManyAlerts(errors.Conflict):
    """The user has as many alerts as one may."""

    code = "too_many_alerts"
    message = f"An account holds at most {rules.MOST_ALERTS} price alerts. Delete one first."


@dataclass(frozen=True, kw_only=True)
class PriceAlert:
    """An alert as its user sees it.

    Attributes:
        active: False during the cool-down.
        rests_until: when the cool-down that runs ends; None where none does.
        reference_price: what percent_change is measured from; None before a price was seen, and for the others.
        times_triggered: how often it fired.
    """

    alert_id: str
    asset_type: str
    symbol: str
    condition: str
    threshold: Decimal
    cooldown_seconds: int
    note: str | None
    active: bool
    rests_until: datetime | None
    reference_price: Decimal | None
    times_triggered: int
    last_triggered_at: datetime | None
    last_triggered_price: Decimal | None
    created_at: datetime


def set_alert(
    *,
    user_id: str,
    asset_type: str,
    symbol: str,
    condition: str,
    threshold: Decimal,
    cooldown_seconds: int,
    note: str | None,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
    stale_after_seconds: int,
) -> PriceAlert:
    """Have a user told when the price of a symbol crosses a line; the symbol is kept fresh from now on.

    The price known now decides on which side of the line it stands. Where none is known, the first one does.

    Args:
        threshold: a price in the currency in which the symbol is quoted, or for percent_change a percentage.
        sleep: how to wait (`time.sleep`) for a worker to ask the market about a symbol never seen.
        wait_seconds: the longest such wait.

    Raises:
        TooManyAlerts.
        prices.UnknownSymbol: the market says that it knows no such symbol.
    """
    pair = (asset_type, symbol)
    prices.ensure_known_symbol(
        asset_type=asset_type,
        symbol=symbol,
        jobs=jobs,
        now=now,
        sleep=sleep,
        wait_seconds=wait_seconds,
    )
    prices.track(asset_type=asset_type, symbol=symbol, now=now, jobs=jobs)
    quotes = prices.latest_quotes(wanted=[pair], now=now, stale_after_seconds=stale_after_seconds)
    terms = rules.Terms(
        condition=condition, threshold=threshold, cooldown=timedelta(seconds=cooldown_seconds)
    )
    alert = Alert.set_up(
        user_id=user_id,
        alert_id=ids.new_id(),
        asset_type=asset_type,
        symbol=symbol,
        terms=terms,
        standing=_at_first(terms, quotes[pair].price, now),
        note=note,
        now=now,
    )
    try:
        dynamo.commit(*alert.creation())
    except dynamo.ConditionFailed:
        raise TooManyAlerts from None
    log.info("portfolio.alert_set", extra={"condition": condition})
    return _shown(alert, now)


def list_alerts(*, user_id: str, now: datetime) -> list[PriceAlert]:
    """All the user's alerts, the oldest first."""
    return [_shown(alert, now) for alert in Alert.owned_by(user_id)]


def get_alert(*, user_id: str, alert_id: str, now: datetime) -> PriceAlert:
    """One alert of the user.

    Raises:
        UnknownAlert.
    """
    return _shown(_existing(user_id, alert_id), now)


def remove_alert(*, user_id: str, alert_id: str) -> None:
    """Forget an alert.

    Raises:
        UnknownAlert.
    """
    alert = _existing(user_id, alert_id)
    try:
        dynamo.commit(*alert.removal())
    except dynamo.ConditionFailed:
        raise UnknownAlert from None


def export_alerts(*, user_id: str) -> list[dict[str, Any]]:
    """The user's alerts, for the user to keep."""
    return [
        {attribute: getattr(alert, attribute) for attribute in EXPORTED}
        for alert in Alert.owned_by(user_id)
    ]


def erase_alerts(*, user_id: str) -> None:
    """Forget all the user's alerts; running it again is harmless."""
    for alert in Alert.owned_by(user_id):
        with suppress(dynamo.ConditionFailed):  # another run removed it
            dynamo.commit(*alert.removal())
    with suppress(dynamo.ConditionFailed):  # an alert came meanwhile: the next run removes it
        dynamo.commit(AlertTally.erased(user_id))


def _existing(user_id: str, alert_id: str) -> Alert:
    alert = Alert.of(user_id, alert_id)
    if alert is None:
        raise UnknownAlert
    return alert


def _at_first(terms: rules.Terms, price: Decimal | None, now: datetime) -> rules.Standing:
    nothing_seen = rules.Standing()
    if price is None:
        return nothing_seen
    standing, _ = rules.look(terms=terms, standing=nothing_seen, price=rules.as_seen(price), at=now)
    return standing


def _shown(alert: Alert, now: datetime) -> PriceAlert:
    terms, standing = alert.terms(), alert.standing()
    active = rules.has_rested(terms, standing, now)
    return PriceAlert(
        alert_id=alert.alert_id,
        asset_type=alert.asset_type,
        symbol=alert.symbol,
        condition=alert.condition,
        threshold=alert.threshold,
        cooldown_seconds=int(alert.cooldown_seconds),
        note=alert.note,
        active=active,
        rests_until=None if active else rules.rests_until(terms, standing),
        reference_price=alert.reference,
        times_triggered=int(alert.times_triggered),
        last_triggered_at=alert.last_triggered_at,
        last_triggered_price=alert.last_triggered_price,
        created_at=alert.created_at,
    )
